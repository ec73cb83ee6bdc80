package evidence

import (
	"errors"
	"fmt"
	"io"

	"srtm/journal"
)

// Heads gives the signed heads of a time to a function, in order; a to of 0 is
// no end. It returns what could not be read, besides an error that ended it.
func Heads(src Source, from, to int64, give func(at int64, h *journal.Head) error) (damage []*journal.DamageError, err error) {
	for {
		e, err := src.Next()
		if d := (*journal.DamageError)(nil); errors.As(err, &d) {
			damage = append(damage, d)
			continue
		}
		if errors.Is(err, io.EOF) || err == nil && to != 0 && e.At >= to {
			return damage, nil
		}
		if err != nil {
			return damage, fmt.Errorf("look for signed heads: %w", err)
		}
		if h, is := e.Record.(*journal.Head); is && e.At >= from {
			if err := give(e.At, h); err != nil {
				return damage, err
			}
		}
	}
}
