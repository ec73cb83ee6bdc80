package journal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Verification is what Verify found.
type Verification struct {
	Segments    int
	Records     uint64
	First, Last Position
	Heads       int      // whose signatures and contents are right
	Signers     []string // verifier keys that they name
	LastHead    string   // text of the last
	Unproved    uint64   // records after it
	Crashes     int      // Starts that no Stop comes before
	Gaps        []Gap
	Damages     []Damage
	Earlier     []HeadClaims // of the heads given: those of positions that are no longer kept, which prove nothing here
	Removed     Position     // the last position that was removed because it was too old; 0: none was
	Tail        int64        // octets at the end that are not whole: being written, or what a crash left
	Problems    []*Problem
}

// Checks are what a journal is verified against beside itself.
type Checks struct {
	Heads    []string // texts of heads that were published: the journal must have them
	Key      string   // verifier key that all heads must be signed with; empty: the one that they name
	Progress func(done, segments int)
}

// Verify recomputes everything in the journal in dir: each block's hash and the
// chain of them, every account's chain, the heads. It may be called while the
// journal is written, from any process. The error says that it could not read
// at all; what is wrong with the journal is in Verification.Problems.
func Verify(dir string, against Checks) (*Verification, error) {
	const most = 10
	for again := range most {
		v, err := verifyListed(dir, against)
		if !errors.Is(err, errGone) || again == most-1 {
			return v, err
		}
	}
	return nil, errGone
}

// errGone says that a segment was removed since it was listed, as those are that
// are too old.
var errGone = errors.New("segments are removed while the journal is read; try again")

func verifyListed(dir string, against Checks) (*Verification, error) {
	list, err := segments(dir)
	if err != nil {
		return nil, err
	}
	v := &verifier{Verification: &Verification{Segments: len(list)}, checks: against, heads: make(map[string]bool), stopped: true}
	v.walk.entry = v.see
	for i, s := range list {
		if err := v.segment(s, i == len(list)-1); err != nil {
			return nil, err
		}
		if against.Progress != nil {
			against.Progress(i+1, len(list))
		}
	}
	v.finish()
	return v.Verification, nil
}

type verifier struct {
	*Verification
	walk    walk
	checks  Checks
	heads   map[string]bool
	stopped bool
	removal *Removal // that tells of what came before the first segment
	first   header
}

func (v *verifier) found(p *Problem) { v.Problems = append(v.Problems, p) }

func (v *verifier) segment(s segment, last bool) error {
	w := &v.walk
	src, chain, err := openSource(s)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %w", errGone, err)
	}
	if err != nil {
		if errors.Is(err, errShort) && last && !s.compressed { // it is being begun, or a crash came while it was
			return nil
		}
		v.found(&Problem{filepath.Base(s.path), 0, w.next - min(w.next, 1), err.Error()})
		w.adrift = true
		return nil
	}
	defer src.close()
	expected, before := w.next, w.chain
	if v.First == 0 {
		v.First, v.first = src.header.first, src.header
	} else {
		v.checkJoint(src, expected, before)
	}
	w.start(src, chain)
	w.next = max(expected, v.First)
	w.adrift = false
	for {
		found, err := w.step()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case found == nil:
			continue
		case w.lost && last && found.What == errShort.Error() && !s.compressed:
			v.Tail = int64(len(src.buffer))
			return nil
		}
		v.found(found)
		if w.lost {
			return nil
		}
	}
}

// checkJoint checks that a segment follows the one before it. A missing segment
// shows here.
func (v *verifier) checkJoint(src *source, expected Position, before [32]byte) {
	file := filepath.Base(src.path)
	switch {
	case src.header.before == before || v.walk.adrift:
	case src.header.first > expected:
		v.found(&Problem{file, 0, expected - 1, fmt.Sprintf("positions %d to %d are missing: a segment before this one was removed", expected, src.header.first-1)})
		v.walk.chains = nil
		v.walk.next = src.header.first
	default:
		v.found(&Problem{file, 0, expected - 1, "the segment does not follow the one before it: its chain begins elsewhere"})
	}
}

// see looks at one record.
func (v *verifier) see(e *Entry) *Problem {
	v.Records++
	v.Last = e.Position
	v.Unproved++
	switch r := e.Record.(type) {
	case *Start:
		if !v.stopped {
			v.Crashes++
		}
		v.stopped = false
	case *Stop:
		v.stopped = true
	case *Gap:
		v.Gaps = append(v.Gaps, *r)
	case *Damage:
		v.Damages = append(v.Damages, *r)
	case *Removal:
		v.Removed = max(v.Removed, r.Last)
		if r.Last+1 == v.First {
			v.removal = r
		}
	case *Head:
		return v.seeHead(e, r)
	}
	return nil
}

// seeHead checks that a head states what was read before it.
func (v *verifier) seeHead(e *Entry, h *Head) *Problem {
	w := &v.walk
	key := v.checks.Key
	if key == "" {
		key, _ = VerifierOf(h.Text)
	}
	by, err := note.NewVerifier(key)
	if err != nil {
		return w.problem("the head at position %d names no key: %v", e.Position, err)
	}
	claims, err := ParseHead(h.Text, note.VerifierList(by))
	if err != nil {
		return w.problem("the head at position %d: %v", e.Position, err)
	}
	root, err := Root(w.chains)
	switch {
	case err != nil:
		return w.problem("the head at position %d: %v", e.Position, err)
	case e.Position != w.block || claims.Previous != w.previous:
		return w.problem("the head at position %d does not follow the block and the head before it", e.Position)
	case claims.Position != e.Position-1 || claims.Chain != w.before || claims.Accounts != len(w.chains),
		claims.Root != root && len(w.broken) == 0:
		return w.problem("the head at position %d states something else than what the journal holds", e.Position)
	case claims.Journal != w.checkpoint.Journal || claims.Environment != w.checkpoint.Environment:
		return w.problem("the head at position %d is of another journal", e.Position)
	}
	v.Heads++
	v.heads[h.Text] = true
	v.LastHead, v.Unproved = h.Text, 0
	for _, known := range v.Signers {
		if known == claims.Key {
			return nil
		}
	}
	v.Signers = append(v.Signers, claims.Key)
	return nil
}

// published reads a head that was kept elsewhere. Anybody can write one: it must be
// signed by the key that is asked for, or at least by the one that it names.
func (v *verifier) published(text string) (HeadClaims, error) {
	named, err := VerifierOf(text)
	if err != nil {
		return HeadClaims{}, err
	}
	if v.checks.Key != "" && named != v.checks.Key {
		return HeadClaims{}, fmt.Errorf("it is signed by %s, which is not the key given: it is another journal's", clip(named))
	}
	by, err := note.NewVerifier(named)
	if err != nil {
		return HeadClaims{}, fmt.Errorf("the key %q: %w", clip(named), err)
	}
	return ParseHead(text, note.VerifierList(by))
}

// stranger says so where a published head may not be this journal's at all.
func (v *verifier) stranger(c HeadClaims) string {
	switch {
	case c.Journal != v.walk.checkpoint.Journal: // one key may sign several
		return fmt.Sprintf("; or it is another's, for it names the journal %s and this is %s", clip(c.Journal), v.walk.checkpoint.Journal)
	case v.foreign(c):
		return fmt.Sprintf("; or it is forged, for it is signed by %s and none here is: give the key as you got it first", clip(c.Key))
	}
	return ""
}

// foreign says that none of the journal's heads is signed by a head's key, which
// nobody vouches for either.
func (v *verifier) foreign(c HeadClaims) bool {
	return v.checks.Key == "" && !slices.Contains(v.Signers, c.Key)
}

// finish checks what only the whole journal can tell.
func (v *verifier) finish() {
	fromTheGap := len(v.Gaps) > 0 && v.Gaps[0].First == 1 && v.Gaps[0].Last+1 == v.First && v.first.before == [32]byte{} // the disk failed when it began
	if v.First > 1 && !fromTheGap && (v.removal == nil || v.removal.Chain != v.first.before) {
		v.found(&Problem{What: fmt.Sprintf("the journal begins at position %d, and nothing on record says that what came before was removed", v.First)})
	}
	for _, text := range v.checks.Heads {
		if !v.heads[text] {
			v.miss(text)
		}
	}
}

// miss says what it means that a published head is not in the journal.
func (v *verifier) miss(text string) {
	c, err := v.published(text)
	ours := v.walk.checkpoint.Journal
	switch {
	case err != nil:
		v.found(&Problem{What: fmt.Sprintf("a published head proves nothing against this journal: %v", err)})
	case c.Journal != ours && len(v.Signers) > 0 && v.foreign(c):
		v.found(&Problem{What: fmt.Sprintf("the head that was published of position %d is another journal's: it names the journal %s and is signed by %s; this is the journal %s, signed by %s. If they should be one and the same, this one was put in the place of the other",
			c.Position, clip(c.Journal), clip(c.Key), ours, strings.Join(v.Signers, " and "))})
	case c.Position >= v.Last:
		v.found(&Problem{After: v.Last, What: fmt.Sprintf("the journal ends at position %d, and a head was published after position %d: its end was cut off%s", v.Last, c.Position, v.stranger(c))})
	case c.Position >= v.First:
		v.found(&Problem{After: c.Position, What: fmt.Sprintf("the head that was published of position %d is not in the journal: it was rewritten%s", c.Position, v.stranger(c))})
	default:
		v.Earlier = append(v.Earlier, c)
	}
}
