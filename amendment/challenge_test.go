package amendment

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// challengesOf returns those of one account.
func (w *world) challengesOf(account string) []Challenge {
	var own []Challenge
	for _, c := range w.Challenges() {
		if c.Account == account {
			own = append(own, c)
		}
	}
	return own
}

func TestAnAccountHasSoManyChallengesAndNoMore(t *testing.T) {
	w := open(t)
	w.begins(made(t, "first", quick, half))
	w.disk = hasty{}
	for i := range MaxOpen {
		if _, err := w.Challenge("A", ann, fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
		w.after(15 * time.Minute)
	}
	if _, err := w.Challenge("A", ann, "more"); err == nil || !strings.Contains(err.Error(), "20 challenges of this Service User wait") {
		t.Error(err)
	}
	if _, err := w.Challenge("B", bob, "ours"); err != nil {
		t.Errorf("B pays for what A said: %v", err)
	}
	first := w.challengesOf("A")[0].ID
	for round := range 2 * MaxAnswered {
		for _, c := range w.challengesOf("A") {
			if c.Answer == nil {
				if _, err := w.Answer(c.ID, bob, "so"); err != nil {
					t.Fatal(err)
				}
				break
			}
		}
		w.after(15 * time.Minute)
		if _, err := w.Challenge("A", ann, "again"); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
	}
	own := w.challengesOf("A")
	if len(own) != MaxOpen+MaxAnswered || own[0].ID == first {
		t.Errorf("%d are kept", len(own))
	}
	if ours := w.challengesOf("B"); len(ours) != 1 || ours[0].Answer != nil {
		t.Errorf("what B said: %+v", ours)
	}
}

func TestAnAccountSaysSoMuchAnHour(t *testing.T) {
	w := open(t)
	w.begins(made(t, "first", quick, half))
	for i := range MaxHourly {
		c, err := w.Challenge("A", ann, "no")
		if err != nil {
			t.Fatal(err)
		}
		if i%2 == 0 { // answered or not
			if _, err := w.Answer(c.ID, bob, "so"); err != nil {
				t.Fatal(err)
			}
		}
		w.after(time.Minute)
	}
	var soon TooSoonError
	if _, err := w.Challenge("A", ann, "no"); !errors.As(err, &soon) || soon.After != time.Hour-MaxHourly*time.Minute {
		t.Fatal(err)
	}
	if _, err := w.Challenge("B", bob, "no"); err != nil {
		t.Error(err)
	}
	w.reopen()
	w.after(soon.After - 1)
	if _, err := w.Challenge("A", ann, "no"); !errors.As(err, &soon) || soon.After != 1 {
		t.Error(err)
	}
	w.after(1)
	if _, err := w.Challenge("A", ann, "no"); err != nil {
		t.Error(err)
	}
}

// Whatever is said for one account, and answered, leaves the challenges of every
// other as they were, and no account ever has more than it may have.
func TestNoAccountsStepsChangeAnothersChallenges(t *testing.T) {
	first := made(t, "first", quick, half)
	rapid.Check(t, func(rt *rapid.T) {
		w := open(t)
		w.disk = hasty{}
		w.begins(first)
		for range rapid.IntRange(1, 120).Draw(rt, "steps") {
			mine, theirs := "A", "B"
			if rapid.IntRange(0, 3).Draw(rt, "whose") == 0 {
				mine, theirs = theirs, mine
			}
			before := w.challengesOf(theirs)
			if own := w.challengesOf(mine); len(own) > 0 && rapid.IntRange(0, 2).Draw(rt, "answer") == 0 {
				_, _ = w.Answer(own[rapid.IntRange(0, len(own)-1).Draw(rt, "which")].ID, cat, "so")
			} else {
				_, _ = w.Challenge(mine, ann, "no")
			}
			if after := w.challengesOf(theirs); !reflect.DeepEqual(before, after) {
				rt.Fatalf("a step of %s changed what %s said:\n%+v\n%+v", mine, theirs, before, after)
			}
			if n := len(w.challengesOf(mine)); n > MaxOpen+MaxAnswered {
				rt.Fatalf("%s has %d challenges", mine, n)
			}
			w.after(time.Duration(rapid.IntRange(0, 40).Draw(rt, "minutes")) * time.Minute)
		}
	})
}
