package amendment

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"srtm/policy"
)

// Start is called when the gateway starts, with the policy in the file that it
// was given. It returns the policy that is in force, and why that is not the
// file's; empty: it is.
//
// The first file ever is in force at once, and must be effective. Later, a file
// that was never seen is proposed, in nobody's name: what the proposal awaits, or
// why it was refused, is in why, and the policy in force continues. One that is
// known already, as an earlier version, one to come, a proposal that waits or one
// that was withdrawn, changes nothing. A proposal that waited for a restart, for
// its slot is another, is accepted now.
func (r *Register) Start(p *policy.Policy) (inForce *policy.Policy, why string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if env := r.state.Environment; env != "" && p.Environment != env {
		return nil, "", fmt.Errorf("the policy %s is of the environment %s, and %s is of %s; give another folder, or that environment's policy", p.Name, p.Environment, r.dir, env)
	}
	if len(r.state.Versions) == 0 {
		return r.first(p)
	}
	if err := r.restarted(); err != nil {
		return nil, "", err
	}
	at := r.now()
	i := r.state.inForce(at)
	if i < 0 {
		return nil, "", r.damage(r.statePath(), "none of its versions is in force at %s", stamp(at))
	}
	if r.state.Versions[i].Digest != p.Digest {
		if why, err = r.given(p); err != nil {
			return nil, "", err
		}
		i = r.state.inForce(r.now())
	}
	now := r.state.Versions[i]
	inForce, err = r.policy(now.Digest, now.Texts)
	if why != "" {
		why += fmt.Sprintf("; %s, in force since %s, continues", now.Name, stamp(now.From))
	}
	return inForce, why, err
}

// first puts the first policy into force.
func (r *Register) first(p *policy.Policy) (*policy.Policy, string, error) {
	s := r.begins()
	if !p.InForce(s.at) {
		return nil, "", fmt.Errorf("the policy %s takes effect at %s, and no policy is in force before; give one that is in force now, and propose this one to follow it", p.Name, stamp(p.Effective))
	}
	papers := Papers{Digest: p.Digest, Name: p.Name, Effective: p.Effective, ByFile: true, Prepared: Assent{Why: "the first policy", At: s.at}}
	texts := s.keep(p)
	s.Environment = p.Environment
	s.Numbers++
	v := Version{Papers: papers, Number: s.Numbers, From: s.at, Accepted: s.at}
	s.Versions = append(s.Versions, storedVersion{Version: v, Texts: texts})
	s.emit(Event{Kind: Prepared, Digest: p.Digest, Name: p.Name, Why: papers.Prepared.Why, Effective: s.at}, texts...)
	s.emit(Event{Kind: Planned, Digest: p.Digest, Name: p.Name, Why: v.summary(), Effective: s.at})
	r.policies[p.Digest] = p
	return p, "", r.commit(s)
}

// restarted accepts what waited for a restart and for nothing else.
func (r *Register) restarted() error {
	for _, p := range slices.Clone(r.state.Proposals) {
		s := r.begins()
		proposed, err := r.policy(p.Digest, p.Texts)
		if err != nil {
			return err
		}
		now, err := s.inForcePolicy(s.at)
		if err != nil {
			return err
		}
		if now == nil || !p.ByFile || proposed.Slot == now.Slot {
			continue
		}
		j, err := s.judge(p.Papers, proposed, true)
		if err != nil {
			return err
		}
		if len(j.refusals) == 0 && len(j.awaits) == 0 {
			if _, err := s.accept(j, s.proposal(p.Digest)); err != nil {
				return err
			}
		}
	}
	return nil
}

// File is called while the gateway runs, with the policy that the file it was given
// says now. One that was never seen is proposed, in nobody's name, which is a
// Proposal with a name. As at a start, one that is known changes nothing; why says
// what it is, and is empty where it is the version in force. The error is as
// Propose's.
func (r *Register) File(p *policy.Policy) (made Proposal, why string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	at := r.now()
	if i := r.state.inForce(at); i >= 0 && r.state.Versions[i].Digest == p.Digest {
		return Proposal{}, "", nil
	}
	if why, err = r.known(p); why != "" || err != nil {
		return Proposal{}, why, err
	}
	papers := Papers{Digest: p.Digest, Name: p.Name, Effective: p.Effective, Nobody: true, Prepared: Assent{By: theFile, Why: "the file changed", At: at}}
	made, err = r.propose(p, papers, ProposeOptions{})
	return made, "", err
}

// known says what a file's policy is that is not in force; empty: it was never seen.
func (r *Register) known(p *policy.Policy) (why string, err error) {
	for _, i := range r.state.coming(r.now()) {
		if v := r.state.Versions[i]; v.Digest == p.Digest {
			return fmt.Sprintf("the file is %s, which takes effect at %s", p.Name, stamp(v.From)), nil
		}
	}
	if i := r.state.proposal(p.Digest); i >= 0 {
		return r.waits(i)
	}
	if slices.Contains(r.state.Withdrawn, p.Digest) {
		return fmt.Sprintf("the file is %s, which was withdrawn; give the newer file, or propose it again", p.Name), nil
	}
	if slices.ContainsFunc(r.state.Versions, func(v storedVersion) bool { return v.Digest == p.Digest }) {
		return fmt.Sprintf("the file is %s, an earlier version; give the newer file, or roll back to it", p.Name), nil
	}
	return "", nil
}

// given does with a file that is not the version in force what is to be done, and
// says so where that one continues.
func (r *Register) given(p *policy.Policy) (why string, err error) {
	if why, err = r.known(p); why != "" || err != nil {
		return why, err
	}
	papers := Papers{Digest: p.Digest, Name: p.Name, Effective: p.Effective, ByFile: true, Prepared: Assent{Why: "the file given at a start", At: r.now()}}
	proposed, err := r.propose(p, papers, ProposeOptions{})
	refusal := (*Refusal)(nil)
	switch {
	case errors.As(err, &refusal):
		return refusal.Error(), nil
	case err != nil:
		return "", err
	case !proposed.Accepted:
		return fmt.Sprintf("the file is %s, which is now proposed and awaits %s", p.Name, strings.Join(proposed.Awaits, ", and ")), nil
	case proposed.From.After(r.now()):
		return fmt.Sprintf("the file is %s, which is accepted and takes effect at %s", p.Name, stamp(proposed.From)), nil
	}
	return "", nil
}

// waits says what the proposal at a place, whose file was given, waits for.
func (r *Register) waits(i int) (string, error) {
	s := r.begins()
	j, err := s.judgeAt(i)
	if err != nil {
		return "", err
	}
	p := r.proposal(j, j.papers)
	return fmt.Sprintf("the file is %s, which is proposed already and awaits %s", p.Name, strings.Join(p.Awaits, ", and ")), nil
}
