package amendment

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

func compare(a, b uint64) int { return cmp.Compare(a, b) }

// Challenge keeps what an account says about its allocation: against the last
// notice that it was given, or none in particular where it was given none. It is
// an error if no policy in force or to come has the account, or if MaxOpen of
// its challenges wait, and a TooSoonError if it said MaxHourly things within an hour.
// What one account says, and how often, makes no difference to any other.
func (r *Register) Challenge(account string, by Person, text string) (Challenge, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	said, err := r.says(by, text)
	if err != nil {
		return Challenge{}, err
	}
	s := r.begins()
	c := Challenge{Account: account, Said: said}
	for _, given := range r.notices {
		for _, n := range given {
			if n.Account == account && n.Number > c.Notice {
				c.Notice, c.Policy, c.Reference = n.Number, n.Policy, n.Reference
			}
		}
	}
	if known, err := s.knows(account); err != nil || !known && c.Notice == 0 {
		return Challenge{}, errors.Join(err, fmt.Errorf("no policy in force or to come has an account %.100q, and it was given no notice; write an account's name", account))
	}
	if err := s.makeRoom(account); err != nil {
		return Challenge{}, err
	}
	c.ID = s.Events + 1
	s.state.Challenges = append(s.state.Challenges, c)
	s.emit(Event{Kind: Challenged, Digest: c.Policy, By: said.By, Why: said.Why, Challenge: &c})
	return c, r.commit(s)
}

// TooSoonError is what an account is refused with that said MaxHourly things
// within an hour.
type TooSoonError struct {
	After time.Duration // when it may again
}

// Error says so.
func (e TooSoonError) Error() string {
	return fmt.Sprintf("a Service User may say %d things about its allocation within an hour, and this one did; again in %v", MaxHourly, e.After.Round(time.Second))
}

// makeRoom makes room for a challenge of an account among that account's own, or
// says why there is none.
func (s *draft) makeRoom(account string) error {
	var open, answered int
	var lately []time.Time
	for _, c := range s.state.Challenges {
		switch {
		case c.Account != account:
			continue
		case c.Answer == nil:
			open++
		default:
			answered++
		}
		if s.at.Sub(c.Said.At) < time.Hour {
			lately = append(lately, c.Said.At)
		}
	}
	if len(lately) >= MaxHourly {
		return TooSoonError{lately[len(lately)-MaxHourly].Add(time.Hour).Sub(s.at)}
	}
	if open >= MaxOpen {
		return fmt.Errorf("%d challenges of this Service User wait for an answer, and no more may; wait until one is answered", MaxOpen)
	}
	s.state.Challenges = slices.DeleteFunc(s.state.Challenges, func(c Challenge) bool {
		oldest := c.Account == account && c.Answer != nil && answered > MaxAnswered
		if oldest {
			answered--
		}
		return oldest
	})
	return nil
}

// Answer keeps what a challenge is answered. One that was answered is not
// answered again.
func (r *Register) Answer(id uint64, by Person, text string) (Challenge, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	said, err := r.says(by, text)
	if err != nil {
		return Challenge{}, err
	}
	s := r.begins()
	i := slices.IndexFunc(s.state.Challenges, func(c Challenge) bool { return c.ID == id })
	if i < 0 {
		return Challenge{}, fmt.Errorf("there is no challenge %d; give the number of one that is listed", id)
	}
	if a := s.state.Challenges[i].Answer; a != nil {
		return Challenge{}, fmt.Errorf("challenge %d was answered by %s at %s", id, a.By, stamp(a.At))
	}
	c := s.state.Challenges[i]
	c.Answer = &said
	s.state.Challenges[i] = c
	s.emit(Event{Kind: Answered, Digest: c.Policy, By: said.By, Why: said.Why, Challenge: &c})
	return c, r.commit(s)
}

// says is assent with a text that must be there.
func (r *Register) says(by Person, text string) (Assent, error) {
	if strings.TrimSpace(text) == "" {
		return Assent{}, errors.New("there is no text; write one")
	}
	return r.assent(by, text)
}

// knows tells whether a policy in force or to come has an account.
func (s *draft) knows(account string) (bool, error) {
	places := s.coming(s.at)
	if i := s.inForce(s.at); i >= 0 {
		places = append(places, i)
	}
	for _, i := range places {
		p, err := s.register.policy(s.Versions[i].Digest, s.Versions[i].Texts)
		if err != nil {
			return false, err
		}
		for _, a := range p.Accounts {
			if a.Name == account {
				return true, nil
			}
		}
	}
	return false, nil
}
