package study

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"srtm/plot"
	"srtm/simulate"
	"srtm/traffic"
)

// grouped writes a whole number with its thousands separated.
func grouped(n uint64) string {
	digits := strconv.FormatUint(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// numbered writes how many there are of what.
func numbered(n uint64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return grouped(n) + " " + many
}

func requests(n uint64) string { return numbered(n, "Service Request", "Service Requests") }

func messages(n uint64) string { return numbered(n, "message", "messages") }

func users[N int | uint64](n N) string { return numbered(uint64(n), "Service User", "Service Users") }

// was is the verb for so many.
func was(n uint64) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

// rate writes Service Requests per second.
func rate(r float64) string { return plot.Figure(r) + " SR/s" }

func perSecond(r traffic.Rate) float64 { return float64(r) / float64(traffic.PerSecond) }

// share writes a part of a whole as a percentage: never 0 % of what is not
// nothing, nor 100 % of what is not all.
func share(part, whole uint64) string {
	if whole == 0 {
		return "–"
	}
	percent := 100 * float64(part) / float64(whole)
	switch {
	case part == 0 || part == whole:
		return fmt.Sprintf("%.0f %%", percent)
	case percent < 0.1:
		return "less than 0.1 %"
	case percent > 99.9:
		return "more than 99.9 %"
	case percent < 10 || percent > 90:
		return fmt.Sprintf("%.1f %%", percent)
	}
	return fmt.Sprintf("%.0f %%", percent)
}

// times writes how many times as much something is.
func times(x float64) string {
	if x < 10 {
		return fmt.Sprintf("%.1f times", x)
	}
	return plot.Figure(math.Round(x)) + " times"
}

// span writes a duration as people say it, in at most two units.
func span(d time.Duration) string {
	day := 24 * time.Hour
	switch {
	case d < 2*time.Minute:
		return plot.Seconds(d.Seconds())
	case d < 2*time.Hour:
		return two(d.Round(time.Second), "min", "s", time.Minute)
	case d < 2*day:
		return two(d.Round(time.Minute), "h", "min", time.Hour)
	}
	return two(d.Round(time.Hour), "days", "h", day)
}

func two(d time.Duration, large, small string, unit time.Duration) string {
	below := map[string]time.Duration{"s": time.Second, "min": time.Minute, "h": time.Hour}[small]
	text := grouped(uint64(d/unit)) + " " + large
	if rest := d % unit / below; rest > 0 {
		text += " " + grouped(uint64(rest)) + " " + small
	}
	return text
}

// seconds writes a whole number of seconds.
func seconds(n int64) string { return grouped(uint64(max(n, 0))) + " s" }

// took writes a time to acceptance.
func took(t simulate.Times, d time.Duration) string {
	if t.Count == 0 {
		return "–"
	}
	return plot.Seconds(d.Seconds())
}

// listed joins what is listed in a sentence.
func listed(all []string) string {
	switch n := len(all); n {
	case 0:
		return ""
	case 1:
		return all[0]
	default:
		return strings.Join(all[:n-1], ", ") + " and " + all[n-1]
	}
}

// capital begins with a capital letter.
func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

// mostName is the most characters of a name that comes from outside.
const mostName = 200

// plain returns a text from outside in one line, without characters that cannot be
// seen or that turn the direction of writing.
func plain(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) || r == 0xFFFE || r == 0xFFFF:
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
	text = strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(text) > mostName {
		return string([]rune(text)[:mostName-1]) + "…"
	}
	return text
}

// name returns a name from outside without what Markdown or HTML take for markup.
func name(text string) string {
	runes := []rune(plain(text))
	for i, r := range runes {
		inner := i > 0 && i < len(runes)-1 && word(runes[i-1]) && word(runes[i+1])
		if strings.ContainsRune("\\`*[]<>|#~&!{}$^", r) || r == '_' && !inner {
			runes[i] = ' '
		}
	}
	if text = strings.Join(strings.Fields(string(runes)), " "); text == "" {
		return "without a name"
	}
	return text
}

func word(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
