package journal

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// Options are what a Journal obeys. Every zero stands for the usual value named
// beside it.
type Options struct {
	Environment string        // of the policy; a journal of another one is refused
	Keys        string        // folder of the key that signs heads, made when missing; empty: a key that is kept nowhere
	Segment     int64         // octets after which a new segment is begun; 64 MiB
	Keep        time.Duration // how long segments are kept; 0: for ever
	Heads       time.Duration // how often the head is signed; 1 h
	Gather      time.Duration // how long after one commit began the next one may begin; 2 ms
	Patience    time.Duration // how long a commit may take before the journal counts as failing; 2 s
	Retry       time.Duration // how often it is tried whether the disk works again; 1 s
	Pending     int           // most records that wait for a commit; 262,144
	Now         func() int64  // nanoseconds since 1970 UTC; the wall clock
	Logger      *slog.Logger  // nothing is logged
	// Create makes the file of a new segment, which must not exist; os.OpenFile.
	Create func(path string) (Sink, error)
}

// Sink is what a segment is written to. An *os.File is one.
type Sink interface {
	io.Writer
	io.Closer
	Sync() error
	Truncate(size int64) error
}

// Journal is written by one process at a time. All its methods may be called
// from many goroutines at once.
type Journal struct {
	o      Options
	dir    string
	lock   *os.File
	wake   chan struct{}
	closed chan struct{} // nothing more is committed
	house  housekeeper

	mu       sync.Mutex
	filling  *batch
	spare    *batch // emptied, for the next
	next     Position
	at       int64 // of the last record
	accounts map[string]uint32
	senders  map[string]Sender
	policy   *Policy  // the last
	terms    []*Terms // the last of each account
	failing  error    // nil: it works, or is being tried again
	trying   error    // why it failed; nil: what was appended since it last failed is durable
	failed   *commit  // for tickets of what is lost
	lost     lost     // since it began to fail
	headDue  int64    // when the next head is to be signed; 0: at once
	headed   Position // next, after the last one
	ending   bool
	ended    sync.Once
	end      error // of Close

	out     writer // the committer's alone
	durable atomic.Uint64
	head    atomic.Pointer[Head]
	keep    atomic.Int64 // how long segments are kept
	tally   tally
}

// The reasons why a record may not become durable.
var (
	errClosed = errors.New("the journal is closed")
	errSlow   = errors.New("the journal's disk is too slow")
	errFull   = errors.New("too many records wait for the journal's disk")
)

func (o Options) withDefaults() Options {
	usual(&o.Segment, 64<<20)
	usual(&o.Heads, time.Hour)
	usual(&o.Gather, 2*time.Millisecond)
	usual(&o.Patience, 2*time.Second)
	usual(&o.Retry, time.Second)
	usual(&o.Pending, 1<<18)
	if o.Now == nil {
		o.Now = func() int64 { return time.Now().UnixNano() }
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Create == nil {
		o.Create = func(path string) (Sink, error) { return os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o640) }
	}
	return o
}

func usual[T int | int64 | time.Duration](field *T, value T) {
	if *field == 0 {
		*field = value
	}
}

// Open opens the journal in dir, which is made when missing, to go on writing.
// What a crash left half written is cut off, kept beside it, and named in a
// Damage record. It returns ErrInUse while another process writes there.
func Open(dir string, o Options) (*Journal, error) {
	o = o.withDefaults()
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("opening the journal: %w", err)
	}
	lock, err := lockFile(filepath.Join(dir, "lock"))
	if err != nil {
		return nil, err
	}
	j := &Journal{
		o: o, dir: dir, lock: lock, wake: make(chan struct{}, 1), closed: make(chan struct{}),
		accounts: make(map[string]uint32), senders: make(map[string]Sender),
	}
	j.SetKeep(o.Keep)
	if err := j.recover(); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	j.headDue = (max(j.at, o.Now())/int64(o.Heads) + 1) * int64(o.Heads)
	j.house.start(j)
	go j.run()
	return j, nil
}

// Ticket stands for a record that was appended.
type Ticket struct {
	commit   *commit
	position Position
}

// Position is the record's place in the journal.
func (t Ticket) Position() Position { return t.position }

// Wait waits until the record is durable. The error says that it is not, or not
// known to be.
func (t Ticket) Wait() error {
	if t.commit == nil {
		return nil
	}
	<-t.commit.done
	return t.commit.err
}

// commit is what the tickets of one batch wait for.
type commit struct {
	once sync.Once
	done chan struct{}
	err  error
}

func newCommit() *commit { return &commit{done: make(chan struct{})} }

func (c *commit) finish(err error) {
	c.once.Do(func() {
		c.err = err
		close(c.done)
	})
}

// Append appends a record at a time in nanoseconds since 1970 UTC; one that lies
// before the last record's is taken as that one. A Decision or Outcome may be
// used for another afterwards, any other record is the journal's. Of Own only
// Account is read.
func (j *Journal) Append(at int64, r Record) Ticket {
	j.mu.Lock()
	defer j.mu.Unlock()
	if own := owner(r); own != nil {
		own.ID = j.idOf(at, own.Account)
	}
	switch r := r.(type) {
	case *Terms:
		j.repeat(*r)
	case *Policy:
		kept := *r
		j.policy = &kept
		j.terms = nil // those of the accounts that it has follow; others are gone
	}
	return j.add(at, r)
}

// repeat has the terms repeated after every head.
func (j *Journal) repeat(t Terms) {
	t.Start, t.New, t.Repeated = false, false, true
	for len(j.terms) < int(t.ID) {
		j.terms = append(j.terms, nil)
	}
	j.terms[t.ID-1] = &t
}

// idOf returns the account's number, which it is given by its first record.
func (j *Journal) idOf(at int64, name string) uint32 {
	id, known := j.accounts[name]
	if !known {
		id = uint32(len(j.accounts) + 1)
		j.accounts[name] = id
		j.add(at, &Account{ID: id, Name: name})
	}
	return id
}

// Introduce appends a Sender record, unless the journal has that fingerprint.
func (j *Journal) Introduce(at int64, s Sender) {
	const most = 100_000
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, known := j.senders[s.Fingerprint]; !known && len(j.senders) < most {
		j.senders[s.Fingerprint] = s
		j.add(at, &s)
	}
}

// add gives the record its position and has it committed. The lock is held.
func (j *Journal) add(at int64, r Record) Ticket {
	if j.ending {
		late := newCommit()
		late.finish(errClosed)
		return Ticket{commit: late}
	}
	j.at = max(j.at, at)
	position := j.next
	j.next++
	if j.failing == nil && len(j.filling.items) >= j.o.Pending {
		j.fail(errFull)
	}
	if j.failing != nil {
		j.lost.add(position, j.at, r)
		return Ticket{j.failed, position}
	}
	if len(j.filling.items) == 0 {
		j.filling.first = position
		j.nudge()
	}
	j.filling.add(j.at, r)
	return Ticket{j.filling.commit, position}
}

func (j *Journal) nudge() {
	select {
	case j.wake <- struct{}{}:
	default:
	}
}

// fail has everything lost from now on, until the disk works again. The lock is
// held.
func (j *Journal) fail(err error) {
	if j.failing != nil {
		return
	}
	again := j.trying != nil
	j.failing, j.trying, j.failed = err, nil, newCommit()
	j.failed.finish(err)
	j.drop(j.filling, err)
	j.filling = j.filling.reuse(j.next)
	if !again {
		j.tally.failures.Add(1)
		j.o.Logger.Error("the journal fails: decisions are not recorded until it works again", "error", err.Error())
	}
}

// Failing says why nothing can be recorded at present; nil: it can. A journal that
// failed and is tried again fails until something is durable.
func (j *Journal) Failing() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.why()
}

func (j *Journal) why() error {
	if j.failing != nil {
		return j.failing
	}
	return j.trying
}

// Sync waits until everything that was appended before is durable.
func (j *Journal) Sync() error {
	j.mu.Lock()
	t := Ticket{commit: j.filling.commit}
	switch {
	case j.failing != nil:
		t.commit = j.failed
	case len(j.filling.items) == 0 && j.durable.Load()+1 == uint64(j.next):
		t.commit = nil
	case len(j.filling.items) == 0: // a commit is under way: wait for the one after it
		j.filling.wanted = true
		j.nudge()
	}
	j.mu.Unlock()
	return t.Wait()
}

// Durable returns the position up to which everything is durable.
func (j *Journal) Durable() Position { return Position(j.durable.Load()) }

// LastTime returns the time of the last record, in nanoseconds since 1970 UTC; 0
// where there is none. No later record may lie before it.
func (j *Journal) LastTime() int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.at
}

// Head returns the last signed head; nil where there is none yet.
func (j *Journal) Head() *Head { return j.head.Load() }

// Key returns the verifier key of its heads (golang.org/x/mod/sumdb/note).
func (j *Journal) Key() string { return j.out.signer.verifier }

// Close signs a last head, waits until everything is durable, and ends the
// journal. Append a Stop before. Called again it returns the same.
func (j *Journal) Close() error {
	j.ended.Do(func() { j.end = j.close() })
	return j.end
}

func (j *Journal) close() error {
	j.mu.Lock()
	j.headDue = 0
	j.filling.wanted = true
	last := j.filling.commit
	if j.failing != nil {
		last = j.failed
	}
	j.mu.Unlock()
	j.nudge()
	<-last.done
	j.mu.Lock()
	j.ending = true
	j.mu.Unlock()
	j.nudge()
	<-j.closed
	j.house.stop()
	return errors.Join(last.err, j.out.close(), j.lock.Close())
}
