package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/netip"
	"time"

	"srtm/dsp"
	"srtm/outage"
	"srtm/policy"
	"srtm/scenario"
)

// dspCmd runs the stand-in DSP.
type dspCmd struct {
	Listen   string        `default:"127.0.0.1:9100" placeholder:"ADDR" help:"Where it listens, on loopback (${default})."`
	Capacity string        `placeholder:"N/s" help:"What it works off when it is well, such as 300/s. Default: what the scenario says."`
	Scenario string        `placeholder:"FILE" help:"A scenario whose DSP it is to be, as in a simulation: capacity, latency and how it fails."`
	Every    time.Duration `default:"1s" help:"How often a line is printed while something arrives; 0 for none (${default})."`
}

// Help shows examples.
func (dspCmd) Help() string {
	return `Examples:
  srtm dsp --capacity 300/s
  srtm dsp --listen 127.0.0.1:9100 --capacity 2000/s --every 0
  srtm dsp --scenario scenarios/quiet-day.yaml
  curl -s 'http://127.0.0.1:9100/measurements?seconds=10' | jq .outage_seconds

How it fails above its capacity is a model of this project; see docs/stand-in-dsp.md.`
}

// Run runs it until it is told to stop, then prints what it measured.
func (c *dspCmd) Run(a *app) error {
	server, err := c.server(a.stderr)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("--listen: %w; is another program there?", err)
	}
	ctx, stop := a.untilStopped()
	defer stop()
	fmt.Fprintf(a.stderr, "stand-in DSP, capacity %.6g/s, on http://%v; measurements at http://%v%s\n", server.Measure(0).Capacity, l.Addr(), l.Addr(), dsp.MeasurementsPath)
	broken := make(chan error, 1)
	go func() { broken <- server.Serve(l) }()
	var ticks <-chan time.Time
	if c.Every > 0 {
		ticker := time.NewTicker(c.Every)
		defer ticker.Stop()
		ticks = ticker.C
	}
	var before dsp.Measurements
	for {
		select {
		case err := <-broken:
			return err
		case <-ticks:
			now := server.Measure(0)
			if now.Arrived > before.Arrived || now.BacklogMS > 0 {
				writeMeasurements(a.stdout, now, before)
			}
			before = now
		case <-ctx.Done():
			err := errors.Join(shutdown(5*time.Second, server.Shutdown), <-broken)
			writeSummary(a.stdout, server.Measure(0))
			return err
		}
	}
}

// server makes the stand-in that the flags ask for.
func (c *dspCmd) server(log io.Writer) (*dsp.Server, error) {
	if err := onLoopback(c.Listen); err != nil {
		return nil, err
	}
	var model outage.Config
	if c.Scenario != "" {
		s, err := readScenario(c.Scenario)
		if err != nil {
			return nil, err
		}
		model = modelOf(&s.Setting.DSP)
		if len(s.Setting.DSP.Changes)+len(s.Setting.Background) > 0 {
			fmt.Fprintln(log, "changes of its capacity and background work in the scenario are left out: only a simulation has them")
		}
	}
	if c.Capacity != "" {
		capacity, err := policy.ParseRate(c.Capacity)
		if err != nil {
			return nil, usageError{fmt.Errorf("--capacity: %w", err)}
		}
		model.Capacity = int64(capacity.PerSecond())
	}
	if model.Capacity == 0 {
		return nil, usageError{errors.New("how much can it do? Say --capacity N/s, such as 300/s, or --scenario with one whose dsp has a capacity")}
	}
	server, err := dsp.New(dsp.Config{Model: model})
	if err != nil {
		return nil, usageError{err}
	}
	return server, nil
}

// modelOf is what a scenario says of the DSP, as a simulation takes it. The capacity is 0
// where the scenario names none: then it is the policy's.
func modelOf(d *scenario.DSP) outage.Config {
	return outage.Config{
		Capacity: int64(float64(d.Capacity) * float64(outage.SR)), Latency: d.Latency, Comfort: d.Comfort, Full: d.Full, Recovery: d.Recovery,
		InTime: d.InTime, Floor: int(math.Round(d.Floor * 1000)), Refusal: int(math.Round(d.Refusal * 1000)),
	}
}

// onLoopback refuses an address that others could reach: the stand-in answers
// anybody.
func onLoopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return usageError{fmt.Errorf("--listen %q: %w; write host:port, such as 127.0.0.1:9100", addr, err)}
	}
	if ip, err := netip.ParseAddr(host); host != "localhost" && (err != nil || !ip.Unmap().IsLoopback()) {
		return usageError{fmt.Errorf("--listen %q is not loopback, and the stand-in answers anybody; listen on 127.0.0.1 or [::1]", addr)}
	}
	return nil
}

func writeMeasurements(w io.Writer, now, before dsp.Measurements) {
	fmt.Fprintf(w, "%s  arrived %5d  in time %5d  late %5d  refused %5d  backlog %6.2f s  efficiency %3.0f %%\n",
		now.At.Format("15:04:05"), now.Arrived-before.Arrived, now.InTime-before.InTime, now.Late-before.Late, now.Refused-before.Refused,
		now.BacklogMS/1000, now.Efficiency*100)
}

func writeSummary(w io.Writer, m dsp.Measurements) {
	fmt.Fprintf(w, "in all: arrived %d, in time %d, late %d, refused %d; peak %d in a second; %d seconds of outage; %d served twice\n",
		m.Arrived, m.InTime, m.Late, m.Refused, m.Peak.Requests, m.OutageSeconds, m.Repeats.Served)
}
