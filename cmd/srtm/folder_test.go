package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"srtm/console"
	"srtm/journal"
	"srtm/policy"
)

// What the disk or the folder is to blame for comes with the folder's whole path and
// a way out.
func TestFolderHelp(t *testing.T) {
	data := t.TempDir()
	for _, row := range []struct {
		sentence string
		cause    error
		says     string
	}{
		{"a full disk", syscall.ENOSPC, "there is no room left for " + data},
		{"a quota that is used up", syscall.EDQUOT, "there is no room left for " + data},
		{"a disk that cannot be written", syscall.EROFS, data + " cannot be written: mount"},
		{"a folder of somebody else", syscall.EACCES, data + " is to belong to the user"},
		{"a file in the place of a folder", syscall.ENOTDIR, data + " is, or goes through, a file"},
	} {
		err := folderHelp(data, fmt.Errorf("opening the journal: %w", &fs.PathError{Op: "open", Path: "lock", Err: row.cause}))
		if _, hint, _ := strings.Cut(err.Error(), hintMark); !strings.HasPrefix(hint, row.says) {
			t.Errorf("%s: it says %q", row.sentence, err)
		}
	}
	for _, err := range []error{nil, journal.ErrInUse} {
		if got := folderHelp(data, err); got != err {
			t.Errorf("%v becomes %v", err, got)
		}
	}
}

// A gateway is told what is wrong with its --data before it listens.
func TestADataFolderThatIsNone(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	blocked := filepath.Join(dir, "blocked")
	if err := os.Mkdir(blocked, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(keysFolder(blocked), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, data := range []string{file, filepath.Join(file, "data"), blocked} {
		_, err := openBooks(data, &policy.Policy{Environment: "test"}, slog.New(slog.DiscardHandler))
		if err == nil || !strings.Contains(err.Error(), "data folder "+data) || !strings.Contains(err.Error(), hintMark+data) {
			t.Errorf("%s: it says %v", data, err)
		}
	}
}

// A start after a crash says so, and when the last record was; no other start does.
func TestAStartAfterACrashIsLogged(t *testing.T) {
	data := t.TempDir()
	var said bytes.Buffer
	open := func() *books {
		t.Helper()
		said.Reset()
		b, err := openBooks(data, &policy.Policy{Environment: "test"}, slog.New(slog.NewTextHandler(&said, nil)))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	const crash = "did not stop in order"
	first := open()
	if strings.Contains(said.String(), crash) {
		t.Errorf("the first start says %s", said.String())
	}
	at := first.clock()
	first.journal.Append(at, &journal.Start{Environment: "test"})
	if err := first.journal.Close(); err != nil { // the Head that this signs is no Stop
		t.Fatal(err)
	}
	second := open()
	when := time.Unix(0, at).UTC().Format("2006-01-02T15:04:05")
	if !strings.Contains(said.String(), crash) || !strings.Contains(said.String(), when) || !strings.Contains(said.String(), "position=1") {
		t.Errorf("after a crash at %s it says %q", when, said.String())
	}
	if err := second.close("test"); err != nil {
		t.Fatal(err)
	}
	third := open()
	if strings.Contains(said.String(), crash) {
		t.Errorf("after a stop in order it says %s", said.String())
	}
	if err := third.close("test"); err != nil {
		t.Fatal(err)
	}
}

// A wall clock that differs from the time of decisions shows to whoever looks at the
// state.
func TestTheStateShowsAWallClockThatDiffers(t *testing.T) {
	for offset, want := range map[float64]string{-5400: "at 2026-10-14 00:30:00 UTC, which is 1h30m0s before", 2: "at 2026-10-14 02:00:02 UTC, which is 2s after", 0.9: ""} {
		var out bytes.Buffer
		if err := writeState(&out, console.State{At: time.Date(2026, 10, 14, 2, 0, 0, 0, time.UTC), Offset: offset}); err != nil {
			t.Fatal(err)
		}
		if said := out.String(); strings.Contains(said, "WALL CLOCK") != (want != "") || !strings.Contains(said, want) {
			t.Errorf("at an offset of %v s: %s", offset, said)
		}
	}
}
