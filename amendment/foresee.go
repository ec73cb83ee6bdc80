package amendment

import (
	"slices"
	"strings"

	"srtm/policy"
)

// Foresee says what would become of a policy if somebody proposed it now, without
// proposing it: from when it would hold, what would be asked and awaited, and what
// accounts would be told. Nothing is kept or recorded. The error is a *Refusal
// where the policy is unfit.
func (r *Register) Foresee(p *policy.Policy, by Person) (Proposal, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.begins()
	papers := Papers{Digest: p.Digest, Name: p.Name, Effective: p.Effective, Prepared: Assent{By: strings.TrimSpace(by.Name), At: s.at}}
	if i := s.proposal(p.Digest); i >= 0 {
		papers = s.Proposals[i].Papers
	}
	j, err := s.judge(papers, p, false)
	if err != nil {
		return Proposal{}, err
	}
	if len(j.refusals) > 0 {
		return Proposal{}, &Refusal{p.Name, slices.Clone(j.refusals)}
	}
	made := r.proposal(j, papers)
	if len(j.awaits) == 0 {
		made.Awaits = nil
	}
	return made, nil
}
