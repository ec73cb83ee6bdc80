package traffic

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// An Alone decides as its Controller would, through changes of policy that move,
// remove and add accounts, with Places that it kept from before.
func TestAloneDecidesTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules := []Rules{national(6), national(6), national(6)}
		rules[1].Accounts = append(rules[1].Accounts[4:], rules[1].Accounts[1:3]...)
		rules[2].Unlisted = rules[2].Accounts[3].Name
		var plan []Planned
		for i := range rapid.IntRange(0, 4).Draw(t, "changes") {
			plan = append(plan, Planned{int64(i+1) * int64(100*time.Millisecond), rules[rapid.IntRange(0, 2).Draw(t, "rules")]})
		}
		var both [2]*Controller
		for i := range both {
			c, err := New(rules[0], Start{})
			if err == nil {
				_, err = c.Change(plan...)
			}
			if err != nil {
				t.Fatal(err)
			}
			both[i] = c
		}
		places := make([]Place, 2) // some are shared by several originators, which is only slower
		at := int64(0)
		for range rapid.IntRange(1, 300).Draw(t, "requests") {
			at += rapid.Int64Range(-1, int64(15*time.Millisecond)).Draw(t, "pause")
			user := rapid.IntRange(0, 7).Draw(t, "user")
			r := Request{User: userOf(user), Cost: Amount(rapid.Int64Range(0, 1).Draw(t, "cost"))}
			want, known := both[0].Admit(at, r)
			var got Decision
			if ok := both[1].Alone().Admit(at, &r, &places[user%2], &got); ok != known || got != want {
				t.Fatalf("at %d user %d: %v %+v, want %v %+v", at, user, ok, got, known, want)
			}
		}
	})
}

// A Reference need not look at slots in which it was looked at before.
func TestReferenceMakesUpEveryBoundary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := national(6)
		at := rapid.Int64Range(0, int64(time.Second)).Draw(t, "start")
		quick, slow := NewReference(r, PerSecond, at), NewReference(r, PerSecond, at)
		for range rapid.IntRange(1, 100).Draw(t, "steps") {
			at = max(0, at+rapid.Int64Range(-int64(3*time.Millisecond), int64(15*time.Millisecond)).Draw(t, "pause"))
			switch rapid.IntRange(0, 9).Draw(t, "step") {
			case 0:
				a := Rate(rapid.Int64Range(0, int64(100*PerSecond)).Draw(t, "allocation"))
				quick.Change(r, a, at)
				slow.Change(r, a, at)
			case 1:
				tokens, slot := quick.Held()
				slot -= rapid.Int64Range(0, 3).Draw(t, "slots")
				quick.Resume(tokens/2, slot)
				slow.Resume(tokens/2, slot)
			default:
				cost := Amount(rapid.Int64Range(0, int64(SR)).Draw(t, "cost"))
				slow.slotEnd = 0
				if a, b := quick.Take(at, cost), slow.Take(at, cost); a != b || quick.bucket != slow.bucket {
					t.Fatalf("at %d: %v %+v, want %v %+v", at, a, quick.bucket, b, slow.bucket)
				}
			}
		}
	})
}
