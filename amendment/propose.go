package amendment

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"srtm/person"
	"srtm/policy"
)

// MaxComing is how many versions may be planned at a time.
const MaxComing = 100

// Propose proposes a policy. It is accepted at once where nothing is awaited;
// otherwise it waits, and Proposal.Awaits says for what. The error is a *Refusal
// where the policy is unfit; another error says what is wrong with the call, or
// that the disk failed. Either way nothing has changed.
//
// One that waits already is not proposed again: then the options are added to it,
// as Confirm does.
func (r *Register) Propose(p *policy.Policy, by Person, why string, o ProposeOptions) (Proposal, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	said, err := r.assent(by, why)
	if err != nil {
		return Proposal{}, err
	}
	if i := r.state.proposal(p.Digest); i >= 0 {
		if !o.Confirm && !o.ShortenNotice {
			return Proposal{}, fmt.Errorf("the policy %s is proposed already, by %s at %s; approve it, confirm it or withdraw it",
				p.Name, r.state.Proposals[i].preparedBy(), stamp(r.state.Proposals[i].Prepared.At))
		}
		return r.confirm(i, said, o)
	}
	papers := Papers{Digest: p.Digest, Name: p.Name, Effective: p.Effective, Prepared: said}
	return r.propose(p, papers, o)
}

func (p Papers) preparedBy() string {
	if p.ByFile {
		return "the file given at a start"
	}
	return p.Prepared.By
}

// propose prepares a proposal. The caller holds the lock.
func (r *Register) propose(p *policy.Policy, papers Papers, o ProposeOptions) (Proposal, error) {
	if err := o.check(); err != nil {
		return Proposal{}, err
	}
	if len(r.state.Proposals) >= MaxPending {
		return Proposal{}, fmt.Errorf("%d proposals wait, and no more may; withdraw one", MaxPending)
	}
	s := r.begins()
	j, err := s.judge(papers, p, papers.ByFile)
	if err != nil {
		return Proposal{}, err
	}
	if len(j.refusals) > 0 {
		return Proposal{}, r.refused(j)
	}
	texts := s.keep(p)
	s.Environment = p.Environment
	s.emit(Event{Kind: Prepared, Digest: p.Digest, Name: p.Name, By: papers.by(), Why: o.added(papers.Prepared.Why), Effective: j.from}, texts...)
	stored := storedProposal{papers, texts}
	stored.take(o, papers.Prepared, j)
	s.Proposals = append(s.Proposals, stored)
	s.Withdrawn = slices.DeleteFunc(s.Withdrawn, func(digest string) bool { return digest == p.Digest })
	r.policies[p.Digest] = p
	return s.settle(p.Digest, papers.ByFile)
}

// by is who prepared a policy, for an event.
func (p Papers) by() string {
	if p.ByFile {
		return ""
	}
	return p.Prepared.By
}

// take adds what options say to a proposal.
func (p *storedProposal) take(o ProposeOptions, said Assent, j *judgement) {
	if o.Confirm && len(j.questions) > 0 {
		p.Confirmed, p.Answered = &said, hashOfQuestions(j.questions)
	}
	if o.ShortenNotice {
		p.Shortened = &Assent{said.By, strings.TrimSpace(o.Reason), said.At}
		p.Approvals = nil // they were given to a longer one
	}
}

func (o ProposeOptions) check() error {
	if o.ShortenNotice && strings.TrimSpace(o.Reason) == "" {
		return errors.New("a shorter notice needs a reason; say why accounts are to be told later than the policy says")
	}
	return person.CheckWords("reason", o.Reason)
}

// added is a reason with what options add to it.
func (o ProposeOptions) added(why string) string {
	if o.Confirm {
		why += " (the questions about it are confirmed)"
	}
	if o.ShortenNotice {
		why += " (a shorter notice is wanted: " + strings.TrimSpace(o.Reason) + ")"
	}
	return strings.TrimSpace(why)
}

// keep has a policy's files kept with the step.
func (s *draft) keep(p *policy.Policy) []text {
	var texts []text
	for _, f := range p.Files {
		hash := hashOf(f.Text)
		s.texts[hash] = f.Text
		texts = append(texts, text{f.Name, hash})
	}
	return texts
}

// refused records that a proposal is unfit, in a step of its own, and returns the
// error that says why.
func (r *Register) refused(j *judgement) error {
	refusal := &Refusal{j.papers.Name, j.refusals}
	s := r.begins()
	s.emit(Event{Kind: Refused, Digest: j.papers.Digest, Name: j.papers.Name, By: j.papers.by(), Why: strings.Join(j.refusals, "; "), Effective: j.from})
	if i := s.proposal(j.papers.Digest); i >= 0 {
		s.Proposals = slices.Delete(s.Proposals, i, i+1)
	}
	return errors.Join(refusal, r.commit(s))
}

// settle accepts the proposal if nothing is awaited, and makes the step durable.
func (s *draft) settle(digest string, restart bool) (Proposal, error) {
	i := s.proposal(digest)
	stored := s.Proposals[i]
	r := s.register
	p, err := r.policy(digest, stored.Texts)
	if err != nil {
		return Proposal{}, err
	}
	j, err := s.judge(stored.Papers, p, restart)
	if err != nil {
		return Proposal{}, err
	}
	if len(j.refusals) > 0 {
		return Proposal{}, r.refused(j)
	}
	if len(j.awaits) > 0 {
		if err := r.commit(s); err != nil {
			return Proposal{}, err
		}
		return r.proposal(j, stored.Papers), nil
	}
	return s.accept(j, i)
}

// accept makes a version of the proposal at a place.
func (s *draft) accept(j *judgement, i int) (Proposal, error) {
	stored := s.Proposals[i]
	s.Proposals = slices.Delete(s.Proposals, i, i+1)
	s.Numbers++
	v := Version{Papers: stored.Papers, Number: s.Numbers, From: j.from, Accepted: s.at}
	if j.placed != nil {
		s.Versions[s.version(j.placed.Number)].Replaced = v.Number
	}
	s.Versions = append(s.Versions, storedVersion{Version: v, Texts: stored.Texts})
	s.emit(Event{Kind: Planned, Digest: v.Digest, Name: v.Name, Why: v.summary(), Effective: v.From})
	s.give(v.Number, j.notices)
	given := s.notices[v.Number]
	if err := s.register.commit(s); err != nil {
		return Proposal{}, err
	}
	if kept := s.register.notices[v.Number]; len(kept) == len(given) {
		given = kept // with what they are recorded under
	}
	return Proposal{Papers: v.Papers, Policy: j.proposed, Accepted: true, From: v.From, Notices: slices.Clone(given)}, nil
}

// summary says who stands behind a policy.
func (p Papers) summary() string {
	text := "prepared by " + p.preparedBy()
	for _, a := range p.Approvals {
		text += ", approved by " + a.By
	}
	if p.Confirmed != nil {
		text += ", questions confirmed by " + p.Confirmed.By
	}
	if p.Shortened != nil {
		text += ", a shorter notice wanted by " + p.Shortened.By + ": " + p.Shortened.Why
	}
	return text
}

// proposal shows a proposal as it was judged.
func (r *Register) proposal(j *judgement, papers Papers) Proposal {
	p := Proposal{Papers: papers, Policy: j.proposed, From: j.from, Awaits: j.awaits, Questions: j.questions, Notices: j.notices}
	concerned := map[string]bool{}
	for _, n := range j.notices {
		concerned[n.Account] = true
	}
	for _, c := range r.state.Challenges {
		if c.Answer == nil && concerned[c.Account] {
			p.Challenges = append(p.Challenges, c)
		}
	}
	if len(j.refusals) > 0 {
		p.Awaits = []string{"withdrawal, for it has become unfit: " + strings.Join(j.refusals, "; ")}
	} else if len(p.Awaits) == 0 {
		p.Awaits = []string{"approval by a person, for what it waited for is not needed any more"}
	}
	return p
}
