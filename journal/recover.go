package journal

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// recover finds out how far the journal had come, and cuts off what a crash left
// half written.
func (j *Journal) recover() error {
	s, err := loadSigner(j.o.Keys)
	if err != nil {
		return err
	}
	j.out = writer{j: j, signer: s, was: before{touched: make(map[uint32]bool)}}
	list, err := segments(j.dir)
	if err != nil {
		return err
	}
	var found []*Damage
	for len(list) > 0 {
		w := &walk{}
		damage, err := j.recoverSegment(list[len(list)-1], w)
		if err != nil {
			return err
		}
		found = append(found, damage...)
		if w.whole {
			j.resume(w)
			if w.head == nil {
				j.head.Store(headBefore(list[:len(list)-1], w.checkpoint.Head))
			}
			break
		}
		// Where it stays although it cannot be gone on from, its positions stay taken.
		if info, err := os.Stat(list[len(list)-1].path); err == nil {
			j.next = max(j.next, w.next, list[len(list)-1].first+Position(info.Size()))
		}
		list = list[:len(list)-1]
	}
	if j.out.journal == "" {
		number := make([]byte, 16)
		if _, err := rand.Read(number); err != nil {
			return err
		}
		j.out.journal, j.next = hex.EncodeToString(number), max(j.next, 1)
	}
	j.durable.Store(uint64(j.next - 1))
	j.filling = newBatch(j.next)
	for _, d := range found {
		j.o.Logger.Warn("the journal was damaged", "file", d.File, "octet", d.Offset, "octets", d.Bytes, "cut off", d.Cut, "what", d.What)
		j.add(max(j.at, j.o.Now()), d)
	}
	return nil
}

// recoverSegment reads a segment to its end. What can never have been answered,
// because nothing whole comes after it, is cut off and kept beside the segment.
func (j *Journal) recoverSegment(s segment, w *walk) ([]*Damage, error) {
	name := filepath.Base(s.path)
	src, chain, err := openSource(s)
	if !s.compressed && (errors.Is(err, errShort) || errors.Is(err, errHeader) && blank(s.path)) { // the crash came while it was begun
		size, err := setAside(s.path, 0)
		return []*Damage{{File: name, Bytes: size, Cut: true, What: "the segment's beginning was half written"}}, err
	}
	if err != nil {
		return []*Damage{{File: name, What: err.Error()}}, nil
	}
	defer src.close()
	w.start(src, chain)
	var found []*Damage
	for {
		problem, err := w.step()
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if problem != nil {
			found = append(found, &Damage{File: name, Offset: problem.Offset, What: problem.What})
		}
		if err == nil && !w.lost {
			continue
		}
		if !s.compressed && (w.lost || w.next == s.first && len(found) == 0) {
			found, err = w.cutOff(found)
		}
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return found, errors.Join(err, j.checkEnvironment(w))
	}
}

// cutOff cuts off what the walk could not read, and the whole segment where that
// leaves no record.
func (w *walk) cutOff(found []*Damage) ([]*Damage, error) {
	if !w.lost {
		found = append(found, &Damage{File: filepath.Base(w.source.path), What: "the segment ends before its first record"})
	}
	last := found[len(found)-1]
	if w.next == w.source.header.first && len(found) == 1 {
		last.Offset, w.whole = 0, false
	}
	var err error
	last.Bytes, err = setAside(w.source.path, last.Offset)
	last.Cut = true
	return found, err
}

// blank says that a file has nothing but zeros after a segment's header.
func blank(path string) bool {
	b, err := os.ReadFile(path)
	return err == nil && len(bytes.Trim(b[min(segmentHeader, len(b)):], "\x00")) == 0
}

func (j *Journal) checkEnvironment(w *walk) error {
	if was := w.checkpoint.Environment; w.whole && was != j.o.Environment {
		return fmt.Errorf("the journal in %s belongs to the environment %q and the policy to %q; give another folder", j.dir, was, j.o.Environment)
	}
	return nil
}

// resume goes on where the walk through the last segment ended.
func (j *Journal) resume(w *walk) {
	j.next, j.at = max(j.next, w.next), w.at
	j.out.journal, j.out.chain, j.out.lastHead = w.checkpoint.Journal, w.chain, w.checkpoint.Head
	j.out.chains = w.chains
	for _, c := range w.chains {
		j.accounts[c.Name] = c.ID
	}
	for _, s := range w.checkpoint.Senders {
		j.senders[s.Fingerprint] = s
	}
	for i := range w.checkpoint.Policies {
		j.policy = &w.checkpoint.Policies[i]
	}
	if w.head != nil {
		j.head.Store(w.head)
		j.out.lastHead = textHash(w.head)
		j.headed = w.headed
	}
}

// headBefore looks in segments, the last first, for the head with a hash.
func headBefore(list []segment, hash [32]byte) *Head {
	const most = 100 // they may be large
	for n := 0; n < most && len(list) > 0 && hash != [32]byte{}; n++ {
		r := openSegment(list[len(list)-1])
		for e, err := range r.All() {
			if err != nil {
				continue
			}
			if h, is := e.Record.(*Head); is && textHash(h) == hash {
				_ = r.Close()
				return &Head{h.Text}
			}
		}
		_ = r.Close()
		list = list[:len(list)-1]
	}
	return nil
}

// setAside cuts a file at an offset and keeps what it had beyond it in another
// one, whose name ends in .cut.
func setAside(path string, offset int64) (int64, error) {
	fail := func(err error) (int64, error) {
		return 0, fmt.Errorf("cutting off what a crash left of the journal: %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return fail(err)
	}
	defer f.Close()
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return fail(err)
	}
	// Where there is no room for a copy, having it is not worth a gateway that does
	// not start: nothing of it can have been answered.
	info, err := f.Stat()
	if err != nil {
		return fail(err)
	}
	size := info.Size() - offset
	if kept, err := os.OpenFile(fmt.Sprintf("%s-%d.cut", path, offset), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o640); err == nil {
		_, _ = io.Copy(kept, f)
		_ = kept.Sync() // before what it is a copy of goes
		_ = kept.Close()
	}
	if err := errors.Join(f.Truncate(offset), f.Sync()); err != nil {
		return fail(err)
	}
	if offset == 0 {
		return size, os.Remove(path)
	}
	return size, nil
}
