package evidence

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"srtm/traffic"
)

// words say each reason, after the verdict.
var words = [traffic.Reasons]string{
	traffic.WithinAllocation: "within allocation",
	traffic.Spare:            "on spare capacity",
	traffic.OverAllocation:   "over allocation",
	traffic.Exempt:           "exempt",
	traffic.Critical:         "finishing a critical command",
	traffic.Capacity:         "beyond the capacity",
	traffic.Held:             "held to a rate",
	traffic.Closed:           "closed",
	traffic.Off:              "with the mechanism off",
	traffic.Suspended:        "with the mechanism suspended",
}

// sayCounts says how many decisions there were of each reason; what would have
// been refused in shadow apart.
func (rec *recordChecker) sayCounts() string {
	var all, shadow []string
	for r, word := range words {
		n := rec.counts[traffic.Forward][r] + rec.counts[traffic.Throttle][r]
		if n > 0 || traffic.Reason(r) <= traffic.OverAllocation {
			all = append(all, fmt.Sprintf("%d %s", n, word))
		}
		if n := rec.counts[traffic.Shadow][r]; n > 0 {
			shadow = append(shadow, fmt.Sprintf("%d %s", n, word))
		}
	}
	text := strings.Join(all, ", ")
	if len(shadow) > 0 {
		text += "; in shadow, forwarded, and would have been refused: " + strings.Join(shadow, ", ")
	}
	return text
}

// plain writes a text that somebody else chose: as it is where it can be printed
// and is not long, else quoted.
func plain(text string) string {
	const long = 300
	if len(text) > long {
		end := long
		for !utf8.RuneStart(text[end]) {
			end--
		}
		return fmt.Sprintf("%q…", text[:end])
	}
	for _, r := range text {
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			return fmt.Sprintf("%q", text)
		}
	}
	return text
}
