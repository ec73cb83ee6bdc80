package ledger

import (
	"slices"
	"time"

	"srtm/duis"
	"srtm/journal"
	"srtm/traffic"
)

// naive says what a ledger must hold, from all items at once, by plain searches
// and with nothing of the fold's.
type naive struct {
	decisions []decided
	byPlace   map[journal.Position]int
	clock     int64 // how far the time of decisions has come
	episodes  []Episode
	within    map[uint32]*Checked
	broken    int
	lowered   []Lowered
}

// decided is a decision with what held for it.
type decided struct {
	p        journal.Position
	at, cost int64
	account  uint32
	variant  string
	d        *journal.Decision
	terms    journal.Terms // of its account
	system   journal.Terms // the latest of anybody
	epochs   [2]int        // how often the length of the window had changed, System's and the account's
	episode  int64
	outcome  *journal.Outcome
}

func newNaive(items []item) *naive {
	n := &naive{byPlace: map[journal.Position]int{}, within: map[uint32]*Checked{}}
	terms := map[uint32]journal.Terms{}
	epoch := map[uint32]int{}
	var latest journal.Terms
	for _, i := range items {
		if i.damage != nil {
			continue
		}
		n.clock = max(n.clock, i.entry.At-2e9)
		switch r := i.entry.Record.(type) {
		case *journal.Terms:
			if terms[r.ID].Burst != r.Burst {
				epoch[r.ID]++
			}
			if latest.Burst != r.Burst {
				epoch[System]++
			}
			terms[r.ID], latest = *r, *r
		case *journal.Decision:
			n.byPlace[i.entry.Position] = len(n.decisions)
			v := r.Variant
			if v == "unknown" {
				panic("the world does not send that")
			}
			n.decisions = append(n.decisions, decided{p: i.entry.Position, at: r.Numbers.At, cost: int64(r.Numbers.Cost), account: r.Own.ID, variant: v,
				d: r, terms: terms[r.Own.ID], system: latest, epochs: [2]int{epoch[System], epoch[r.Own.ID]}})
			n.clock = max(n.clock, r.Numbers.At)
		case *journal.Outcome:
			if at, ok := n.byPlace[r.Decision]; ok {
				n.decisions[at].outcome = r
			}
		}
	}
	n.findEpisodes(items)
	n.judge(items)
	return n
}

// findEpisodes goes through the records and says which decisions are in which
// episode.
func (n *naive) findEpisodes(items []item) {
	unsure, active := true, false
	var threshold traffic.Rate
	var last, before int64 // positions and times of the record before
	end := func(at int64, how Ending) {
		if active {
			e := &n.episodes[len(n.episodes)-1]
			e.Ended, e.How = max(at, e.Started), how
		}
		active, unsure = false, false
	}
	begin := func(e Episode) {
		n.episodes = append(n.episodes, e)
		active, unsure = true, false
	}
	for _, i := range items {
		if i.damage != nil {
			unsure = true
			continue
		}
		e := i.entry
		unsure = unsure || int64(e.Position) != last+1
		switch r := e.Record.(type) {
		case *journal.Start:
			end(before, Stopped)
		case *journal.Stop:
			end(e.At, Stopped)
		case *journal.Release:
			end(e.At, Released)
		case *journal.Gap:
			unsure = true
		case *journal.Terms:
			threshold = r.Threshold
		case *journal.Activation:
			if r.Decision == 0 && (unsure || !active) {
				end(e.At, Unwitnessed)
				begin(Episode{ID: int64(e.Position), Started: e.At, Cause: ByHand, Activation: e.Position, Threshold: threshold})
			} else if r.Decision != 0 {
				n.episodes[len(n.episodes)-1].Activation = e.Position
			}
		case *journal.Decision:
			x := &n.decisions[n.byPlace[e.Position]]
			switch {
			case r.Numbers.Activated:
				end(x.at, Unwitnessed)
				begin(Episode{ID: int64(e.Position), Started: x.at, Cause: reasonToBegin(&r.Numbers), Account: r.Own.ID, Variant: r.Variant, Threshold: x.system.Threshold})
			case unsure && r.Numbers.Active && !active:
				begin(Episode{ID: int64(e.Position), Started: x.at, Threshold: x.system.Threshold})
			case unsure && !r.Numbers.Active:
				end(x.at, Unwitnessed)
			}
			unsure = false
			if active {
				x.episode = n.episodes[len(n.episodes)-1].ID
			}
		}
		last, before = int64(e.Position), e.At
	}
}

func reasonToBegin(d *traffic.Decision) Cause {
	if d.Verdict == traffic.Shadow {
		return ByShadow
	}
	if d.Reason == traffic.OverAllocation {
		return ByRefusal
	}
	return ByExempt
}

// sums adds up the decisions that are wanted.
func (n *naive) sums(wanted func(decided) bool) (s Sums) {
	for _, x := range n.decisions {
		if !wanted(x) {
			continue
		}
		x.put(&s.Parts)
		if x.d.Numbers.Reason == traffic.Spare {
			s.Spare.one(traffic.Amount(x.cost))
		}
		if o := x.outcome; o != nil {
			switch {
			case o.End == journal.Busy:
				s.Busy++
			case o.End == journal.Answered && o.Status >= 500:
				s.DSPErrors++
				s.Answered++
			case o.End == journal.Answered:
				s.Answered++
			default:
				s.Failed++
			}
			if o.ClientLeft {
				s.ClientLeft++
			}
		}
	}
	return s
}

// put counts the decision into parts.
func (x *decided) put(p *Parts) {
	d := &x.d.Numbers
	to := map[traffic.Verdict]*Count{traffic.Forward: &p.Forwarded, traffic.Throttle: &p.Throttled, traffic.Shadow: &p.Shadow}[d.Verdict]
	if d.Reason == traffic.Closed {
		to = map[traffic.Verdict]*Count{traffic.Throttle: &p.Closed, traffic.Shadow: &p.ShadowClosed}[d.Verdict]
	}
	p.Offered.one(traffic.Amount(x.cost))
	to.one(traffic.Amount(x.cost))
}

// short says that the decision refused for want of capacity.
func (x *decided) short() bool {
	return x.refused() && x.d.Numbers.Reason != traffic.Held
}

// refused says that the decision refused for traffic.
func (x *decided) refused() bool {
	return x.d.Numbers.Verdict == traffic.Throttle && x.d.Numbers.Reason != traffic.Closed
}

// shadowed says that it would have refused for traffic.
func (x *decided) shadowed() bool {
	return x.d.Numbers.Verdict == traffic.Shadow && x.d.Numbers.Reason != traffic.Closed
}

// peaks finds the most that was offered in the decisions that are wanted, of
// account or of System.
func (n *naive) peaks(account uint32, wanted func(decided) bool) (p Peaks, places Range) {
	for i, x := range n.decisions {
		if !wanted(x) || account != System && x.account != account {
			continue
		}
		places.Last = x.p
		if places.First == 0 {
			places.First = x.p
		}
		terms, which := x.terms, 1
		if account == System {
			terms, which = x.system, 0
		}
		slots := int64(terms.Burst / 2 / terms.Slot)
		var second, window int64
		for _, y := range n.decisions[:i+1] {
			if account != System && y.account != account {
				continue
			}
			if y.at/1e9 == x.at/1e9 {
				second += y.cost
			}
			if y.at/int64(terms.Slot) > x.at/int64(terms.Slot)-slots && y.epochs[which] == x.epochs[which] {
				window += y.cost
			}
		}
		if traffic.Amount(second) > p.Second.Cost {
			p.Second = Peak{traffic.Amount(second), x.at / 1e9 * 1e9}
		}
		if traffic.Amount(window) > p.Burst.Cost {
			p.Burst = Peak{traffic.Amount(window), x.at}
		}
	}
	return p, places
}

// followed goes through the decisions with a list of what is open.
func (n *naive) followed(key bool) []Followed {
	var list []Followed
	row := func(x decided) *Followed {
		i := slices.IndexFunc(list, func(f Followed) bool { return f.Account == x.account && f.Variant == x.variant })
		if i < 0 {
			i = len(list)
			list = append(list, Followed{Account: x.account, Variant: x.variant})
		}
		return &list[i]
	}
	var open []decided
	leave := func(now int64) {
		open = slices.DeleteFunc(open, func(x decided) bool {
			if x.at+int64(24*time.Hour) > now {
				return false
			}
			row(x).Never++
			return true
		})
	}
	for _, y := range n.decisions {
		leave(y.at)
		known := slices.IndexFunc(open, func(x decided) bool { return same(x.d, y.d) })
		switch {
		case y.d.Numbers.Verdict == traffic.Throttle && !key:
			row(y).Refusals++
			row(y).NotFollowed++
		case y.d.Numbers.Verdict == traffic.Throttle && known >= 0:
			row(open[known]).Refusals++
		case y.d.Numbers.Verdict == traffic.Throttle:
			row(y).Refusals++
			row(y).Requests++
			open = append(open, y)
		case known >= 0:
			f := row(open[known])
			f.Later++
			f.LaterDelay.Add(time.Duration(y.at - open[known].at))
			open = slices.Delete(open, known, known+1)
		default:
			open = slices.DeleteFunc(open, func(x decided) bool {
				if !alike(x, y) {
					return false
				}
				row(x).Likely++
				row(x).LikelyDelay.Add(time.Duration(y.at - x.at))
				return true
			})
		}
	}
	leave(n.clock)
	for _, x := range open {
		row(x).Open++
	}
	return list
}

func same(a, b *journal.Decision) bool { return a.ID == b.ID && secondMessage(a) == secondMessage(b) }

func secondMessage(d *journal.Decision) bool {
	return slices.Contains([]duis.CommandVariant{5, 6, 7}, d.CommandVariant)
}

// alike says whether y may stand for the refused x.
func alike(x, y decided) bool {
	return y.d.ID.Originator == x.d.ID.Originator && y.d.ID.Target == x.d.ID.Target && y.variant == x.variant &&
		secondMessage(x.d) == secondMessage(y.d) && x.d.CommandVariant != 8 && y.d.CommandVariant != 8
}
