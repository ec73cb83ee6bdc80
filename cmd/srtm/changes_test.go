package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"srtm/amendment"
	"srtm/dsp"
	"srtm/evidence"
	"srtm/journal"
	"srtm/load"
	"srtm/outage"
	"srtm/policy"
	"srtm/scenario"
)

var changesFor = flag.Duration("changes", 2*time.Second, "how long TestTenChangesASecond goes on")

// changed is a policy for three accounts; with a number, one of many that differ
// in capacity, portfolio and an extension.
func changed(t *testing.T, n int) *policy.Policy {
	t.Helper()
	rng := rand.New(rand.NewPCG(uint64(n), 9))
	pick := func(these ...string) string { return these[rng.IntN(len(these))] }
	text := fmt.Sprintf("name: P%d\nenvironment: test\ncapacity: %s\nhold: 3s\nportfolio: portfolio.csv\nallocation: {notice: 0, minimum: 1/s}\n", n, pick("400/s", "500/s", "600/s"))
	text += pick("", "spare: withhold\n", "mode: shadow\n", "cost: {\"4.8.1\": 2}\n", "exempt: [\"4.6.1\"]\n", "shadow: [BRAVO]\n",
		"priority: [{variants: [\"2.2\"], keep: 10%}]\n", "refusal: {status: 429}\n", "limit_headers: true\n", "forward: {via: true}\n")
	portfolio := "account,name,user_id,role,portfolio\nALPHA,Alpha,90-B3-D5-1F-30-01-00-00,IS,600\n" +
		"BRAVO,Bravo,90-B3-D5-1F-30-02-00-00,IS," + pick("300", "320", "280") + "\nCHARLIE,Charlie,90-B3-D5-1F-30-03-00-00,IS,100\n"
	p, err := policy.ParseFiles([]policy.File{{Name: "policy.yaml", Text: []byte(text)}, {Name: "portfolio.csv", Text: []byte(portfolio)}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Ten changes of policy a second under load: every request that was sent got one
// answer, arrived at the DSP once if it was forwarded, and is on record; and each
// account can prove from its own records that the guarantee was kept throughout.
// With -changes 1m it goes on for a minute.
func TestTenChangesASecond(t *testing.T) {
	stand, err := dsp.New(dsp.Config{Model: outage.Config{Capacity: 10_000 * outage.SR, Latency: time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	target, stop, err := serveOn(stand)
	if err != nil {
		t.Fatal(err)
	}
	first := changed(t, 0)
	s := &system{data: t.TempDir()}
	t.Run("under load", func(t *testing.T) { // whose end closes the door and its journal
		s.open(t, first, target)
		results := make(chan load.Result)
		go func() { results <- playCrowd(t, first, "http://"+s.door.listener.Addr().String()) }()
		ticker := time.NewTicker(100 * time.Millisecond)
		defer ticker.Stop()
		for n := 1; n <= int(*changesFor/(100*time.Millisecond)); n++ {
			<-ticker.C
			p, err := s.door.amendments.Propose(changed(t, n), amendment.Person{Name: "Planner"}, "a change", amendment.ProposeOptions{Confirm: true})
			if err != nil || !p.Accepted {
				t.Fatalf("change %d: %+v, %v", n, p.Awaits, err)
			}
		}
		counts := (<-results).Total
		if counts.Failed+counts.TimedOut+counts.Broken+counts.Rejected > 0 || counts.Forwarded+counts.Throttled != counts.Sends || counts.Throttled == 0 {
			t.Errorf("not every request has its answer: %+v", counts)
		}
		if arrived := stand.Measure(0).Arrived; int64(arrived) != int64(counts.Forwarded) {
			t.Errorf("%d were forwarded and %d arrived", counts.Forwarded, arrived)
		}
		s.kept = make([][]byte, counts.Sends) // to be compared with what is on record
	})
	if err := stop(); err != nil {
		t.Error(err)
	}
	if !t.Failed() {
		s.checkRecords(t)
	}
}

// playCrowd has one account within its allocation and two far over it.
func playCrowd(t *testing.T, p *policy.Policy, target string) load.Result {
	story, err := scenario.Parse(fmt.Appendf(nil, "name: crowd\nfor: %v\nusers:\n  ALPHA: {traffic: [{rate: 80/s, mix: reads, arrivals: even}]}\n"+
		"  BRAVO: {traffic: [{rate: 400/s, mix: reads}]}\n  CHARLIE: {traffic: [{rate: 200/s, mix: reads}]}\n", *changesFor))
	if err != nil {
		t.Error(err)
		return load.Result{}
	}
	player, err := load.New(load.FromPolicy(p, target), story)
	if err != nil {
		t.Error(err)
		return load.Result{}
	}
	return player.Play(context.Background())
}

// checkRecords has every account check its own bundle.
func (s *system) checkRecords(t *testing.T) {
	t.Helper()
	decisions := uint64(0)
	for _, account := range []string{"ALPHA", "BRAVO", "CHARLIE"} {
		var bundle bytes.Buffer
		packed, err := evidence.Pack(&bundle, evidence.Query{Journal: journalFolder(s.door.books.data), Account: account, To: time.Now().Add(time.Hour).UnixNano()})
		if err != nil {
			t.Fatal(err)
		}
		decisions += uint64(packed.Decisions)
		if r := evidence.Check(bytes.NewReader(bundle.Bytes()), int64(bundle.Len()), evidence.Trust{}); !r.Sound() {
			t.Errorf("%s: %+v", account, r.Failures)
		}
	}
	if decisions != uint64(len(s.kept)) {
		t.Errorf("%d were sent and %d are on record", len(s.kept), decisions)
	}
	if v, err := journal.Verify(journalFolder(s.door.books.data), journal.Checks{}); err != nil || len(v.Problems) > 0 {
		t.Errorf("the journal: %+v, %v", v.Problems, err)
	}
}
