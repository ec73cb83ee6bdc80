package evidence

import (
	"fmt"

	"srtm/journal"
)

// notices puts an account's notices, challenges and answers into words.
type notices struct {
	said  []string // the first of them
	given map[journal.Position]bool
}

// mostNotices is how many are said.
const mostNotices = 1000

func (s *notices) say(text string) {
	if len(s.said) < mostNotices {
		s.said = append(s.said, text)
	} else if len(s.said) == mostNotices {
		s.said = append(s.said, "and more")
	}
}

func (s *notices) add(e *journal.Entry, n *journal.Notice) {
	if s.given == nil {
		s.given = map[journal.Position]bool{}
	}
	if len(s.given) < mostNotices {
		s.given[e.Position] = true
	}
	s.say(fmt.Sprintf("%s  position %d: %s", clock(e.At), e.Position, noticed(n)))
}

// challenge takes in what is said against a notice, or its answer. It returns
// what is wrong with it; an empty text: nothing.
func (s *notices) challenge(e *journal.Entry, c *journal.Challenge, first journal.Position) string {
	s.say(fmt.Sprintf("%s  position %d: %s, by %s: %s", clock(e.At), e.Position, challenged(c), plain(c.Who), plain(c.Text)))
	switch {
	case c.Notice >= e.Position:
		return fmt.Sprintf("it is about the notice at position %d, which stands after it", c.Notice)
	case c.Notice >= first && !s.given[c.Notice] && len(s.given) < mostNotices:
		return fmt.Sprintf("it is about the notice at position %d, where the account has none", c.Notice)
	}
	return ""
}
