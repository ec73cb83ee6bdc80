package ledger

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"srtm/journal"
	"srtm/traffic"
)

// always is a Span of all time.
var always = Span{0, 1<<63 - 1}

// What a ledger answers is what a plain search of the journal finds.
func TestFactsAgreeWithANaiveCount(t *testing.T) {
	seen := map[string]int{}
	onBoth(t, func(t *testing.T, make func() place) {
		key := pseudonyms(t)
		p := make()
		stories(t, p, func(rt rapid.TB, seed uint64) {
			rng := rand.New(rand.NewPCG(seed, 1))
			items := story(seed, 1+rng.IntN(5))
			o := Options{Pseudonyms: key, Batch: 1 + rng.IntN(2*len(items))}
			if rng.IntN(5) == 0 {
				o.Pseudonyms = nil
			}
			l, err := p.open(o)
			if err != nil {
				rt.Fatal(err)
			}
			defer func() { _ = l.Close() }()
			if err := l.Rebuild(context.Background()); err != nil {
				rt.Fatal(err)
			}
			if err := l.Fold(context.Background(), &slice{items, -1}, nil); err != nil {
				rt.Fatal(err)
			}
			c := comparison{rt, l, newNaive(items), items, o.Pseudonyms != nil, seen}
			c.minutes()
			c.days()
			c.services()
			c.episodes()
			c.seconds()
			c.fates()
			c.records()
		})
	})
	for _, what := range []string{"episodes", "several episodes", "later", "likely", "never", "open", "pressed seconds", "hungry", "impaired",
		"refusals not listed", "unwitnessed", "stopped", "released", "spare", "top-ups", "lowered, throttle held", "lowered, throttle closed",
		"lowered, throttle over-allocation", "lowered, shadow over-allocation", "lowered, shadow closed", "within the standing allocation", "shadow", "closed", "by hand",
		"exempt", "refusal", "shadowed top-ups", "minutes of a long episode"} {
		if seen[what] == 0 {
			t.Errorf("the stories have no %s: they prove nothing about it", what)
		}
	}
}

type comparison struct {
	t     rapid.TB
	l     *Ledger
	n     *naive
	items []item
	key   bool
	seen  map[string]int
}

func (c comparison) saw(what string, is bool) {
	if is {
		c.seen[what]++
	}
}

// answered is what a query returned.
type answered[T any] struct {
	rows []T
	err  error
}

func answer[T any](rows []T, err error) answered[T] { return answered[T]{rows, err} }

// equal compares what was asked for with what was found.
func equal[T any](c comparison, what string, got answered[T], want []T) {
	c.t.Helper()
	if got.err != nil {
		c.t.Fatalf("%s: %v", what, got.err)
	}
	for i := range max(len(got.rows), len(want)) {
		if i >= len(got.rows) || i >= len(want) || !reflect.DeepEqual(got.rows[i], want[i]) {
			c.t.Fatalf("%s, row %d of %d and %d\n got %s\nwant %s", what, i, len(got.rows), len(want), row(got.rows, i), row(want, i))
		}
	}
}

func row[T any](list []T, i int) string {
	if i >= len(list) {
		return "nothing"
	}
	return fmt.Sprintf("%+v", list[i])
}

// accounts returns those that sent something, System first.
func (c comparison) accounts() []uint32 {
	list := []uint32{System}
	for _, x := range c.n.decisions {
		list = append(list, x.account)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// units returns in which units of time an account sent something.
func (c comparison) units(account uint32, unit time.Duration) []int64 {
	var list []int64
	for _, x := range c.n.decisions {
		if account == System || x.account == account {
			list = append(list, x.at/int64(unit))
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func of(account uint32, unit time.Duration, n int64) func(decided) bool {
	return func(x decided) bool {
		return (account == System || x.account == account) && (unit == 0 || x.at/int64(unit) == n)
	}
}

func (c comparison) minutes() {
	var impaired []Minute
	for _, account := range c.accounts() {
		var want []Minute
		for _, m := range c.units(account, time.Minute) {
			which := of(account, time.Minute, m)
			row := Minute{Account: account, Minute: m, Sums: c.n.sums(which)}
			row.Peaks, row.Range = c.n.peaks(account, which)
			want = append(want, row)
			if row.DSPErrors+row.Failed+row.Busy > 0 {
				impaired = append(impaired, row)
			}
			c.saw("spare", row.Spare.Requests > 0)
			c.saw("closed", row.Closed.Requests > 0)
		}
		got, err := c.l.Minutes(context.Background(), always, account)
		equal(c, "minutes", answer(got, err), want)
	}
	c.saw("impaired", len(impaired) > 0)
	got, err := c.l.Impaired(context.Background(), always)
	equal(c, "impaired minutes", answer(got, err), impaired)
}

func (c comparison) days() {
	var want []Day
	var totals []Total
	var checked []Checked
	for _, account := range c.accounts() {
		total := Total{Account: account}
		for _, d := range c.units(account, 24*time.Hour) {
			which := of(account, 24*time.Hour, d)
			row := Day{Account: account, Day: d, Sums: c.n.sums(which)}
			row.Peaks, row.Range = c.n.peaks(account, which)
			row.Allocation, row.Depth = c.inForce(account, row.Burst.At)
			want = append(want, row)
			total.Days++
			if row.Burst.Cost > total.Burst.Cost {
				total.Burst, total.Allocation, total.Depth = row.Burst, row.Allocation, row.Depth
			}
			if row.Second.Cost > total.Second.Cost {
				total.Second = row.Second
			}
		}
		total.Sums = c.n.sums(of(account, 0, 0))
		if account != System {
			total.Name = fmt.Sprintf("U%d", account-1)
		}
		if total.Days > 0 {
			totals = append(totals, total)
			judged := Checked{Account: account}
			if c.n.within[account] != nil {
				judged = *c.n.within[account]
			}
			checked = append(checked, judged)
		}
	}
	got, err := c.l.Days(context.Background(), always)
	equal(c, "days", answer(got, err), want)
	sums, err := c.l.Totals(context.Background(), always)
	equal(c, "totals", answer(sums, err), totals)
	judged, err := c.l.Checked(context.Background(), always)
	equal(c, "judged decisions", answer(judged, err), checked)
	broken, err := c.l.Broken(context.Background(), always)
	if err != nil || len(broken) != 0 || c.n.broken != 0 {
		c.t.Fatalf("the guarantee was broken by a real controller: %v (naive: %d, %v)", broken, c.n.broken, err)
	}
	lowered, err := c.l.Lowered(context.Background(), always)
	slices.SortFunc(lowered, byCause) // the databases sort texts as they like
	equal(c, "refusals below standing allocations", answer(lowered, err), c.n.lowered)
	for _, x := range lowered {
		c.saw("lowered, "+x.Verdict.String()+" "+x.Reason.String(), true)
		c.saw("within the standing allocation", x.Within.Requests > 0)
	}
}

// inForce returns the allocation and depth at the time of a decision.
func (c comparison) inForce(account uint32, at int64) (traffic.Rate, traffic.Amount) {
	i := slices.IndexFunc(c.n.decisions, func(x decided) bool { return x.at == at && (account == System || x.account == account) })
	if x := c.n.decisions[i]; account != System {
		return x.terms.Allocation, x.terms.Depth
	}
	s := c.n.decisions[i].system
	return s.Threshold, s.Threshold.Over(s.Burst) / 2
}

func (c comparison) services() {
	sum := map[Service]Count{}
	byMinute := map[uint32]map[MinuteService]Count{}
	histograms := map[string]*Histogram{}
	for _, x := range c.n.decisions {
		key := Service{Account: x.account, User: x.d.ID.Originator, Variant: x.variant, Verdict: x.d.Numbers.Verdict, Reason: x.d.Numbers.Reason}
		count := sum[key]
		sum[key] = Count{count.Requests + 1, count.Cost + traffic.Amount(x.cost)}
		if byMinute[x.account] == nil {
			byMinute[x.account] = map[MinuteService]Count{}
		}
		minute := MinuteService{x.at / int64(time.Minute), key}
		count = byMinute[x.account][minute]
		byMinute[x.account][minute] = Count{count.Requests + 1, count.Cost + traffic.Amount(x.cost)}
		if x.outcome != nil && x.outcome.End == journal.Answered {
			service := map[string]string{"4.8.1": "4.8", "4.1.1": "4.1", "2.2": "2.2", "1.5": "1.5", "8.4": "8.4", "6.23": "6.23"}[x.variant]
			for _, account := range []uint32{System, x.account} {
				place := fmt.Sprintf("%05d %s", account, cmp.Or(service, "unknown"))
				if histograms[place] == nil {
					histograms[place] = &Histogram{}
				}
				histograms[place].Add(x.outcome.Latency)
			}
		}
	}
	var want []Service
	for key, count := range sum {
		key.Count = count
		want = append(want, key)
	}
	order := func(a, b Service) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(int64(a.User), int64(b.User)), cmp.Compare(a.Variant, b.Variant),
			cmp.Compare(a.Verdict, b.Verdict), cmp.Compare(a.Reason, b.Reason))
	}
	slices.SortFunc(want, order)
	got, err := c.l.Services(context.Background(), always)
	slices.SortFunc(got, order) // the databases sort texts as they like
	equal(c, "services", answer(got, err), want)
	for account, rows := range byMinute {
		var want []MinuteService
		for key, count := range rows {
			key.Count = count
			want = append(want, key)
		}
		byTime := func(a, b MinuteService) int {
			return cmp.Or(cmp.Compare(a.Minute, b.Minute), order(a.Service, b.Service))
		}
		slices.SortFunc(want, byTime)
		got, err := c.l.MinuteServices(context.Background(), always, account)
		slices.SortFunc(got, byTime)
		equal(c, "services by the minute", answer(got, err), want)
	}
	latencies, err := c.l.Latency(context.Background(), always)
	if err != nil || len(latencies) != len(histograms) {
		c.t.Fatalf("%d latencies, want %d: %v", len(latencies), len(histograms), err)
	}
	for _, x := range latencies {
		if h := histograms[fmt.Sprintf("%05d %s", x.Account, x.Service)]; h == nil || !reflect.DeepEqual(*h, x.Latency) {
			c.t.Fatalf("latency of %d, %s: got %v want %v", x.Account, x.Service, x.Latency, h)
		}
	}
}
