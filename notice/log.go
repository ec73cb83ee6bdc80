package notice

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"
)

// maxLine is the most bytes that a line of the log has; the largest event to the
// most targets has fewer.
const maxLine = 2 << 20

// entry is a line of the log: an event that was put, or what became of it at one
// target.
type entry struct {
	At      time.Time `json:"at"`
	ID      string    `json:"id"`
	Event   *Event    `json:"event,omitempty"` // put
	To      []string  `json:"to,omitempty"`    // put: the targets' keys
	Target  string    `json:"target,omitempty"`
	Outcome Outcome   `json:"outcome,omitempty"`
	Kind    Kind      `json:"kind,omitempty"` // ended: of the event
	Account string    `json:"account,omitempty"`
	Told    Kind      `json:"told,omitempty"` // what the state was last said to be
}

// encode writes a line: eight hexadecimal digits of CRC-32C, a space, the entry as
// JSON. A line stands on its own, so that damage costs no more than itself.
func (e entry) encode() ([]byte, error) {
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil { // ends the line too
		return nil, err
	}
	if body.Len()+9 > maxLine {
		return nil, fmt.Errorf("the notice has %d bytes with its targets; at most %d", body.Len(), maxLine-9)
	}
	text := bytes.TrimSuffix(body.Bytes(), []byte("\n"))
	return fmt.Appendf(nil, "%08x %s\n", sum(text), text), nil
}

func sum(text []byte) uint32 { return crc32.Checksum(text, crc32.MakeTable(crc32.Castagnoli)) }

// decode reads a line without its end.
func decode(line []byte) (entry, bool) {
	var e entry
	if len(line) < 10 || len(line) > maxLine || line[8] != ' ' {
		return e, false
	}
	want, err := strconv.ParseUint(string(line[:8]), 16, 32)
	if err != nil || sum(line[9:]) != uint32(want) || json.Unmarshal(line[9:], &e) != nil {
		return e, false
	}
	if e.Event != nil {
		clean, err := e.Event.cleaned()
		if err != nil || !idForm.MatchString(e.ID) {
			return e, false
		}
		e.Event = &clean
	}
	return e, true
}

// readLog gives every whole entry in order, and returns the lines that are none.
func readLog(from io.Reader, each func(entry)) (damaged [][]byte, err error) {
	in := bufio.NewReaderSize(from, 64<<10)
	for {
		line, err := readLine(in)
		if len(line) > 0 {
			if e, ok := decode(line); ok {
				each(e)
			} else {
				damaged = append(damaged, line)
			}
		}
		if errors.Is(err, io.EOF) {
			return damaged, nil
		}
		if err != nil {
			return damaged, err
		}
	}
}

// readLine returns a line without its end, of at most maxLine bytes; what is more
// is a line of its own, and damaged.
func readLine(in *bufio.Reader) (line []byte, err error) {
	for len(line) <= maxLine {
		piece, err := in.ReadSlice('\n')
		line = append(line, piece...)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		return bytes.TrimSuffix(line, []byte("\n")), err
	}
	return line, nil
}

// logFile is the log on disk. Its methods are not for several goroutines at once.
type logFile struct {
	dir   string
	file  *os.File
	size  int64
	clean int64 // its size when it was last written anew
	torn  bool  // the last write failed: what it left may still be there
}

const (
	logName     = "outbox.log"
	damagedName = "damaged.log" // lines that could not be read, as they were
	unfinished  = ".new"
)

// openLog reads the log of a folder, which it makes if need be.
func openLog(dir string, each func(entry)) (l *logFile, damaged int, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, 0, err
	}
	l = &logFile{dir: dir}
	if l.file, err = os.OpenFile(l.path(), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600); err != nil {
		return nil, 0, err
	}
	lines, err := readLog(l.file, each)
	if err == nil {
		l.size, err = l.file.Seek(0, io.SeekEnd)
	}
	if err == nil {
		err = l.keepDamaged(lines)
	}
	if err == nil {
		err = l.syncFolder()
	}
	l.torn = true // the last line may have no end
	if err != nil {
		return nil, 0, errors.Join(err, l.file.Close())
	}
	return l, len(lines), nil
}

func (l *logFile) path() string { return filepath.Join(l.dir, logName) }

// keepDamaged sets lines that cannot be read aside, for whoever wants to see what
// they were; the log itself is written anew without them.
func (l *logFile) keepDamaged(lines [][]byte) error {
	if len(lines) == 0 {
		return nil
	}
	f, err := os.OpenFile(filepath.Join(l.dir, damagedName), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(bytes.Join(lines, []byte("\n")), '\n'))
	return errors.Join(err, f.Sync(), f.Close())
}

// append adds lines; with durable it returns when they are on the disk.
func (l *logFile) append(text []byte, durable bool) error {
	if l.file == nil {
		return os.ErrClosed
	}
	if l.torn { // an empty line is nothing, and what was torn stays apart
		text = append([]byte("\n"), text...)
	}
	n, err := l.file.Write(text)
	l.size += int64(n)
	l.torn = err != nil
	if err == nil && durable {
		err = l.file.Sync()
	}
	return err
}

// rewrite makes the log hold these lines and nothing else, at once.
func (l *logFile) rewrite(text []byte) error {
	if l.file == nil {
		return os.ErrClosed
	}
	f, err := os.OpenFile(l.path()+unfinished, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync()); err == nil {
		err = os.Rename(l.path()+unfinished, l.path())
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	old := l.file
	l.file, l.size, l.clean, l.torn = f, int64(len(text)), int64(len(text)), false
	return errors.Join(l.syncFolder(), old.Close())
}

func (l *logFile) syncFolder() error {
	if runtime.GOOS == "windows" { // folders cannot be synced there
		return nil
	}
	f, err := os.Open(l.dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (l *logFile) close() error {
	if l.file == nil {
		return nil
	}
	err := errors.Join(l.file.Sync(), l.file.Close())
	l.file = nil
	return err
}
