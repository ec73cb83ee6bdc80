package scenario

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// parseRate reads N/s, N/min or N/h, with up to three decimals.
func parseRate(text string) (Rate, error) {
	number, unit, _ := strings.Cut(text, "/")
	seconds := map[string]float64{"s": 1, "min": 60, "h": 3600}[strings.TrimSpace(unit)]
	n, err := parseDecimal(strings.TrimSpace(number), 3)
	if err != nil || seconds == 0 {
		return 0, fmt.Errorf("%q is no rate; write it as 40/s, 2.5/min or 100/h, with at most three decimals", clip(text))
	}
	rate := Rate(n / seconds)
	if rate > MaxRate {
		return 0, fmt.Errorf("the rate %q is above %g/s", clip(text), float64(MaxRate))
	}
	return rate, nil
}

// parsePercent reads N%, with up to three decimals, as a share of one.
func parsePercent(text string) (float64, error) {
	number, found := strings.CutSuffix(text, "%")
	n, err := parseDecimal(strings.TrimSpace(number), 3)
	if err != nil || !found || n > 100 {
		return 0, fmt.Errorf("%q is no share; write it as 80%%, between 0%% and 100%%", clip(text))
	}
	return n / 100, nil
}

// parseDecimal reads digits with perhaps a point and some decimals: no sign, no
// exponent, no infinity.
func parseDecimal(text string, decimals int) (float64, error) {
	whole, part, point := strings.Cut(text, ".")
	if len(text) > 20 || whole == "" || point && part == "" || len(part) > decimals ||
		strings.Trim(whole+part, "0123456789") != "" {
		return 0, fmt.Errorf("%q is no number; write digits with at most %d decimals", clip(text), decimals)
	}
	return strconv.ParseFloat(text, 64)
}

// parseFactor reads a weight or a factor of a shape.
func parseFactor(text string) (float64, error) { return parseDecimal(text, 6) }

// parseDuration reads a duration as Go writes it, 1m30s, and days besides: 7d.
func parseDuration(text string) (time.Duration, error) {
	if days, found := strings.CutSuffix(text, "d"); found {
		n, err := parseDecimal(days, 0)
		if err == nil && n*float64(day) <= float64(MaxLength) {
			return time.Duration(n) * day, nil
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil || len(text) > 40 || d < 0 || d > MaxLength {
		return 0, fmt.Errorf("%q is no length of time; write it as 250ms, 25s, 1h30m or 7d, at most %d days", clip(text), MaxLength/day)
	}
	return d, nil
}

// parseStart reads HH:MM, on a Monday, or a day of the week and HH:MM.
func parseStart(text string) (time.Duration, error) {
	weekday, clock, found := strings.Cut(text, " ")
	if !found {
		weekday, clock = "Mon", text
	}
	at, err := time.Parse("15:04", clock)
	for i, name := range []string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"} {
		if name == weekday && err == nil && len(clock) == len("15:04") {
			return time.Duration(i)*day + time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute, nil
		}
	}
	return 0, fmt.Errorf("%q is no start; write it as \"02:00\" (on a Monday) or \"Sat 18:30\", in UTC", clip(text))
}

// parseCount returns a reader of whole numbers from 1 to most.
func parseCount(most uint64) func(string) (uint64, error) {
	return func(text string) (uint64, error) {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil || n < 1 || n > most {
			return 0, fmt.Errorf("%q is no whole number from 1 to %d", clip(text), most)
		}
		return n, nil
	}
}

func parseSeed(text string) (uint64, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is no seed; any whole number from 0 to %d is", clip(text), uint64(1<<64-1))
	}
	return n, nil
}

func parseSpacing(text string) (Spacing, error) {
	switch text {
	case "poisson":
		return Poisson, nil
	case "even":
		return Even, nil
	}
	return 0, fmt.Errorf("%q is no way to arrive; poisson and even are", clip(text))
}

func parseBehaviour(text string) (Behaviour, error) {
	names := []string{Never: "never", Blind: "blind", Backoff: "backoff", Obey: "obey"}
	for b, name := range names {
		if name == text {
			return Behaviour(b), nil
		}
	}
	return 0, fmt.Errorf("%q is no behaviour; choose from %s", clip(text), strings.Join(names, ", "))
}
