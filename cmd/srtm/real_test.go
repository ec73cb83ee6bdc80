//go:build alone

package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"srtm/policy"
	"srtm/scenario"
)

var realSeeds = flag.Int("real", 1, "with how many seeds TestVirtualAgreesWithReal plays each scenario")

// What may differ, of messages: a share, or so many where that is more.
//
// What is forwarded may differ by 2 %, or by three: of a hundred messages that is two, and
// one message at the edge of a bucket may go either way at the beginning, at the end, and
// where a share changes. How often a client has to come back depends on which of
// many messages is the one that finds room: of those who do, some hundreds of refusals
// more or less stand beside the same number of acceptances. Who never comes back
// offers what the scenario says.
var (
	forwardedDiffers = bound{0.02, 3}
	offeredDiffers   = bound{0.06, 5}
	throttledDiffers = bound{0.12, 10}
)

// How long traffic management is active depends on one request at its beginning and on
// one second's at its end.
const activeDiffers = time.Second

type bound struct {
	share float64
	few   uint64
}

// exceeded says whether two counts differ by more.
func (b bound) exceeded(virtual, real uint64) bool {
	difference := max(virtual, real) - min(virtual, real)
	return difference > b.few && float64(difference) > b.share*float64(virtual)
}

// playsMost is how often it is played at most until the load program was not late.
const playsMost = 5

// It has the tag alone, because whatever keeps the processors busy makes the load
// program late: make test runs it when nothing else runs.
//
// The same scenario is played in virtual time and by the load program against a
// running gateway: of each Service User as much is forwarded, to 2 %. With -real 10
// each is played with ten seeds.
func TestVirtualAgreesWithReal(t *testing.T) {
	for _, row := range []struct {
		sentence, scenario, policy string
		late                       time.Duration
	}{
		{"one Service User sends five times the threshold", "../../scenarios/one-supplier-bursts.yaml", "../../examples/policy.yaml", 250 * time.Millisecond},
		{"clients of every behaviour come back when refused", "testdata/real/retries.yaml", "testdata/real/equal.yaml", 70 * time.Millisecond},
		{"hungry Service Users of many sizes share what is spare", "testdata/real/sharing.yaml", "testdata/real/unequal.yaml", 60 * time.Millisecond},
	} {
		t.Run(row.sentence, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(row.scenario)
			if err != nil {
				t.Fatal(err)
			}
			for n := range *realSeeds {
				g := staged{late: row.late}
				if g.policy, err = policy.Load(row.policy); err != nil {
					t.Fatal(err)
				}
				if g.scenario, err = scenario.Parse(text); err != nil {
					t.Fatal(err)
				}
				g.scenario.Seed += uint64(n)
				g.compare(t)
			}
		})
	}
}

// compare plays it both ways. Where they disagree and a hundredth of the sends were later
// than may be, the load program has not played the scenario: the machine stood still again
// and again, what is dealt while nobody asks lies in the free pool, and then it goes to
// whoever comes first. From that nothing is learnt, and it is played again.
func (g staged) compare(t *testing.T) {
	virtual := g.virtual(t)
	for n := 1; ; n++ {
		awaitCalm()
		real, late := g.real(t)
		t.Logf("seed %d: sends were late by %v at the 99th percentile, %v at most", g.scenario.Seed, late.P99, late.Max)
		faults := append(real.faults, disagreements(t, virtual, real)...)
		switch {
		case len(faults) == 0:
			return
		case late.P99 <= g.late:
			t.Errorf("seed %d: %s", g.scenario.Seed, strings.Join(faults, "\n"))
			return
		case n == playsMost:
			t.Errorf("seed %d was played %d times, and never as it stands: the last time a hundredth of the sends were late by %v and more, where %v is allowed; this machine is too busy for the comparison, which gave\n%s",
				g.scenario.Seed, n, late.P99, g.late, strings.Join(faults, "\n"))
			return
		}
	}
}

// awaitCalm waits until the machine wakes whom it should wake, as when the tests of
// other packages are over; half a minute at most, and then it is tried all the same.
func awaitCalm() {
	const step, late, often = 5 * time.Millisecond, 20 * time.Millisecond, 100
	timer := time.NewTimer(0)
	defer timer.Stop()
	for begun := time.Now(); time.Since(begun) < 30*time.Second; {
		stood := 0
		for range often {
			due := time.Now().Add(step)
			timer.Reset(step)
			<-timer.C
			if time.Since(due) > late {
				stood++
			}
		}
		if stood <= often/50 {
			return
		}
	}
}

// disagreements compares, Service User by Service User and in all.
func disagreements(t *testing.T, virtual, real reading) (faults []string) {
	virtual.users, real.users = append(virtual.users, virtual.total()), append(real.users, real.total())
	for i, v := range virtual.users {
		r := real.users[i]
		t.Logf("%-8s virtual %v; real %v; forwarded %+.2f %%, offered %+.2f %%", v.account, v, r, more(v.forwarded, r.forwarded), more(v.offered, r.offered))
		if r.requests != v.requests || offeredDiffers.exceeded(v.offered, r.offered) || forwardedDiffers.exceeded(v.forwarded, r.forwarded) ||
			throttledDiffers.exceeded(v.offered-v.forwarded, r.offered-r.forwarded) {
			faults = append(faults, fmt.Sprintf("%s: in virtual time %v, in real time %v", v.account, v, r))
		}
	}
	t.Logf("active %v in %s and %v in %s", virtual.active, many(virtual.activations, "spell"), real.active, many(real.activations, "spell"))
	if (virtual.active-real.active).Abs() > activeDiffers || virtual.active == 0 {
		faults = append(faults, fmt.Sprintf("active for %v in virtual time and for %v in real time", virtual.active, real.active))
	}
	if virtual.outages != 0 || real.outages != 0 {
		faults = append(faults, fmt.Sprintf("%d s of outage in virtual time and %d s in real time, behind a gateway", virtual.outages, real.outages))
	}
	return faults
}

// more is by how many per cent there is more in real time.
func more(virtual, real uint64) float64 { return 100 * (float64(real)/float64(virtual) - 1) }
