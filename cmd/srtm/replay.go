package main

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"

	"srtm/policy"
	"srtm/simulate"
)

// replayCmd decides about recorded arrivals.
type replayCmd struct {
	Policy    string `required:"" placeholder:"FILE" help:"The policy file; its effective time is ignored."`
	Arrivals  string `placeholder:"CSV" help:"Recorded arrivals: at_ns,account,srv[,user_id,…]; - is stdin."`
	Journal   string `placeholder:"DIR" help:"Or what a gateway recorded: its data folder, or the journal in it."`
	From      moment `placeholder:"TIME" help:"Of a journal: from this time on, UTC."`
	To        moment `placeholder:"TIME" help:"Of a journal: up to this time, UTC."`
	Decisions string `default:"-" placeholder:"CSV" help:"Where the decisions go: at_ns,account,srv,verdict,reason; - is stdout."`
}

// Help shows examples.
func (replayCmd) Help() string {
	return `Examples:
  srtm replay --policy tmmd.yaml --arrivals monday.csv --decisions decided.csv
  zcat monday.csv.gz | srtm replay --policy stricter.yaml --arrivals - | grep -c throttle
  srtm replay --policy stricter.yaml --journal /var/lib/srtm --from 2026-10-14 --to 2026-10-15

The same policy and arrivals give the same bytes. Times are nanoseconds since 1970 UTC and never go back; what the policy
reserves at these times, and its maintenance, is obeyed.
Buckets are full at the first arrival; a warning says so where a journal shows that they were not.`
}

// Run replays them.
func (c *replayCmd) Run(a *app) error {
	if err := c.check(); err != nil {
		return err
	}
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
	arrivals, err := c.arrivals(a, p, bar, in)
	if err != nil {
		return err
	}
	return c.write(a.stdout, func(out io.Writer) error {
		w := simulate.NewDecisions(out)
		err := simulate.ReplayPolicy(p, arrivals, w.Write)
		return errors.Join(err, w.Flush())
	})
}

// arrivals reads them from in, or from a journal.
func (c *replayCmd) arrivals(a *app, p *policy.Policy, bar *progress, in io.Reader) (iter.Seq2[simulate.Arrival, error], error) {
	if c.Journal == "" {
		return simulate.ReadArrivals(bar.reader(in)), nil
	}
	found, err := findJournal(c.Journal)
	if err != nil {
		return nil, err
	}
	if err := found.suits(p, c.Policy); err != nil {
		return nil, err
	}
	return recordedDay{found, c.From.nanoseconds(), c.To.nanoseconds(), p.Burst, bar, a.stderr}.arrivals(), nil
}

// check says what is wrong with the flags.
func (c *replayCmd) check() error {
	switch {
	case (c.Arrivals == "") == (c.Journal == ""):
		return usageError{errors.New("say what is to be replayed: --arrivals CSV or --journal DIR, one of them")}
	case c.Journal == "" && (c.From.given || c.To.given):
		return usageError{errors.New("--from and --to are for --journal; did you forget it?")}
	case c.From.given && c.To.given && !c.From.Before(c.To.Time):
		return usageError{errors.New("--from is not before --to; did you mean them the other way round?")}
	}
	return nil
}

// write has the decisions written to where they belong.
func (c *replayCmd) write(stdout io.Writer, decide func(io.Writer) error) error {
	arrivals, err1 := os.Stat(c.Arrivals)
	there, err2 := os.Stat(c.Decisions)
	if err1 == nil && err2 == nil && os.SameFile(arrivals, there) {
		return usageError{fmt.Errorf("--decisions %s is the file that the arrivals are read from; name another", c.Decisions)}
	}
	return writeWhole(c.Decisions, forAll, stdout, decide)
}

func (c *replayCmd) open() (io.ReadCloser, int64, error) {
	if c.Journal != "" { // it opens its files itself
		return io.NopCloser(strings.NewReader("")), 1, nil
	}
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
