package amendment

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

func compare(a, b uint64) int { return cmp.Compare(a, b) }

// Challenge keeps what an account says about its allocation: against the last
// notice that it was given, or none in particular where it was given none. It is
// an error if no policy in force or to come has the account.
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
	if len(s.state.Challenges) >= MaxChallenges {
		i := slices.IndexFunc(s.state.Challenges, func(c Challenge) bool { return c.Answer != nil })
		if i < 0 {
			return Challenge{}, fmt.Errorf("%d challenges wait for an answer, and no more may; answer one", MaxChallenges)
		}
		s.state.Challenges = slices.Delete(s.state.Challenges, i, i+1)
	}
	c.ID = s.Events + 1
	s.state.Challenges = append(s.state.Challenges, c)
	s.emit(Event{Kind: Challenged, Digest: c.Policy, By: said.By, Why: said.Why, Challenge: &c})
	return c, r.commit(s)
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
