package amendment

import (
	"cmp"
	"slices"
	"time"

	"srtm/calendar"
	"srtm/policy"
	"srtm/traffic"
)

// holding is what a policy gives an account.
type holding struct {
	rate   traffic.Rate
	weight string
}

// holdings returns what a policy gives everyone, and what all weigh together.
func holdings(p *policy.Policy) (each map[string]holding, all string) {
	weights, all := p.PortfolioWeights()
	each = make(map[string]holding, len(p.Accounts))
	for _, a := range p.Accounts {
		each[a.Name] = holding{traffic.Rate(a.Allocation) * (traffic.PerSecond / 1000), weights[a.Name]}
	}
	return each, all
}

// tell finds whom a proposal has to be noticed to: those whose standing
// allocation it changes, and those for whom the version after it now changes
// something else than they were told.
func (j *judgement) tell() error {
	if j.before == nil {
		return nil
	}
	j.notices = j.changes(j.before, j.proposed, j.from)
	before := j.before
	if j.placed != nil {
		placed, err := j.draft.register.policy(j.placed.Digest, j.placed.Texts)
		if err != nil {
			return err
		}
		j.instead(placed)
		before = placed
	}
	if j.after == nil {
		return nil
	}
	after, err := j.draft.register.policy(j.after.Digest, j.after.Texts)
	if err != nil {
		return err
	}
	told, _ := holdings(before)
	for _, n := range j.changes(j.proposed, after, j.after.From) {
		if told[n.Account].rate != n.Old {
			j.notices = append(j.notices, n)
		}
	}
	return nil
}

// instead has noticed what differs from what was told of the version whose place
// the proposal takes; to some that is that their allocation stays.
func (j *judgement) instead(placed *policy.Policy) {
	before, _ := holdings(j.before)
	j.notices = j.changes(placed, j.proposed, j.from)
	for i := range j.notices {
		n := &j.notices[i]
		n.Old, n.OldWeight = before[n.Account].rate, cmp.Or(before[n.Account].weight, "0")
		if n.Old == n.New {
			n.OldWeight, n.TakenBack = n.Weight, true
		}
	}
}

// changes returns a notice for each account whose allocation changes from one
// policy to another, first the new one's in its order, then those that vanish.
func (j *judgement) changes(from, to *policy.Policy, effective time.Time) []Notice {
	old, _ := holdings(from)
	new, all := holdings(to)
	late := j.now != nil && effective.Before(calendar.WorkingDaysAfter(j.draft.at, j.now.Notice))
	var notices []Notice
	tell := func(account string) {
		if old[account].rate == new[account].rate {
			return
		}
		notices = append(notices, Notice{Account: account, At: j.draft.at, Policy: to.Digest, PolicyName: to.Name, Effective: effective,
			Old: old[account].rate, New: new[account].rate,
			OldWeight: cmp.Or(old[account].weight, "0"), Weight: cmp.Or(new[account].weight, "0"), Weights: all,
			Source: to.Portfolio.Source, Shortened: late})
	}
	for _, a := range to.Accounts {
		tell(a.Name)
	}
	for _, a := range from.Accounts {
		if _, stays := new[a.Name]; !stays {
			tell(a.Name)
		}
	}
	return notices
}

// give numbers notices as events and puts them with those of a version.
func (s *draft) give(number uint64, notices []Notice) {
	if len(notices) == 0 {
		return
	}
	all := s.given(number)
	first := len(all)
	s.Outbox = append(s.Outbox, outgoing{Event: Event{Number: s.Events + 1, At: s.at, Kind: Noticed}, Version: number, First: first, Told: len(notices)})
	for _, n := range notices {
		s.Events++
		n.Number = s.Events
		all = append(all, n)
	}
	s.notices[number] = all
}

// given returns a copy of a version's notices.
func (s *draft) given(number uint64) []Notice {
	if notices, changed := s.notices[number]; changed {
		return slices.Clone(notices)
	}
	return slices.Clone(s.register.notices[number])
}
