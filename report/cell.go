package report

import (
	"math/bits"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// form is how a column's numbers are kept and written. A cell holds a whole
// number of the form's unit, so that all three renderings show the same figure.
type form uint8

const (
	formText      form = iota
	formCount          // a whole number
	formDecimal        // thousandths
	formDuration       // milliseconds
	formMoment         // nanoseconds since 1970 UTC
	formDay            // days since 1970 UTC
	formReference      // a whole number that names something: written without separators
)

// maxText is the most characters of one cell; what is longer is cut and ends in
// an ellipsis.
const maxText = 2000

// cell is one value of a table. The zero cell is empty: there is no such number,
// which is another thing than 0.
type cell struct {
	set  bool
	n    int64
	text string
}

func count[T int | int64 | uint64 | uint32](n T) cell { return cell{set: true, n: int64(n)} }

// thousandths is a cell of a decimal number, given in 10⁻⁹ and rounded to the
// nearest thousandth.
func thousandths[T ~int64](billionths T) cell {
	n, half := int64(billionths), int64(500_000)
	if n < 0 {
		half = -half
	}
	return cell{set: true, n: (n + half) / 1_000_000}
}

// span is a cell of a duration, rounded to the millisecond.
func span(d time.Duration) cell {
	return cell{set: true, n: int64(d.Round(time.Millisecond) / time.Millisecond)}
}

// at is a cell of a time, which is missing where it is 0.
func at(nanoseconds int64) cell { return cell{set: nanoseconds != 0, n: nanoseconds} }

// words is a cell of text. Whatever may come from outside goes through here:
// control characters and those that turn the direction of writing would let a
// text look like something else.
func words(text string) cell { return cell{set: true, text: plainText(text)} }

func plainText(text string) string {
	clean := strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) || r == utf8.RuneError || r == 0xFFFE || r == 0xFFFF:
			return utf8.RuneError
		}
		return r
	}, text)
	if utf8.RuneCountInString(clean) <= maxText {
		return clean
	}
	return string([]rune(clean)[:maxText-1]) + "…"
}

// plain writes the cell for machines: the numbers bare, times as in RFC 3339.
func (c cell) plain(f form) string {
	if !c.set {
		return ""
	}
	switch f {
	case formCount, formReference:
		return strconv.FormatInt(c.n, 10)
	case formDecimal:
		return fixed(c.n, 1000, 3)
	case formDuration:
		return fixed(c.n, 1000, 3)
	case formMoment:
		return time.Unix(0, c.n).UTC().Format("2006-01-02T15:04:05.000000000Z")
	case formDay:
		return time.Unix(c.n*86400, 0).UTC().Format(time.DateOnly)
	}
	return unformulaic(c.text)
}

// unformulaic keeps a spreadsheet from taking a text for a formula: an
// apostrophe goes before whatever one could begin with.
func unformulaic(text string) string {
	if text != "" && strings.ContainsRune("=+-@＝＋－＠'", firstRune(text)) {
		return "'" + text
	}
	return text
}

func firstRune(text string) rune {
	r, _ := utf8.DecodeRuneInString(strings.TrimLeft(text, " "))
	return r
}

// human writes the cell for people, decimals as many as the column shows.
func (c cell) human(f form, decimals int) string {
	if !c.set {
		return "–"
	}
	switch f {
	case formCount:
		return grouped(c.n)
	case formReference:
		return strconv.FormatInt(c.n, 10)
	case formDecimal:
		return groupedDecimal(c.n, decimals)
	case formDuration:
		return duration(time.Duration(c.n) * time.Millisecond)
	case formMoment:
		return time.Unix(0, c.n).UTC().Format("2006-01-02 15:04:05.000")
	case formDay:
		return time.Unix(c.n*86400, 0).UTC().Format("Mon 2 Jan")
	}
	return c.text
}

// decimalsOf is how many decimals write n thousandths exactly.
func decimalsOf(n int64) int {
	for decimals, unit := 0, int64(1000); decimals < 3; decimals, unit = decimals+1, unit/10 {
		if n%unit == 0 {
			return decimals
		}
	}
	return 3
}

// fixed writes n/unit with all its decimals.
func fixed(n, unit int64, decimals int) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	part := strconv.FormatInt(n%unit+unit, 10)[1:]
	return sign + strconv.FormatInt(n/unit, 10) + "." + part[:decimals]
}

// grouped writes a whole number with a comma between thousands.
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if digits[0] == '-' {
		sign, digits = "−", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// groupedDecimal writes n thousandths with so many decimals, at most three.
func groupedDecimal(n int64, decimals int) string {
	text := fixed(max(n, -n), 1000, 3)
	whole, part, _ := strings.Cut(text, ".")
	number, err := strconv.ParseInt(whole, 10, 64)
	if err != nil { // only −2^63 thousandths, which nothing can count
		return text
	}
	text = grouped(number)
	if n < 0 {
		text = "−" + text
	}
	if decimals == 0 {
		return text
	}
	return text + "." + part[:decimals]
}

// moment writes a time of UTC for a sentence: "3 Oct 02:07:24".
func moment(at int64) string { return time.Unix(0, at).UTC().Format("2 Jan 15:04:05") }

// duration writes a time in its units, exactly: "1 h 12 min 3.48 s".
func duration(d time.Duration) string {
	if d < 0 {
		return "−" + duration(-d)
	}
	var parts []string
	if h := d / time.Hour; h > 0 {
		parts = append(parts, grouped(int64(h))+" h")
	}
	if m := d % time.Hour / time.Minute; m > 0 {
		parts = append(parts, strconv.FormatInt(int64(m), 10)+" min")
	}
	if s := d % time.Minute; s > 0 || len(parts) == 0 {
		text := strings.TrimRight(strings.TrimRight(fixed(int64(s), 1e9, 9), "0"), ".")
		parts = append(parts, text+" s")
	}
	return strings.Join(parts, " ")
}

// share is part of whole in thousandths of a per cent. It is rounded to the
// nearest, but what is not all never reads 100 and what is not nothing never 0.
func share(part, whole int64) cell {
	if whole <= 0 {
		return cell{}
	}
	hi, lo := bits.Mul64(uint64(max(part, 0)), 2e5)
	lo, carry := bits.Add64(lo, uint64(whole), 0)
	n := int64(1e5) // also where part is larger than whole, which a share cannot be
	if hi += carry; part < whole {
		q, _ := bits.Div64(hi, lo, 2*uint64(whole))
		n = int64(q)
	}
	switch {
	case n >= 1e5 && part < whole:
		n = 1e5 - 1
	case n == 0 && part > 0:
		n = 1
	}
	return cell{set: true, n: n}
}

// ratio is a as a part of b in thousandths of a per cent, which may be more than
// all; missing where b is nothing.
func ratio(a, b int64) cell {
	if b <= 0 {
		return cell{}
	}
	return cell{set: true, n: roundedRatio(a, b, 100_000)}
}

// milliseconds is a cell of a latency.
func milliseconds(d time.Duration) cell {
	return cell{set: true, n: int64(d / time.Microsecond)}
}

// position is the cell of a place in the journal; there is none before the first.
func position[T ~uint64](p T) cell { return cell{set: p != 0, n: int64(p)} }
