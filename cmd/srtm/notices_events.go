package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"srtm/act"
	"srtm/amendment"
	"srtm/notice"
	"srtm/traffic"
)

// noticeOfAct is what an act's step is told as; false: it is not. Who did it, why,
// and by what preset is not told: a notice goes to every Service User, or to the
// one that the step is about.
func noticeOfAct(e act.Event) (notice.Event, bool) {
	var verb, until string
	switch e.Kind {
	case act.KindBegan:
		verb, until = "began", ", until "+e.Until.UTC().Format(inUTC)+" unless it is ended before"
	case act.KindEnded:
		verb = "ended"
	default: // nothing holds otherwise than before
		return notice.Event{}, false
	}
	does := e.What
	if i := strings.LastIndex(does, ": "); i >= 0 {
		does = does[i+2:]
	}
	n := notice.Event{ID: stableID("act", e.Number, e.At), Kind: notice.Act, Account: e.Account, At: e.At, Reference: e.Reference,
		Sentence: fmt.Sprintf("By hand, act %d %s at %s: %s%s.", e.Act, verb, e.At.UTC().Format(inUTC), does, until)}
	if e.Withheld {
		n.Reference = ""
	}
	if strings.HasPrefix(does, "drill, ") {
		n.Kind = notice.Drill
	}
	numbers := map[string]any{"act": e.Act, "step": verb}
	if e.Kind == act.KindBegan {
		numbers["until"] = e.Until.UTC().Format(time.RFC3339)
	} else {
		n.Advice = "What the policy says holds again, as far as no other act does."
	}
	if e.Drill {
		n.Kind, n.Advice = notice.Drill, ""
		n.Sentence = fmt.Sprintf("A throttle drill of %s, act %d, %s at %s%s.", e.Account, e.Act, verb, e.At.UTC().Format(inUTC), until)
		if e.Kind == act.KindEnded {
			n.Advice = "Its report says how the adapter behaved; it is complete a quarter of an hour later."
		}
	}
	n.Numbers = object(numbers)
	return n, true
}

// noticeOfPolicy is what a step of a policy is told as; false: it is not. What is
// not decided yet is told to nobody.
func noticeOfPolicy(e amendment.Event) (notice.Event, bool) {
	n := notice.Event{ID: stableID("policy", e.Number, e.At), Kind: notice.Policy, At: e.At}
	from := e.Effective.UTC().Format(inUTC)
	numbers := map[string]any{"step": string(e.Kind), "policy": e.Name, "sha256": e.Digest, "effective": e.Effective.UTC().Format(time.RFC3339)}
	switch e.Kind {
	case amendment.Planned:
		n.Sentence = fmt.Sprintf("The policy %s is accepted and holds from %s.", e.Name, from)
		n.Advice = "Whose allocation it changes is told so apart."
	case amendment.Withdrawn:
		if !e.Accepted { // nobody was told that it might come
			return notice.Event{}, false
		}
		n.Sentence = fmt.Sprintf("The policy %s, which was to come, is withdrawn.", e.Name)
		n.Advice = "What was told of it does not come to pass."
	case amendment.Adopted:
		n.Sentence = fmt.Sprintf("The policy %s came into force.", e.Name)
	case amendment.Noticed:
		noticed(&n, e.Notice)
		return n, true
	default:
		return notice.Event{}, false
	}
	n.Numbers = object(numbers)
	return n, true
}

// noticed says what an account's coming allocation is.
func noticed(n *notice.Event, g *amendment.Notice) {
	n.Account = g.Account
	n.Sentence = fmt.Sprintf("From %s the allocation of %s is %v instead of %v, by the policy %s: its portfolio weighs %s of %s in all, instead of %s.",
		g.Effective.UTC().Format(inUTC), g.Account, g.New, g.Old, g.PolicyName, g.Weight, g.Weights, g.OldWeight)
	if g.TakenBack {
		n.Sentence = fmt.Sprintf("What was said of the allocation of %s from %s on is taken back: it stays at %v, by the policy %s.", g.Account, g.Effective.UTC().Format(inUTC), g.New, g.PolicyName)
	}
	n.Advice = "If that is not right, say so before then: the console takes a challenge, and so do the operators."
	n.Numbers = object(map[string]any{"step": "noticed", "policy": g.PolicyName, "sha256": g.Policy, "effective": g.Effective.UTC().Format(time.RFC3339),
		"allocation_per_s": rateOf(g.New), "allocation_before_per_s": rateOf(g.Old), "shortened": g.Shortened, "taken_back": g.TakenBack})
}

// stableID is the same for an event that a register gives a second time.
func stableID(what string, number uint64, at time.Time) string {
	return fmt.Sprintf("%s-%d-%d", what, number, at.UnixNano())
}

func object(numbers map[string]any) json.RawMessage {
	text, err := json.Marshal(numbers)
	if err != nil { // of texts and numbers there is none
		return nil
	}
	return text
}

func rateOf(r traffic.Rate) float64 { return float64(r) / float64(traffic.PerSecond) }
