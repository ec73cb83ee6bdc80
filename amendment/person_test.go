package amendment

import (
	"errors"
	"strings"
	"testing"
)

// TestWhoIsAPerson has a row for each name that stands for nobody, hides
// something, or looks like another's.
func TestWhoIsAPerson(t *testing.T) {
	for _, c := range []struct{ rule, name, kept, wrong string }{
		{"a name", "A. Planner", "A. Planner", ""},
		{"spaces are single", "  A.   Planner ", "A. Planner", ""},
		{"accents are composed", "Rene\u0301", "René", ""},
		{"another script", "Анна Иванова", "Анна Иванова", ""},
		{"Japanese is one script", "山田はな", "山田はな", ""},
		{"signs of names", "J. O'Neil-Smith (B&C/ops+2@x_y)", "J. O'Neil-Smith (B&C/ops+2@x_y)", ""},
		{"who is named", " ", "", "nobody is named"},
		{"a letter is needed", "12", "", "no letter"},
		{"the policy file is no person", "The  policy-file", "", "stands for nobody"},
		{"nor what stands for it at a start", "the file at a start", "", "stands for nobody"},
		{"two names in one", "Ann, Bob", "", "U+002C"},
		{"two names in one, in wide letters", "Ann，Bob", "", "U+002C"},
		{"a Cyrillic letter among Latin ones", "\u0410nn", "", "mixes Cyrillic and Latin"},
		{"what is not seen, at the end", "Ann\u3164", "", "U+1160"},
		{"what is not seen, within", "A\u200bnn", "", "U+200B"},
		{"a selector of how a letter looks", "Ann\ufe0f", "", "U+FE0F"},
		{"a line of its own is a space", "Ann\u2028Bob", "Ann Bob", ""},
		{"a composed name that is too long", strings.Repeat("\ufdfa", 100), "", "too long"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			got, err := personOf(c.name)
			if c.wrong == "" && c.kept != "" && (err != nil || got != c.kept) {
				t.Errorf("%q, %v", got, err)
			}
			if c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)) {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

// TestOnePersonUnderTwoNames: with two persons wanted, nobody approves what the
// same one prepared, however the name is written.
func TestOnePersonUnderTwoNames(t *testing.T) {
	for _, names := range [][2]string{
		{"A. Planner", "A.Planner"}, {"A. Planner", "a planner"}, {"René", "Rene\u0301"}, {"René", "RENE"}, {"Ann", "Ａｎｎ"}, {"J. O'Neil", "J O’Neil"},
	} {
		w := open(t)
		w.begins(made(t, "first", "approval: two", half))
		p := made(t, "next", "", half)
		if _, err := w.Propose(p, Person{names[0]}, "so", ProposeOptions{}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Approve(p.Digest, Person{names[1]}, "so"); err == nil || !strings.Contains(err.Error(), "another person is to approve it") {
			t.Errorf("%q and %q: %v", names[0], names[1], err)
		}
	}
}

// TestWhoeverWritesTheFileIsNotAPerson: with two persons wanted, two approve what
// stood in the watched file, and nobody speaks in its name.
func TestWhoeverWritesTheFileIsNotAPerson(t *testing.T) {
	w := open(t)
	first := made(t, "first", "approval: two", half)
	w.begins(first)
	p := made(t, "next", "", half)
	made, why, err := w.File(p)
	if err != nil || why != "" || made.Accepted || !strings.Contains(made.Awaits[0], "approval by two persons") {
		t.Fatal(made, why, err)
	}
	if _, err := w.Approve(p.Digest, Person{theFile}, "so"); err == nil || !strings.Contains(err.Error(), "stands for nobody") {
		t.Error(err)
	}
	if got := w.approves(p, Person{"Mallory"}); got.Accepted || !strings.Contains(got.Awaits[0], "approval by another person than Mallory") {
		t.Errorf("%+v", got)
	}
	w.reopen()
	w.holds(monday, first)
	if got := w.approves(p, bob); !got.Accepted {
		t.Errorf("%+v", got)
	}
}

// TestAWatchedFileUndoesNothing has a row for each policy that the watched file
// can be and that is known already.
func TestAWatchedFileUndoesNothing(t *testing.T) {
	w := open(t)
	first, second := made(t, "first", quick, half), made(t, "second", quick, more)
	coming, waits, back := made(t, "coming", quick+effective(monday.AddDate(0, 0, 3)), half), made(t, "waits", quick, gone), made(t, "back", quick+"approval: two", half)
	w.begins(first)
	w.proposes(second, ProposeOptions{})
	w.proposes(coming, ProposeOptions{})
	w.proposes(waits, ProposeOptions{})
	w.proposes(back, ProposeOptions{})
	if err := w.Withdraw("back", ann, "so"); err != nil {
		t.Fatal(err)
	}
	w.events = nil
	if made, why, err := w.File(second); err != nil || why != "" || made.Name != "" {
		t.Error("the version in force:", made, why, err)
	}
	if _, why, err := w.File(first); err != nil || !strings.Contains(why, "first, an earlier version") {
		t.Error(why, err)
	}
	if _, why, err := w.File(coming); err != nil || !strings.Contains(why, "coming, which takes effect at") {
		t.Error(why, err)
	}
	if _, why, err := w.File(waits); err != nil || !strings.Contains(why, "waits, which is proposed already") {
		t.Error(why, err)
	}
	if _, why, err := w.File(back); err != nil || !strings.Contains(why, "back, which was withdrawn") {
		t.Error(why, err)
	}
	if len(w.events) > 0 {
		t.Error("something was done: ", w.kinds())
	}
	w.holds(monday, second)
	if _, _, err := w.File(made(t, "slow", "slot: 20ms", half)); !errors.As(err, new(*Refusal)) {
		t.Error("another slot needs a restart:", err)
	}
}

// TestOnePersonDoesNotGetRoundTheNotice by ending it first.
func TestOnePersonDoesNotGetRoundTheNotice(t *testing.T) {
	w := open(t)
	first := made(t, "first", "", half)
	w.begins(first)
	got := w.proposes(made(t, "none", quick, half), ProposeOptions{Confirm: true})
	if got.Accepted || !strings.Contains(got.Awaits[0], "a shorter notice, with a reason and a second person") {
		t.Fatalf("%+v", got)
	}
	got, err := w.Confirm("none", ann, "so", ProposeOptions{ShortenNotice: true, Reason: "a supplier failed"})
	if err != nil || got.Accepted || !strings.Contains(got.Awaits[0], "approval of the shorter notice by another person than Ann") {
		t.Fatal(got, err)
	}
	w.holds(monday, first)
	if got, err := w.Approve("none", bob, "so"); err != nil || !got.Accepted {
		t.Error(got, err)
	}
}

// TestWhoIsToldWhenOneTakesAnothersPlace: both have one time from which they hold.
func TestWhoIsToldWhenOneTakesAnothersPlace(t *testing.T) {
	w := open(t)
	w.begins(made(t, "first", quick, half))
	at := quick + effective(monday.AddDate(0, 0, 1))
	one := made(t, "one", at, more)
	w.proposes(one, ProposeOptions{})
	two := w.proposes(made(t, "two", at, strings.Replace(half, "02-00-00,IS,1000", "02-00-00,IS,1050", 1)), ProposeOptions{})
	before := w.Notices("A")[0].Old
	for _, n := range two.Notices {
		if n.Old != before || n.TakenBack || n.New == before {
			t.Errorf("%s is told %v → %v, and has %v until then", n.Account, n.Old, n.New, before)
		}
	}
	same := w.proposes(made(t, "same", at+"release: 70%", half), ProposeOptions{})
	for _, n := range same.Notices {
		if !n.TakenBack || n.Old != before || n.New != before || n.Weight != n.OldWeight {
			t.Errorf("what it has stays: %+v", n)
		}
	}
	if len(two.Notices) != 2 || len(same.Notices) != 2 {
		t.Error(len(two.Notices), len(same.Notices))
	}
	if err := w.Withdraw("one", ann, "so"); err == nil || !strings.Contains(err.Error(), "there is no") {
		t.Error(err)
	}
	if got := names(w.Coming()); len(got) != 1 || got[0] != "same" {
		t.Error(got)
	}
	if got := w.proposes(one, ProposeOptions{}); !got.Accepted {
		t.Errorf("what was replaced can be proposed again: %+v", got)
	}
}
