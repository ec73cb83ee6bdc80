package console

import (
	"maps"
	"slices"
	"strconv"

	"srtm/access"
	"srtm/act"
	"srtm/policy"
)

// actsFor are the acts that somebody may know of: a Service User those that run or
// ran and concern everybody or itself.
func (s *Server) actsFor(p access.Person) ActsState {
	a := s.source.Acts
	if p.May(access.SeeAll) {
		return ActsState{orEmpty(a.Running()), orEmpty(a.Waiting()), orEmpty(a.History())}
	}
	return ActsState{concerning(a.Running(), p.Account), []act.Act{}, concerning(a.History(), p.Account)}
}

// concerning are the acts that began, as one account may know of them.
func concerning(all []act.Act, account string) []act.Act {
	seen := []act.Act{}
	for _, a := range all {
		if own, is := actSeenBy(a, account); is && !a.From.IsZero() {
			seen = append(seen, own)
		}
	}
	return seen
}

// actSeenBy is an act as one account may know of it: what it does to everybody and
// to that account, without the name of whoever did it; and why, unless it does
// something to others too, which its reason may tell. It returns false where the
// act is nothing to that account.
func actSeenBy(a act.Act, account string) (act.Act, bool) {
	own := func(name string) bool { return name == account }
	others := a.Hand(a.From).NamesAnother(account)
	hold := map[string]policy.Rate{}
	for name, rate := range a.Hold {
		if own(name) {
			hold[name] = rate
		}
	}
	preset := policy.Preset{Activate: a.Activate, Suspend: a.Suspend, Shadow: a.Shadow, Capacity: a.Capacity, Hold: hold, Exempt: a.Exempt}
	if a.Does = preset.Words(own); a.Does == "" {
		return act.Act{}, false
	}
	if a.Drill {
		a.Does = "drill, " + a.Does
	}
	a.Hold = hold
	if len(hold) == 0 {
		a.Hold = nil
	}
	a.Exempt = slices.DeleteFunc(slices.Clone(a.Exempt), func(name string) bool { return !own(name) })
	if others {
		a.Preset, a.Reason, a.Reference = "", "", ""
	}
	a.Asked, a.Approved = act.Assent{At: a.Asked.At}, nil
	if a.Over != nil {
		a.Over = &act.Assent{At: a.Over.At}
	}
	return a, true
}

// findAct returns an act of a list by its number, as it stands in a path.
func findAct(all []act.Act, id string) (act.Act, bool) {
	i := slices.IndexFunc(all, func(a act.Act) bool { return strconv.FormatUint(a.ID, 10) == id })
	if i < 0 {
		return act.Act{}, false
	}
	return all[i], true
}

// actsPage is the page of what is done by hand.
type actsPage struct {
	ActsState
	Sentence []Phrase
	Presets  []Preset
	Own      bool // it is a Service User's
}

// shownActs is how many acts of the past a page has.
const shownActs = 100

func (s *Server) actsView(c *call) (any, error) {
	v := actsPage{ActsState: s.actsFor(c.person), Own: !c.all()}
	v.Sentence = sentenceOfActs(v)
	v.History = v.History[:min(len(v.History), shownActs)]
	if c.person.May(access.Operate) {
		v.Presets = presetsOf(s.source.Acts.Presets())
	}
	return v, nil
}

// sentenceOfActs says what holds by hand.
func sentenceOfActs(v actsPage) []Phrase {
	var out sentence
	switch n := len(v.Running); {
	case n == 0 && v.Own:
		out.say("Nothing is done by hand now that concerns you: the standing rules hold.")
	case n == 0:
		out.stress("Nothing is done by hand now")
		out.say(": the policy holds as it stands.")
	case n == 1:
		out.stress("One act by hand runs")
		out.say(": %s.", v.Running[0].Does)
	default:
		out.stress("%s acts by hand run", count(n))
		out.say(": ")
		for i, a := range v.Running {
			if i > 0 {
				out.say("; ")
			}
			out.say("%s", a.Does)
		}
		out.say(".")
	}
	switch n := len(v.Waiting); {
	case n == 1:
		out.say(" One waits for another person.")
	case n > 1:
		out.say(" %s wait for another person.", count(n))
	}
	return out
}

// accountsOf are the accounts of the policy in force, for a choice.
func (s *Server) accountsOf() []string {
	names := map[string]bool{}
	for _, a := range s.source.Policy().Accounts {
		names[a.Name] = true
	}
	return slices.Sorted(maps.Keys(names))
}
