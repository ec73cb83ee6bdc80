package ledger

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"syscall"

	"modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"
)

// OpenSQLite opens the ledger in a file, and makes it, for its owner alone, when
// it is missing. Of an error that says that the file is damaged, Damaged is true; one
// that says that the disk is full or cannot be written is syscall.ENOSPC or EROFS.
func OpenSQLite(path string, o Options) (*Ledger, error) {
	l, err := openSQLite(path, o)
	if err != nil {
		return nil, fmt.Errorf("opening the ledger %s: %w", path, withCause(err))
	}
	return l, nil
}

func openSQLite(path string, o Options) (*Ledger, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	l := &Ledger{options: o, dialect: sqliteDialect()}
	if l.file, err = openDatabase(path, o.ReadOnly); err != nil {
		return nil, err
	}
	open := func(query string) (*sql.DB, error) {
		location := url.URL{Scheme: "file", Path: path, RawQuery: query}
		return sql.Open("sqlite", location.String())
	}
	if l.read, err = open("mode=ro&_pragma=busy_timeout(60000)&_pragma=cache_size(-65536)"); err != nil {
		return nil, errors.Join(err, l.file.close())
	}
	if o.ReadOnly {
		return l.ready()
	}
	// The journal is the truth: a ledger that loses its last transactions with the
	// machine folds them again.
	l.write, err = open("mode=rw&_pragma=busy_timeout(60000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)" +
		"&_pragma=cache_size(-65536)&_pragma=wal_autocheckpoint(8192)")
	if err != nil {
		return nil, errors.Join(err, l.read.Close(), l.file.close())
	}
	l.write.SetMaxOpenConns(1)
	return l.ready()
}

// beside are the endings of the files that SQLite keeps beside a database.
var beside = [...]string{"-wal", "-shm", "-journal"}

// RemoveSQLite removes the ledger in a file, and what SQLite keeps beside it, so that
// it is made anew when it is next opened. It may be open meanwhile, in this process
// or another: that Ledger's next FoldJournal is ErrReplaced. One that is not there is
// no error.
func RemoveSQLite(path string) error {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	err := os.Remove(path)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err == nil {
		err = removeBeside(path)
	}
	if err != nil {
		return fmt.Errorf("removing the ledger: %w", err)
	}
	return nil
}

func removeBeside(path string) error {
	var all error
	for _, ending := range beside {
		if err := os.Remove(path + ending); err != nil && !errors.Is(err, fs.ErrNotExist) {
			all = errors.Join(all, err)
		}
	}
	return all
}

// ErrReplaced says that the file of a SQLite ledger is no longer the one that was
// opened: somebody removed it, or put another one in its place. What is folded into
// the one that is open is lost; close it and open it again.
var ErrReplaced = errors.New("the ledger's file was removed, or another one put in its place, while it was open")

var errNoDatabase = errors.New("it does not begin as a SQLite database does: somebody wrote over it")

// Damaged says whether an error tells of a SQLite ledger whose file cannot be
// understood any more. It is made anew by RemoveSQLite and folding.
func Damaged(err error) bool {
	if errors.Is(err, errNoDatabase) {
		return true
	}
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	kind := e.Code() & kindOfError
	return kind == codes.SQLITE_CORRUPT || kind == codes.SQLITE_NOTADB || e.Code() == codes.SQLITE_IOERR_SHORT_READ
}

const kindOfError = 0xff // of a code of SQLite

// withCause adds the operating system's error where SQLite has one of its own for it:
// a disk that is full, one that cannot be written.
func withCause(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	switch kind := e.Code() & kindOfError; {
	case kind == codes.SQLITE_FULL, e.Code() == codes.SQLITE_IOERR_SHMSIZE:
		return fmt.Errorf("%w: %w", err, syscall.ENOSPC)
	case kind == codes.SQLITE_READONLY:
		return fmt.Errorf("%w: %w", err, syscall.EROFS)
	}
	return err
}

// database is the file of a SQLite ledger. It is held open so that it can be known
// again, and closed only after SQLite has closed it: to close a file is, in POSIX, to
// give up all locks that the process has on it.
type database struct {
	path string
	file *os.File
}

// openDatabase opens the file, which it makes where it is missing unless it is only
// to be read. What SQLite kept beside a file that is gone goes with it: it would be
// taken for a part of the new one.
func openDatabase(path string, readOnly bool) (*database, error) {
	if readOnly {
		file, err := os.Open(path)
		return &database{path, file}, err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		return &database{path, file}, err
	}
	if err != nil {
		return nil, err
	}
	if err := removeBeside(path); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &database{path, file}, nil
}

// check says whether the file is still there, the same one, and looks like a
// database. Nil has nothing to be checked.
func (d *database) check() error {
	if d == nil {
		return nil
	}
	there, err := os.Stat(d.path)
	if errors.Is(err, fs.ErrNotExist) {
		return ErrReplaced
	}
	if err != nil {
		return err
	}
	held, err := d.file.Stat()
	if err != nil {
		return err
	}
	if !os.SameFile(there, held) {
		return ErrReplaced
	}
	const beginning = "SQLite format 3\x00"
	found := make([]byte, len(beginning))
	if _, err := d.file.ReadAt(found, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if string(found) != beginning {
		return errNoDatabase
	}
	return nil
}

func (d *database) close() error {
	if d == nil {
		return nil
	}
	return d.file.Close()
}
