package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"srtm/access"
	"srtm/amendment"
	"srtm/console"
	"srtm/gateway"
	"srtm/policy"
	"srtm/traffic"
)

// door is a gateway with its mechanism and its console, wired together.
type door struct {
	amendments *amendments
	controller *traffic.Controller
	gateway    *gateway.Server
	books      *books
	began      amendment.Step // what holds at the start
	clock      func() int64
	console    *console.Server // nil: there is none
	admin      net.Listener
	gate       *access.Gate    // who may use the console; nil: everybody may
	recent     *console.Recent // what was decided lately
	lookout    *lookout
	log        *slog.Logger
	listener   net.Listener // that Service Users send to
	draining   atomic.Bool

	certificates []console.Certificate // that it was started with
	policyFile   string                // that is watched; empty: there is none
}

// doorOptions are what not every door has.
type doorOptions struct {
	books   *books   // where everything is kept
	witness *witness // sees every decision; nil: nobody does
}

// newDoor wires the policy in force, a Controller, a journal and a gateway. The
// policy given is that of a file: where the folder knows a later one, that holds.
func newDoor(p *policy.Policy, config gateway.Config, o doorOptions) (*door, error) {
	d := &door{clock: o.books.clock, books: o.books, log: config.Logger}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	var err error
	if d.amendments, err = openAmendments(p, o.books); err != nil {
		return nil, err
	}
	if d.began, err = d.amendments.now(); err != nil {
		return nil, err
	}
	first, err := d.amendments.change(d.began)
	if err != nil {
		return nil, err
	}
	config.Clock, config.Journal, config.Conduct, config.Digest = o.books.clock, o.books.journal, first.Conduct, d.began.Policy.Digest
	if d.controller, err = traffic.New(first.Rules, traffic.Start{At: d.clock(), Restart: o.books.restart}); err != nil {
		return nil, err
	}
	if err := d.books.remember(d.controller, d.began.Policy.FinishCritical); err != nil {
		return nil, err
	}
	var decides gateway.Controller = d.controller
	if o.witness != nil {
		decides = watched{d.controller, o.witness}
	}
	d.recent = console.NewRecent()
	decides = &seen{Controller: decides, recent: d.recent}
	d.amendments.acts.traffic = d.controller.Snapshot
	if d.gateway, err = gateway.New(config, decides); err != nil {
		return nil, err
	}
	d.books.notices.follow(d.policy)
	d.lookout = newLookout(d, config.Limits.DSPConnections)
	return d, nil
}

// policy is the one in force.
func (d *door) policy() *policy.Policy { return d.amendments.inForce.Load() }

func (d *door) ready() error {
	if d.draining.Load() {
		return errors.New("draining: no more requests are taken here")
	}
	if err := d.books.journal.Failing(); err != nil && d.policy().Journal.OnFailure == policy.RefuseOnFailure {
		return errors.New("requests are refused: decisions cannot be recorded; /system says more") // who asks /readyz may be anybody
	}
	return nil
}

// serve serves until ctx ends or something breaks, then drains.
func (d *door) serve(ctx context.Context, drain time.Duration) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	d.books.begin(d.began, d.amendments)
	if err := d.amendments.attach(d.gateway); err != nil {
		return errors.Join(err, d.books.close("what is to come could not be planned"))
	}
	var beside sync.WaitGroup
	beside.Go(func() { d.amendments.keep(ctx) })
	beside.Go(func() { d.amendments.acts.keep(ctx) })
	beside.Go(func() { d.books.tend(ctx) })
	beside.Go(func() { d.tick(ctx) })
	beside.Go(func() { d.lookout.keep(ctx) })
	beside.Go(func() { d.books.notices.keep(ctx) })
	broken := make(chan error, 2)
	go func() { broken <- d.gateway.Serve(d.listener) }()
	if d.console != nil {
		go func() { broken <- d.console.Serve(d.admin) }()
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-broken:
	}
	d.draining.Store(true)
	if stopped := shutdown(drain, d.gateway.Shutdown); errors.Is(stopped, context.DeadlineExceeded) {
		err = errors.Join(err, fmt.Errorf("requests were still under way after %v and were broken off; --drain gives them longer", drain))
	} else {
		err = errors.Join(err, stopped)
	}
	if d.console != nil {
		_ = shutdown(time.Second, d.console.Shutdown) // whoever watches is no Service User, and may be cut off
	}
	if d.gate != nil {
		err = errors.Join(err, d.gate.Close())
	}
	cancel()
	beside.Wait()
	return errors.Join(err, d.books.close("told to stop"))
}

// tick passes slot boundaries off the path of requests, so that traffic
// management is released on time when nobody sends, and says when it began and
// ended.
func (d *door) tick(ctx context.Context) {
	ticker := time.NewTicker(d.began.Policy.Slot)
	defer ticker.Stop()
	was, began := d.controller.Active()
	w := windows{period: d.period, turns: d.amendments.turns.Load, log: d.log}
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now := d.clock()
		d.gateway.Advance(now)
		w.pass(time.Unix(0, now).UTC(), d.policy())
		active, since := d.controller.Active()
		if active != was && d.console != nil {
			d.console.Observe(active, since)
		}
		switch {
		case active && !was:
			rules := d.controller.Snapshot(nil).Rules
			d.log.Warn("traffic management is active", "since", time.Unix(0, since).UTC(), "threshold", rules.Threshold.String(), "mode", rules.Mode.String())
		case was && !active:
			d.log.Info("traffic management is released", "since", time.Unix(0, since).UTC(), "lasted", time.Duration(since-began).Round(time.Millisecond).String())
		}
		was, began = active, since
	}
}

// consoleDoor hands the gateway's numbers to the console, which does not know
// the gateway.
func consoleDoor(s gateway.Stats) console.Door {
	d := console.Door{
		Requests: s.Requests, InFlight: s.InFlight, ClientLeft: s.ClientLeft, Unrecorded: s.Unrecorded, UnknownVariants: s.UnknownVariants, Unlisted: s.Unlisted,
		Connections: s.Clients.Open, TurnedAway: s.Clients.TurnedAway, Handshakes: s.Clients.Handshakes,
		DSPInUse: s.DSP.InUse, DSPIdle: s.DSP.Idle, DSPDialled: s.DSP.Dialled,
		DSPLatency: console.Histogram{Count: s.DSP.Latency.Count, Sum: s.DSP.Latency.Sum},
	}
	for _, answer := range s.Answers {
		d.Answers = append(d.Answers, console.Answer(answer))
	}
	for _, b := range s.DSP.Latency.Buckets {
		d.DSPLatency.Bounds = append(d.DSPLatency.Bounds, b.Most)
		d.DSPLatency.Buckets = append(d.DSPLatency.Buckets, b.Count)
	}
	return d
}
