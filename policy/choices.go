package policy

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"srtm/duis"
	"srtm/traffic"
)

// choose returns the parser of a value that is one of few words.
func choose[T any](words []string, values ...T) func(string) (T, *flaw) {
	return func(s string) (v T, f *flaw) {
		for i, w := range words {
			if w == s {
				return values[i], nil
			}
		}
		last := len(words) - 1
		return v, &flaw{quoted(s) + " is not known", "write " + strings.Join(words[:last], ", ") + " or " + words[last]}
	}
}

func parseMode(s string) (traffic.Mode, *flaw) {
	return choose([]string{"enforce", "shadow", "off"}, traffic.ModeEnforce, traffic.ModeShadow, traffic.ModeOff)(s)
}

// parseSpare tells whether what others leave is withheld.
func parseSpare(s string) (bool, *flaw) { return choose([]string{"share", "withhold"}, false, true)(s) }

func parsePer(s string) (Per, *flaw) {
	return choose([]string{string(PerAccount), string(PerUser)}, PerAccount, PerUser)(s)
}

func parseApproval(s string) (Approval, *flaw) {
	return choose([]string{string(One), string(Two)}, One, Two)(s)
}

func parseBool(s string) (bool, *flaw) { return choose([]string{"true", "false"}, true, false)(s) }

func parseStatus(s string) (int, *flaw) {
	return choose([]string{"503", "429", "200"}, 503, 429, 200)(s)
}

// parseCode takes the codes that report an error: any other would tell the
// Service User that its request was taken.
func parseCode(s string) (duis.ResponseCode, *flaw) {
	code, err := duis.ParseResponseCode(s)
	if err != nil {
		return 0, &flaw{quoted(s) + " is not a DUIS response code", "write one of the schema's, such as E100; a client drops any other"}
	}
	if !code.IsError() {
		return 0, &flaw{quoted(s) + " does not report an error", "write an E code, such as E100"}
	}
	return code, nil
}

func parseVariant(s string) (duis.Variant, *flaw) {
	if v, ok := duis.ParseVariant(s); ok {
		return v, nil
	}
	right := `write one as DUIS does, such as "4.8.1"`
	var all []string
	for v := range duis.Variants() {
		all = append(all, v.String())
	}
	if near := nearest(s, all); near != "" {
		right = "did you mean " + near + "?"
	}
	return 0, &flaw{quoted(s) + " is not a Service Request Variant", right}
}

func parseCost(s string) (traffic.Amount, *flaw) {
	n, ok := parseThousandths(s)
	if !ok || n < 1 || n > int64(traffic.MaxCost/traffic.MinCost) {
		return traffic.SR, &flaw{quoted(s) + " is not a cost", "write a number from 0.001 to 1000 with at most three decimals, such as 1 or 2.5"}
	}
	return traffic.Amount(n) * traffic.MinCost, nil
}

func parseKept(s string) (Percent, *flaw) {
	p, f := parsePercent(s)
	if f == nil && (p == 0 || p == whole) {
		return 0, &flaw{quoted(s) + " keeps nothing or all", "write a part above 0% and below 100%, such as 10%"}
	}
	return p, f
}

func parseFinishCritical(s string) (time.Duration, *flaw) {
	t, f := parseDuration(s)
	if f == nil && (t == 0 || t > traffic.MaxFinishCritical) {
		return 0, &flaw{quoted(s) + " is not above 0 and at most 24h", "10m is usual; leave the key out to have it off"}
	}
	return t, f
}

func parseExceptional(s string) (time.Duration, *flaw) {
	t, f := parseDuration(s)
	if f == nil && (t == 0 || t > MaxExceptional) {
		return 0, &flaw{quoted(s) + " is not above 0 and at most 31d", "10h is usual"}
	}
	return t, f
}

func parseReserved(s string) (Rate, *flaw) {
	r, f := parseRate(s)
	if f == nil && r.Thousandths == 0 {
		f = &flaw{quoted(s) + " reserves nothing", "write a rate above 0/s, or leave the entry out"}
	}
	return r, f
}

func parseNotice(s string) (int, *flaw) {
	if digits(s, 3) && atoi(s) <= MaxNotice {
		return int(atoi(s)), nil
	}
	return 0, &flaw{quoted(s) + " is not a number of Working Days", fmt.Sprintf("write a whole number from 0 to %d, such as 10", MaxNotice)}
}

// parseChange reads one line of words.
func parseChange(s string) (string, *flaw) {
	switch {
	case s == "":
		return "", &flaw{"there are no words", "say what changed"}
	case utf8.RuneCountInString(s) > MaxChange:
		return "", &flaw{quoted(s) + fmt.Sprintf(" is longer than %d characters", MaxChange), "write less, and the rest in an annex"}
	case strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }), strings.TrimSpace(s) != s:
		return "", &flaw{quoted(s) + " is not one line of printable characters without spaces around it", "write letters, digits, signs and spaces"}
	}
	return s, nil
}

func isFilled(n *yaml.Node) bool { return n != nil && n.Kind == yaml.MappingNode }
