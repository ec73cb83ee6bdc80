package journal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"path/filepath"
	"sort"
)

// DamageError says that a part of a journal cannot be read. Reader.Next goes on
// after it.
type DamageError struct {
	File   string // the segment's name
	Offset int64  // in the segment as it was written, before compression
	After  Position
	What   string
}

// Error writes the damage in one line.
func (e *DamageError) Error() string {
	return fmt.Sprintf("the journal is damaged in %s at octet %d, after position %d: %s", e.File, e.Offset, e.After, e.What)
}

// Reader reads a journal's records in order, also while a gateway writes them,
// in this process or another. For one goroutine.
type Reader struct {
	dir        string
	next       Position // records before it are not given
	until      func() Position
	src        *source
	later      []segment // after src's, as last listed
	opened     Position  // the first position of the segment that was opened last; 0: none was
	block      []byte    // rest of the block under way
	at         Position  // of block's next record
	last       Position  // the last that was stepped over or given
	jumped     Position  // where the block under way should have begun; 0: it began there
	excused    bool      // what is missing before the next block has been told of
	held       bool      // entry is still to be given
	size       int       // of the whole block, to be used when its records are done
	names      []string  // by account number − 1
	only       *probe    // segments that do not have it are left out; nil: none is
	single     bool      // nothing is read beyond the segments in later
	decoder    decoder
	checkpoint Checkpoint
	entry      Entry
}

// OpenReader returns a Reader of the journal in dir from a position on; 0 stands
// for the oldest record still kept. A position that no longer is, or is not yet,
// stands for the next one that is.
func OpenReader(dir string, from Position) (*Reader, error) {
	list, err := segments(dir)
	if err != nil {
		return nil, err
	}
	r := &Reader{dir: dir, next: max(from, 1)}
	r.decoder.names = r.name
	r.later = list[startOf(list, r.next):]
	return r, nil
}

// openSegment returns a Reader of one segment alone.
func openSegment(s segment) *Reader {
	r := &Reader{dir: filepath.Dir(s.path), next: s.first, later: []segment{s}, single: true}
	r.decoder.names = r.name
	return r
}

// startOf returns the index of the last segment that begins at or before p.
func startOf(list []segment, p Position) int {
	return max(0, sort.Search(len(list), func(i int) bool { return list[i].first > p })-1)
}

// Until has the Reader give nothing after the position that f returns: whoever
// reads what the same process writes wants only what is durable.
func (r *Reader) Until(f func() Position) { r.until = f }

// Close ends reading.
func (r *Reader) Close() error {
	if r.src != nil {
		r.src.close()
		r.src = nil
	}
	return nil
}

// SeekTime goes to the beginning of the last segment that begins before a time, in
// nanoseconds since 1970 UTC. Its first records may be older.
func (r *Reader) SeekTime(at int64) error {
	list, err := segments(r.dir)
	if err != nil {
		return err
	}
	i := sort.Search(len(list), func(i int) bool { return beginsAt(list[i:]) >= at })
	_ = r.Close()
	*r = Reader{dir: r.dir, next: r.next, until: r.until, only: r.only, later: list[max(0, i-1):]}
	r.decoder.names = r.name
	if len(r.later) > 0 {
		r.next = r.later[0].first
	}
	return nil
}

// beginsAt returns the time of the first of the segments; of the first that tells,
// where some cannot be read: they will be met again on reading.
func beginsAt(list []segment) int64 {
	for _, s := range list {
		if src, _, err := openSource(s); err == nil {
			src.close()
			return src.header.at
		}
	}
	return math.MaxInt64
}

func (r *Reader) name(id uint32) (string, bool) {
	if id == 0 || int(id) > len(r.names) || r.names[id-1] == "" {
		return "", false
	}
	return r.names[id-1], true
}

// Next returns the next record. The Entry and all it refers to are valid until
// the next call, but for strings, which stay. At the end it returns io.EOF;
// another call may then find more. A *DamageError does not end the reading.
func (r *Reader) Next() (*Entry, error) {
	if r.held {
		r.held = false
		return &r.entry, nil
	}
	for {
		if len(r.block) == 0 {
			if err := r.nextBlock(); err != nil {
				return nil, err
			}
			continue
		}
		raw, rest, ok := nextRecord(r.block)
		if !ok {
			return nil, r.unreadable()
		}
		var err error
		if r.entry, err = r.decoder.decode(raw); err != nil {
			return nil, r.unreadable()
		}
		r.entry.Position, r.last = r.at, r.at
		r.block = rest
		r.at++
		r.learn(r.entry.Record)
		jumped := r.jumped
		r.jumped = 0
		if r.entry.Position < r.next {
			continue
		}
		r.next = r.at
		if gap, is := r.entry.Record.(*Gap); jumped != 0 && (!is || gap.Last+1 != r.entry.Position) {
			r.held = true // and given after what is missing before it
			return nil, &DamageError{filepath.Base(r.src.path), r.src.offset, jumped - 1,
				fmt.Sprintf("positions %d to %d are missing, and nothing says why: a segment was removed", jumped, r.entry.Position-1)}
		}
		return &r.entry, nil
	}
}

// unreadable gives up the rest of a block whose checksum is right and whose
// records are not.
func (r *Reader) unreadable() error {
	r.block = nil
	return r.damage("a block holds what is no record")
}

func (r *Reader) damage(what string) error {
	r.excused = true
	return &DamageError{filepath.Base(r.src.path), r.src.offset, r.last, what}
}

// learn keeps the names that later records refer to by number.
func (r *Reader) learn(record Record) {
	switch record := record.(type) {
	case *Checkpoint:
		r.names = r.names[:0]
		for _, a := range record.Accounts {
			r.rename(a.Account)
		}
	case *Account:
		r.rename(*record)
	}
}

func (r *Reader) rename(a Account) {
	const most = 1 << 20
	if a.ID == 0 || a.ID > most {
		return
	}
	for len(r.names) < int(a.ID) {
		r.names = append(r.names, "")
	}
	r.names[a.ID-1] = a.Name
}

// nextBlock goes on to the next block that has something to give, in this
// segment or a later one. It returns io.EOF when there is none for now.
func (r *Reader) nextBlock() error {
	if r.src != nil && r.size > 0 {
		r.src.use(r.size)
		r.size = 0
	}
	for r.src == nil {
		if err := r.nextSegment(); err != nil {
			return err
		}
	}
	b, n, err := r.src.block()
	switch {
	case err == nil:
		return r.enter(b, n)
	case errors.Is(err, io.EOF) || errors.Is(err, errShort):
		return r.endOfSegment(err)
	}
	damage := r.damage(err.Error())
	if errors.Is(err, errChecksum) && r.src.pass(b) {
		return damage
	}
	if _, err := r.src.resync(); err != nil {
		r.leave()
	}
	return damage
}

// enter begins a block, or steps over it where nothing in it is wanted.
func (r *Reader) enter(b []byte, n contents) error {
	end := n.first + Position(n.records)
	if r.until != nil && end-1 > r.until() {
		return io.EOF
	}
	r.size = len(b)
	if n.first <= r.last && r.last > 0 && n.first < r.at {
		return r.damage(fmt.Sprintf("a block begins with position %d, which has been there already", n.first))
	}
	if end <= r.next && !n.defines {
		r.at, r.last = end, end-1
		return nil
	}
	if n.records == 0 {
		return r.readCheckpoint(b[blockHeader:])
	}
	if r.last > 0 && n.first > r.at && r.only == nil && !r.excused {
		r.jumped = r.at
	}
	r.excused = false
	r.block, r.at = b[blockHeader:], n.first
	return nil
}

// readCheckpoint takes in how a segment begins.
func (r *Reader) readCheckpoint(payload []byte) error {
	raw, rest, ok := nextRecord(payload)
	e, err := r.decoder.decode(raw)
	checkpoint, is := e.Record.(*Checkpoint)
	if !ok || err != nil || !is || len(rest) > 0 {
		return r.damage("the segment does not begin with a checkpoint")
	}
	r.checkpoint = *checkpoint
	r.learn(checkpoint)
	return nil
}

// Checkpoint returns that of the segment which the last record came from.
func (r *Reader) Checkpoint() Checkpoint { return r.checkpoint }

// endOfSegment says what it means that nothing more is to be read here: the end
// for now, or that the next segment follows.
func (r *Reader) endOfSegment(why error) error {
	if len(r.later) == 0 {
		if err := r.list(); err != nil {
			return err
		}
		// This segment was finished before the next was begun, perhaps after it was
		// looked at. What was half written then may have been cut off since.
		r.src.forget()
		if _, _, err := r.src.block(); err != why {
			return nil
		}
	}
	var damage error
	if errors.Is(why, errShort) {
		damage = r.damage("the segment is cut short")
	}
	r.leave()
	return damage
}

func (r *Reader) leave() {
	r.src.close()
	r.src = nil
}

// list finds the segments that are to be read next. It returns io.EOF where there
// are none.
func (r *Reader) list() error {
	if r.single {
		return io.EOF
	}
	list, err := segments(r.dir)
	if err != nil {
		return err
	}
	if len(list) > 0 && list[0].first > r.at { // all before it was removed because it was too old
		r.excused = true
	}
	if r.opened == 0 {
		list = list[startOf(list, r.next):]
	}
	for len(list) > 0 && list[0].first <= r.opened {
		list = list[1:]
	}
	if r.later = list; len(list) == 0 {
		return io.EOF
	}
	return nil
}

// nextSegment opens the next segment. It returns io.EOF when there is none, or
// none whose header is whole yet.
func (r *Reader) nextSegment() error {
	if len(r.later) == 0 {
		if err := r.list(); err != nil {
			return err
		}
	}
	for r.only != nil && len(r.later) > 1 && !mayHave(r.later[0], *r.only) {
		r.opened, r.later = r.later[0].first, r.later[1:]
	}
	src, _, err := openSource(r.later[0])
	if errors.Is(err, errShort) && len(r.later) == 1 {
		r.later = nil
		return io.EOF
	}
	s := r.later[0]
	r.later, r.opened = r.later[1:], s.first
	if errors.Is(err, fs.ErrNotExist) { // removed since it was listed, because it is too old
		r.excused = true
		return nil
	}
	if err != nil {
		r.excused = true
		return &DamageError{filepath.Base(s.path), 0, r.last, err.Error()}
	}
	r.src, r.size = src, 0
	return nil
}

// Bounds returns the positions of the first and last record that can be read in
// the journal in dir; both are 0 where there are none.
func Bounds(dir string) (first, last Position, err error) {
	list, err := segments(dir)
	if err != nil || len(list) == 0 {
		return 0, 0, err
	}
	for i := len(list) - 1; i >= 0 && last == 0; i-- {
		r, err := OpenReader(dir, list[i].first)
		if err != nil {
			return 0, 0, err
		}
		last, err = r.skipAll()
		if err = errors.Join(err, r.Close()); err != nil {
			return 0, 0, err
		}
	}
	return list[0].first, last, nil
}

// skipAll reads to the end and returns the last position.
func (r *Reader) skipAll() (Position, error) {
	r.next = ^Position(0)
	for _, err := range r.All() {
		if damage := (*DamageError)(nil); err != nil && !errors.As(err, &damage) {
			return r.last, err
		}
	}
	return r.last, nil
}
