package policy

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"time"

	"srtm/allocate"
	"srtm/traffic"
)

// Rate is a rate as it is written in a policy: so many thousandths of a Service
// Request per second, minute or hour. The zero Rate is 0/s.
type Rate struct {
	Thousandths int64
	Per         time.Duration // time.Second, time.Minute or time.Hour; zero counts as a second
}

// maxRate bounds what is read, so that products fit; what is too much for the
// mechanism is for traffic.Rules.Check to say.
const maxRate = 1_000_000_000 // per second

// ParseRate reads N/s, N/min or N/h, with up to three decimals, not negative and
// at most 1,000,000,000 a second.
func ParseRate(s string) (Rate, error) { return parsed(parseRate(s)) }

// String writes what ParseRate reads, without trailing zeros: "1.5/min".
func (r Rate) String() string {
	unit := "/s"
	switch r.Per {
	case time.Minute:
		unit = "/min"
	case time.Hour:
		unit = "/h"
	}
	return formatThousandths(r.Thousandths) + unit
}

// PerSecond returns the rate for the mechanism, rounded down to 10⁻⁹ a second.
func (r Rate) PerSecond() traffic.Rate {
	return traffic.Rate(mulDiv(uint64(r.Thousandths), uint64(traffic.PerSecond)/1000, r.seconds()))
}

// share returns p of the rate in thousandths per second, rounded down.
func (r Rate) share(p Percent) allocate.Thousandths {
	return allocate.Thousandths(mulDiv(uint64(r.Thousandths), uint64(p), uint64(whole)*r.seconds()))
}

// atLeast returns the rate in thousandths per second, rounded up, so that nobody
// gets less than what is written.
func (r Rate) atLeast() allocate.Thousandths {
	return allocate.Thousandths((uint64(r.Thousandths) + r.seconds() - 1) / r.seconds())
}

func (r Rate) seconds() uint64 { return uint64(max(r.Per, time.Second) / time.Second) }

// Percent is a percentage in thousandths of one per cent: 90% is 90,000.
type Percent int64

const whole Percent = 100_000

// ParsePercent reads a percentage such as 87.5%, with up to three decimals, from
// 0% to 100%.
func ParsePercent(s string) (Percent, error) { return parsed(parsePercent(s)) }

// String writes what ParsePercent reads, without trailing zeros: "87.5%".
func (p Percent) String() string { return formatThousandths(int64(p)) + "%" }

// of returns amount × p / q, rounded down; 0 where q is 0. It is for p and q of
// one capacity, so that the result fits.
func (p Percent) of(amount traffic.Rate, q Percent) traffic.Rate {
	if q <= 0 {
		return 0
	}
	return traffic.Rate(mulDiv(uint64(amount), uint64(p), uint64(q)))
}

// parseCapacity reads a rate above 0: no policy is made for a system that takes
// nothing.
func parseCapacity(s string) (Rate, *flaw) {
	r, bad := parseRate(s)
	if bad == nil && r.Thousandths == 0 {
		return r, &flaw{quoted(s) + " is no capacity", "write what the DCC Systems can take, such as 2000/s"}
	}
	return r, bad
}

func parseRate(s string) (Rate, *flaw) {
	bad := &flaw{quoted(s) + " is not a rate", "write a number with at most three decimals and /s, /min or /h, such as 2000/s or 0.5/min"}
	number, unit, _ := strings.Cut(s, "/")
	per := time.Second
	switch unit {
	case "s":
	case "min":
		per = time.Minute
	case "h":
		per = time.Hour
	default:
		return Rate{}, bad
	}
	n, ok := parseThousandths(number)
	if !ok {
		return Rate{}, bad
	}
	r := Rate{n, per}
	if n > maxRate*1000*int64(r.seconds()) {
		return Rate{}, &flaw{quoted(s) + fmt.Sprintf(" is more than %d/s", maxRate), "write a rate that a system can have"}
	}
	return r, nil
}

func parsePercent(s string) (Percent, *flaw) {
	number, found := strings.CutSuffix(s, "%")
	n, ok := parseThousandths(number)
	if !found || !ok {
		return 0, &flaw{quoted(s) + " is not a percentage", "write a number with at most three decimals and %, such as 87.5%"}
	}
	if n > int64(whole) {
		return 0, &flaw{quoted(s) + " is more than 100%", "write 0% to 100%"}
	}
	return Percent(n), nil
}

func parseWeight(s string) (allocate.Thousandths, *flaw) {
	n, ok := parseThousandths(s)
	if !ok || n > int64(allocate.MaxWeight) {
		return 0, &flaw{quoted(s) + " is not a weight", "write a number from 0 to 1000 with at most three decimals, such as 1 or 0.1"}
	}
	return allocate.Thousandths(n), nil
}

// parseThousandths reads digits with at most three decimals, exactly.
func parseThousandths(s string) (int64, bool) {
	number, part, point := strings.Cut(s, ".")
	if !digits(number, 13) || point && !digits(part, 3) {
		return 0, false
	}
	n, err := strconv.ParseInt(number+(part + "000")[:3], 10, 64)
	return n, err == nil
}

func digits(s string, most int) bool {
	if s == "" || len(s) > most {
		return false
	}
	return strings.Trim(s, "0123456789") == ""
}

func formatThousandths(n int64) string {
	s := strconv.FormatInt(n/1000, 10)
	if part := n % 1000; part != 0 {
		s += "." + strings.TrimRight(fmt.Sprintf("%03d", part), "0")
	}
	return s
}

// mulDiv returns a × b / c, rounded down, where that fits in 64 bits.
func mulDiv(a, b, c uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	q, _ := bits.Div64(hi, lo, c)
	return q
}

// parsed turns a parser's result into that of an exported function.
func parsed[T any](v T, f *flaw) (T, error) {
	if f != nil {
		return v, f
	}
	return v, nil
}
