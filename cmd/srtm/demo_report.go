package main

import (
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"srtm/load"
)

// introduce says what is going to happen.
func (d *demo) introduce(w io.Writer) {
	p := d.policy
	fmt.Fprintf(w, `srtm demo: a DSP that can do %v, an operating threshold of %v, six Service Users.
From second %d to second %d BRAVO sends five times the operating threshold.
`, p.Capacity, p.Rules().Threshold, int(d.from.Seconds()), int(d.to.Seconds()))
}

// sumUp writes the table at the end.
func (d *demo) sumUp(w io.Writer, without, with *demoRun) error {
	fmt.Fprint(w, "\n                            without srtm                with srtm\n")
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "Service User\tallocation\toffered\tanswered\tp99\toffered\tforwarded\tthrottled\tin the burst\tof allocation\tp99\t")
	for i, account := range d.policy.Accounts {
		before, after := without.result.Users[i], with.result.Users[i]
		allocation := float64(account.Allocation) / 1000
		during := d.during(after)
		fmt.Fprintf(t, "%s\t%.1f/s\t%d\t%d\t%s\t%d\t%d\t%d\t%.1f/s\t%.2f\t%s\t\n", account.Name, allocation,
			before.Sends+before.Crowded, before.Forwarded, short(before.Latency.P99),
			after.Sends+after.Crowded, after.Forwarded, after.Throttled, during, during/allocation, short(after.Latency.P99))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w, `
DSP                  without srtm   with srtm
peak in a second     %12d   %9d
seconds of outage    %12d   %9d

With srtm %d requests were within their Service User's allocation; %d of them were refused.
`, without.dsp.Peak.Requests, with.dsp.Peak.Requests, without.dsp.OutageSeconds, with.dsp.OutageSeconds, with.witness.Within, with.witness.Broken)
	return d.verdict(without, with)
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
