package drill

import (
	"context"
	"errors"
	"fmt"

	"srtm/journal"
)

// Read judges a drill by the journal in dir. It reads what lies between Before the
// drill and After it, of all accounts, and keeps the one's. Where a part cannot be
// read the Report says so.
func Read(ctx context.Context, dir string, s Span) (Report, error) {
	j := NewJudge(s)
	r, err := journal.OpenReader(dir, 0)
	if err != nil {
		return Report{}, fmt.Errorf("reading the journal for a drill's report: %w", err)
	}
	defer r.Close()
	if err := r.SeekTime(max(0, j.begin)); err != nil {
		return Report{}, fmt.Errorf("reading the journal for a drill's report: %w", err)
	}
	const seldom = 1 << 12
	n := 0
	for e, err := range r.All() {
		if n++; n%seldom == 0 && ctx.Err() != nil {
			return Report{}, ctx.Err()
		}
		if damage := (*journal.DamageError)(nil); errors.As(err, &damage) {
			j.damaged++
			continue
		}
		if err != nil {
			return Report{}, fmt.Errorf("reading the journal for a drill's report: %w", err)
		}
		if e.At >= j.end+int64(slack) { // a record may be a little later than its decision
			break
		}
		j.take(e.Record)
	}
	return j.Report(), nil
}

// take takes in what a record says of the account.
func (j *Judge) take(r journal.Record) {
	switch r := r.(type) {
	case *journal.Decision:
		if r.Account == j.span.Account {
			j.See(Of(r))
		}
	case *journal.Lost:
		if r.Account == j.span.Account && r.To >= j.begin && r.From < j.end {
			j.Lost(r.Decisions)
		}
	}
}
