package alarm

import (
	"fmt"
	"math"
	"strconv"
)

// perSecond writes a rate as 2,412/s, small ones with decimals.
func perSecond(rate float64) string {
	if rate < 10 {
		return fmt.Sprintf("%.3g/s", rate)
	}
	digits := fmt.Sprintf("%.0f", rate)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits + "/s"
}

// bare writes a rate as a command wants it: at most three decimals.
func bare(rate float64) string {
	return strconv.FormatFloat(math.Floor(rate*1000)/1000, 'f', -1, 64)
}

// roundDown keeps two digits: 1,648 becomes 1,600.
func roundDown(x float64) float64 {
	if x < 0.01 {
		return 0.001 // the least that a policy can say, three decimals
	}
	unit := math.Pow(10, math.Floor(math.Log10(x))-1)
	down := math.Floor(x/unit+1e-9) * unit
	return math.Round(down*1000) / 1000
}

func ofThreshold(s Sample) string {
	if s.Threshold <= 0 {
		return "with the door closed"
	}
	return fmt.Sprintf("%.0f %% of the operating threshold of %s", 100*s.Forwarded/s.Threshold, perSecond(s.Threshold))
}

// size writes bytes for people.
func size(bytes uint64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	x, i := float64(bytes), 0
	for x >= 1024 && i < len(units)-1 {
		x, i = x/1024, i+1
	}
	if i == 0 {
		return fmt.Sprintf("%.0f B", x)
	}
	return fmt.Sprintf("%.1f %s", x, units[i])
}
