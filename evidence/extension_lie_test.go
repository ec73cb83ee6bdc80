package evidence

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"srtm/duis"
	"srtm/journal"
	"srtm/traffic"
)

// lie is what somebody may write down instead of what was.
type lie struct {
	rule string
	lie  func(*traffic.Decision) bool // false: about this decision it cannot be told
}

func lies() []lie {
	return []lie{
		{"more is kept", func(n *traffic.Decision) bool { n.Kept++; return true }},
		{"less is kept", func(n *traffic.Decision) bool { n.Kept--; return true }},
		{"the limit is higher", func(n *traffic.Decision) bool { n.Limit++; return true }},
		{"the limit is lower", func(n *traffic.Decision) bool { n.Limit--; return true }},
		{"the hold's bucket has more", func(n *traffic.Decision) bool { n.Hold++; return true }},
		{"the hold's bucket has less", func(n *traffic.Decision) bool { n.Hold--; return true }},
		{"the hold's rate is another", func(n *traffic.Decision) bool { n.HoldRate++; return true }},
		{"it is held where it is not, or the other way round", func(n *traffic.Decision) bool { n.Held = !n.Held; return true }},
		{"it is exempt where it is not, or the other way round", func(n *traffic.Decision) bool { n.Exempt = !n.Exempt; return true }},
		{"the cost is higher", func(n *traffic.Decision) bool { n.Cost++; return true }},
		{"the cost is lower", func(n *traffic.Decision) bool { n.Cost--; return true }},
		{"it was refused, and is said to have been in shadow", func(n *traffic.Decision) bool {
			was := n.Verdict
			n.Verdict = traffic.Shadow
			return was == traffic.Throttle
		}},
		{"it was forwarded in shadow, and is said to have been refused", func(n *traffic.Decision) bool {
			was := n.Verdict
			n.Verdict = traffic.Throttle
			return was == traffic.Shadow
		}},
		{"the reason is another of the same verdict", func(n *traffic.Decision) bool {
			for r := (n.Reason + 1) % traffic.Reason(traffic.Reasons); ; r = (r + 1) % traffic.Reason(traffic.Reasons) {
				if r.Verdict() == n.Reason.Verdict() {
					n.Reason = r
					return true
				}
			}
		}},
		{"Retry-After is another", func(n *traffic.Decision) bool { n.RetryAfter++; return true }},
		{"it activated, or did not", func(n *traffic.Decision) bool { n.Activated = !n.Activated; return true }},
	}
}

// Whoever alters one of an extension's numbers, in whatever world, is found at
// that decision.
func TestEveryLieAboutAnExtensionIsFound(t *testing.T) {
	for i, row := range lies() {
		told := 0
		for seed := range uint64(len(extensions())) {
			rng := rand.New(rand.NewPCG(seed, uint64(i)))
			w := newWorldOf(t, seed, extended(rng, 60*traffic.PerSecond, 1<<seed|1<<rng.IntN(12)))
			w.ask = w.anyRequest()
			var liar string
			number, wanted := 0, 5+rng.IntN(20)
			w.lie = func(d *journal.Decision) {
				if number++; d.Account != "BRAVO" || number < wanted || liar != "" {
					return
				}
				honest := d.Numbers
				if row.lie(&d.Numbers) {
					liar = d.ID.String()
				} else {
					d.Numbers = honest
				}
			}
			w.run(800, 60, 300, 60)
			w.close()
			if liar == "" {
				continue
			}
			told++
			bundle, _ := w.pack("BRAVO", 0, 1)
			r := check(bundle, Trust{})
			if r.Sound() {
				t.Errorf("%s: it is not found", row.rule)
			} else if got := r.Failures[0].RequestID; got != liar {
				t.Errorf("%s: it fails at %s, and the lie is about %s", row.rule, got, liar)
			}
		}
		if told == 0 {
			t.Errorf("%s: there was no such lie: this shows nothing", row.rule)
		}
	}
}

// commands is a world in which the first message of a command is forwarded by
// ALPHA, and the second comes some time after it, when everything is full.
func commands(t *testing.T, life time.Duration, lie func(*journal.Decision)) *world {
	r := rulesOfWorld(60 * traffic.PerSecond)
	r.FinishCritical, r.Margin = life, 6*traffic.PerSecond
	w := newWorldOf(t, 1, r)
	w.run(500, 0, 0, 0)
	w.lie = lie
	w.message(4, 1)
	w.run(100, 300, 100, 100)
	w.message(5, 1)
	w.message(6, 1) // it comes again
	w.run(300, 300, 100, 100)
	return w
}

// message has ALPHA send a message of its n-th command.
func (w *world) message(command uint8, n uint64) {
	w.ask = func(q *traffic.Request) { q.Command, q.Target, q.Counter = command, 0xC0, n }
	w.send(0, w.now.Load()+int64(500*time.Microsecond))
	w.ask = nil
}

func TestASecondMessageFollowsAFirst(t *testing.T) {
	vouched := func(d *journal.Decision) bool { return d.Numbers.Vouched }
	for _, row := range []struct {
		rule, what string
		life       time.Duration
		lie        func(*journal.Decision)
	}{
		{"as it was", "", 200 * time.Millisecond, nil},
		{"as it was, too late", "", 50 * time.Millisecond, nil},
		{"it is said not to have been vouched for", "it is recorded as not vouched for; the first message of its command was forwarded at 2026-10-14T12:00:00.5", 200 * time.Millisecond, func(d *journal.Decision) {
			if n := &d.Numbers; vouched(d) {
				n.Vouched, n.Limit, n.Verdict, n.Reason, n.RetryAfter = false, 0, traffic.Throttle, traffic.OverAllocation, 1
			}
		}},
		{"the same message is let through twice", "none of this RequestID was forwarded in the 200ms before that had not vouched already", 200 * time.Millisecond, func(d *journal.Decision) {
			if n := &d.Numbers; d.CommandVariant == 6 {
				n.Vouched, n.Limit, n.Verdict, n.Reason, n.RetryAfter, n.Refusals = true, 6*traffic.SR, traffic.Forward, traffic.Critical, 0, 0
			}
		}},
		{"it is let through too late", "none of this RequestID was forwarded in the 50ms before", 50 * time.Millisecond, func(d *journal.Decision) {
			if n := &d.Numbers; d.CommandVariant == 5 {
				n.Vouched, n.Limit, n.Verdict, n.Reason, n.RetryAfter, n.Refusals = true, 6*traffic.SR, traffic.Forward, traffic.Critical, 0, 0
			}
		}},
		{"the rule is none of the terms'", "the terms in force do not have that", 0, func(d *journal.Decision) {
			d.Numbers.Vouched = d.CommandVariant == 5
		}},
		{"it is no second message", "and only 5, 6 and 7 are second messages", 200 * time.Millisecond, func(d *journal.Decision) {
			d.Numbers.Vouched = vouched(d) || d.CommandVariant == 4
		}},
	} {
		w := commands(t, row.life, row.lie)
		w.close()
		bundle, _ := w.pack("ALPHA", 0, 1)
		r := check(bundle, Trust{Keys: []string{w.key()}})
		if row.what == "" {
			wantSound(t, r)
			if len(r.Reservations) > 1 || r.Decisions < 20 {
				t.Errorf("%s: %d decisions, reservations %q", row.rule, r.Decisions, r.Reservations)
			}
		} else if !r.Sound() && !strings.Contains(failuresOf(r), row.what) || r.Sound() {
			t.Errorf("%s: it fails with\n%s\nwant %q", row.rule, failuresOf(r), row.what)
		}
	}
}

func failuresOf(r *Result) string {
	var s strings.Builder
	for _, f := range r.Failures {
		s.WriteString(f.Error() + "\n")
	}
	return s.String()
}

// What a bundle cannot show about a second message is said, and not taken for a
// lie: its first was forwarded before the bundle, or the gateway began anew.
func TestAFirstMessageBeforeTheBundle(t *testing.T) {
	w := commands(t, 10*time.Second, nil)
	w.run(500, 0, 0, 0)
	w.message(4, 2)
	w.message(4, 3)
	w.message(4, 4)
	w.run(1700, 5, 5, 5)
	w.message(5, 2)
	w.close()
	w.open()
	w.start(true)
	w.run(100, 300, 200, 100)
	w.message(7, 3)
	w.messages = nil // which it forgets
	w.close()
	w.open()
	w.start(true)
	w.run(100, 300, 200, 100)
	w.message(5, 4)
	w.close()
	bundle, _ := w.pack("ALPHA", 2.5, 4)
	r := check(bundle, Trust{Keys: []string{w.key()}})
	wantSound(t, r)
	said := strings.Join(r.Reservations, "\n")
	if !strings.Contains(said, "2 second messages of a critical command recorded as vouched for by a first message that is not in the bundle") {
		t.Errorf("it is said %q", said)
	}
	whole, _ := w.pack("ALPHA", 0, 4)
	r = check(whole, Trust{Keys: []string{w.key()}})
	wantSound(t, r)
	if said := strings.Join(r.Reservations, "\n"); !strings.Contains(said, "1 second message of a critical command not vouched for although the first was forwarded in time") {
		t.Errorf("it is said %q", said)
	}
}

// A first message that was forwarded while the terms had no such rule vouches
// after a start, when the gateway finds it in its journal: that is no lie.
func TestAFirstMessageThatWasNotLookedAt(t *testing.T) {
	f := newFirsts()
	terms := func(from int64, life time.Duration, start bool) {
		f.obey(&journal.Terms{Policy: "p"}, &journal.Terms{Policy: "p", Start: start, FinishCritical: life}, holding{ruled: from > 0, from: noon + from*second})
	}
	message := func(at int64, command uint8, vouched bool) []string {
		d := &journal.Decision{CommandVariant: duis.CommandVariant(command)}
		d.Numbers.At, d.Numbers.Vouched = noon+at*second, vouched
		return f.judge(d)
	}
	terms(0, time.Second, true)
	terms(100, 0, false)
	message(190, 4, false)
	terms(200, time.Minute, false)
	if wrong := message(210, 5, true); len(wrong) != 1 {
		t.Errorf("vouched for by one that was not looked at: %q", wrong)
	}
	terms(215, time.Minute, true)
	if wrong := message(216, 5, true); len(wrong) != 0 || f.taken != 1 {
		t.Errorf("after a start: %q, %d taken as recorded", wrong, f.taken)
	}
	if wrong := message(300, 5, true); len(wrong) != 1 {
		t.Errorf("long after it: %q", wrong)
	}
}
