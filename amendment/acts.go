package amendment

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"srtm/policy"
)

// Confirm adds to a proposal that waits what its preparer did not say: that the
// questions are meant so, or that a shorter notice is wanted, which voids the
// approvals that it has. The digest may be the beginning of one, or the name.
func (r *Register) Confirm(digest string, by Person, why string, o ProposeOptions) (Proposal, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	said, err := r.assent(by, why)
	if err != nil {
		return Proposal{}, err
	}
	i, err := r.pending(digest)
	if err != nil {
		return Proposal{}, err
	}
	if !o.Confirm && !o.ShortenNotice {
		return Proposal{}, errors.New("nothing is confirmed; say whether the questions are meant so, or that a shorter notice is wanted")
	}
	return r.confirm(i, said, o)
}

func (r *Register) confirm(i int, said Assent, o ProposeOptions) (Proposal, error) {
	if err := o.check(); err != nil {
		return Proposal{}, err
	}
	s := r.begins()
	j, err := s.judgeAt(i)
	if err != nil {
		return Proposal{}, err
	}
	if len(j.refusals) > 0 {
		return Proposal{}, r.refused(j)
	}
	s.Proposals[i].take(o, said, j)
	s.emit(Event{Kind: Confirmed, Digest: j.papers.Digest, Name: j.papers.Name, By: said.By, Why: o.added(said.Why), Effective: j.from})
	return s.settle(j.papers.Digest, false)
}

// judgeAt applies the rules to the proposal at a place.
func (s *draft) judgeAt(i int) (*judgement, error) {
	p, err := s.register.policy(s.Proposals[i].Digest, s.Proposals[i].Texts)
	if err != nil {
		return nil, err
	}
	return s.judge(s.Proposals[i].Papers, p, false)
}

// Approve approves a proposal that waits, and has it accepted if nothing else is
// awaited. Where a second person is needed, it is an error if the same person
// stands behind it already. The digest may be the beginning of one, or the name.
func (r *Register) Approve(digest string, by Person, why string) (Proposal, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	said, err := r.assent(by, why)
	if err != nil {
		return Proposal{}, err
	}
	i, err := r.pending(digest)
	if err != nil {
		return Proposal{}, err
	}
	s := r.begins()
	j, err := s.judgeAt(i)
	if err != nil {
		return Proposal{}, err
	}
	if len(j.refusals) > 0 {
		return Proposal{}, r.refused(j)
	}
	if err := j.mayApprove(said.By); err != nil {
		return Proposal{}, err
	}
	s.Proposals[i].Approvals = append(slices.Clone(s.Proposals[i].Approvals), said)
	s.emit(Event{Kind: Approved, Digest: j.papers.Digest, Name: j.papers.Name, By: said.By, Why: said.Why, Effective: j.from})
	return s.settle(j.papers.Digest, false)
}

// mayApprove says why a person's approval does not count.
func (j *judgement) mayApprove(name string) error {
	p := j.papers
	two := j.two()
	switch {
	case len(p.Approvals) >= maxApprovals:
		return fmt.Errorf("%d persons have approved %s; no more may", maxApprovals, p.Name)
	case slices.ContainsFunc(p.Approvals, func(a Assent) bool { return same(a.By, name) }):
		return fmt.Errorf("%s has approved %s already; it awaits %s", name, p.Name, strings.Join(j.awaits, ", and "))
	case two && p.named() && same(p.Prepared.By, name):
		return fmt.Errorf("%s prepared %s, and the policy asks for two persons; another person is to approve it", name, p.Name)
	case p.Shortened != nil && same(p.Shortened.By, name):
		return fmt.Errorf("%s wants a shorter notice for %s; another person is to approve that", name, p.Name)
	}
	return nil
}

// Withdraw takes back a proposal that waits, or else the version that is to come
// last: of several that are to come each was noticed as following the one before
// it. Accounts that had been told a new allocation are told that theirs stays.
// The digest may be the beginning of one, or the name.
func (r *Register) Withdraw(digest string, by Person, why string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	said, err := r.assent(by, why)
	if err != nil {
		return err
	}
	i, err := r.pending(digest)
	if err != nil {
		return r.withdrawComing(digest, said, err)
	}
	s := r.begins()
	p := s.Proposals[i]
	s.Proposals = slices.Delete(s.Proposals, i, i+1)
	s.withdrawn(p.Papers, said, false)
	return r.commit(s)
}

func (s *draft) withdrawn(p Papers, said Assent, accepted bool) {
	if !slices.Contains(s.state.Withdrawn, p.Digest) {
		s.state.Withdrawn = append(s.state.Withdrawn, p.Digest)
	}
	s.emit(Event{Kind: Withdrawn, Digest: p.Digest, Name: p.Name, By: said.By, Why: said.Why, Effective: p.Effective, Accepted: accepted})
}

func (r *Register) withdrawComing(digest string, said Assent, none error) error {
	s := r.begins()
	coming := s.coming(s.at)
	candidates := make([]Papers, 0, len(coming))
	for _, i := range coming {
		candidates = append(candidates, s.Versions[i].Papers)
	}
	found, err := find(candidates, digest, "version to come")
	if err != nil {
		return errors.Join(none, err)
	}
	last := coming[len(coming)-1]
	if found.Digest != s.Versions[last].Digest {
		return fmt.Errorf("%s is followed by %s at %s, which was checked and noticed as coming after it; withdraw that first", found.Name, s.Versions[last].Name, stamp(s.Versions[last].From))
	}
	v := s.Versions[last].Version
	s.Versions[last].Withdrawn = &said
	s.withdrawn(v.Papers, said, true)
	if err := s.takeBack(v, s.Versions[last].Texts); err != nil {
		return err
	}
	return r.commit(s)
}

// takeBack tells accounts that were told a new allocation that theirs stays.
func (s *draft) takeBack(v Version, texts []text) error {
	announced, err := s.register.policy(v.Digest, texts)
	if err != nil {
		return err
	}
	stays, err := s.inForcePolicy(v.From)
	if err != nil || stays == nil {
		return err
	}
	j := &judgement{draft: s, proposed: stays}
	notices := j.changes(announced, stays, v.From)
	for i := range notices {
		n := &notices[i]
		n.Old, n.OldWeight, n.TakenBack = n.New, n.Weight, true
	}
	s.give(v.Number, notices)
	return nil
}

// Rollback proposes an earlier version again: the one with that digest, its
// beginning if no other begins so, or its name if no other version has it. It
// takes effect at once, or as soon as nothing is awaited.
func (r *Register) Rollback(which string, by Person, why string, o ProposeOptions) (Proposal, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	said, err := r.assent(by, why)
	if err != nil {
		return Proposal{}, err
	}
	var candidates []Papers
	for _, v := range r.state.Versions {
		candidates = append(candidates, v.Papers)
	}
	found, err := find(candidates, which, "version")
	if err != nil {
		return Proposal{}, err
	}
	p, err := r.earlier(found.Digest)
	if err != nil {
		return Proposal{}, err
	}
	if i := r.state.proposal(p.Digest); i >= 0 {
		return Proposal{}, fmt.Errorf("%s is proposed already, by %s; approve it, confirm it or withdraw it", p.Name, r.state.Proposals[i].preparedBy())
	}
	return r.propose(p, Papers{Digest: p.Digest, Name: p.Name, Effective: p.Effective, Prepared: said}, o)
}

// earlier returns the policy of a version, whose files may be kept with another
// that has the same.
func (r *Register) earlier(digest string) (*policy.Policy, error) {
	var texts []text
	for _, v := range r.state.Versions {
		if v.Digest == digest && len(v.Texts) > 0 {
			texts = v.Texts
		}
	}
	return r.policy(digest, texts)
}

// pending returns the place of the proposal that is meant.
func (r *Register) pending(which string) (int, error) {
	candidates := make([]Papers, 0, len(r.state.Proposals))
	for _, p := range r.state.Proposals {
		candidates = append(candidates, p.Papers)
	}
	found, err := find(candidates, which, "proposal that waits")
	return r.state.proposal(found.Digest), err
}

// minPrefix is how much of a digest may stand for it.
const minPrefix = 4

// find returns the one that is meant by a digest, its beginning, or a name.
func find(all []Papers, which, what string) (Papers, error) {
	digests := map[string]Papers{}
	match := func(is func(Papers) bool) {
		if len(digests) > 0 {
			return
		}
		for _, p := range all {
			if is(p) {
				digests[p.Digest] = p
			}
		}
	}
	match(func(p Papers) bool { return p.Digest == which })
	match(func(p Papers) bool { return p.Name == which })
	match(func(p Papers) bool { return len(which) >= minPrefix && strings.HasPrefix(p.Digest, which) })
	switch len(digests) {
	case 0:
		return Papers{}, fmt.Errorf("there is no %s %.100q; give its digest, the first %d characters of it or more, or its name", what, which, minPrefix)
	case 1:
		for _, p := range digests {
			return p, nil
		}
	}
	return Papers{}, fmt.Errorf("%.100q could be any of %d; give the digest of the %s", which, len(digests), what)
}
