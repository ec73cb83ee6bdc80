package act

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"srtm/disk"
	"srtm/policy"
)

var night = time.Date(2026, 11, 3, 2, 0, 0, 0, time.UTC)

// desk is a register with a clock that is set, and what it had recorded.
type desk struct {
	*Register
	t      testing.TB
	dir    string
	at     time.Time
	policy *policy.Policy
	events []Event
	fails  bool // the journal
	disk   disk.Folder
}

func policyOf(t testing.TB, lines string) *policy.Policy {
	t.Helper()
	text := "name: Night\nenvironment: test\ncapacity: 100/s\nportfolio: portfolio.csv\n" + lines + "\n"
	rows := "account,name,user_id,role,portfolio\nALPHA,,90-B3-D5-1F-30-01-00-00,IS,600\nBRAVO,,90-B3-D5-1F-30-02-00-00,IS,300\n"
	p, err := policy.ParseFiles([]policy.File{{Name: "policy.yaml", Text: []byte(text)}, {Name: "portfolio.csv", Text: []byte(rows)}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func open(t testing.TB, lines string) *desk {
	t.Helper()
	d := &desk{t: t, dir: filepath.Join(t.TempDir(), "acts"), at: night, policy: policyOf(t, lines)}
	d.reopen()
	return d
}

// reopen is a restart.
func (d *desk) reopen() {
	d.t.Helper()
	r, err := Open(d.dir, Options{Clock: func() time.Time { return d.at }, Policy: func() *policy.Policy { return d.policy }, Record: d.record, disk: d.disk})
	if err != nil {
		d.t.Fatal(err)
	}
	d.Register = r
}

func (d *desk) record(e Event) error {
	if d.fails {
		return errors.New("the journal fails")
	}
	d.events = append(d.events, e)
	return nil
}

// said is what was recorded, in order, each once.
func (d *desk) said() string {
	var all []string
	last := uint64(0)
	for _, e := range d.events {
		if e.Number > last {
			all = append(all, strings.TrimSpace(e.Account+" "+e.What))
			last = e.Number
		}
	}
	return strings.Join(all, "; ")
}

func (d *desk) asks(o Order, by string) Act {
	d.t.Helper()
	a, err := d.Ask(o, by)
	if err != nil {
		d.t.Fatal(err)
	}
	return a
}

func rate(t testing.TB, text string) *policy.Rate {
	t.Helper()
	r, err := policy.ParseRate(text)
	if err != nil {
		t.Fatal(err)
	}
	return &r
}

func smaller(t testing.TB) Order {
	return Order{Capacity: rate(t, "60/s"), Hold: map[string]policy.Rate{"BRAVO": *rate(t, "5/s")}, For: Length(time.Hour), Reason: "a loop", Reference: "INC-1"}
}

func TestAnActRunsAndEndsByItself(t *testing.T) {
	d := open(t, "")
	a := d.asks(smaller(t), " Olga ")
	if a.State != Running || a.Asked.By != "Olga" || !a.Until.Equal(night.Add(time.Hour)) || a.Does != "capacity 60/s, BRAVO held to 5/s" {
		t.Errorf("%+v", a)
	}
	d.at = a.Until.Add(-1)
	d.reopen()
	if got := d.policy.At(d.at, d.Hands()...); got.Capacity.String() != "60/s" || !got.Rules.Accounts[1].Held || !got.Until.Equal(a.Until) {
		t.Errorf("%+v", got)
	}
	d.at = a.Until
	if d.Pass(); len(d.Running()) > 0 || len(d.Hands()) > 0 || d.History()[0].State != Ended || d.History()[0].Over != nil {
		t.Errorf("%+v", d.History())
	}
	if err := d.Flush(); err != nil {
		t.Fatal(err)
	}
	want := "act 1 began: capacity 60/s; BRAVO act 1 began: BRAVO held to 5/s; act 1 ended by itself: capacity 60/s; BRAVO act 1 ended by itself: BRAVO held to 5/s"
	if d.said() != want {
		t.Error(d.said())
	}
	if e := d.events[0]; e.By != "Olga" || e.Why != "a loop" || e.Reference != "INC-1" || !e.Until.Equal(a.Until) || e.Account != "" {
		t.Errorf("%+v", e)
	}
}

// TestWhyIsForOperatorsWhereAnActNamesAnother: the events that go to an account say so.
func TestWhyIsForOperatorsWhereAnActNamesAnother(t *testing.T) {
	d := open(t, "")
	d.asks(Order{Hold: map[string]policy.Rate{"ALPHA": *rate(t, "5/s")}, Exempt: []string{"BRAVO"}, For: hour, Reason: "ALPHA misbehaves", Reference: "INC-ALPHA"}, "Olga")
	d.asks(smaller(t), "Olga")
	d.asks(Order{Hold: map[string]policy.Rate{"ALPHA": *rate(t, "5/s")}, For: hour, Reason: "its own"}, "Olga")
	if err := d.Flush(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range d.events {
		got = append(got, fmt.Sprintf("%d %s %v", e.Act, e.Account, e.Withheld))
	}
	want := "1 ALPHA true; 1 BRAVO true; 2  true; 2 BRAVO false; 3 ALPHA false"
	if strings.Join(got, "; ") != want {
		t.Errorf("%q", got)
	}
}

// TestAnActThatEndedWhileNothingRan ended when it was to.
func TestAnActThatEndedWhileNothingRan(t *testing.T) {
	d := open(t, "")
	a := d.asks(smaller(t), "Olga")
	d.at = night.Add(48 * time.Hour)
	d.reopen()
	if len(d.Hands()) > 0 || !d.History()[0].OverAt.Equal(a.Until) {
		t.Errorf("%+v", d.History())
	}
	if err := d.Flush(); err != nil || !strings.HasSuffix(d.said(), "act 1 ended by itself: BRAVO held to 5/s") {
		t.Error(d.said(), err)
	}
}

// TestRefusals has a row for each reason why an order is not taken.
func TestRefusals(t *testing.T) {
	with := func(change func(*Order)) Order {
		o := Order{Suspend: true, For: hour, Reason: "x"}
		change(&o)
		return o
	}
	for _, c := range []struct {
		rule  string
		order Order
		by    string
		says  string
	}{
		{"somebody asks", with(func(o *Order) {}), " ", "nobody is named"},
		{"for a reason", with(func(o *Order) { o.Reason = " " }), "Olga", "reason: there is none"},
		{"in one line", with(func(o *Order) { o.Reason = "a\nb" }), "Olga", "not one line"},
		{"that is short", with(func(o *Order) { o.Reason = strings.Repeat("a", MaxReason+1) }), "Olga", "at most 300 characters"},
		{"with an end", with(func(o *Order) { o.For = 0 }), "Olga", "it has no end"},
		{"not sooner than a minute", with(func(o *Order) { o.For = Length(59 * time.Second) }), "Olga", "59s is not from 1m to 7d"},
		{"not later than a week", with(func(o *Order) { o.For = Length(8 * 24 * time.Hour) }), "Olga", "8d is not from 1m to 7d"},
		{"something is wanted", with(func(o *Order) { o.Suspend = false }), "Olga", "nothing is done by it"},
		{"that does not contradict itself", with(func(o *Order) { o.Shadow = true }), "Olga", "nothing else has an effect"},
		{"of accounts that are there", Order{Exempt: []string{"ZULU"}, For: hour, Reason: "x"}, "Olga", "no account ZULU"},
		{"once each", Order{Exempt: []string{"ALPHA", "ALPHA"}, For: hour, Reason: "x"}, "Olga", "ALPHA is exempt twice"},
		{"a capacity that can be", Order{Capacity: &policy.Rate{Thousandths: -1}, For: hour, Reason: "x"}, "Olga", "is no capacity"},
		{"a rate that can be", Order{Hold: map[string]policy.Rate{"ALPHA": {Thousandths: 1 << 50}}, For: hour, Reason: "x"}, "Olga", "ALPHA cannot be held to"},
		{"a preset that there is", Order{Preset: "none", Reason: "x"}, "Olga", "it has half"},
		{"and nothing with it", Order{Preset: "half", Activate: true, Reason: "x"}, "Olga", "done as it was prepared"},
		{"for no longer", Order{Preset: "half", For: Length(5 * time.Hour), Reason: "x"}, "Olga", "prepared for at most 4h"},
		{"a reference is a line", with(func(o *Order) { o.Reference = strings.Repeat("a", MaxRefer+1) }), "Olga", "at most 100 characters"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			d := open(t, "presets: [{name: half, capacity: 50/s, for: 4h}]")
			_, err := d.Ask(c.order, c.by)
			if !IsRefusal(err) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v", err)
			}
			if len(d.Running())+len(d.Waiting())+len(d.History()) > 0 || d.Pass() {
				t.Error("something was done")
			}
		})
	}
}

func TestTwoPersons(t *testing.T) {
	d := open(t, "approval: two\npresets: [{name: half, capacity: 50/s, for: 4h}]")
	a := d.asks(smaller(t), "Olga")
	if a.State != Waiting || len(d.Hands()) > 0 || len(d.Waiting()) != 1 {
		t.Fatalf("%+v", a)
	}
	for _, same := range []string{"Olga", "olga", "openid:Olga"} {
		if _, err := d.Approve(a.ID, same, ""); !IsRefusal(err) || !strings.Contains(err.Error(), "another person is to approve it") {
			t.Errorf("%s: %v", same, err)
		}
	}
	d.at = night.Add(30 * time.Minute)
	a, err := d.Approve(a.ID, "Bob", "seen")
	if err != nil || a.State != Running || !a.Until.Equal(d.at.Add(time.Hour)) || a.Approved.By != "Bob" {
		t.Errorf("it lasts from its approval: %+v, %v", a, err)
	}
	if b := d.asks(Order{Preset: "half", Reason: "site B"}, "Olga"); b.State != Running || time.Duration(b.For) != 4*time.Hour {
		t.Errorf("what was prepared takes one person: %+v", b)
	}
	late, back := d.asks(smaller(t), "Olga"), d.asks(smaller(t), "Olga")
	if back, err = d.Withdraw(back.ID, "Olga", "not needed"); err != nil || back.State != Withdrawn {
		t.Error(back, err)
	}
	d.at = d.at.Add(Patience)
	d.policy = policyOf(t, "approval: one")
	if _, err := d.Approve(late.ID, "Bob", ""); !IsRefusal(err) || !strings.Contains(err.Error(), "lapsed") {
		t.Error(err)
	}
	d.Pass()
	if err := d.Flush(); err != nil || !strings.Contains(d.said(), fmt.Sprintf("act %d lapsed, for nobody approved it in time", late.ID)) {
		t.Error(d.said(), err)
	}
}

func TestSoManyAndNoMore(t *testing.T) {
	d := open(t, "")
	d.disk = hasty{}
	d.reopen()
	for range MaxRunning {
		d.asks(Order{Activate: true, For: Length(time.Minute), Reason: "x"}, "Olga")
	}
	if _, err := d.Ask(smaller(t), "Olga"); !IsRefusal(err) || !strings.Contains(err.Error(), "end one first") {
		t.Error(err)
	}
	for n := 0; n < MaxHistory+200; n += MaxRunning {
		d.at = d.at.Add(time.Hour)
		for range MaxRunning {
			d.asks(Order{Activate: true, For: Length(time.Minute), Reason: "x"}, "Olga")
		}
	}
	if n := len(d.History()); n > MaxHistory {
		t.Errorf("%d are remembered", n)
	}
	d.reopen()
}

// hasty is a disk that waits for nothing.
type hasty struct{ disk.Real }

func (hasty) SyncFolder(string) error { return nil }

// TestNothingIsLeftBehind: whatever is asked for, approved and ended in whatever
// order, with restarts and a journal that fails between, when all acts have ended what
// holds is what the policy says, and everything that was done was recorded.
func TestNothingIsLeftBehind(t *testing.T) {
	lines := "presets: [{name: half, capacity: 50/s, for: 4h}]\nreserved: [{from: \"03:00\", to: \"05:00\", rate: 10/s, reason: reads}]\nunknown: admit\n"
	rapid.Check(t, func(rt *rapid.T) {
		d := open(t, lines+rapid.SampledFrom([]string{"approval: one", "approval: two"}).Draw(rt, "approval"))
		d.disk = hasty{}
		d.reopen()
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			d.at = d.at.Add(time.Duration(rapid.IntRange(0, 3600).Draw(rt, "later")) * time.Second)
			d.fails = rapid.IntRange(0, 4).Draw(rt, "fails") == 0
			id := uint64(rapid.IntRange(0, 12).Draw(rt, "id"))
			var err error
			switch rapid.IntRange(0, 7).Draw(rt, "step") {
			case 0:
				_, err = d.End(id, "Bob", "")
			case 1:
				_, err = d.Approve(id, "Bob", "")
			case 2:
				_, err = d.Withdraw(id, "Olga", "")
			case 3:
				d.reopen()
			case 4:
				_ = d.Flush()
			default:
				_, err = d.Ask(drawOrder(rt), "Olga")
			}
			if err != nil && !IsRefusal(err) {
				rt.Fatal(err)
			}
			if faults := d.policy.At(d.at, d.Hands()...).Rules.Check(); len(faults) > 0 {
				rt.Fatal(faults)
			}
		}
		d.fails = false
		d.at = d.at.Add(Most + Patience)
		if got, want := d.policy.At(d.at, d.Hands()...), d.policy.At(d.at); !reflect.DeepEqual(got, want) {
			rt.Errorf("what is left is\n%+v\nand should be\n%+v", got, want)
		}
		d.Pass()
		if err := d.Flush(); err != nil {
			rt.Fatal(err)
		}
		d.complete(rt)
	})
}

// complete fails unless every event was recorded in order, and as many began as
// ended.
func (d *desk) complete(t *rapid.T) {
	began, ended, last := 0, 0, uint64(0)
	for _, e := range d.events {
		if e.Number > last+1 {
			t.Errorf("event %d follows %d", e.Number, last)
		}
		if e.Number <= last {
			continue
		}
		last = e.Number
		switch e.Kind {
		case KindBegan:
			began++
		case KindEnded:
			ended++
		}
	}
	if last != d.state.Events || began != ended {
		t.Errorf("%d events of %d; %d began and %d ended", last, d.state.Events, began, ended)
	}
}

func drawOrder(t *rapid.T) Order {
	o := Order{Reason: "x", For: Length(time.Duration(rapid.IntRange(1, 600).Draw(t, "for")) * time.Minute)}
	if rapid.IntRange(0, 5).Draw(t, "preset") == 0 {
		o.Preset, o.For = "half", 0
		return o
	}
	bit := func(name string) bool { return rapid.IntRange(0, 2).Draw(t, name) == 0 }
	o.Activate, o.Shadow, o.Suspend = bit("activate"), bit("shadow"), rapid.IntRange(0, 5).Draw(t, "suspend") == 0
	if bit("capacity") {
		o.Capacity = &policy.Rate{Thousandths: int64(rapid.IntRange(0, 200_000).Draw(t, "rate")), Per: time.Second}
	}
	if bit("hold") {
		o.Hold = map[string]policy.Rate{"ALPHA": {Thousandths: int64(rapid.IntRange(0, 9000).Draw(t, "held")), Per: time.Second}}
	}
	if bit("exempt") {
		o.Exempt = []string{"BRAVO", policy.Unlisted}
	}
	return o
}
