package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"strings"
	"text/template"
	"time"

	"srtm/dsp"
	"srtm/load"
	"srtm/outage"
	"srtm/policy"
	"srtm/scenario"
)

//go:embed demo/policy.yaml demo/portfolio.csv demo/scenario.yaml
var demoFiles embed.FS

// demoCmd shows the whole system in one process.
type demoCmd struct {
	For       time.Duration `default:"60s" help:"How long the whole demo takes, at least 20s (${default})."`
	NoConsole bool          `help:"Do not open the admin listener."`
	Data      string        `placeholder:"DIR" help:"Keep what the gateway records here, to be looked at afterwards; default: nowhere."`
}

// Help shows examples.
func (demoCmd) Help() string {
	return `Examples:
  srtm demo
  srtm demo --for 30m
  srtm demo --for 30s --no-console
  srtm demo --data ./demo-data && srtm journal verify ./demo-data

Everything runs in this process, on loopback: a stand-in DSP that can be overwhelmed, the gateway before it, and
six stand-in Service Users that send DUIS requests over HTTP. The story is played twice, first without the gateway.`
}

// Run plays the story twice and sums it up.
func (c *demoCmd) Run(a *app) error {
	d, err := newDemo(c)
	if err != nil {
		return err
	}
	drop, err := d.makeData(c.Data)
	if err != nil {
		return err
	}
	defer drop()
	ctx, cancel := a.untilStopped()
	defer cancel()
	d.introduce(a.stdout)
	runs, err := d.playBoth(ctx, a.stdout)
	if err != nil {
		return err
	}
	if err := d.sumUp(a.stdout, runs[0], runs[1]); err != nil {
		return err
	}
	if d.console {
		fmt.Fprintln(a.stdout, "\n The console ended with the story. To look around in it for longer: srtm demo --for 30m")
	}
	return nil
}

// playBoth plays the story twice. The gateway of the second time is there from the
// beginning, so that its console is.
func (d *demo) playBoth(ctx context.Context, out io.Writer) (runs [2]*demoRun, err error) {
	with, err := d.stage(out, true)
	if err != nil {
		return runs, err
	}
	defer func() { err = errors.Join(err, with.end()) }()
	without, err := d.stage(out, false)
	if err != nil {
		return runs, err
	}
	fmt.Fprintln(out, "\nWithout srtm: the Service Users send straight to the DSP.")
	runs[0], err = d.play(ctx, out, without)
	if err = errors.Join(err, without.end()); err != nil {
		return runs, err
	}
	if ctx.Err() == nil {
		fmt.Fprintln(out, "\nWith srtm before the DSP.")
		runs[1], err = d.play(ctx, out, with)
	}
	if ctx.Err() != nil {
		return runs, errors.New("interrupted before the story's end")
	}
	return runs, err
}

// makeData makes the gateway's data folder, which drop removes again where nobody
// named it.
func (d *demo) makeData(named string) (drop func(), err error) {
	if named == "" {
		d.data, err = os.MkdirTemp("", "srtm-demo-")
		return func() { _ = os.RemoveAll(d.data) }, err
	}
	if there, err := os.ReadDir(named); err == nil && len(there) > 0 {
		return nil, usageError{fmt.Errorf("--data %s is not empty; the story needs a folder of its own", named)}
	}
	d.data = named
	return func() {}, nil
}

// demo is the story and its figures.
type demo struct {
	policy   *policy.Policy
	scenario *scenario.Scenario
	from, to time.Duration // of the burst
	console  bool
	data     string // folder of the gateway's journal
}

func newDemo(c *demoCmd) (*demo, error) {
	if c.For < 20*time.Second || c.For > time.Hour {
		return nil, usageError{fmt.Errorf("--for %v: the story takes from 20s to 1h", c.For)}
	}
	files, err := fs.Sub(demoFiles, "demo")
	if err != nil {
		return nil, err
	}
	text, err := fs.ReadFile(files, "policy.yaml")
	if err != nil {
		return nil, err
	}
	d := &demo{console: !c.NoConsole}
	if d.policy, err = policy.Parse("demo/policy.yaml", text, files); err != nil {
		return nil, err
	}
	length := (c.For/2 - 1500*time.Millisecond).Truncate(time.Second)
	d.from, d.to = (length / 6).Round(time.Second), (length / 2).Round(time.Second)
	story, err := template.ParseFS(files, "scenario.yaml")
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	if err := story.Execute(&b, map[string]time.Duration{"Length": length, "From": d.from, "To": d.to}); err != nil {
		return nil, err
	}
	d.scenario, err = scenario.Parse([]byte(b.String()))
	return d, err
}

// demoRun is what came of playing the story once.
type demoRun struct {
	result  load.Result
	dsp     dsp.Measurements
	witness *witness // nil without the mechanism
}

// stage is where the story is played: a DSP, and the gateway before it.
type stage struct {
	dsp     *dsp.Server
	target  string // that Service Users send to
	gate    *door  // nil: there is none
	witness *witness
	end     func() error
}

// stage sets one up, with the gateway or without.
func (d *demo) stage(out io.Writer, with bool) (*stage, error) {
	stand, err := dsp.New(dsp.Config{Model: outage.Config{Capacity: int64(d.policy.Capacity.PerSecond())}})
	if err != nil {
		return nil, err
	}
	s := &stage{dsp: stand}
	var stop func() error
	if s.target, stop, err = serveOn(stand); err != nil || !with {
		s.end = stop
		return s, err
	}
	s.witness = newWitness(d.policy.Rules())
	if s.gate, err = d.open(out, s.witness, s.target); err != nil {
		return nil, errors.Join(err, stop())
	}
	closeGate := serveInBackground(s.gate)
	s.end = func() error { return errors.Join(closeGate(), stop()) }
	s.target = "http://" + s.gate.listener.Addr().String()
	return s, nil
}

// play plays the story once.
func (d *demo) play(ctx context.Context, out io.Writer, on *stage) (*demoRun, error) {
	player, err := load.New(load.FromPolicy(d.policy, on.target), d.scenario)
	if err != nil {
		return nil, err
	}
	run := &demoRun{witness: on.witness}
	screen := newScreen(out, d, player, on.dsp)
	screen.door = on.gate
	stopDrawing := screen.start(ctx)
	run.result = player.Play(ctx)
	stopDrawing()
	run.dsp = on.dsp.Measure(0)
	return run, nil
}

// open opens a gateway before the DSP at target, with a console unless it is
// not wanted.
func (d *demo) open(out io.Writer, w *witness, target string) (*door, error) {
	config, err := doorConfig(d.policy, target)
	if err != nil {
		return nil, err
	}
	config.Listen, config.Logger = "127.0.0.1:0", slog.New(slog.DiscardHandler)
	kept, err := openBooks(d.data, d.policy, config.Logger)
	if err != nil {
		return nil, err
	}
	gate, err := newDoor(d.policy, config, doorOptions{books: kept, witness: w})
	if err != nil {
		return nil, errors.Join(err, kept.journal.Close())
	}
	if gate.listener, err = net.Listen("tcp", config.Listen); err != nil {
		return nil, err
	}
	if d.console {
		err := gate.openConsole(consoleFlags{Admin: "127.0.0.1:9101", AdminOpen: true})
		if err != nil { // another one has that port
			err = gate.openConsole(consoleFlags{Admin: "127.0.0.1:0", AdminOpen: true})
		}
		if err != nil {
			return nil, errors.Join(err, gate.listener.Close())
		}
		fmt.Fprintf(out, "Console: http://%v/  (open to everybody on this machine while the story runs; also: srtm state --admin %v)\n", gate.admin.Addr(), gate.admin.Addr())
	}
	return gate, nil
}

// serveInBackground serves until the returned function is called.
func serveInBackground(gate *door) (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- gate.serve(ctx, 5*time.Second) }()
	return func() error {
		cancel()
		return <-done
	}
}

// serveOn serves the stand-in on a free port of loopback.
func serveOn(s *dsp.Server) (url string, stop func() error, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	return "http://" + l.Addr().String(), func() error {
		_ = shutdown(300*time.Millisecond, s.Shutdown) // answers that nobody waits for any more may be cut off
		return <-done
	}, nil
}
