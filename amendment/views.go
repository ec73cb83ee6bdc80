package amendment

import (
	"slices"
	"time"

	"srtm/policy"
)

// InForce returns the version in force at a time, past or to come as far as it is
// known; nil: there is none. It is a copy; its Policy is not to be changed.
func (r *Register) InForce(at time.Time) *Version {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := r.state.inForce(at)
	if i < 0 {
		return nil
	}
	v := r.version(i)
	return &v
}

// version returns a copy of the version at a place, with its policy.
func (r *Register) version(i int) Version {
	v := r.state.Versions[i].Version
	v.Approvals = slices.Clone(v.Approvals)
	v.Policy, _ = r.look(i) // nil: it can no longer be read
	return v
}

// look returns the policy of the version at a place, and does not keep one of the
// past in memory.
func (r *Register) look(i int) (*policy.Policy, error) {
	v := r.state.Versions[i]
	if p := r.policies[v.Digest]; p != nil {
		return p, nil
	}
	return r.readPolicy(v.Digest, v.Texts)
}

// Coming returns the versions that are to come, in the order in which they will.
func (r *Register) Coming() []Version {
	r.mu.Lock()
	defer r.mu.Unlock()
	var coming []Version
	for _, i := range r.state.coming(r.now()) {
		coming = append(coming, r.version(i))
	}
	return coming
}

// History returns every version that is remembered, in the order of acceptance,
// those withdrawn or superseded before they came and those whose files are no
// longer kept among them, without their policies.
func (r *Register) History() []Version {
	r.mu.Lock()
	defer r.mu.Unlock()
	history := make([]Version, len(r.state.Versions))
	for i, v := range r.state.Versions {
		history[i] = v.Version
		history[i].Approvals = slices.Clone(v.Approvals)
	}
	return history
}

// Pending returns the proposals that wait, the oldest first, as the rules say of
// them now.
func (r *Register) Pending() []Proposal {
	r.mu.Lock()
	defer r.mu.Unlock()
	var pending []Proposal
	s := r.begins()
	for i, p := range r.state.Proposals {
		j, err := s.judgeAt(i)
		if err != nil {
			pending = append(pending, Proposal{Papers: p.Papers, From: p.Effective, Awaits: []string{"withdrawal, for it can no longer be read: " + err.Error()}})
			continue
		}
		pending = append(pending, r.proposal(j, p.Papers))
	}
	return pending
}

// Notices returns what an account was told, the oldest first; of everybody where
// account is empty.
func (r *Register) Notices(account string) []Notice {
	r.mu.Lock()
	defer r.mu.Unlock()
	var notices []Notice
	for _, given := range r.notices {
		for _, n := range given {
			if account == "" || n.Account == account {
				notices = append(notices, n)
			}
		}
	}
	slices.SortFunc(notices, func(a, b Notice) int { return compare(a.Number, b.Number) })
	return notices
}

// Challenges returns what accounts said about their allocations, with the
// answers, the oldest first.
func (r *Register) Challenges() []Challenge {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.state.Challenges)
}

// Adopted says that a version came into force at a time: the first that has the
// digest and did not before. If the disk fails, it is kept with the next step.
func (r *Register) Adopted(digest string, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.begins()
	for i := range s.Versions {
		v := &s.Versions[i]
		if v.Digest != digest || !v.Adopted.IsZero() || !v.stands() || v.From.After(at) {
			continue
		}
		v.Adopted = at.UTC().Round(0)
		s.emit(Event{Kind: Adopted, Digest: v.Digest, Name: v.Name, Effective: v.From})
		if r.commit(s) != nil {
			r.state.Versions[i].Adopted = v.Adopted
		}
		return
	}
}
