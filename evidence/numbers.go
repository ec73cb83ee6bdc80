package evidence

import (
	"strconv"
	"strings"
	"time"

	"srtm/traffic"
)

// appendExact appends n × 10⁻⁹ without trailing zeros: every digit, and no more.
func appendExact(b []byte, n int64) []byte {
	u := uint64(n)
	if n < 0 {
		b, u = append(b, '-'), -u
	}
	const unit = uint64(traffic.SR)
	b = strconv.AppendUint(b, u/unit, 10)
	part := u % unit
	if part == 0 {
		return b
	}
	start := len(b)
	b = strconv.AppendUint(b, unit+part, 10)
	b[start] = '.' // in place of the 1 that kept the zeros
	for b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	return b
}

// short writes an amount with two decimals, rounded down, so that what does not
// hold one request is never shown as 1.00.
func short(a traffic.Amount) string {
	const hundredth = traffic.SR / 100
	n := a / hundredth
	if a%hundredth < 0 {
		n--
	}
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	digits := strconv.FormatInt(int64(n), 10)
	if len(digits) < 3 {
		digits = strings.Repeat("0", 3-len(digits)) + digits
	}
	return sign + digits[:len(digits)-2] + "." + digits[len(digits)-2:]
}

// stamp is the layout of an exact time: RFC 3339 with nanoseconds.
const stamp = "2006-01-02T15:04:05.000000000Z"

// moment writes a time exactly, UTC.
func moment(at int64) string { return time.Unix(0, at).UTC().Format(stamp) }

// clock writes a time for people: to the millisecond, UTC.
func clock(at int64) string { return time.Unix(0, at).UTC().Format("2006-01-02 15:04:05.000 UTC") }
