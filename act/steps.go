package act

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"srtm/person"
	"srtm/policy"
)

// Refusal says why an order is not taken: nothing has changed.
type Refusal struct{ Reasons []string }

// Error joins the reasons.
func (r *Refusal) Error() string { return strings.Join(r.Reasons, "; ") }

func refuse(format string, args ...any) error {
	return &Refusal{[]string{fmt.Sprintf(format, args...)}}
}

// Ask takes an order. The act runs when Ask returns, or waits for another person's
// Approve. The error is a *Refusal where the order cannot be done as it is asked
// for; another error says that it could not be kept. Either way nothing has changed.
func (r *Register) Ask(o Order, by string) (Act, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.policy()
	o, err := Check(p, o)
	if err != nil {
		return Act{}, err
	}
	said, err := r.assent(by, o.Reason)
	if err != nil {
		return Act{}, err
	}
	s := r.begins()
	if err := s.room(); err != nil {
		return Act{}, err
	}
	if o.Drill {
		if err := s.drillable(p, &o); err != nil {
			return Act{}, err
		}
	}
	s.IDs++
	a := Act{ID: s.IDs, Order: o, Does: o.does(), State: Waiting, Asked: said, Until: s.at.Add(Patience)}
	if NeedsTwo(p, o) {
		s.emit(&a, Event{Kind: KindAsked, By: said.By, Why: said.Why, Until: a.Until}, "is asked for and waits for another person's approval")
	} else {
		s.runs(&a)
	}
	s.Acts = append(s.Acts, a)
	return a.copy(), r.commit(s)
}

// NeedsTwo tells whether an order takes two persons: the policy wants two, and did
// not prepare it, and it is no drill.
func NeedsTwo(p *policy.Policy, o Order) bool {
	return p.Approval == policy.Two && o.Preset == "" && !o.Drill
}

// runs has an act run from now on.
func (s *draft) runs(a *Act) {
	a.State, a.From = Running, s.at
	a.Until = s.at.Add(time.Duration(a.For))
	by := a.Asked.By
	if a.Approved != nil {
		by += ", " + a.Approved.By
	}
	s.emit(a, Event{Kind: KindBegan, By: by, Why: a.Reason, Until: a.Until}, "began")
}

// room says why no further act can be taken.
func (s *draft) room() error {
	switch {
	case s.count(Running)+s.count(Waiting) >= MaxRunning:
		return refuse("%d acts run or wait, and no more may; end one first", MaxRunning)
	case len(s.Outbox) >= maxOutbox:
		return refuse("the journal has not recorded %d steps of acts yet; see why it fails, or end acts", len(s.Outbox))
	}
	return nil
}

// Check returns the order as it would be taken under a policy, with what its preset
// stands for; or why it is not, as a *Refusal.
func Check(p *policy.Policy, o Order) (Order, error) {
	var refusal Refusal
	wrong := func(format string, args ...any) {
		refusal.Reasons = append(refusal.Reasons, fmt.Sprintf(format, args...))
	}
	o.Reason, o.Reference = strings.TrimSpace(o.Reason), strings.TrimSpace(o.Reference)
	if o.Drill {
		checkDrill(p, &o, wrong)
	} else if strings.HasPrefix(o.Reason, drillReason) {
		wrong("reason: %q stands for a drill that was ordered; begin with another word", drillReason)
	}
	if o.Preset != "" {
		o = prepared(p, o, wrong)
	}
	if len(refusal.Reasons) == 0 {
		named := len(o.Hold) + len(o.Exempt)
		if named > MaxNamed {
			wrong("it names %d accounts, more than %d; ask for several acts", named, MaxNamed)
		} else {
			for _, f := range p.CheckHand(o.Hand(time.Time{})) {
				wrong("%v", f)
			}
		}
	}
	if d := time.Duration(o.For); d == 0 {
		wrong("for: it has no end; say for how long, from %v to %v, such as 6h", Length(Least), Length(Most))
	} else if d < Least || d > Most || d%time.Millisecond != 0 {
		wrong("for: %v is not from %v to %v in whole milliseconds", o.For, Length(Least), Length(Most))
	}
	if o.Reason == "" {
		wrong("reason: there is none; say why in a few words, for all who are shown the act")
	}
	if err := line("reason", o.Reason, MaxReason); err != nil {
		wrong("%v", err)
	}
	if err := line("reference", o.Reference, MaxRefer); err != nil {
		wrong("%v", err)
	}
	if len(refusal.Reasons) > 0 {
		return o, &refusal
	}
	o.Exempt = slices.Clone(o.Exempt)
	return o, nil
}

// prepared puts what a preset stands for in its place.
func prepared(p *policy.Policy, o Order, wrong func(string, ...any)) Order {
	preset := p.Preset(o.Preset)
	switch {
	case preset == nil:
		names := make([]string, len(p.Presets))
		for i, q := range p.Presets {
			names[i] = q.Name
		}
		if len(names) == 0 {
			names = []string{"none"}
		}
		wrong("preset: the policy has none of the name %.100q; it has %s", o.Preset, strings.Join(names, ", "))
		return o
	case o.does() != "":
		wrong("preset: %s is done as it was prepared, and nothing else with it; ask for the rest in another act", o.Preset)
		return o
	case time.Duration(o.For) > preset.For:
		wrong("for: %s was prepared for at most %v; ask for less, or for the same without the preset", o.Preset, Length(preset.For))
		return o
	}
	o.Activate, o.Suspend, o.Shadow, o.Capacity, o.Hold, o.Exempt = preset.Activate, preset.Suspend, preset.Shadow, preset.Capacity, preset.Hold, preset.Exempt
	if o.For == 0 {
		o.For = Length(preset.For)
	}
	return o
}

// line checks a text of one line.
func line(what, words string, most int) error {
	if err := person.CheckWords(what, words); err != nil {
		return err
	}
	if strings.ContainsAny(words, "\n\t") || utf8.RuneCountInString(words) > most {
		return fmt.Errorf("the %s is not one line of at most %d characters; shorten it", what, most)
	}
	return nil
}

// assent checks who says what. The caller holds the lock.
func (r *Register) assent(by, why string) (Assent, error) {
	name, err := person.Name(by)
	if err != nil {
		return Assent{}, &Refusal{[]string{err.Error()}}
	}
	why = strings.TrimSpace(why)
	if err := line("reason", why, MaxReason); err != nil {
		return Assent{}, &Refusal{[]string{err.Error()}}
	}
	return Assent{name, why, r.now()}, nil
}

// Approve has an act run that waits. Another person than who asked for it is to do
// so; it is checked again, under the policy that is in force now. The reason may be
// empty. The error is a *Refusal where the act stays as it is.
func (r *Register) Approve(id uint64, by, why string) (Act, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	said, err := r.assent(by, why)
	if err != nil {
		return Act{}, err
	}
	s := r.begins()
	a, err := s.in(id, Waiting)
	if err != nil {
		return Act{}, err
	}
	if person.Same(a.Asked.By, said.By) {
		return Act{}, refuse("%s asked for act %d, and the policy wants two persons; another person is to approve it", a.Asked.By, id)
	}
	asked := a.Order
	asked.Preset = ""
	if _, err := Check(r.policy(), asked); err != nil {
		return Act{}, err
	}
	a.Approved = &said
	s.emit(a, Event{Kind: KindApproved, By: said.By, Why: said.Why}, "is approved")
	s.runs(a)
	return a.copy(), r.commit(s)
}

// Withdraw takes back an act that waits.
func (r *Register) Withdraw(id uint64, by, why string) (Act, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	said, err := r.assent(by, why)
	if err != nil {
		return Act{}, err
	}
	s := r.begins()
	a, err := s.in(id, Waiting)
	if err != nil {
		return Act{}, err
	}
	a.State, a.Over, a.OverAt = Withdrawn, &said, s.at
	s.emit(a, Event{Kind: KindWithdrawn, By: said.By, Why: said.Why}, "is withdrawn")
	return a.copy(), r.commit(s)
}

// End ends an act that runs, at once. It is ended when End returns an act, also
// where the error says that this could not be kept: then it is tried again by every
// Pass, and would run again after a restart before that. The reason may be empty.
func (r *Register) End(id uint64, by, why string) (Act, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	said, err := r.assent(by, why)
	if err != nil {
		return Act{}, err
	}
	s := r.begins()
	a, err := s.in(id, Running)
	if err != nil {
		return Act{}, err
	}
	a.State, a.Over, a.OverAt = Ended, &said, s.at
	s.emit(a, Event{Kind: KindEnded, By: said.By, Why: said.Why}, "ended")
	ended := a.copy()
	if err := r.commit(s); err != nil {
		r.state, r.unclean = s.state, true
		return ended, fmt.Errorf("act %d is ended, and that could not be kept, so that it would run again after a restart before %s; make room on the disk: %w", id, ended.Until.Format(time.RFC3339), err)
	}
	return ended, nil
}

// Refer gives a record, such as the one that began an episode, a reference of an
// incident elsewhere. It is an Event and nothing else.
func (r *Register) Refer(about uint64, reference, by, why string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	said, err := r.assent(by, why)
	if err != nil {
		return err
	}
	reference = strings.TrimSpace(reference)
	if err := line("reference", reference, MaxRefer); err != nil {
		return &Refusal{[]string{err.Error()}}
	}
	if about == 0 || reference == "" {
		return &Refusal{[]string{"a reference is given to a record by its position, from 1; say both"}}
	}
	s := r.begins()
	if err := s.room(); err != nil && len(s.Outbox) >= maxOutbox {
		return err
	}
	s.tell(Event{Kind: KindReferred, What: "reference", By: said.By, Why: said.Why, Reference: reference, About: about})
	return r.commit(s)
}

// in returns the act of that number, if it is in a state.
func (s *draft) in(id uint64, state State) (*Act, error) {
	i := s.find(id)
	if i < 0 {
		return nil, &Refusal{[]string{fmt.Sprintf("there is no act %d", id)}}
	}
	if got := s.Acts[i].State; got != state {
		return nil, &Refusal{[]string{fmt.Sprintf("act %d is %s, and not %s", id, got, state)}}
	}
	return &s.Acts[i], nil
}

// IsRefusal tells whether an error says that an order or a step was not fit, rather
// than that something failed.
func IsRefusal(err error) bool { return errors.As(err, new(*Refusal)) }
