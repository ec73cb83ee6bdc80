package amendment

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"srtm/disk"
	"srtm/policy"
)

// The names within the folder.
const (
	stateFile   = "register.json"
	textsFolder = "texts"
)

// Options are what a Register is told by the one who opens it.
type Options struct {
	Clock func() time.Time // the wall clock
	// Record is called for every Event in their order, after the step is durable.
	// What it returns, such as a position in a journal, is kept with a Notice, so
	// that a Challenge can name it. After an error the Event and those that follow
	// it are kept, and given again later. It must not call the Register. Nil: nobody
	// wants to know.
	Record func(Event) (reference uint64, err error)
	// Flush waits until what Record was given is durable; an error says that some of
	// it may not be. With it steps call neither: the caller's Register.Flush does,
	// and no other step waits for that. Nil: every step has recorded what it can when
	// it returns, and what Record takes is durable.
	Flush func() error
	// Environment is that of the policies; empty: that of the first.
	Environment string

	disk disk.Folder // a test's; nil: the machine's
}

// Register is what one gateway was told to obey, since when, and what is to come.
// Its methods may be called by several goroutines at once.
type Register struct {
	dir    string
	disk   disk.Folder
	clock  func() time.Time
	record func(Event) (uint64, error)
	sync   func() error

	flushing sync.Mutex // held by Flush alone, before mu

	mu       sync.Mutex
	state    *state                    // as it is on disk, but for the outbox
	policies map[string]*policy.Policy // by digest: those in force, coming or proposed, and perhaps others
	notices  map[uint64][]Notice       // by Version.Number
	unclean  bool                      // the state on disk is not the one here
}

// Open opens the register in dir, or begins one there. It fails where what is
// there is damaged or another environment's; the error says which file, and what
// can be done. Events that were not yet recorded are recorded now, or by Flush.
func Open(dir string, o Options) (*Register, error) {
	r := &Register{dir: dir, disk: o.disk, clock: o.Clock, record: o.Record, sync: o.Flush,
		state: &state{Environment: o.Environment}, policies: map[string]*policy.Policy{}, notices: map[uint64][]Notice{}}
	if r.disk == nil {
		r.disk = disk.Real{}
	}
	if r.clock == nil {
		r.clock = time.Now
	}
	read, err := disk.ReadFile(r.statePath(), maxState)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = r.begin()
	case err == nil:
		err = r.load(read, o.Environment)
	case !errors.Is(err, fs.ErrPermission):
		err = r.damage(r.statePath(), "it cannot be read: %v", err)
	}
	if err != nil {
		return nil, fmt.Errorf("opening the register of policies: %w", err)
	}
	if r.sync == nil {
		_ = r.flush() // what is left is given with the next step
	}
	if !r.unclean {
		r.sweep()
	}
	return r, nil
}

func (r *Register) statePath() string { return filepath.Join(r.dir, stateFile) }

// begin writes an empty register, so that a lost one is never taken for one.
func (r *Register) begin() error {
	texts := filepath.Join(r.dir, textsFolder)
	if there, err := os.ReadDir(texts); err == nil && len(there) > 0 {
		return r.damage(r.statePath(), "it is not there, and texts of policies are")
	}
	if err := r.disk.MakeFolder(texts); err != nil {
		return err
	}
	if err := r.disk.SyncFolder(filepath.Dir(r.dir)); err != nil {
		return err
	}
	text, err := r.state.encode()
	if err != nil {
		return err
	}
	return disk.Replace(r.disk, r.statePath(), text)
}

func (r *Register) load(read []byte, environment string) error {
	s, err := decode(read)
	if err != nil {
		return r.damage(r.statePath(), "%v", err)
	}
	if s.Environment == "" {
		s.Environment = environment
	}
	if environment != "" && s.Environment != environment {
		return fmt.Errorf("%s is of the environment %s, and this is %s; give another folder", r.dir, s.Environment, environment)
	}
	r.state = s
	for _, v := range s.Versions {
		if v.Told > 0 {
			if r.notices[v.Number], err = r.readNotices(v); err != nil {
				return err
			}
		}
	}
	at := r.now()
	wanted := s.coming(at)
	if i := s.inForce(at); i >= 0 {
		wanted = append(wanted, i)
	}
	for _, i := range wanted {
		if _, err := r.policy(s.Versions[i].Digest, s.Versions[i].Texts); err != nil {
			return err
		}
	}
	for _, p := range s.Proposals {
		if _, err := r.policy(p.Digest, p.Texts); err != nil {
			return err
		}
	}
	return nil
}

func (r *Register) readNotices(v storedVersion) ([]Notice, error) {
	read, err := r.readText(v.Notices, maxNoticesText)
	if err != nil {
		return nil, err
	}
	var notices []Notice
	if err := json.Unmarshal(read, &notices); err != nil || len(notices) != v.Told {
		return nil, r.damage(r.textPath(v.Notices), "it is not the %d notices of version %d", v.Told, v.Number)
	}
	return notices, nil
}

// policy returns a policy whose texts are kept.
func (r *Register) policy(digest string, texts []text) (*policy.Policy, error) {
	if p := r.policies[digest]; p != nil {
		return p, nil
	}
	p, err := r.readPolicy(digest, texts)
	if err == nil {
		r.policies[digest] = p
	}
	return p, err
}

// now returns the time: not before any step.
func (r *Register) now() time.Time {
	at := r.clock().UTC().Round(0)
	if at.Before(r.state.At) {
		return r.state.At
	}
	return at
}

// draft is a step on its way: a state to come, and what it needs on disk.
type draft struct {
	*state
	register *Register
	at       time.Time
	texts    map[string][]byte
	notices  map[uint64][]Notice // of versions whose notices change
}

// begins returns a draft that begins with the present state. The caller holds the lock.
func (r *Register) begins() *draft {
	at := r.now()
	s := &draft{r.state.clone(), r, at, map[string][]byte{}, map[uint64][]Notice{}}
	s.state.At = at
	return s
}

// emit adds an event.
func (s *draft) emit(e Event, texts ...text) {
	s.Events++
	e.Number, e.At = s.Events, s.at
	s.Outbox = append(s.Outbox, outgoing{Event: e, Texts: texts})
}

// commit makes the step durable, or changes nothing, and then has its events
// recorded.
func (r *Register) commit(s *draft) error {
	for number, notices := range s.notices {
		if err := s.keepNotices(number, notices); err != nil {
			return err
		}
	}
	for hash, text := range s.texts {
		if err := r.keepText(hash, text); err != nil {
			return fmt.Errorf("keeping a policy's text: %w", err)
		}
	}
	if err := r.write(s.state); err != nil {
		if r.write(r.state) != nil { // it may have got as far as the new name
			r.unclean = true
		}
		return fmt.Errorf("keeping the register of policies: %w", err)
	}
	before := r.state.hashes()
	r.state, r.unclean = s.state, false
	for number, notices := range s.notices {
		r.notices[number] = notices
	}
	maps.Copy(before, r.state.hashes())
	if r.sync == nil {
		_ = r.flush() // what is left is given with the next step
	}
	r.forget()
	r.remove(before)
	return nil
}

func (s *draft) keepNotices(number uint64, notices []Notice) error {
	text, err := json.Marshal(notices)
	if err != nil {
		return err
	}
	v := &s.Versions[s.version(number)]
	v.Notices, v.Told = hashOf(text), len(notices)
	s.texts[v.Notices] = text
	return nil
}

func (r *Register) write(s *state) error {
	text, err := s.encode()
	if err != nil {
		return err
	}
	return disk.Replace(r.disk, r.statePath(), text)
}

// forget drops from memory, and from disk where nothing refers to it any more,
// what was superseded.
func (r *Register) forget() {
	needed := map[string]bool{}
	if i := r.state.inForce(r.state.At); i >= 0 {
		needed[r.state.Versions[i].Digest] = true
	}
	for _, v := range r.state.Versions {
		if v.stands() && v.From.After(r.state.At) {
			needed[v.Digest] = true
		}
		if v.Told == 0 {
			delete(r.notices, v.Number)
		}
	}
	for _, p := range r.state.Proposals {
		needed[p.Digest] = true
	}
	for digest := range r.policies {
		if !needed[digest] {
			delete(r.policies, digest)
		}
	}
}

// sweep removes from disk what nothing refers to. What cannot be removed does no
// harm and is tried again at the next start.
func (r *Register) sweep() {
	used := r.state.hashes()
	folder := filepath.Join(r.dir, textsFolder)
	there, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	for _, f := range there {
		hash, half := strings.CutSuffix(f.Name(), disk.Unfinished)
		if isHash(hash) && (half || !used[hash]) {
			_ = r.disk.Remove(filepath.Join(folder, f.Name()))
		}
	}
}

// remove removes from disk those of some texts that nothing refers to any more.
func (r *Register) remove(hashes map[string]bool) {
	if r.unclean { // the state on disk may refer to them
		return
	}
	for hash := range r.state.hashes() {
		delete(hashes, hash)
	}
	for hash := range hashes {
		_ = r.disk.Remove(r.textPath(hash))
	}
}
