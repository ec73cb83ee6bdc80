package traffic

import (
	"fmt"
	"testing"
	"time"

	"golang.org/x/time/rate"
)

// national returns rules of n accounts with one User ID each: every seventh is
// large, with two and a half times the allocation of the others.
func national(n int) Rules {
	r := Rules{
		Threshold: 1800 * PerSecond, Release: 1500 * PerSecond, Hold: 30 * time.Second, Burst: time.Second,
		Slot: 10 * time.Millisecond, RetryLeast: time.Second, RetryMost: time.Minute,
	}
	if n > 500 {
		r.Threshold, r.Release = 90_000*PerSecond, 75_000*PerSecond
	}
	each := r.Threshold / Rate(n)
	for i := range n {
		a := each * 4 / 5
		if i%7 == 0 {
			a = each * 2
		}
		r.Accounts = append(r.Accounts, Account{Name: fmt.Sprint("A", i), Allocation: a, Users: []uint64{userOf(i)}})
	}
	return r
}

func userOf(i int) uint64 { return 0x90B3D51F30000000 + uint64(i)*0x10001 }

func mustNew(tb testing.TB, r Rules) *Controller {
	tb.Helper()
	c, err := New(r, Start{})
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// BenchmarkAdmit is a decision, counts included, with the account found by User
// ID among 200, at a steady 100,000 requests a second of virtual time.
func BenchmarkAdmit(b *testing.B) {
	for _, row := range []struct {
		name      string
		threshold Rate
	}{
		{"mostly_refused", 1800 * PerSecond},
		{"all_within", 400_000 * PerSecond},
	} {
		b.Run(row.name, func(b *testing.B) {
			r := national(200)
			for i := range r.Accounts {
				r.Accounts[i].Allocation = r.Accounts[i].Allocation / 1000 * (row.threshold / r.Threshold) * 1000
			}
			r.Threshold, r.Release = row.threshold, row.threshold/2
			c := mustNew(b, r)
			b.ReportAllocs()
			b.ResetTimer()
			at := int64(0)
			for i := range b.N {
				at += 10_000
				c.Admit(at, Request{User: userOf(i % 200)})
			}
		})
	}
}

// BenchmarkAdmitParallel is BenchmarkAdmit from several goroutines at once.
func BenchmarkAdmitParallel(b *testing.B) {
	c := mustNew(b, national(200))
	start := time.Now()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		at, i := int64(0), 0
		for pb.Next() {
			i++
			if i%64 == 0 {
				at = int64(time.Since(start))
			}
			c.Admit(at, Request{User: userOf(i % 200)})
		}
	})
}

// newPeer is golang.org/x/time/rate as one would use it for the same job: a
// limiter for each of 200 users, found by User ID. It counts nothing.
func newPeer() map[uint64]*rate.Limiter {
	users := map[uint64]*rate.Limiter{}
	for i := range 200 {
		users[userOf(i)] = rate.NewLimiter(9, 5)
	}
	return users
}

// BenchmarkPeer is what golang.org/x/time/rate takes for a limiter per user.
func BenchmarkPeer(b *testing.B) {
	p := newPeer()
	b.ReportAllocs()
	at := time.Unix(0, 0)
	for i := range b.N {
		at = at.Add(10_000)
		p[userOf(i%200)].AllowN(at, 1)
	}
}

// BenchmarkPeerParallel is BenchmarkPeer from several goroutines at once.
func BenchmarkPeerParallel(b *testing.B) {
	p := newPeer()
	start := time.Now()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		at, i := start, 0
		for pb.Next() {
			i++
			if i%64 == 0 {
				at = time.Now()
			}
			p[userOf(i%200)].AllowN(at, 1)
		}
	})
}

// BenchmarkBoundary is one slot boundary while active, with every account
// hungry and a pool to share.
func BenchmarkBoundary(b *testing.B) {
	for _, n := range []int{200, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			c := mustNew(b, national(n))
			at := int64(0)
			for range b.N {
				b.StopTimer()
				for i := range n { // all ask beyond what they have
					a := &c.engine.accounts[i]
					if !a.awake {
						a.awake = true
						c.engine.awake = append(c.engine.awake, int32(i))
					}
					a.assured, a.spare, a.asked, a.lastAsked = 0, a.spare/2, SR*Amount(1+i%5), c.engine.slot
				}
				c.engine.active, c.engine.current, c.engine.pool = true, c.engine.release*2, c.engine.deal/2
				at += int64(10 * time.Millisecond)
				b.StartTimer()
				c.Advance(at)
			}
		})
	}
}
