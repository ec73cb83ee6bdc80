package journal

import (
	"errors"
	"fmt"
	"io"
	"iter"
)

// DecodeOwn reads an account's own record, a Decision, Outcome, Terms or Lost,
// from its octets. Of all others it returns an error.
func DecodeOwn(raw []byte, names func(id uint32) (string, bool)) (Entry, error) {
	d := decoder{names: names}
	if len(raw) == 0 || !kind(raw[0]).isOwn() {
		return Entry{}, errRecord
	}
	return d.decode(raw)
}

// ErrNoRecord says that the journal does not have a record at a position.
var ErrNoRecord = errors.New("the journal has no such record")

// At returns the record at a position of the journal in dir.
func At(dir string, p Position) (*Entry, error) {
	r, err := OpenReader(dir, p)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	for e, err := range r.All() {
		if damage := (*DamageError)(nil); errors.As(err, &damage) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if e.Position != p {
			break
		}
		return e, nil
	}
	return nil, fmt.Errorf("position %d: %w; it was removed, or is missing, or is not there yet", p, ErrNoRecord)
}

// All gives the records that there are now, as Next does. After a *DamageError it
// goes on, after any other error it ends.
func (r *Reader) All() iter.Seq2[*Entry, error] {
	return func(yield func(*Entry, error) bool) {
		for {
			e, err := r.Next()
			if errors.Is(err, io.EOF) || !yield(e, err) {
				return
			}
			if damage := (*DamageError)(nil); err != nil && !errors.As(err, &damage) {
				return
			}
		}
	}
}
