package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"srtm/policy"
	"srtm/simulate"
)

// replayCmd decides about recorded arrivals.
type replayCmd struct {
	Policy    string `required:"" placeholder:"FILE" help:"The policy file; its effective time is ignored."`
	Arrivals  string `required:"" placeholder:"CSV" help:"Recorded arrivals: at_ns,account,srv[,user_id,…]; - is stdin."`
	Decisions string `default:"-" placeholder:"CSV" help:"Where the decisions go: at_ns,account,srv,verdict,reason; - is stdout."`
}

// Help shows examples.
func (replayCmd) Help() string {
	return `Examples:
  srtm replay --policy tmmd.yaml --arrivals monday.csv --decisions decided.csv
  zcat monday.csv.gz | srtm replay --policy stricter.yaml --arrivals - | grep -c throttle

The same policy and arrivals give the same bytes. Times are nanoseconds since 1970 UTC and never go back.`
}

// Run replays them.
func (c *replayCmd) Run(a *app) error {
	p, err := policy.Load(c.Policy)
	if err != nil {
		return err
	}
	in, size, err := c.open()
	if err != nil {
		return err
	}
	defer in.Close()
	bar := newProgress(a.stderr, "replay", size)
	defer bar.end()
	return c.write(a.stdout, func(out io.Writer) error {
		w := simulate.NewDecisions(out)
		err := simulate.Replay(p.Rules(), simulate.ReadArrivals(bar.reader(in)), w.Write)
		return errors.Join(err, w.Flush())
	})
}

// write has the decisions written to where they belong. A file appears when it
// is whole and not before, so that no recording is lost to a mistyped name and
// half a file is never taken for a whole one.
func (c *replayCmd) write(stdout io.Writer, decide func(io.Writer) error) error {
	if c.Decisions == "-" {
		return decide(stdout)
	}
	arrivals, err1 := os.Stat(c.Arrivals)
	there, err2 := os.Stat(c.Decisions)
	if err1 == nil && err2 == nil && os.SameFile(arrivals, there) {
		return usageError{fmt.Errorf("--decisions %s is the file that the arrivals are read from; name another", c.Decisions)}
	}
	if err2 == nil && !there.Mode().IsRegular() { // a device or pipe is written to as it is
		f, err := os.OpenFile(c.Decisions, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		return errors.Join(decide(f), f.Close())
	}
	f, err := os.CreateTemp(filepath.Dir(c.Decisions), "."+filepath.Base(c.Decisions)+"-*")
	if err != nil {
		return err
	}
	if err := errors.Join(decide(f), f.Chmod(0o644), f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return os.Rename(f.Name(), c.Decisions)
}

func (c *replayCmd) open() (io.ReadCloser, int64, error) {
	if c.Arrivals == "-" {
		return io.NopCloser(os.Stdin), 0, nil
	}
	f, err := os.Open(c.Arrivals)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, info.Size(), nil
}
