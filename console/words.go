package console

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"srtm/traffic"
)

// sentence is built of words, some of which stand out.
type sentence []Phrase

func (s *sentence) say(format string, args ...any) {
	*s = append(*s, Phrase{Text: fmt.Sprintf(format, args...)})
}
func (s *sentence) stress(format string, args ...any) {
	*s = append(*s, Phrase{Text: fmt.Sprintf(format, args...), Strong: true})
}

// sentenceOfAll says what is happening to whoever sees everybody.
func sentenceOfAll(s *State) []Phrase {
	var out sentence
	out.whole(s)
	total := s.Total
	beyond, throttled := 0, []string{}
	unfair := []string{}
	for _, a := range s.Accounts {
		isOver := a.OfferedRate > float64(a.Allocation)/1e9
		if isOver {
			beyond++
		}
		if a.ThrottledRate > 0 {
			throttled = append(throttled, a.Account)
			if !isOver {
				unfair = append(unfair, a.Account)
			}
		}
	}
	out.say(" %s of %s Service Users %s", figure(beyond), count(len(s.Accounts)), map[bool]string{true: "is over its allocation", false: "are over their allocation"}[beyond == 1])
	switch {
	case len(throttled) == 0 && total.ClosedRate == 0:
		out.say("; nobody is refused.")
	case len(unfair) == 0 && total.ClosedRate == 0:
		out.say(", and %s refused; ", throttledOf(throttled))
		out.stress("nobody within its allocation is refused")
		out.say(".")
	case total.ClosedRate > 0:
		out.say("; %s per second are refused because nothing is taken.", rate(total.ClosedRate))
	default:
		out.say(", and %s refused; of these %s over the last second as a whole within its allocation, and sent more at once than that holds: its page has the numbers.", throttledOf(throttled), few(unfair))
	}
	return out
}

func throttledOf(names []string) string {
	if len(names) == 1 {
		return few(names) + " is"
	}
	return few(names) + " are"
}

// few names at most four, and counts the others.
func few(names []string) string {
	const most = 4
	names = slices.Clone(names)
	if more := len(names) - most; more > 0 {
		names = append(names[:most], fmt.Sprintf("%d more", more))
	}
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}

// sentenceOfOne says it to one Service User.
func sentenceOfOne(s *State, account string) []Phrase {
	var out sentence
	out.whole(s)
	for _, a := range s.Accounts {
		if a.Account == account {
			out.say(" ")
			out.own(&a, s)
		}
	}
	return out
}

// whole says what holds for all together.
func (out *sentence) whole(s *State) {
	switch {
	case s.Mode == "off":
		out.stress("The mechanism is off")
		out.say(": nothing is decided, and the DSP is not protected.")
	case s.Mode == "suspended":
		out.stress("Traffic management is suspended by hand")
		out.say(": everything is forwarded, and the DSP is not protected.")
	case s.Now.Closed:
		out.stress("Nothing is taken at present")
		out.say(".")
	default:
		out.say("Traffic management is ")
		out.stress("%s", map[bool]string{true: "active", false: "inactive"}[s.Active])
		out.say(" since %s (%s)%s.", clock(s.Since, s.At), age(s.At.Sub(s.Since)),
			map[bool]string{true: ", in shadow: nothing is refused, and the DSP is not protected"}[s.Mode == "shadow"])
	}
	out.say(" %s offered, %s forwarded of %s per second.", rate(s.Total.OfferedRate), rate(s.Total.ForwardedRate+s.Total.ShadowedRate), exact(s.Policy.Threshold))
}

// own says how one Service User fares.
func (out *sentence) own(a *AccountState, s *State) {
	allocation := exact(a.Allocation)
	switch u := lineOf(*a); u.Standing {
	case refused:
		if u.Shut > 0 {
			out.say("%s is refused %s per second, as everybody is, because nothing is taken.", a.Account, rate(u.Shut))
			return
		}
		out.say("%s is ", a.Account)
		out.stress("refused %s per second", rate(u.Throttled))
		out.say(": it offers %s per second and its allocation is %s; %s go on.", rate(u.Offered), allocation, rate(u.Forwarded))
	case inShadow:
		out.say("%s would be refused %s per second if it were enforced: it offers %s per second and its allocation is %s.", a.Account, rate(u.Shadowed), rate(u.Offered), allocation)
	case over:
		out.say("%s offers %s per second, more than its allocation of %s, and ", a.Account, rate(u.Offered), allocation)
		out.stress("nothing of it is refused")
		out.say(".")
	case quiet:
		out.say("%s sends nothing at present; its allocation is %s per second.", a.Account, allocation)
	default:
		out.say("%s offers %s per second of its allocation of %s; ", a.Account, rate(u.Offered), allocation)
		out.stress("nothing of it is refused")
		out.say(".")
	}
}

// wouldEnd says what would end it that a Service User is refused.
func wouldEnd(a *AccountState, s *State) string {
	u := lineOf(*a)
	until := s.untilOf(a.Account)
	switch {
	case u.Shut > 0 && until != nil:
		return "It ends when requests are taken again, which may be at " + clock(*until, s.At) + "."
	case u.Shut > 0:
		return "It ends when requests are taken again."
	case u.Throttled == 0 && u.Shadowed == 0 && s.Active:
		return fmt.Sprintf("While traffic management is active, up to %s per second are certain; what goes beyond that depends on what others leave.", exact(a.Allocation))
	case u.Throttled == 0 && u.Shadowed == 0:
		return fmt.Sprintf("While traffic management is inactive nothing is refused for traffic. Should it become active, %s per second are certain.", exact(a.Allocation))
	}
	return fmt.Sprintf("It ends as soon as %s sends no more than %s per second, or others leave more: %s per second of its %s come from what they leave now. "+
		"It ends for everybody when less than %s per second have been offered in all for a while; now it is %s.",
		a.Account, exact(a.Allocation), rate(max(0, u.Forwarded-float64(a.Allocation)/1e9)), rate(u.Forwarded), exact(s.Policy.Release), rate(s.Total.OfferedRate))
}

// rate writes a rate for people: whole above ten, else with a decimal.
func rate(v float64) string {
	if v >= 10 || v == float64(int64(v)) {
		return thousands(strconv.FormatFloat(v, 'f', 0, 64))
	}
	return strconv.FormatFloat(v, 'f', 1, 64)
}

// exact writes an exact rate or amount with as many decimals as it has.
func exact(e Exact) string {
	text := traffic.Amount(e).String()
	return thousands(strings.TrimSuffix(text, " SR"))
}

func count[N int | uint64 | int64](n N) string { return thousands(fmt.Sprint(n)) }

// thousands separates thousands by commas.
func thousands(digits string) string {
	whole, part, has := strings.Cut(digits, ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if has {
		whole += "." + part
	}
	return sign + whole
}

// figure writes a small number as a person would.
func figure(n int) string {
	if n == 0 {
		return "None"
	}
	return count(n)
}

// clock writes a time of UTC: with its date where that is not today's.
func clock(at, now time.Time) string {
	at, now = at.UTC(), now.UTC()
	if at.YearDay() == now.YearDay() && at.Year() == now.Year() {
		return at.Format("15:04:05")
	}
	return at.Format("2006-01-02 15:04:05")
}

// age writes how long something has been so, in its two largest units at most.
func age(d time.Duration) string {
	s := int64(d / time.Second)
	switch {
	case s < 0:
		return "0 s"
	case s < 60:
		return fmt.Sprintf("%d s", s)
	case s < 3600:
		return fmt.Sprintf("%d min", s/60)
	case s < 2*86400:
		return fmt.Sprintf("%d h %d min", s/3600, s%3600/60)
	}
	return fmt.Sprintf("%d days", s/86400)
}
