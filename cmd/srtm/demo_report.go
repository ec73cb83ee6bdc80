package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"srtm/journal"
	"srtm/load"
)

// introduce says what is going to happen.
func (d *demo) introduce(w io.Writer) {
	p := d.policy
	fmt.Fprintf(w, `srtm demo: a stand-in DSP that can do %v, an operating threshold of %v, six invented Service Users.
From second %d to second %d BRAVO sends five times the operating threshold; the others
stay within their allocation.
`, p.Capacity, p.Rules().Threshold, int(d.from.Seconds()), int(d.to.Seconds()))
}

// sumUp writes the table at the end, and fails if the story did not end well.
func (d *demo) sumUp(w io.Writer, without, with *demoRun) error {
	fmt.Fprint(w, "\n                            without srtm            with srtm\n"+
		" Service User  allocation   offered answered   p99  offered forwarded throttled   in the burst   p99\n")
	for i, account := range d.policy.Accounts {
		before, after := without.result.Users[i], with.result.Users[i]
		allocation := float64(account.Allocation) / 1000
		during := d.during(after)
		fmt.Fprintf(w, " %-12s %9.1f/s   %7d %8d %5s  %7d %9d %9d %6.1f/s %4.0f %% %5s\n", account.Name, allocation,
			before.Sends+before.Crowded, before.Forwarded, short(before.Latency.P99),
			after.Sends+after.Crowded, after.Forwarded, after.Throttled, during, 100*during/allocation, short(after.Latency.P99))
	}
	fmt.Fprintf(w, `
 DSP                  without srtm   with srtm
 peak in one second  %13d  %10d
 seconds of outage   %13d  %10d

 "In the burst": forwarded per second while BRAVO burst, and how much of the allocation that is.
 With srtm %d requests were within their Service User's allocation, and %d of these were refused.
`, without.dsp.Peak.Requests, with.dsp.Peak.Requests, without.dsp.OutageSeconds, with.dsp.OutageSeconds, with.witness.Within, with.witness.Broken)
	return errors.Join(d.verdict(without, with), d.checkJournal(w, with))
}

// checkJournal reads back what the gateway recorded, and compares it with what
// was decided.
func (d *demo) checkJournal(w io.Writer, run *demoRun) error {
	found, err := journal.Verify(journalFolder(d.data), journal.Checks{})
	if err != nil {
		return err
	}
	decisions, err := countDecisions(journalFolder(d.data))
	if err != nil {
		return err
	}
	fmt.Fprintf(w, " Its journal has all %d decisions among %s, signed %s; verifying it finds %s.\n",
		decisions, many(found.Records, "record"), many(found.Heads, "time"), many(len(found.Problems), "problem"))
	if decisions != run.witness.Seen || len(found.Problems) > 0 {
		return fmt.Errorf("of %d decisions the journal has %d, with %d problems", run.witness.Seen, decisions, len(found.Problems))
	}
	return nil
}

func countDecisions(dir string) (n int, err error) {
	r, err := journal.OpenReader(dir, 0)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	for e, err := range r.All() {
		if err != nil {
			return n, err
		}
		if _, is := e.Record.(*journal.Decision); is {
			n++
		}
	}
	return n, nil
}

// during returns what a Service User had forwarded per second while BRAVO
// burst, from a second after its beginning on.
func (d *demo) during(u load.UserResult) float64 {
	from, to, sum := int(d.from/time.Second)+1, int(d.to/time.Second), uint64(0)
	for _, s := range u.Seconds {
		if s.Number >= from && s.Number < to {
			sum += s.Forwarded
		}
	}
	return float64(sum) / float64(to-from)
}

// verdict is an error if the story did not end as it should.
func (d *demo) verdict(without, with *demoRun) error {
	switch {
	case with.witness.Broken > 0:
		return fmt.Errorf("the guarantee is broken: %d requests within their allocation were refused", with.witness.Broken)
	case with.dsp.OutageSeconds > 0:
		return fmt.Errorf("the DSP had %d seconds of outage with srtm before it", with.dsp.OutageSeconds)
	case without.dsp.OutageSeconds == 0:
		return errors.New("the DSP had no outage without srtm, so the demo shows nothing; is the machine too busy to send the burst?")
	}
	return nil
}
