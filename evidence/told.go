package evidence

import (
	"cmp"
	"fmt"

	"srtm/journal"
)

// failed is the outcome of an attempt that is followed by another.
const failed = "failed"

func tellingDeed(t *journal.Telling) (Deed, bool) {
	return Deed{Kind: "delivery", What: told(t), Account: t.Concerns}, t.Outcome != failed
}

// told says what became of telling somebody something.
func told(t *journal.Telling) string {
	text := plain(t.Outcome)
	if t.Means != "" {
		text += fmt.Sprintf(" to %s by %s, %s", plain(t.Who), plain(t.Means), plain(t.Address))
	}
	if t.Attempt > 0 {
		text += fmt.Sprintf(", attempt %d of %s", t.Attempt, clock(t.Began))
	}
	if t.Detail != "" {
		text += ": " + plain(t.Detail)
	}
	return fmt.Sprintf("%s; notice %s (%s): %s", text, plain(t.ID), plain(t.Kind), plain(t.Sentence))
}

// tellings puts what an account was told into words.
type tellings struct {
	said     []string // the first of them
	attempts uint64   // that failed, and were followed by others
}

// mostTold is how many are said.
const mostTold = 1000

func (s *tellings) add(e *journal.Entry, t *journal.Telling) {
	switch {
	case t.Outcome == failed:
		s.attempts++
	case len(s.said) < mostTold:
		s.said = append(s.said, fmt.Sprintf("%s  position %d: %s", clock(cmp.Or(t.Began, e.At)), e.Position, told(t)))
	case len(s.said) == mostTold:
		s.said = append(s.said, "and more was told")
	}
}

// all are the words, and how many attempts failed before.
func (s *tellings) all() []string {
	if s.attempts > 0 {
		return append(s.said, many(s.attempts, "attempt")+" to tell failed, and others followed")
	}
	return s.said
}
