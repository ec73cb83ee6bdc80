package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"
	"time"

	"srtm/journal"
)

// hintMark stands in an error's text before what can be done about it.
const hintMark = "\nhint: "

// folderHelp adds to an error that has its cause in the disk or in a folder's
// permissions what can be done about it.
func folderHelp(data string, err error) error {
	if err == nil {
		return nil
	}
	if whole, wrong := filepath.Abs(data); wrong == nil {
		data = whole
	}
	hint := ""
	switch {
	case isAny(err, syscall.ENOSPC, syscall.EDQUOT):
		hint = "there is no room left for %s: free some on its disk, or give a folder on another disk as --data"
	case isAny(err, syscall.EROFS):
		hint = "%s cannot be written: mount its disk for writing, or give another folder as --data"
	case errors.Is(err, fs.ErrPermission):
		hint = "%s is to belong to the user who runs this, and to be writable: see ls -ld and chown, or give another folder as --data"
	case isAny(err, syscall.ENOTDIR, syscall.EEXIST):
		hint = "%s is, or goes through, a file where a folder is needed: give a folder as --data"
	default:
		return err
	}
	return fmt.Errorf("%w%s"+hint, err, hintMark, data)
}

func isAny(err error, causes ...syscall.Errno) bool {
	for _, cause := range causes {
		if errors.Is(err, cause) {
			return true
		}
	}
	return false
}

// lastRun is how far the gateway that ran before came.
type lastRun struct {
	at       int64 // nanoseconds since 1970 UTC, of its last record; 0: there is none
	position journal.Position
	stopped  bool // in order
}

// lookBack says in the log when the gateway that ran before did not stop in order. end
// is the journal's, before anything is recorded.
func (b *books) lookBack(end journal.Position) {
	last, err := lastRunOf(journalFolder(b.data), end)
	switch {
	case err != nil:
		b.log.Warn("the journal does not tell how the gateway that ran here before ended", "error", err.Error())
	case last.at > 0 && !last.stopped:
		b.log.Warn("the gateway that ran here before did not stop in order: it was killed, broke down, lost its power or could not record its end; what became of requests that it was forwarding then may be unknown for ever",
			"last record", time.Unix(0, last.at).UTC(), "position", uint64(last.position))
	}
}

// lastRunOf reads the last records of a journal up to end. After a Stop come only
// records that the journal makes by itself.
func lastRunOf(dir string, end journal.Position) (last lastRun, err error) {
	const enough = 256
	r, err := journal.OpenReader(dir, end-min(end, enough))
	if err != nil {
		return last, err
	}
	defer r.Close()
	for e, err := range r.All() {
		if damage := (*journal.DamageError)(nil); errors.As(err, &damage) {
			continue
		}
		if err != nil || e.Position > end {
			return last, err
		}
		switch e.Record.(type) {
		case *journal.Head, *journal.Removal, *journal.Damage:
		case *journal.Stop:
			last = lastRun{e.At, e.Position, true}
		default:
			last = lastRun{e.At, e.Position, false}
		}
	}
	return last, nil
}
