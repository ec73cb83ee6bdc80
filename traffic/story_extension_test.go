package traffic

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"
)

// readExtension takes one word and its value of a policy line that is off by
// default:
//
//	mode shadow | off | suspended | enforce
//	spare withhold | share
//	capacity 100/s             C, above the threshold
//	cost 4.8.1=3               of a variant; cost 0.5: of all others
//	exempt 7.1
//	keep 2.2=10%               one more entry of the priority list
//	finish-critical 10m
//	activate on | off
//	closed 20s | no            nothing is taken, up to a time
func readExtension(r *Rules, word, value string) (err error) {
	r.Variants = maps.Clone(r.Variants)
	if r.Variants == nil {
		r.Variants = map[string]Treatment{}
	}
	name, rest, _ := strings.Cut(value, "=")
	how := r.Variants[name]
	switch word {
	case "mode":
		modes := map[string]Mode{"enforce": ModeEnforce, "shadow": ModeShadow, "off": ModeOff, "suspended": ModeSuspended}
		r.Mode = modes[value]
	case "spare":
		r.Withhold = value == "withhold"
	case "capacity":
		var c Rate
		c, err = readRate(value)
		r.Margin = c - r.Threshold
	case "cost":
		var n float64
		if rest == "" {
			n, err = strconv.ParseFloat(value, 64)
			r.Cost = Amount(n * 1e9)
			return err
		}
		n, err = strconv.ParseFloat(rest, 64)
		how.Cost, r.Variants[name] = Amount(n*1e9), how
		r.Variants[name] = how
	case "exempt":
		how.Exempt = true
		r.Variants[name] = how
	case "keep":
		var n float64
		n, err = strconv.ParseFloat(strings.TrimSuffix(rest, "%"), 64)
		r.Keep = append(r.Keep[:len(r.Keep):len(r.Keep)], Fraction(n*1e7))
		how.Rank = len(r.Keep)
		r.Variants[name] = how
	case "finish-critical":
		r.FinishCritical, err = time.ParseDuration(value)
	case "activate":
		r.Activate = value == "on"
	case "closed":
		return readClosed(r, value)
	default:
		return fmt.Errorf("policy has no %q", word)
	}
	return err
}

func readClosed(r *Rules, value string) error {
	if r.Closed = value != "no"; !r.Closed {
		return nil
	}
	until, err := time.ParseDuration(value)
	r.Until, r.Threshold, r.Release = int64(until), 0, 0
	r.Accounts = append([]Account{}, r.Accounts...)
	for i := range r.Accounts {
		r.Accounts[i].Allocation = 0
	}
	return err
}

// treatAccount takes what may follow an account's rate: shadow, exempt, held 10/s.
func treatAccount(a *Account, words []string) error {
	a.Shadow, a.Exempt, a.Held, a.Hold = false, false, false, 0
	for len(words) > 0 {
		switch {
		case words[0] == "shadow":
			a.Shadow = true
		case words[0] == "exempt":
			a.Exempt = true
		case words[0] == "held" && len(words) > 1:
			rate, err := readRate(words[1])
			if err != nil {
				return err
			}
			a.Held, a.Hold, words = true, rate, words[1:]
		default:
			return fmt.Errorf("an account is shadow, exempt or held RATE, not %q", words[0])
		}
		words = words[1:]
	}
	return nil
}
