package tmmd

import (
	"fmt"
	"math/big"
	"strings"
	"time"

	"srtm/allocate"
	"srtm/traffic"
)

// trimmed takes the unit from an amount of Service Requests.
func trimmed(amount string) string { return strings.TrimSuffix(amount, " SR") }

// sr writes an amount exactly, without its unit.
func sr(a traffic.Amount) string {
	return strings.Replace(trimmed(a.String()), "-", "−", 1)
}

// srs writes an amount exactly, with its unit.
func srs(a traffic.Amount) string { return sr(a) + " SR" }

// perSecond is the rate of so many thousandths a second.
func perSecond(t allocate.Thousandths) traffic.Rate {
	return traffic.Rate(t) * (traffic.PerSecond / 1000)
}

// length writes a time as a policy does: "1m30s", "400d".
func length(d time.Duration) string {
	const day = 24 * time.Hour
	if d >= day && d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// wholeSeconds writes a time as Retry-After counts it.
func wholeSeconds(d time.Duration) string { return fmt.Sprintf("%ds", d/time.Second) }

// moment writes a time of UTC; a day's beginning as the day.
func moment(t time.Time) string {
	t = t.UTC()
	if t.Equal(t.Truncate(24 * time.Hour)) {
		return t.Format(time.DateOnly)
	}
	return t.Format(time.RFC3339Nano)
}

// clock writes a time of day.
func clock(d time.Duration) string {
	text := fmt.Sprintf("%02d:%02d", d/time.Hour, d%time.Hour/time.Minute)
	if rest := d % time.Minute; rest > 0 {
		text += fmt.Sprintf(":%02d", rest/time.Second)
	}
	return text
}

// percent writes a part of a whole in per cent, with three decimals.
func percent(part, whole int64) string {
	if whole == 0 {
		return "–"
	}
	r := big.NewRat(part, whole)
	return r.Mul(r, big.NewRat(100, 1)).FloatString(3)
}

// change writes a difference of allocations with its sign.
func change(t allocate.Thousandths) string {
	switch {
	case t > 0:
		return "+" + t.String()
	case t < 0:
		return "−" + (-t).String()
	}
	return "0"
}

// rational writes a number with at most so many decimals, and … where there are
// more.
func rational(r *big.Rat, decimals int) string {
	if r.IsInt() {
		return r.Num().String()
	}
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil)
	scaled := new(big.Int).Mul(r.Num(), scale)
	rest := new(big.Int)
	scaled.QuoRem(scaled, r.Denom(), rest)
	text := new(big.Rat).SetFrac(scaled, scale).FloatString(decimals)
	if rest.Sign() != 0 {
		return text + "…"
	}
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}
