package ledger

import (
	"cmp"
	"context"
	"reflect"
	"slices"
	"time"

	"srtm/duis"
	"srtm/journal"
	"srtm/traffic"
)

// whole is one second of the naive count: all that was sent in it.
type whole struct {
	episode int64
	all     []decided
}

// wholes returns the seconds that belong to an episode and are over.
func (c comparison) wholes() map[int64]*whole {
	list := map[int64]*whole{}
	for _, x := range c.n.decisions {
		s := list[x.at/1e9]
		if s == nil {
			s = &whole{}
			list[x.at/1e9] = s
		}
		s.all = append(s.all, x)
		if x.episode != 0 {
			s.episode = x.episode
		}
	}
	for at, s := range list {
		if s.episode == 0 || at >= c.n.clock/1e9 {
			delete(list, at)
		}
	}
	return list
}

// threshold is T at the end of a second that is over.
func (c comparison) threshold(second int64) traffic.Amount {
	var t traffic.Rate
	for _, i := range c.items { // until the first record after it that moves the time of decisions
		if i.damage != nil {
			continue
		}
		at := i.entry.At - 2e9
		if d, ok := i.entry.Record.(*journal.Decision); ok {
			at = d.Numbers.At
		}
		if at/1e9 > second {
			break
		}
		if r, ok := i.entry.Record.(*journal.Terms); ok {
			t = r.Threshold
		}
	}
	return t.Over(time.Second)
}

func (c comparison) episodes() {
	seconds := c.wholes()
	want := c.n.episodes
	for i := range want {
		e := &want[i]
		in := func(x decided) bool { return x.episode == e.ID }
		e.Sums = c.n.sums(in)
		_, e.Range = c.n.peaks(System, in)
		for _, x := range c.n.decisions {
			if in(x) && x.outcome != nil && x.outcome.End == journal.Answered {
				e.Latency.Add(x.outcome.Latency)
			}
		}
		for at := e.Started / 1e9; at <= c.n.clock/1e9 && at <= max(e.Ended, e.Started)/1e9+30; at++ {
			if s := seconds[at]; s != nil && s.episode == e.ID {
				c.second(e, at, s)
			}
		}
		c.saw(e.How.String(), true)
		c.saw("pressed seconds", e.PressedSeconds > 0)
	}
	c.saw("episodes", len(want) > 0)
	c.saw("several episodes", len(want) > 1)
	got, err := c.l.Episodes(context.Background(), always)
	if len(want) > 16 {
		return // outcomes of the earliest are not found any more
	}
	equal(c, "episodes", answer(got, err), want)
	c.episodeAccounts(seconds)
	c.episodeVariants()
}

// second adds a whole second to what is wanted of an episode.
func (c comparison) second(e *Episode, at int64, s *whole) {
	var offered, forwarded traffic.Amount
	tenths := map[int64]bool{}
	for _, x := range s.all {
		offered += traffic.Amount(x.cost)
		if x.d.Numbers.Verdict == traffic.Forward {
			forwarded += traffic.Amount(x.cost)
		} else {
			tenths[x.at/1e8] = true
		}
	}
	e.PeakOffered.see(offered, at*1e9)
	e.PeakForwarded.see(forwarded, at*1e9)
	capacity := c.threshold(at)
	if len(tenths) > 0 {
		e.RefusedSeconds++
		e.Unused += max(0, capacity-forwarded)
	}
	if len(tenths) == 10 {
		e.PressedSeconds++
		e.PressedUnused += max(0, capacity-forwarded)
		e.PressedCapacity += capacity
	}
}

func (c comparison) episodeAccounts(seconds map[int64]*whole) {
	var want []EpisodeAccount
	for _, e := range c.n.episodes {
		for _, account := range c.accounts()[1:] {
			in := func(x decided) bool { return x.episode == e.ID && x.account == account }
			sums := c.n.sums(in)
			if sums.Offered.Requests == 0 {
				continue
			}
			row := EpisodeAccount{Episode: e.ID, Account: account, Offered: sums.Offered, Forwarded: sums.Forwarded, Throttled: sums.Throttled, Spare: sums.Spare}
			row.Peaks, _ = c.n.peaks(account, in)
			row.Second = Peak{}
			row.Allocation, row.Depth = c.inForce(account, row.Burst.At)
			for _, x := range c.n.decisions {
				if in(x) && x.d.Numbers.Verdict == traffic.Throttle {
					row.LastRefusal = x.at
					row.FirstRefusal = cmp.Or(row.FirstRefusal, x.at)
					if x.variant == "2.2" {
						row.ThrottledTopUps++
					}
				}
			}
			c.saw("top-ups", row.ThrottledTopUps > 0)
			c.accountSeconds(&row, seconds)
			want = append(want, row)
		}
	}
	got, err := c.l.EpisodeAccounts(context.Background(), always)
	for i := range got { // what is due has a test of its own; here its bounds
		c.saw("hungry", got[i].HungrySeconds > 0)
		if got[i].Due < 0 || got[i].HungrySeconds == 0 && got[i].Due+got[i].Got > 0 || got[i].Due > got[i].Offered.Cost+c.n.sums(of(got[i].Account, 0, 0)).Offered.Cost {
			c.t.Fatalf("it is due what cannot be: %+v", got[i])
		}
		got[i].Due = 0
	}
	equal(c, "accounts in episodes", answer(got, err), want)
}

// accountSeconds adds an account's whole seconds. Terms that change within a
// second that is over count as they were at its end.
func (c comparison) accountSeconds(row *EpisodeAccount, seconds map[int64]*whole) {
	for _, at := range slices.Sorted(keysOf(seconds)) {
		s := seconds[at]
		var offered, forwarded traffic.Amount
		refused, tenths := 0, map[int64]bool{}
		var mine []decided
		entered := false
		for _, x := range s.all {
			if x.d.Numbers.Verdict == traffic.Throttle {
				tenths[x.at/1e8] = true
			}
			if x.account != row.Account {
				continue
			}
			mine = append(mine, x)
			entered = entered || x.episode == s.episode
			offered += traffic.Amount(x.cost)
			if x.d.Numbers.Verdict == traffic.Forward {
				forwarded += traffic.Amount(x.cost)
			} else {
				refused++
			}
		}
		if s.episode != row.Episode || len(mine) == 0 || !c.sentBefore(row, at) {
			continue
		}
		row.Second.see(offered, at*1e9)
		terms := c.termsAt(row.Account, at)
		row.Over += max(0, offered-max(terms.Allocation.Over(time.Second), terms.Depth))
		if refused > 0 {
			row.RefusedSeconds++
		}
		if refused > 0 && len(tenths) == 10 {
			row.HungrySeconds++
			row.Got += forwarded
		}
	}
}

// sentBefore says whether the account sent something in the episode by the end of
// a second.
func (c comparison) sentBefore(row *EpisodeAccount, second int64) bool {
	return slices.ContainsFunc(c.n.decisions, func(x decided) bool {
		return x.account == row.Account && x.episode == row.Episode && x.at/1e9 <= second
	})
}

func (c comparison) termsAt(account uint32, second int64) (t journal.Terms) {
	for _, i := range c.items {
		if i.damage != nil {
			continue
		}
		at := i.entry.At - 2e9
		if d, ok := i.entry.Record.(*journal.Decision); ok {
			at = d.Numbers.At
		}
		if at/1e9 > second {
			break
		}
		if r, ok := i.entry.Record.(*journal.Terms); ok && r.ID == account {
			t = *r
		}
	}
	return t
}

func (c comparison) episodeVariants() {
	rows := map[EpisodeVariant][3]Count{}
	for _, x := range c.n.decisions {
		if x.episode == 0 {
			continue
		}
		key := EpisodeVariant{Episode: x.episode, Account: x.account, Variant: x.variant}
		counts := rows[key]
		to := 1
		if x.d.Numbers.Verdict == traffic.Throttle {
			to = 2
		}
		for _, i := range []int{0, to} {
			counts[i].Requests++
			counts[i].Cost += traffic.Amount(x.cost)
		}
		rows[key] = counts
	}
	var want []EpisodeVariant
	for key, counts := range rows {
		key.Offered, key.Forwarded, key.Throttled = counts[0], counts[1], counts[2]
		want = append(want, key)
	}
	order := func(a, b EpisodeVariant) int {
		return cmp.Or(cmp.Compare(a.Episode, b.Episode), cmp.Compare(a.Account, b.Account), cmp.Compare(a.Variant, b.Variant))
	}
	slices.SortFunc(want, order)
	got, err := c.l.EpisodeVariants(context.Background(), always)
	slices.SortFunc(got, order)
	equal(c, "variants in episodes", answer(got, err), want)
}

// seconds compares the seconds that are kept of each episode.
func (c comparison) seconds() {
	seconds := c.wholes()
	for _, e := range c.n.episodes {
		want := map[EpisodeSecond]bool{}
		for at, s := range seconds {
			if s.episode != e.ID {
				continue
			}
			for _, account := range c.accounts() {
				row := EpisodeSecond{Account: account, Second: at, Seconds: 1}
				refused := account == System
				for _, x := range s.all {
					if account == System || x.account == account {
						row.Offered.one(traffic.Amount(x.cost))
						to := &row.Forwarded
						if x.d.Numbers.Verdict == traffic.Throttle {
							to = &row.Throttled
						}
						to.one(traffic.Amount(x.cost))
					}
				}
				for _, x := range c.n.decisions {
					refused = refused || x.account == account && x.episode == e.ID && x.d.Numbers.Verdict == traffic.Throttle && x.at/1e9 <= at
				}
				if refused && row.Offered.Requests > 0 {
					want[row] = true
				}
			}
		}
		for row, err := range c.l.EpisodeSeconds(context.Background(), e.ID) {
			if err != nil || !want[row] {
				c.t.Fatalf("second of episode %d: %+v is not wanted (%v)", e.ID, row, err)
			}
			delete(want, row)
		}
		for row := range want {
			c.t.Fatalf("second of episode %d: %+v is missing", e.ID, row)
		}
	}
}

// fates compares what became of refused requests, and the refusals kept.
func (c comparison) fates() {
	want := c.n.followed(c.key)
	order := func(a, b Followed) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Variant, b.Variant))
	}
	slices.SortFunc(want, order)
	got, err := c.l.Followed(context.Background(), always)
	slices.SortFunc(got, order)
	equal(c, "followed", answer(got, err), want)
	for _, f := range want {
		c.saw("later", f.Later > 0)
		c.saw("likely", f.Likely > 0)
		c.saw("never", f.Never > 0)
		c.saw("open", f.Open > 0)
	}
	for _, account := range c.accounts()[1:] {
		var want []journal.Position
		counts := map[int64]int{}
		for _, x := range c.n.decisions {
			if x.account == account && x.d.Numbers.Verdict == traffic.Throttle {
				if counts[x.at/6e10]++; counts[x.at/6e10] <= 100 {
					want = append(want, x.p)
				} else {
					c.saw("refusals not listed", true)
				}
			}
		}
		list, err := c.l.Refusals(context.Background(), always, account, 1_000_000)
		var got []journal.Position
		for _, r := range list {
			got = append(got, r.Position)
			c.refusal(r)
		}
		equal(c, "refusals", answer(got, err), want)
	}
}

func (c comparison) refusal(r Refusal) {
	d := c.n.decisions[c.n.byPlace[r.Position]].d
	want := d.Numbers
	want.Number, want.Slot, want.Account = 0, 0, 0
	same := reflect.DeepEqual(r.Numbers, want) && r.Variant == d.Variant && r.CommandVariant == d.CommandVariant && r.Counter == d.ID.Counter
	target := duis.EUI64(0)
	if c.key {
		target, _ = c.l.options.Pseudonyms.Target(r.Target)
	} else if r.Target != (journal.Pseudonym{}) {
		same = false
	}
	if !same || c.key && target != d.ID.Target || r.Within {
		c.t.Fatalf("refusal %d\n got %+v\nwant %+v", r.Position, r, d)
	}
}
