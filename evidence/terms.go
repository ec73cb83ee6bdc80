package evidence

import (
	"errors"
	"fmt"
	"time"

	"srtm/journal"
	"srtm/traffic"
)

// complete looks for what is known beside the decision.
func (f *Found) complete(dir string) (err error) {
	if f.Outcome, err = outcomeOf(dir, f); err != nil {
		return err
	}
	n := &f.Decision.Numbers
	if n.Verdict == traffic.Forward && n.Reason <= traffic.Spare {
		return nil
	}
	return f.findTerms(dir)
}

// findTerms looks for the terms that were in force. They are repeated every hour,
// so that there is no need to look back for long.
func (f *Found) findTerms(dir string) error {
	for _, back := range []time.Duration{time.Hour + time.Minute, 26 * time.Hour, 400 * 24 * time.Hour} {
		if err := f.readTerms(dir, max(0, f.Entry.At-int64(back))); err != nil || f.Terms != nil {
			return err
		}
	}
	return nil
}

func (f *Found) readTerms(dir string, from int64) error {
	r, err := journal.OpenReader(dir, 0)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := r.SeekTime(from); err != nil {
		return err
	}
	for e, err := range r.All() {
		if damage := (*journal.DamageError)(nil); errors.As(err, &damage) {
			continue
		}
		if err != nil {
			return fmt.Errorf("look for the terms: %w", err)
		}
		if e.Position >= f.Entry.Position {
			break
		}
		t, is := e.Record.(*journal.Terms)
		if !is || t.Account != f.Decision.Account {
			continue
		}
		if f.Terms != nil && f.Terms.Cause != t.Cause || !t.Repeated && f.Terms == nil {
			f.Since = t.Begin(e.At)
		}
		found := *t
		f.Terms = &found
	}
	return nil
}
