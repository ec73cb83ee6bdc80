package traffic

import (
	"strconv"
	"strings"
)

// String writes the amount in Service Requests, without trailing zeros: "2.5 SR".
func (a Amount) String() string { return decimal(int64(a)) + " SR" }

// String writes the rate per second, without trailing zeros: "540/s".
func (r Rate) String() string { return decimal(int64(r)) + "/s" }

// decimal writes n × 10⁻⁹ exactly.
func decimal(n int64) string {
	sign := ""
	u := uint64(n)
	if n < 0 {
		sign, u = "-", -u
	}
	whole := sign + strconv.FormatUint(u/uint64(SR), 10)
	part := u % uint64(SR)
	if part == 0 {
		return whole
	}
	digits := strconv.FormatUint(uint64(SR)+part, 10)[1:]
	return whole + "." + strings.TrimRight(digits, "0")
}
