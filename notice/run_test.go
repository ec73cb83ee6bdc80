package notice

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// to is what a test's function in place of the network says of a target.
type to func(subscription string, attempt int) error

func answering(b *Outbox, f to) {
	b.send = func(_ context.Context, j job) (receipt, error) {
		return receipt{answer: "fine"}, f(j.target.Subscription, j.attempt)
	}
}

var errDown = errors.New("connection refused")

func TestWhoHearsWhat(t *testing.T) {
	for _, row := range []struct {
		rule  string
		event Event
		want  string // subscriptions
	}{
		{"what concerns all goes to all that asked for it", about(Active, "", "x"), "operators ALPHA BRAVO"},
		{"not to those that did not", about(Released, "", "x"), "operators ALPHA"},
		{"what concerns an account goes to it and to operators", about(Approaching, "ALPHA", "x"), "operators ALPHA"},
		{"not to it if it did not ask for it", about(Approaching, "BRAVO", "x"), "operators"},
		{"an act on an account goes to it always", about(Act, "BRAVO", "x"), "operators BRAVO"},
		{"an act on the system goes to those that asked", about(Act, "", "x"), "operators ALPHA"},
		{"an alarm is for operators, even about an account", about(Alarm, "ALPHA", "x"), "operators"},
		{"an act on an account that nobody knows is reported as reaching nobody", about(Act, "CHARLIE", "x"), " operators"},
	} {
		synctest.Test(t, func(t *testing.T) {
			var r record
			b := opened(t, t.TempDir(), Options{Configuration: three(t), Record: r.add})
			answering(b, func(string, int) error { return nil })
			put(t, b, row.event)
			running(t, b)
			synctest.Wait()
			var got []string
			for _, name := range []string{"", "operators", "ALPHA", "BRAVO"} {
				for _, d := range r.all {
					if d.Target.Subscription == name {
						got = append(got, name)
					}
				}
			}
			if strings.Join(got, " ") != row.want {
				t.Errorf("%s: %v, want %q", row.rule, got, row.want)
			}
		})
	}
}

// TestDeadTargetHoldsUpNobody: while ALPHA hangs or fails, the others get theirs at
// once and in order.
func TestDeadTargetHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r record
		b := opened(t, t.TempDir(), Options{Configuration: three(t), Record: r.add})
		b.send = func(ctx context.Context, j job) (receipt, error) {
			if j.target.Subscription == "ALPHA" {
				<-ctx.Done()
				return receipt{}, ctx.Err()
			}
			return receipt{}, nil
		}
		running(t, b)
		for _, sentence := range []string{"one", "two", "three"} {
			put(t, b, about(Act, "", sentence))
		}
		synctest.Wait()
		if got := r.of("operators"); got != "operators delivered one; operators delivered two; operators delivered three" {
			t.Errorf("operators: %s", got)
		}
		if got := r.of("ALPHA"); got != "" {
			t.Errorf("ALPHA: %s", got)
		}
	})
}

// TestBackoff: attempts double apart up to half an hour, half by chance; the first
// success ends that and what waited goes in order.
func TestBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r record
		b := opened(t, t.TempDir(), Options{Configuration: three(t), Record: r.add})
		var at []time.Time
		var up atomic.Bool
		answering(b, func(name string, _ int) error {
			if name != "ALPHA" || up.Load() {
				return nil
			}
			at = append(at, time.Now())
			return errDown
		})
		running(t, b)
		put(t, b, about(Act, "", "one"))
		put(t, b, about(Act, "", "two"))
		time.Sleep(5 * time.Hour) // virtual
		synctest.Wait()
		for i := 1; i < len(at); i++ {
			usual := min(5*time.Second<<(i-1), 30*time.Minute)
			if apart := at[i].Sub(at[i-1]); apart < usual/2 || apart > usual+time.Second {
				t.Errorf("attempt %d came %v after the one before; %v is usual", i+1, apart, usual)
			}
		}
		if len(at) < 15 || len(at) > 40 {
			t.Errorf("%d attempts in five hours, for two notices", len(at))
		}
		if s := b.Stats(); s.Pending != 2 || len(s.Failing) != 1 || s.Failing[0].Target.Who != "ALPHA" || s.Failing[0].Why != "connection refused" || s.Failing[0].Waiting != 2 {
			t.Errorf("%+v", s)
		}
		up.Store(true)
		time.Sleep(31 * time.Minute)
		synctest.Wait()
		if got := r.of("ALPHA"); !strings.HasSuffix(got, "ALPHA failed one; ALPHA delivered one; ALPHA delivered two") {
			t.Error(got)
		}
	})
}

// TestGivenUp: after a day a notice is given up, with what was last the matter.
func TestGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r record
		b := opened(t, t.TempDir(), Options{Configuration: three(t), Record: r.add})
		answering(b, func(string, int) error { return errDown })
		running(t, b)
		put(t, b, about(Active, "BRAVO", "one"))
		time.Sleep(24*time.Hour - time.Minute)
		synctest.Wait()
		if r.count(GivenUp) != 0 || b.Stats().Pending != 2 {
			t.Errorf("before a day: %s", r.of(""))
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if r.count(GivenUp) != 2 || b.Stats().Pending != 0 || b.Stats().GivenUp != 2 {
			t.Errorf("after a day: %+v", b.Stats())
		}
		if last := r.all[len(r.all)-1]; last.Detail != "given up after 24h0m0s; last: connection refused" {
			t.Errorf("%+v", last)
		}
	})
}

// TestRefusedNoticeHoldsUpNobody: a notice that its target refuses for what it is
// does not hold up those behind it, and is tried again; a target that is gone is
// not asked again.
func TestRefusedNoticeHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r record
		b := opened(t, t.TempDir(), Options{Configuration: three(t), Record: r.add})
		b.send = func(_ context.Context, j job) (receipt, error) {
			switch {
			case j.target.Subscription == "ALPHA" && j.event.Sentence == "one" && j.attempt < 3:
				return receipt{}, &sendError{error: errors.New("400"), own: true}
			case j.target.Subscription == "operators":
				return receipt{}, &sendError{error: errors.New("410"), own: true, gone: true}
			}
			return receipt{}, nil
		}
		running(t, b)
		put(t, b, about(Act, "ALPHA", "one"))
		put(t, b, about(Act, "ALPHA", "two"))
		time.Sleep(time.Hour)
		synctest.Wait()
		if got := r.of("ALPHA"); got != "ALPHA failed one; ALPHA delivered two; ALPHA failed one; ALPHA delivered one" {
			t.Error(got)
		}
		if got := r.of("operators"); got != "operators given-up one; operators given-up two" {
			t.Error(got)
		}
	})
}

// TestFlapping: of a state that flaps each target hears at most so many an hour,
// and the last one always, with the number of those left out.
func TestFlapping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r record
		b := opened(t, t.TempDir(), Options{Configuration: three(t), Record: r.add})
		var leftOut atomic.Int64 // of ALPHA
		b.send = func(_ context.Context, j job) (receipt, error) {
			if j.target.Subscription == "ALPHA" {
				leftOut.Add(int64(j.leftOut))
			}
			return receipt{}, nil
		}
		running(t, b)
		for i := range 50 {
			put(t, b, about([]Kind{Active, Released}[i%2], "", "state"))
			put(t, b, about(Act, "", "act"))
			time.Sleep(10 * time.Second)
		}
		synctest.Wait()
		if n := strings.Count(r.of("ALPHA"), "delivered state"); n != 20 {
			t.Errorf("%d within the first hour", n)
		}
		if n := strings.Count(r.of("ALPHA"), "delivered act"); n != 50 {
			t.Errorf("%d acts; acts are never held back", n)
		}
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if got := strings.Count(r.of("ALPHA"), "delivered state"); got != 21 || leftOut.Load() != 29 {
			t.Errorf("%d delivered, %d left out", got, leftOut.Load())
		}
		if s := b.Stats(); s.Pending != 0 || b.Told() != Released {
			t.Errorf("%+v, told %v", s, b.Told())
		}
	})
}

// TestApproachingOnceInTenMinutes for each account, over a restart too.
func TestApproachingOnceInTenMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r record
		dir := t.TempDir()
		c := three(t)
		for i := range 3 { // three runs, four minutes apart
			b, err := Open(dir, Options{Configuration: c, Record: r.add})
			if err != nil {
				t.Fatal(err)
			}
			answering(b, func(string, int) error { return nil })
			stop := running(t, b)
			put(t, b, about(Approaching, "", "system"))
			put(t, b, about(Approaching, "ALPHA", "own"))
			time.Sleep(4 * time.Minute)
			synctest.Wait()
			stop()
			if err := b.Close(); err != nil {
				t.Fatal(i, err)
			}
		}
		if got := r.of("ALPHA"); got != "ALPHA delivered system; ALPHA delivered own; ALPHA coalesced system; ALPHA coalesced own; ALPHA coalesced system; ALPHA coalesced own" {
			t.Error(got)
		}
		b := opened(t, dir, Options{Configuration: c, Record: r.add})
		answering(b, func(string, int) error { return nil })
		running(t, b)
		put(t, b, about(Approaching, "", "again"))
		synctest.Wait()
		if got := r.of("ALPHA"); !strings.HasSuffix(got, "delivered again") {
			t.Errorf("after twelve minutes: %s", got)
		}
	})
}

// TestConfigure: what waits for a target that another configuration does not have
// is given up; for another environment there is no configuration.
func TestConfigure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r record
		b := opened(t, t.TempDir(), Options{Configuration: three(t), Record: r.add, Environment: "production"})
		answering(b, func(name string, _ int) error { return map[string]error{"BRAVO": errDown}[name] })
		running(t, b)
		put(t, b, about(Active, "", "one"))
		synctest.Wait()
		less := "subscriptions: [{who: ALPHA, webhook: {url: 'https://alpha.example/', secret_file: secret}}]\n"
		if err := b.Configure(configured(t, less, nil)); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := r.of(""); !strings.Contains(got, " given-up one") || b.Stats().Pending != 0 {
			t.Error(got)
		}
		if err := b.Configure(configured(t, "environment: sit\n"+less, nil)); err == nil || !strings.Contains(err.Error(), "environment") {
			t.Errorf("another environment's: %v", err)
		}
	})
}

// TestStops: an attempt under way has three seconds when Run is to end.
func TestStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r record
		b := opened(t, t.TempDir(), Options{Configuration: three(t), Record: r.add})
		b.send = func(ctx context.Context, j job) (receipt, error) {
			select {
			case <-ctx.Done():
				return receipt{}, ctx.Err()
			case <-time.After(map[string]time.Duration{"operators": 2 * time.Second, "ALPHA": 4 * time.Second}[j.target.Subscription]):
				return receipt{}, nil
			}
		}
		stop := running(t, b)
		put(t, b, about(Act, "", "one"))
		synctest.Wait()
		began := time.Now()
		stop()
		if took := time.Since(began); took != 3*time.Second || r.count(Delivered) != 1 || b.Stats().Pending != 1 {
			t.Errorf("after %v: %s", took, r.of(""))
		}
	})
}
