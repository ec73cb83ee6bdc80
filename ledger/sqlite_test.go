package ledger

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"srtm/journal"
)

// filed is a SQLite ledger, folded from a journal of twenty decisions.
type filed struct {
	path, dir string
	scribe    *scribe
	l         *Ledger
}

func openFiled(t *testing.T) *filed {
	t.Helper()
	f := &filed{path: filepath.Join(t.TempDir(), "ledger.db"), dir: t.TempDir()}
	f.scribe = openScribe(t, f.dir)
	t.Cleanup(f.scribe.close)
	s := (&script{at: worldStart}).terms()
	for n := range uint64(20) {
		s.decide(time.Millisecond, n)
	}
	f.scribe.write(s.items)
	f.open(t)
	if err := f.l.FoldJournal(t.Context(), f.dir, FoldOptions{}); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *filed) open(t *testing.T) {
	t.Helper()
	var err error
	if f.l, err = OpenSQLite(f.path, Options{}); err != nil {
		t.Fatal(err)
	}
}

// again closes the ledger, opens it again and folds; it is to have everything.
func (f *filed) again(t *testing.T) {
	t.Helper()
	if err := f.l.Close(); err != nil {
		t.Fatal(err)
	}
	f.open(t)
	if err := f.l.FoldJournal(t.Context(), f.dir, FoldOptions{}); err != nil {
		t.Fatal(err)
	}
	totals, err := f.l.Totals(t.Context(), always)
	if err != nil || totals[0].Offered.Requests != 20 {
		t.Errorf("it has %+v (%v)", totals, err)
	}
	if err := f.l.Close(); err != nil {
		t.Fatal(err)
	}
	f.isAlone(t)
}

// isAlone says that SQLite left nothing beside the file: all is in it.
func (f *filed) isAlone(t *testing.T) {
	t.Helper()
	for _, ending := range beside {
		if _, err := os.Stat(f.path + ending); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is still there (%v)", filepath.Base(f.path)+ending, err)
		}
	}
}

// What becomes of a ledger whose file somebody does something to while it is open.
func TestAFileThatIsNotLeftAlone(t *testing.T) {
	noise := bytes.Repeat([]byte{0xA5, 0x17}, 3000)
	for _, row := range []struct {
		sentence string
		do       func(f *filed) error
		replaced bool // otherwise damaged
	}{
		{"a file that is removed is made anew", func(f *filed) error { return os.Remove(f.path) }, true},
		{"a file that is removed with what is beside it is made anew", func(f *filed) error { return RemoveSQLite(f.path) }, true},
		{"a file that another one takes the place of is not folded into", func(f *filed) error {
			return errors.Join(os.Rename(f.path, f.path+".old"), os.WriteFile(f.path, nil, 0o600))
		}, true},
		{"a file that is written over is damaged", func(f *filed) error { return os.WriteFile(f.path, noise, 0o600) }, false},
		{"a file that is emptied is damaged", func(f *filed) error { return os.Truncate(f.path, 0) }, false},
	} {
		t.Run(row.sentence, func(t *testing.T) {
			f := openFiled(t)
			if err := row.do(f); err != nil {
				t.Fatal(err)
			}
			err := f.l.FoldJournal(t.Context(), f.dir, FoldOptions{})
			if errors.Is(err, ErrReplaced) != row.replaced || Damaged(err) == row.replaced {
				t.Errorf("folding says %v", err)
			}
			if !row.replaced {
				if err := RemoveSQLite(f.path); err != nil {
					t.Fatal(err)
				}
			}
			f.again(t)
		})
	}
}

// One process has the ledger open while its file is removed; another one makes it
// anew. Neither spoils the other's.
func TestAFileThatIsMadeAnewByAnother(t *testing.T) {
	f := openFiled(t)
	old := f.l
	if err := os.Remove(f.path); err != nil {
		t.Fatal(err)
	}
	f.open(t)
	if err := f.l.FoldJournal(t.Context(), f.dir, FoldOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := old.FoldJournal(t.Context(), f.dir, FoldOptions{}); !errors.Is(err, ErrReplaced) {
		t.Errorf("folding into the old one says %v", err)
	}
	if err := old.Close(); err != nil {
		t.Errorf("closing the old one says %v", err)
	}
	if totals, err := f.l.Totals(t.Context(), always); err != nil || totals[0].Offered.Requests != 20 {
		t.Errorf("the new one has %+v (%v)", totals, err)
	}
	f.again(t)
}

// A file of noise is no ledger, whatever lies beside it, and can be made one.
func TestNoiseIsNoLedger(t *testing.T) {
	f := openFiled(t)
	if err := f.l.Close(); err != nil {
		t.Fatal(err)
	}
	f.isAlone(t)
	if err := os.WriteFile(f.path, bytes.Repeat([]byte("noise"), 4000), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenSQLite(f.path, Options{}); !Damaged(err) {
		t.Errorf("opening it says %v", err)
	}
	if err := RemoveSQLite(f.path); err != nil {
		t.Fatal(err)
	}
	f.open(t)
	f.again(t)
	if err := errors.Join(RemoveSQLite(f.path), RemoveSQLite(f.path)); err != nil {
		t.Errorf("removing what is not there: %v", err)
	}
	if Damaged(&AheadError{journal.Position(2), 1}) || Damaged(nil) {
		t.Error("any error is damage")
	}
}
