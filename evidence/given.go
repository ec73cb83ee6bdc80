package evidence

import (
	"fmt"

	"srtm/journal"
)

// place is a place in a journal.
type place struct {
	position journal.Position
	at       int64
}

func placeOf(c *journal.HeadClaims) place { return place{c.Position + 1, c.At} }

// span returns where the bundle's heads and records begin and end; false: it has
// neither.
func (c *checker) span() (first, last place, any bool) {
	rec := &c.records
	if rec.position > 0 {
		first, last, any = rec.first, place{rec.position, rec.at}, true
	}
	if len(c.heads) == 0 {
		return first, last, any
	}
	earliest, latest := placeOf(&c.heads[0].claims), placeOf(&c.heads[len(c.heads)-1].claims)
	if !any || earliest.position < first.position {
		first = earliest
	}
	if latest.position > last.position {
		last = latest
	}
	return first, last, true
}

// coverGiven says what it means that heads which were given are not in the
// bundle.
func (c *checker) coverGiven() {
	for i := range c.missing {
		given := &c.missing[i]
		if what := c.contradicted(given); what != "" {
			c.result.fail(Failure{Part: "heads", What: fmt.Sprintf("the head given, of %s at position %d, %s", moment(given.At), given.Position, what)})
			continue
		}
		c.result.reserve("the head given, of %s at position %d, lies outside the bundle's range: it proves nothing about it, and nothing against it; ask for a bundle whose time includes it",
			moment(given.At), given.Position)
	}
}

// contradicted says how a head that the bundle lacks speaks against it; an empty
// text: it does not, because it lies outside.
func (c *checker) contradicted(given *journal.HeadClaims) string {
	m := &c.manifest
	if given.Journal != m.Journal || given.Environment != m.Environment {
		return fmt.Sprintf("is of journal %s of %s, and the bundle is of journal %s of %s: it is another's, or the journal was written anew", given.Journal, given.Environment, m.Journal, m.Environment)
	}
	for i := range c.heads {
		h := &c.heads[i].claims
		if h.Position == given.Position || h.At == given.At {
			return fmt.Sprintf("is not the one in the bundle, of %s at position %d: the journal was written anew in between", moment(h.At), h.Position)
		}
	}
	const anew = ": the journal was written anew"
	first, last, any := c.span()
	at := placeOf(given)
	switch {
	case !any:
		return ""
	case at.position < first.position && at.at > first.at, at.position > last.position && at.at < last.at:
		return fmt.Sprintf("cannot be of the same journal as the bundle, which begins with position %d of %s and ends with position %d of %s", first.position, moment(first.at), last.position, moment(last.at)) + anew
	case at.position < first.position && len(c.heads) > 0 && c.heads[0].claims.Previous == [32]byte{}:
		return fmt.Sprintf("cannot be: the bundle's first, of %s, says that there is none before it", moment(c.heads[0].claims.At)) + anew
	case at.position >= first.position && at.position <= last.position:
		return fmt.Sprintf("is not among the bundle's %d, and lies between its first position %d and its last %d", len(c.heads), first.position, last.position) + anew
	case at.position > last.position && at.at < c.to:
		return "lies in the time asked for, and the bundle ends before it: it was made before that head was signed, or the journal's end was cut off; ask for it anew"
	}
	return ""
}
