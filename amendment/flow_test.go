package amendment

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// quick lets allocations change at once.
const quick = "allocation: {notice: 0}\n"

func TestAnEarlierVersionDoesNotDropALaterOne(t *testing.T) {
	w := open(t)
	first := made(t, "first", quick, half)
	later := made(t, "later", quick+effective(monday.Add(48*time.Hour)), more)
	sooner := made(t, "sooner", quick+effective(monday.Add(24*time.Hour)), half)
	w.begins(first)
	w.proposes(later, ProposeOptions{})
	if got := w.proposes(sooner, ProposeOptions{}); len(got.Notices) != 0 {
		t.Errorf("nothing changed for anybody: %+v", got.Notices)
	}
	if got := names(w.Coming()); !slices.Equal(got, []string{"sooner", "later"}) {
		t.Error(got)
	}
	w.holds(monday.Add(24*time.Hour-1), first)
	w.holds(monday.Add(24*time.Hour), sooner)
	w.holds(monday.Add(48*time.Hour), later)
	w.after(100 * time.Hour)
	w.holds(w.at, later)
	if len(w.Coming()) != 0 {
		t.Error("it is still coming")
	}
}

// TestWhoIsToldAnewWhenAVersionComesBetween: A keeps its allocation from the
// first version to the later one, and was told nothing. Now it changes twice.
func TestWhoIsToldAnewWhenAVersionComesBetween(t *testing.T) {
	w := open(t)
	w.begins(made(t, "first", quick, half))
	later := made(t, "later", "release: 70%\n"+quick+effective(monday.Add(48*time.Hour)), half)
	if got := w.proposes(later, ProposeOptions{}); len(got.Notices) != 0 {
		t.Errorf("%+v", got.Notices)
	}
	w.proposes(made(t, "between", quick+effective(monday.Add(24*time.Hour)), more), ProposeOptions{})
	told := w.Notices("A")
	if len(told) != 2 || told[0].PolicyName != "between" || told[1].PolicyName != "later" || told[1].Old != told[0].New || told[1].New != told[0].Old {
		t.Errorf("%+v", told)
	}
}

func TestOfTwoAtOneTimeTheLastAcceptedHolds(t *testing.T) {
	w := open(t)
	first := made(t, "first", quick, half)
	w.begins(first)
	at := monday.Add(time.Hour)
	b, c := made(t, "b", quick+effective(at), half), made(t, "c", quick+effective(at), half)
	w.proposes(b, ProposeOptions{})
	w.proposes(c, ProposeOptions{})
	w.holds(at, c)
	if got := names(w.Coming()); !slices.Equal(got, []string{"c"}) {
		t.Error(got)
	}
	if v := w.History(); v[1].Replaced != v[2].Number || v[2].Replaced != 0 {
		t.Errorf("%+v", v)
	}
	if err := w.Withdraw("c", ann, "neither is right"); err != nil {
		t.Fatal(err)
	}
	w.holds(at, first)
}

func TestWithdraw(t *testing.T) {
	w := open(t)
	first := made(t, "first", quick, half)
	b := made(t, "b", quick+effective(monday.Add(24*time.Hour)), more)
	c := made(t, "c", quick+effective(monday.Add(48*time.Hour)), half)
	waits := made(t, "waits", "approval: two", half)
	w.begins(first)
	for _, p := range []*struct{ err error }{{w.Withdraw("first", ann, "so")}, {w.Withdraw(first.Digest, ann, "so")}} {
		if p.err == nil || !strings.Contains(p.err.Error(), "there is no version to come") {
			t.Error("what is in force was withdrawn", p.err)
		}
	}
	w.proposes(b, ProposeOptions{})
	w.proposes(c, ProposeOptions{})
	w.proposes(waits, ProposeOptions{})
	if err := w.Withdraw("waits", bob, "not agreed"); err != nil || len(w.Pending()) != 0 {
		t.Error(err)
	}
	if err := w.Withdraw("b", bob, "so"); err == nil || !strings.Contains(err.Error(), "b is followed by c at 2026-11-04T10:00:00Z") {
		t.Error(err)
	}
	if err := w.Withdraw(c.Digest[:10], bob, "so"); err != nil {
		t.Error(err)
	}
	if err := w.Withdraw("b", bob, "not agreed"); err != nil {
		t.Error(err)
	}
	w.holds(monday.Add(1000*time.Hour), first)
	told := w.Notices("A")
	if last := told[len(told)-1]; !last.TakenBack || last.Old != last.New || last.Policy != first.Digest || !last.Effective.Equal(monday.Add(24*time.Hour)) {
		t.Errorf("%+v", last)
	}
	if v := w.History()[1]; v.Withdrawn == nil || v.Withdrawn.By != "Bob" || v.Withdrawn.Why != "not agreed" {
		t.Errorf("%+v", v)
	}
	if _, err := w.Propose(b, ann, "after all", ProposeOptions{}); err != nil {
		t.Error("what was withdrawn can be proposed again:", err)
	}
}

func TestRollback(t *testing.T) {
	w := open(t)
	first, b := made(t, "first", quick, half), made(t, "b", quick, more)
	w.begins(first)
	w.after(time.Hour)
	w.proposes(b, ProposeOptions{})
	w.after(time.Hour)
	if _, err := w.Rollback("b", ann, "so", ProposeOptions{}); err == nil || !strings.Contains(err.Error(), "already in force") {
		t.Error(err)
	}
	if _, err := w.Rollback("c", ann, "so", ProposeOptions{}); err == nil || !strings.Contains(err.Error(), `there is no version "c"`) {
		t.Error(err)
	}
	got, err := w.Rollback(first.Digest[:6], ann, "b was wrong", ProposeOptions{})
	if err != nil || !got.Accepted || !got.From.Equal(w.at) || len(got.Notices) != 2 {
		t.Fatal(got, err)
	}
	w.holds(w.at, first)
	w.holds(w.at.Add(-1), b)
	if got, err := w.Rollback("b", ann, "so", ProposeOptions{}); err != nil || !got.Accepted {
		t.Error(got, err)
	}
	w.reopen()
	w.holds(w.at, b)
	if got := names(w.History()); !slices.Equal(got, []string{"first", "b", "first", "b"}) {
		t.Error(got)
	}
}

func TestANameOfSeveralIsNone(t *testing.T) {
	w := open(t)
	w.begins(made(t, "same", quick, half))
	w.proposes(made(t, "same", quick+"release: 70%", half), ProposeOptions{})
	w.proposes(made(t, "other", quick, half), ProposeOptions{})
	if _, err := w.Rollback("same", ann, "so", ProposeOptions{}); err == nil || !strings.Contains(err.Error(), `"same" could be any of 2`) {
		t.Error(err)
	}
}

// TestStart has a row for each thing that the file given at a later start can be.
func TestStart(t *testing.T) {
	first, second := made(t, "first", quick, half), made(t, "second", quick, more)
	coming := made(t, "coming", quick+effective(monday.Add(72*time.Hour)), half)
	waits, back := made(t, "waits", quick, gone), made(t, "back", quick+"approval: two", half)
	for _, c := range []struct {
		rule, name, keys, rows string
		why                    []string
		inForce                string
		recorded               string
	}{
		{"the version in force", "second", quick, more, nil, "second", ""},
		{"an earlier version", "first", quick, half, []string{"the file is first, an earlier version; give the newer file, or roll back to it; second, in force since 2026-11-02T11:00:00Z, continues"}, "second", ""},
		{"one to come", "coming", quick + effective(monday.Add(72*time.Hour)), half, []string{"the file is coming, which takes effect at 2026-11-05T10:00:00Z; second, in force"}, "second", ""},
		{"a proposal that waits", "waits", quick, gone, []string{"which is proposed already and awaits confirmation of"}, "second", ""},
		{"one that was withdrawn", "back", quick + "approval: two", half, []string{"the file is back, which was withdrawn; give the newer file, or propose it again"}, "second", ""},
		{"one never seen takes effect like any change", "new", quick, half, nil, "new", "prepared planned noticed noticed"},
		{"one never seen that is to come", "new", quick + effective(monday.Add(24*time.Hour)), half, []string{"which is accepted and takes effect at 2026-11-03T10:00:00Z"}, "second", "prepared planned noticed noticed"},
		{"one never seen that awaits something", "new", quick + "approval: two", half, []string{"which is now proposed and awaits approval by two persons, for nobody's name stands behind the file"}, "second", "prepared"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			w := open(t)
			w.begins(first)
			w.after(time.Hour)
			w.proposes(second, ProposeOptions{})
			w.proposes(coming, ProposeOptions{})
			w.proposes(waits, ProposeOptions{})
			w.proposes(back, ProposeOptions{})
			if err := w.Withdraw("back", ann, "so"); err != nil {
				t.Fatal(err)
			}
			w.reopen()
			w.events = nil
			in, why, err := w.Start(made(t, c.name, c.keys, c.rows))
			if err != nil || in.Name != c.inForce || (why == "") != (len(c.why) == 0) {
				t.Fatal(in, why, err)
			}
			containsAll(t, why, c.why...)
			if w.kinds() != c.recorded {
				t.Error(w.kinds())
			}
		})
	}
}

func TestStartOfAnotherEnvironment(t *testing.T) {
	w := open(t)
	w.begins(made(t, "first", "", half))
	if _, _, err := w.Start(made(t, "other", "environment: test", half)); err == nil || !strings.Contains(err.Error(), "is of the environment test") {
		t.Error(err)
	}
	o := w.options()
	o.Environment = "test"
	if _, err := Open(w.dir, o); err == nil || !strings.Contains(err.Error(), "is of the environment production, and this is test") {
		t.Error(err)
	}
}

func TestAnotherSlotIsTakenAtARestart(t *testing.T) {
	w := open(t)
	w.begins(made(t, "first", "", half))
	p := made(t, "next", "slot: 20ms", half)
	if in, why, err := w.Start(p); err != nil || why != "" || in.Name != "next" {
		t.Fatal(in, why, err)
	}
	slow := made(t, "slow", "slot: 50ms\napproval: two", half)
	if _, why, err := w.Start(slow); err != nil || !strings.Contains(why, "awaits approval by two persons") {
		t.Fatal(why, err)
	}
	w.approves(slow, ann)
	if got := w.approves(slow, bob); got.Accepted || !strings.Contains(got.Awaits[0], "a restart of the gateway at or after 2026-11-02T10:00:00Z: its slot is 50ms, and the one in force has 20ms") {
		t.Errorf("%+v", got)
	}
	w.after(time.Minute)
	if in, why, err := w.Start(slow); err != nil || why != "" || in.Name != "slow" {
		t.Error(in, why, err)
	}
}

func TestByFileTwoPersonsApprove(t *testing.T) {
	w := open(t)
	w.begins(made(t, "first", "approval: two", half))
	p := made(t, "next", "", half)
	if _, _, err := w.Start(p); err != nil {
		t.Fatal(err)
	}
	if got := w.approves(p, ann); got.Accepted || !strings.Contains(got.Awaits[0], "approval by another person than Ann") {
		t.Errorf("%+v", got)
	}
	if _, err := w.Approve(p.Digest, Person{"ANN"}, "so"); err == nil || !strings.Contains(err.Error(), "has approved next already") {
		t.Error(err)
	}
	if got := w.approves(p, bob); !got.Accepted {
		t.Errorf("%+v", got)
	}
}

func TestChallenges(t *testing.T) {
	w := open(t)
	w.begins(made(t, "first", quick, half))
	if _, err := w.Challenge("Z", ann, "that is not ours"); err == nil || !strings.Contains(err.Error(), `an account "Z"`) {
		t.Error(err)
	}
	none, err := w.Challenge("A", ann, "too little")
	if err != nil || none.Notice != 0 {
		t.Error(none, err)
	}
	w.proposes(made(t, "next", quick, more), ProposeOptions{})
	c, err := w.Challenge("A", ann, "too much")
	if told := w.Notices("A"); err != nil || c.Notice != told[0].Number || c.Reference != told[0].Reference || c.Reference == 0 {
		t.Errorf("%+v %v %+v", c, err, told)
	}
	w.proposes(made(t, "third", quick+"approval: two", half), ProposeOptions{})
	if shown := w.Pending()[0].Challenges; len(shown) != 2 {
		t.Errorf("those without an answer are shown: %+v", shown)
	}
	if _, err := w.Answer(c.ID, bob, "the count is right"); err != nil {
		t.Error(err)
	}
	if _, err := w.Answer(c.ID, bob, "again"); err == nil || !strings.Contains(err.Error(), "was answered by Bob") {
		t.Error(err)
	}
	if _, err := w.Answer(99999, bob, "what?"); err == nil {
		t.Error("there is none")
	}
	if _, err := w.Challenge("A", ann, "  "); err == nil {
		t.Error("nothing was said")
	}
	w.reopen()
	all := w.Challenges()
	if shown := w.Pending()[0].Challenges; len(all) != 2 || all[1].Answer == nil || all[1].Answer.Why != "the count is right" || len(shown) != 1 {
		t.Errorf("%+v", all)
	}
	last := w.events[len(w.events)-1]
	if last.Kind != Answered || last.Challenge == nil || last.Challenge.Answer.By != "Bob" || last.Challenge.Account != "A" {
		t.Errorf("%+v", last)
	}
}

func TestAdopted(t *testing.T) {
	w := open(t)
	first := made(t, "first", quick, half)
	w.begins(first)
	w.Adopted(first.Digest, monday.Add(time.Second))
	w.Adopted(first.Digest, monday.Add(time.Hour))
	w.reopen()
	if v := w.InForce(monday); !v.Adopted.Equal(monday.Add(time.Second)) {
		t.Error(v.Adopted)
	}
	if w.kinds() != "prepared planned adopted" {
		t.Error(w.kinds())
	}
}

func TestTimeDoesNotGoBack(t *testing.T) {
	w := open(t)
	w.begins(made(t, "first", quick, half))
	b, c := made(t, "b", quick, half), made(t, "c", quick, half)
	w.after(time.Hour)
	w.proposes(b, ProposeOptions{})
	w.after(-time.Hour)
	w.proposes(c, ProposeOptions{})
	w.holds(monday.Add(time.Hour), c)
}

func TestMany(t *testing.T) {
	w := open(t)
	w.begins(made(t, "first", quick, half))
	for i := range MaxPending {
		w.proposes(made(t, fmt.Sprint("p", i), "approval: two", half), ProposeOptions{})
	}
	if _, err := w.Propose(made(t, "more", "", half), ann, "so", ProposeOptions{}); err == nil || !strings.Contains(err.Error(), "100 proposals wait") {
		t.Error(err)
	}
	if err := w.Withdraw("p7", ann, "so"); err != nil {
		t.Fatal(err)
	}
	for i := range MaxComing {
		w.proposes(made(t, fmt.Sprint("c", i), quick+effective(monday.Add(time.Duration(i+1)*time.Hour)), half), ProposeOptions{})
	}
	if _, err := w.Propose(made(t, "more", quick, half), ann, "so", ProposeOptions{}); err == nil || !strings.Contains(err.Error(), "there are 100 versions to come") {
		t.Error(err)
	}
	w.reopen()
	if len(w.Coming()) != MaxComing || len(w.Pending()) != MaxPending-1 {
		t.Error(len(w.Coming()), len(w.Pending()))
	}
}

func TestSeveralAtATime(t *testing.T) {
	w := open(t)
	w.begins(made(t, "first", quick, half))
	w.record = nil // it is called one at a time, under the lock
	var wait sync.WaitGroup
	for i := range 4 {
		p := made(t, fmt.Sprint("p", i), quick+effective(monday.Add(time.Duration(i+1)*time.Hour)), half)
		wait.Go(func() {
			if _, err := w.Propose(p, ann, "so", ProposeOptions{}); err != nil {
				t.Error(err)
			}
			w.Adopted(p.Digest, monday)
			_, _ = w.Challenge("A", ann, "text")
		})
		wait.Go(func() {
			w.Plan(monday, 10)
			w.Pending()
			w.Notices("")
			w.History()
			w.Coming()
			w.InForce(monday)
		})
	}
	wait.Wait()
	if len(w.History()) != 5 || len(w.Challenges()) != 4 {
		t.Error(names(w.History()))
	}
}
