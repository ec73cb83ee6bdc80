package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"srtm/journal"
)

// beginning is where a bundle begins: at the last head at or before the time
// asked for, or where the journal does.
type beginning struct {
	from journal.Position // where reading begins: at a segment's first record
	head journal.Position // 0: there is none
}

// rewind looks for the beginning, in steps back in time that double, so that
// little more is read than has to be.
func rewind(q Query) (b beginning, last journal.Position, err error) {
	first, last, err := journal.Bounds(q.Journal)
	if err != nil {
		return b, last, err
	}
	if last == 0 {
		return b, last, fmt.Errorf("the journal in %s is empty; is it that of the gateway?", q.Journal)
	}
	limit := last + 1
	for back := time.Duration(0); b.head == 0 && limit > first && int64(back)/2 <= q.From; back = max(time.Hour, 2*back) {
		w := window{from: q.From, limit: limit}
		if err := w.look(q.Journal, q.From-int64(back)); err != nil {
			return b, last, err
		}
		if w.first != 0 {
			b, limit = beginning{w.first, w.head}, min(limit, w.first)
		}
	}
	return b, last, nil
}

// window is the part of a journal that one step back looks at.
type window struct {
	from  int64            // the time asked for
	limit journal.Position // the window looked at before begins there
	first journal.Position // of its records
	head  journal.Position // the last head up to from
}

// look reads the window that begins with the segment of a time.
func (w *window) look(dir string, at int64) error {
	r, err := journal.OpenReader(dir, 0)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := r.SeekTime(max(0, at)); err != nil {
		return err
	}
	return w.read(r)
}

func (w *window) read(r *journal.Reader) error {
	for e, err := range r.All() {
		if damage := (*journal.DamageError)(nil); errors.As(err, &damage) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read the journal: %w", err)
		}
		if w.first == 0 {
			w.first = e.Position
		}
		if e.Position >= w.limit || e.At > w.from {
			return nil
		}
		if _, is := e.Record.(*journal.Head); is {
			w.head = e.Position
		}
	}
	return nil
}

// policyText is what a bundle shows of a policy, if it shows any.
type policyText struct {
	text   string
	digest policyDigest
}

// showPolicy leaves out of a policy what is confidential: all but its own file.
// Senders come before annexes, and either may be missing: the digest tells.
func showPolicy(p *journal.Policy) policyText {
	shown := policyText{digest: policyDigest{Digest: p.Digest}}
	var sums []string
	for i, f := range p.Files {
		sum := sha256.Sum256([]byte(f.Text))
		if sums = append(sums, hex.EncodeToString(sum[:])); i == 0 {
			shown.text = f.Text
		}
	}
	if len(sums) < 2 {
		return shown
	}
	d := &shown.digest
	d.Portfolio, d.Annexes = sums[1], sums[2:]
	if len(sums) > 2 && d.of(sums[0]) != p.Digest {
		d.Senders, d.Annexes = sums[2], sums[3:]
	}
	return shown
}

// of returns the digest of a policy whose text has the hash given, in
// hexadecimal.
func (d *policyDigest) of(text string) string {
	list := "policy " + text + "\nportfolio " + d.Portfolio + "\n"
	if d.Senders != "" {
		list += "senders " + d.Senders + "\n"
	}
	for _, annex := range d.Annexes {
		list += "annex " + annex + "\n"
	}
	return fmt.Sprintf("%x", sha256.Sum256([]byte(list)))
}
