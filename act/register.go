package act

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"
	"time"

	"srtm/disk"
	"srtm/policy"
)

// stateFile is the name within the folder.
const stateFile = "acts.json"

// Options are what a Register is told by the one who opens it.
type Options struct {
	Clock  func() time.Time      // that decisions are made by
	Policy func() *policy.Policy // in force; called by Ask and Approve
	// Record is called by Flush for every Event in their order, after the step is
	// durable, and returns when the Event is. After an error it and those that follow
	// it are kept, and given again by the next Flush. Nil: nobody wants to know.
	Record func(Event) error

	disk disk.Folder // a test's; nil: the machine's
}

// Register is what was done by hand at one gateway, what runs and what waits. Its
// methods may be called by several goroutines at once.
type Register struct {
	dir    string
	disk   disk.Folder
	clock  func() time.Time
	policy func() *policy.Policy
	record func(Event) error

	flushing sync.Mutex // held by Flush alone, before mu

	mu      sync.Mutex
	state   *state // as it is on disk, unless unclean
	unclean bool   // the state on disk may not be the one here
}

// Open opens the register in dir, or begins one there. It fails where what is
// there is damaged; the error says what can be done.
func Open(dir string, o Options) (*Register, error) {
	r := &Register{dir: dir, disk: o.disk, clock: o.Clock, policy: o.Policy, record: o.Record, state: &state{}}
	if r.disk == nil {
		r.disk = disk.Real{}
	}
	if r.clock == nil {
		r.clock = time.Now
	}
	read, err := disk.ReadFile(r.path(), maxState)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = r.begin()
	case err == nil:
		if r.state, err = decode(read); err != nil {
			err = r.damage(err)
		}
	case !errors.Is(err, fs.ErrPermission):
		err = r.damage(fmt.Errorf("it cannot be read: %w", err))
	}
	if err != nil {
		return nil, fmt.Errorf("opening the register of acts by hand: %w", err)
	}
	return r, nil
}

func (r *Register) path() string { return filepath.Join(r.dir, stateFile) }

// damage says what is wrong with the file, and the ways out.
func (r *Register) damage(why error) error {
	return fmt.Errorf("%s: %w; restore it from a copy, or move the folder %s aside: then no act runs, and what had been done is in the journal", r.path(), why, r.dir)
}

func (r *Register) begin() error {
	if err := r.disk.MakeFolder(r.dir); err != nil {
		return err
	}
	if err := r.disk.SyncFolder(filepath.Dir(r.dir)); err != nil {
		return err
	}
	return r.write(r.state)
}

func (r *Register) write(s *state) error {
	text, err := s.encode()
	if err != nil {
		return err
	}
	return disk.Replace(r.disk, r.path(), text)
}

// now returns the time: not before any step.
func (r *Register) now() time.Time {
	at := r.clock().UTC().Round(0)
	if at.Before(r.state.At) {
		return r.state.At
	}
	return at
}

// draft is a step on its way: a state to come.
type draft struct {
	*state
	at time.Time
}

// begins returns a draft that begins with the present state, in which what is over
// is over. The caller holds the lock.
func (r *Register) begins() *draft {
	s := &draft{r.state.clone(), r.now()}
	s.state.At = s.at
	s.pass()
	return s
}

// commit makes the step durable, or changes nothing.
func (r *Register) commit(s *draft) error {
	s.prune()
	if err := r.write(s.state); err != nil {
		r.unclean = r.write(r.state) != nil // it may have got as far as the new name
		return fmt.Errorf("keeping the register of acts by hand: %w", err)
	}
	r.state, r.unclean = s.state, false
	return nil
}

// emit adds events, one for everybody or each account that is concerned.
func (s *draft) emit(a *Act, e Event, verb string) {
	hand := a.Hand(a.From)
	for _, p := range a.parts() {
		what := fmt.Sprintf("act %d %s: %s", a.ID, verb, p.does)
		if p.account == "" && a.Preset != "" {
			what = fmt.Sprintf("act %d, %s, %s: %s", a.ID, a.Preset, verb, p.does)
		}
		e.Act, e.What, e.Account, e.Reference, e.Drill = a.ID, what, p.account, a.Reference, a.Drill
		e.Withheld = hand.NamesAnother(p.account)
		s.tell(e)
	}
}

// tell adds an event.
func (s *draft) tell(e Event) {
	s.Events++
	e.Number = s.Events
	if e.At.IsZero() {
		e.At = s.at
	}
	s.Outbox = append(s.Outbox, e)
}

// pass notes what is over by now, and tells whether anything is.
func (s *draft) pass() (some bool) {
	for i := range s.Acts {
		a := &s.Acts[i]
		if (a.State != Running && a.State != Waiting) || s.at.Before(a.Until) {
			continue
		}
		some = true
		a.OverAt = a.Until
		if a.State == Waiting {
			a.State = Lapsed
			s.emit(a, Event{Kind: KindLapsed, At: a.Until, Why: a.Reason}, "lapsed, for nobody approved it in time")
			continue
		}
		a.State = Ended
		s.emit(a, Event{Kind: KindEnded, At: a.Until, Why: a.Reason}, "ended by itself")
	}
	return some
}

// Pass notes which acts are over by now, and keeps again what could not be kept.
// It tells whether Flush has something to do. It is to be called again and again;
// what holds does not depend on when.
func (r *Register) Pass() (left bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.begins()
	if r.unclean || r.due() {
		_ = r.commit(s) // it is tried again by the next
	}
	return len(r.state.Outbox) > 0
}

// due tells whether an act is over that is not noted to be.
func (r *Register) due() bool {
	at := r.now()
	for i := range r.state.Acts {
		a := &r.state.Acts[i]
		if (a.State == Running || a.State == Waiting) && !at.Before(a.Until) {
			return true
		}
	}
	return false
}

// Flush has recorded what was not yet: Record is given every Event that is left.
// Other methods do not wait meanwhile. It is an error if something is left.
func (r *Register) Flush() error {
	r.flushing.Lock()
	defer r.flushing.Unlock()
	for {
		r.mu.Lock()
		left := append([]Event(nil), r.state.Outbox...)
		r.mu.Unlock()
		if len(left) == 0 {
			return nil
		}
		done, err := r.give(left)
		r.mu.Lock()
		r.forget(done)
		r.mu.Unlock()
		if err != nil {
			return err
		}
	}
}

func (r *Register) give(events []Event) (done int, err error) {
	for _, e := range events {
		if r.record != nil {
			if err := r.record(e); err != nil {
				return done, fmt.Errorf("recording that %s: %w", e.What, err)
			}
		}
		done++
	}
	return done, nil
}

// forget drops the first events, which are recorded. Where the disk fails they are
// given again after the next start.
func (r *Register) forget(n int) {
	if n == 0 {
		return
	}
	s := r.state.clone()
	s.Outbox = s.Outbox[n:]
	r.unclean = r.write(s) != nil
	r.state = s
}
