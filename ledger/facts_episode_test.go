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
		for _, at := range slices.Sorted(keysOf(seconds)) {
			if s := seconds[at]; s.episode == e.ID {
				c.second(e, at, s)
			}
		}
		c.saw(e.How.String(), true)
		c.saw(e.Cause.String(), true)
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
	var offered, reached traffic.Amount
	tenths, shadowed := map[int64]bool{}, false
	for _, x := range s.all {
		offered += traffic.Amount(x.cost)
		if x.d.Numbers.Verdict != traffic.Throttle {
			reached += traffic.Amount(x.cost)
		}
		if x.short() {
			tenths[x.at/1e8] = true
		}
		shadowed = shadowed || x.shadowed()
	}
	e.PeakOffered.see(offered, at*1e9)
	e.PeakReached.see(reached, at*1e9)
	if shadowed {
		e.ShadowSeconds++
	}
	capacity := c.threshold(at)
	if len(tenths) > 0 {
		e.RefusedSeconds++
		e.Unused += max(0, capacity-reached)
	}
	if len(tenths) == 10 {
		e.PressedSeconds++
		e.PressedUnused += max(0, capacity-reached)
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
			row := EpisodeAccount{Episode: e.ID, Account: account, Parts: sums.Parts, Spare: sums.Spare}
			row.Peaks, _ = c.n.peaks(account, in)
			row.Second = Peak{}
			row.Allocation, row.Depth = c.inForce(account, row.Burst.At)
			for _, x := range c.n.decisions {
				row.tried(x, in(x))
			}
			c.saw("top-ups", row.ThrottledTopUps > 0)
			c.saw("shadowed top-ups", row.ShadowTopUps > 0)
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

// tried adds what only episodes count of a decision in it.
func (a *EpisodeAccount) tried(x decided, in bool) {
	topUps := uint64(0)
	if x.variant == "2.2" {
		topUps = 1
	}
	switch {
	case in && x.refused():
		a.FirstRefusal, a.LastRefusal = cmp.Or(a.FirstRefusal, x.at), x.at
		a.ThrottledTopUps += topUps
	case in && x.shadowed():
		a.FirstShadow, a.LastShadow = cmp.Or(a.FirstShadow, x.at), x.at
		a.ShadowTopUps += topUps
	}
}

// accountSeconds adds an account's whole seconds. Terms that change within a
// second that is over count as they were at its end.
func (c comparison) accountSeconds(row *EpisodeAccount, seconds map[int64]*whole) {
	for _, at := range slices.Sorted(keysOf(seconds)) {
		s := seconds[at]
		var offered, forwarded traffic.Amount
		refused, short, shadowed, tenths := false, false, false, map[int64]bool{}
		var mine []decided
		entered := false
		for _, x := range s.all {
			if x.short() {
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
			}
			refused, short, shadowed = refused || x.refused(), short || x.short(), shadowed || x.shadowed()
		}
		if s.episode != row.Episode || len(mine) == 0 || !c.sentBefore(row, at) {
			continue
		}
		row.Second.see(offered, at*1e9)
		terms := c.termsAt(row.Account, at)
		row.Over += max(0, offered-max(terms.Allocation.Over(time.Second), terms.Depth))
		if refused {
			row.RefusedSeconds++
		}
		if shadowed {
			row.ShadowSeconds++
		}
		if short && len(tenths) == 10 {
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
	rows := map[EpisodeVariant]*Parts{}
	for _, x := range c.n.decisions {
		if x.episode == 0 {
			continue
		}
		key := EpisodeVariant{Episode: x.episode, Account: x.account, Variant: x.variant}
		if rows[key] == nil {
			rows[key] = &Parts{}
		}
		x.put(rows[key])
	}
	var want []EpisodeVariant
	for key, counts := range rows {
		key.Parts = *counts
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
		type place struct {
			account uint32
			second  int64
		}
		want := map[place]*EpisodeSecond{}
		for at, s := range seconds {
			if s.episode != e.ID {
				continue
			}
			second, length := at, 1
			if at/60-e.Started/6e10 >= 240 {
				second, length = at/60*60, 60
				c.saw("minutes of a long episode", true)
			}
			for _, account := range c.accounts() {
				if !c.keeps(e, account, at) {
					continue
				}
				for _, x := range s.all {
					if account == System || x.account == account {
						row := want[place{account, second}]
						if row == nil {
							row = &EpisodeSecond{Account: account, Second: second, Seconds: length}
							want[place{account, second}] = row
						}
						x.put(&row.Parts)
					}
				}
			}
		}
		for row, err := range c.l.EpisodeSeconds(context.Background(), e.ID) {
			key := place{row.Account, row.Second}
			if err != nil || want[key] == nil || *want[key] != row {
				c.t.Fatalf("second of episode %d: %+v is not wanted, but %+v (%v)", e.ID, row, want[key], err)
			}
			delete(want, key)
		}
		for _, row := range want {
			c.t.Fatalf("second of episode %d: %+v is missing", e.ID, *row)
		}
	}
}

// keeps says whether an account's second is kept: from its first refusal on, or
// what would have been one.
func (c comparison) keeps(e Episode, account uint32, second int64) bool {
	return account == System || slices.ContainsFunc(c.n.decisions, func(x decided) bool {
		return x.account == account && x.episode == e.ID && (x.refused() || x.shadowed()) && x.at/1e9 <= second
	})
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
		want := map[traffic.Verdict][]journal.Position{}
		counts := map[int64]int{}
		for _, x := range c.n.decisions {
			if v := x.d.Numbers.Verdict; x.account == account && v != traffic.Forward {
				if counts[x.at/6e10]++; counts[x.at/6e10] <= 100 {
					want[v] = append(want[v], x.p)
				} else {
					c.saw("refusals not listed", true)
				}
			}
		}
		list, err := c.l.Refusals(context.Background(), always, account, 1_000_000)
		c.listed("refusals", answer(list, err), want[traffic.Throttle])
		list, err = c.l.Shadowed(context.Background(), always, account, 1_000_000)
		c.listed("what would have been refused", answer(list, err), want[traffic.Shadow])
	}
}

func (c comparison) listed(what string, list answered[Refusal], want []journal.Position) {
	var got []journal.Position
	for _, r := range list.rows {
		got = append(got, r.Position)
		c.refusal(r)
	}
	equal(c, what, answer(got, list.err), want)
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
