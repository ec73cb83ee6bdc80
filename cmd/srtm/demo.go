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
	var runs [2]*demoRun
	for i, title := range []string{"Without srtm: the Service Users send straight to the DSP.", "With srtm before the DSP."} {
		fmt.Fprintf(a.stdout, "\n%s\n", title)
		if runs[i], err = d.play(ctx, a.stdout, i == 1); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return errors.New("interrupted before the story's end")
		}
	}
	return d.sumUp(a.stdout, runs[0], runs[1])
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

// play plays the story once, with the gateway or without.
func (d *demo) play(ctx context.Context, out io.Writer, with bool) (run *demoRun, err error) {
	stand, err := dsp.New(dsp.Config{Model: outage.Config{Capacity: int64(d.policy.Capacity.PerSecond())}})
	if err != nil {
		return nil, err
	}
	target, stop, err := serveOn(stand)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	run = &demoRun{}
	var gate *door
	if with {
		run.witness = newWitness(d.policy.Rules())
		if gate, err = d.open(out, run.witness, target); err != nil {
			return nil, err
		}
		closeGate := serveInBackground(gate)
		defer func() { err = errors.Join(err, closeGate()) }()
		target = "http://" + gate.listener.Addr().String()
	}
	player, err := load.New(load.FromPolicy(d.policy, target), d.scenario)
	if err != nil {
		return nil, err
	}
	screen := newScreen(out, d, player, stand)
	screen.door = gate
	stopDrawing := screen.start(ctx)
	run.result = player.Play(ctx)
	stopDrawing()
	run.dsp = stand.Measure(0)
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
		err := gate.openConsole("127.0.0.1:9101")
		if err != nil { // another one has that port
			err = gate.openConsole("127.0.0.1:0")
		}
		if err != nil {
			return nil, errors.Join(err, gate.listener.Close())
		}
		fmt.Fprintf(out, "While it runs: http://%v/api/v1/state and /metrics, or: srtm state --admin %v\n", gate.admin.Addr(), gate.admin.Addr())
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
