package act

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"srtm/disk"
)

// state is all that a register knows.
type state struct {
	Events uint64    `json:"events"` // given so far
	IDs    uint64    `json:"ids"`
	At     time.Time `json:"at"` // of the last step: time never goes back
	Acts   []Act     `json:"acts,omitempty"`
	Outbox []Event   `json:"outbox,omitempty"` // that the caller may not have recorded
}

// The first words of acts.json, and what it is.
const (
	magic    = "srtm acts 1"
	whatItIs = "a register of acts by hand"
)

// maxState is the most bytes that acts.json may have; maxOutbox how many events may
// wait to be recorded before no further act is taken.
const (
	maxState  = 64 << 20
	maxOutbox = 20_000
)

func (s *state) encode() ([]byte, error) {
	text, err := disk.Seal(magic, s)
	if err == nil && len(text) > maxState {
		return nil, fmt.Errorf("the register would have %d bytes, more than %d; end acts, and give them shorter reasons", len(text), maxState)
	}
	return text, err
}

// decode reads what encode wrote, and nothing else.
func decode(read []byte) (*state, error) {
	s := &state{}
	if err := disk.Unseal(magic, whatItIs, read, s); err != nil {
		return nil, err
	}
	return s, s.check()
}

// check finds what the rest of the room relies on and a damaged state may lack.
func (s *state) check() error {
	over := 0
	for i := range s.Acts {
		a := &s.Acts[i]
		if a.ID == 0 || a.ID > s.IDs || i > 0 && a.ID <= s.Acts[i-1].ID {
			return fmt.Errorf("act %d is out of order", a.ID)
		}
		if !slices.Contains([]State{Waiting, Running, Ended, Withdrawn, Lapsed}, a.State) {
			return fmt.Errorf("act %d is in a state that there is not: %.20q", a.ID, a.State)
		}
		if a.State == Running && !a.Until.Equal(a.From.Add(time.Duration(a.For))) || time.Duration(a.For) > Most || a.For < 0 {
			return fmt.Errorf("act %d lasts from %v to %v, and not for %v", a.ID, a.From, a.Until, a.For)
		}
		if a.State != Waiting && a.State != Running {
			over++
		}
	}
	if over > MaxHistory+1 || len(s.Acts)-over > 2*MaxRunning || len(s.Outbox) > maxOutbox+maxAtOnce {
		return errors.New("it has more acts or events than there may be")
	}
	return nil
}

// maxAtOnce is more events than the acts that there may be can still give.
const maxAtOnce = 5 * MaxRunning * (MaxNamed + 1)

// clone returns a state that can be changed without changing s: what acts refer to
// is replaced and never changed.
func (s *state) clone() *state {
	c := *s
	c.Acts, c.Outbox = slices.Clone(s.Acts), slices.Clone(s.Outbox)
	return &c
}

// find returns the place of an act; −1: there is none.
func (s *state) find(id uint64) int {
	return slices.IndexFunc(s.Acts, func(a Act) bool { return a.ID == id })
}

// count counts acts in a state.
func (s *state) count(in State) (n int) {
	for i := range s.Acts {
		if s.Acts[i].State == in {
			n++
		}
	}
	return n
}

// prune drops the oldest of too many acts that are over.
func (s *state) prune() {
	drop := s.count(Ended) + s.count(Withdrawn) + s.count(Lapsed) - MaxHistory
	s.Acts = slices.DeleteFunc(s.Acts, func(a Act) bool {
		if drop <= 0 || a.State == Waiting || a.State == Running {
			return false
		}
		drop--
		return true
	})
}
