package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"

	"srtm/dsp"
	"srtm/outage"
	"srtm/policy"
)

// dspCmd runs the stand-in DSP.
type dspCmd struct {
	Listen   string        `default:"127.0.0.1:9100" placeholder:"ADDR" help:"Where it listens, on loopback (${default})."`
	Capacity string        `required:"" placeholder:"N/s" help:"What it works off when it is well, such as 300/s."`
	Every    time.Duration `default:"1s" help:"How often a line is printed while something arrives; 0 for none (${default})."`
}

// Help shows examples.
func (dspCmd) Help() string {
	return `Examples:
  srtm dsp --capacity 300/s
  srtm dsp --listen 127.0.0.1:9100 --capacity 2000/s --every 0
  curl -s 'http://127.0.0.1:9100/measurements?seconds=10' | jq .outage_seconds

How it fails above its capacity is a model of this project; see docs/stand-in-dsp.md.`
}

// Run runs it until it is told to stop, then prints what it measured.
func (c *dspCmd) Run(a *app) error {
	capacity, err := policy.ParseRate(c.Capacity)
	if err != nil {
		return usageError{fmt.Errorf("--capacity: %w", err)}
	}
	if err := onLoopback(c.Listen); err != nil {
		return err
	}
	server, err := dsp.New(dsp.Config{Model: outage.Config{Capacity: int64(capacity.PerSecond())}})
	if err != nil {
		return usageError{err}
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("--listen: %w; is another program there?", err)
	}
	ctx, stop := a.untilStopped()
	defer stop()
	fmt.Fprintf(a.stderr, "stand-in DSP, capacity %v, on http://%v; measurements at http://%v%s\n", capacity, l.Addr(), l.Addr(), dsp.MeasurementsPath)
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
