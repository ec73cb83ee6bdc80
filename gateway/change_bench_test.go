package gateway

import (
	"fmt"
	"testing"

	"srtm/duis"
	"srtm/journal"
	"srtm/traffic"
)

// BenchmarkAdmit is what looking out for a change of policy costs a decision that
// is recorded nowhere: with is the gateway's, without the mechanism's alone.
func BenchmarkAdmit(b *testing.B) {
	c, err := traffic.New(plenty(), traffic.Start{At: 1})
	if err != nil {
		b.Fatal(err)
	}
	d := &journal.Decision{ID: duis.RequestID{Originator: alpha1}}
	b.Run("without", func(b *testing.B) {
		for b.Loop() {
			d.Numbers, _ = c.Admit(1, traffic.Request{User: uint64(alpha1)})
		}
	})
	b.Run("with", func(b *testing.B) {
		r := newRecorder(c, nil, Conduct{}, "")
		for b.Loop() {
			r.admit(1, d)
		}
	})
}

// BenchmarkChange is how long decisions wait for a change of policy at most: for
// a plan of three steps to be taken over; and for that and two of them adopted.
func BenchmarkChange(b *testing.B) {
	for _, accounts := range []int{200, 10_000} {
		r := plenty()
		r.Accounts = nil
		for i := range accounts {
			r.Accounts = append(r.Accounts, traffic.Account{
				Name: fmt.Sprint(i), Allocation: 10 * traffic.PerSecond, Users: []uint64{uint64(2 * i), uint64(2*i + 1)},
			})
		}
		now := int64(1)
		c, err := traffic.New(r, traffic.Start{At: now})
		if err != nil {
			b.Fatal(err)
		}
		j, err := journal.Open(b.TempDir(), journal.Options{Environment: "test"})
		if err != nil {
			b.Fatal(err)
		}
		defer j.Close()
		rec := newRecorder(c, j, Conduct{}, "")
		plan := func(b *testing.B) {
			var steps []step
			for i := range 3 {
				steps = append(steps, newStep(Change{From: now + int64(i+1)*int64(slot), Rules: r, Terms: termsOf(r)}))
			}
			b.StartTimer()
			defer b.StopTimer()
			if err := rec.change(func() int64 { return now }, steps); err != nil {
				b.Fatal(err)
			}
		}
		b.Run(fmt.Sprintf("plan for %d accounts", accounts), func(b *testing.B) {
			b.StopTimer()
			for range b.N {
				plan(b)
			}
		})
		b.Run(fmt.Sprintf("and adopt for %d accounts", accounts), func(b *testing.B) {
			b.StopTimer()
			for range b.N {
				plan(b)
				now += int64(2 * slot)
				b.StartTimer()
				rec.pass(now)
				b.StopTimer()
			}
		})
	}
}
