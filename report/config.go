package report

import (
	"context"
	"fmt"
	"time"

	"srtm/duis"
	"srtm/ledger"
)

// Config says which month is reported, from what and to where. Ledger, Out and
// Now must be set.
type Config struct {
	Ledger *ledger.Ledger
	Out    string    // folder, made when missing
	Now    time.Time // when this is done: a month that is not over is provisional

	// JournalEnd is the position of the journal's last record, where that is
	// known: a ledger that has not come so far may lack a part of the month. 0:
	// unknown.
	JournalEnd uint64

	// Reason is why a month that was reported before is reported again: it makes
	// the next version. Without it that is refused, unless what is there is
	// provisional.
	Reason string

	// Exceptional is for how long traffic management may be active in a month
	// before the operator's report raises the alarm; 0: as the month's policy has
	// it, or 10 h where that cannot be read. It is this project's own figure.
	Exceptional time.Duration

	// Shadow asks for the report of a month in shadow in any case. Without it there
	// is one where the month has shadow results.
	Shadow bool

	// Fewest is how many Service Users a figure concerns at least that those see
	// who may not see names; 0: 3. Less than 3 is taken as 3.
	Fewest int

	// Refusals is how many of its refusals a Service User's report lists; 0: 100.
	Refusals int

	// Target gives the Device ID of a pseudonym, for Service Users' own reports. nil:
	// they have the pseudonym.
	Target func(pseudonym [16]byte) (duis.EUI64, bool)

	// Head gives the journal's newest signed head; nil: the ledger's newest.
	Head func() (string, error)

	// Progress is called, if set, from one goroutine at a time: done of total
	// steps are done.
	Progress func(done, total int)
}

// Result says what was written.
type Result struct {
	Files       []string // names in Config.Out, the manifest last
	Version     int
	Provisional bool
	Due         time.Time // date of the 10th Working Day
}

const (
	exceptionalUsual = 10 * time.Hour
	refusalsUsual    = 100
)

func (c Config) withDefaults() (Config, error) {
	switch {
	case c.Ledger == nil:
		return c, fmt.Errorf("no ledger was given; open one first")
	case c.Out == "":
		return c, fmt.Errorf("no folder was given; name one to write to")
	case c.Now.IsZero():
		return c, fmt.Errorf("no time was given; give the present one, by which a month is over or not")
	}
	if c.Refusals <= 0 {
		c.Refusals = refusalsUsual
	}
	c.Fewest = max(c.Fewest, fewestUsual)
	return c, nil
}

// Month writes all reports of a month, as 2026-10, into c.Out: for each Service
// User, for the operator and the Panel, for the public, and the manifest. Files
// appear whole or not at all; the manifest last. Where it fails, nothing that was
// there is changed, unless moving the finished files itself fails.
func Month(ctx context.Context, month string, c Config) (Result, error) {
	p, err := ParseMonth(month)
	if err != nil {
		return Result{}, err
	}
	if c, err = c.withDefaults(); err != nil {
		return Result{}, err
	}
	if p.From() >= c.Now.UnixNano() {
		return Result{}, fmt.Errorf("%s has not begun; name a month before %s", p, Period{c.Now.UTC().Year(), c.Now.UTC().Month()}.next())
	}
	out, err := openShelf(c, p)
	if err != nil {
		return Result{}, err
	}
	defer out.discard()
	c.Reason = out.reason
	m, err := gather(ctx, c, p)
	if err != nil {
		return Result{}, err
	}
	if err := m.writeAll(ctx, out); err != nil {
		return Result{}, err
	}
	return out.finish(m)
}
