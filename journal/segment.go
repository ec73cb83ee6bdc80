package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// The names of segments: the position of their first record, and whether they
// are compressed.
const (
	plainSuffix      = ".srtm"
	compressedSuffix = ".srtm.zst"
	unfinishedSuffix = ".new" // being compressed
)

// segment is one file of a journal.
type segment struct {
	first      Position
	path       string
	compressed bool
}

func segmentPath(dir string, first Position) string {
	return filepath.Join(dir, fmt.Sprintf("%020d%s", first, plainSuffix))
}

// segments lists a journal's segments in order. Of one that is there both as it
// was and compressed, which a crash may leave behind, the former is listed.
func segments(dir string) ([]segment, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("listing the journal: %w", err)
	}
	var list []segment
	for _, e := range entries {
		name, compressed := strings.CutSuffix(e.Name(), compressedSuffix)
		if !compressed {
			var plain bool
			if name, plain = strings.CutSuffix(e.Name(), plainSuffix); !plain {
				continue
			}
		}
		first, err := strconv.ParseUint(name, 10, 64)
		if err != nil || len(name) != 20 {
			continue
		}
		list = append(list, segment{Position(first), filepath.Join(dir, e.Name()), compressed})
	}
	slices.SortStableFunc(list, func(a, b segment) int {
		return int(min(1, max(-1, int64(a.first)-int64(b.first)))*2) + int(octet(a.compressed)) - int(octet(b.compressed))
	})
	return slices.CompactFunc(list, func(a, b segment) bool { return a.first == b.first }), nil
}

// source gives the blocks of one segment, also while it grows.
type source struct {
	segment
	header
	file   *os.File
	zip    *zstd.Decoder // nil: the file is as it was written
	buffer []byte        // read and not yet used
	spare  []byte        // its memory
	offset int64         // of buffer[0], in the segment as it was written
	ended  bool          // a compressed file has ended
}

// errShort says that the segment does not hold (yet) what should come next.
var errShort = errors.New("the segment is cut short")

// openSource opens a segment and reads its header. It returns errShort where not
// even that is whole.
func openSource(s segment) (*source, [32]byte, error) {
	f, err := os.Open(s.path)
	if errors.Is(err, fs.ErrNotExist) && !s.compressed { // compressed meanwhile
		s.path, s.compressed = strings.TrimSuffix(s.path, plainSuffix)+compressedSuffix, true
		f, err = os.Open(s.path)
	}
	if err != nil {
		return nil, [32]byte{}, fmt.Errorf("opening a segment of the journal: %w", err)
	}
	src := &source{segment: s, file: f}
	if s.compressed {
		src.zip, err = zstd.NewReader(f, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(1<<30), zstd.WithDecoderLowmem(true))
	}
	if err == nil {
		err = src.fill(segmentHeader)
	}
	var chain [32]byte
	if err == nil {
		src.header, chain, err = parseHeader(src.buffer)
	}
	if err == nil && src.header.first != s.first {
		err = errHeader
	}
	if err != nil {
		src.close()
		return nil, chain, err
	}
	src.use(segmentHeader)
	return src, chain, nil
}

func (s *source) close() {
	if s.zip != nil {
		s.zip.Close()
	}
	_ = s.file.Close()
}

// fill makes sure that the buffer holds n octets. It returns errShort when the
// file does not have them.
func (s *source) fill(n int) error {
	for len(s.buffer) < n {
		if cap(s.buffer) < n || cap(s.buffer)-len(s.buffer) < 4<<10 {
			s.makeRoom(n)
		}
		got, err := s.more(s.buffer[len(s.buffer):cap(s.buffer)])
		s.buffer = s.buffer[:len(s.buffer)+got]
		if err != nil && err != io.EOF {
			return fmt.Errorf("reading %s: %w", filepath.Base(s.path), err)
		}
		if err == io.EOF && len(s.buffer) < n {
			return errShort
		}
	}
	return nil
}

// makeRoom moves the buffer to the front of memory that holds n octets and more.
// Memory grows only as octets come, whatever a block says its length is.
func (s *source) makeRoom(n int) {
	const usual = 256 << 10
	want := max(usual, min(n, 2*len(s.buffer)+usual))
	if cap(s.spare) < want {
		s.spare = make([]byte, want)
	}
	s.buffer = s.spare[:copy(s.spare, s.buffer)]
}

func (s *source) more(to []byte) (int, error) {
	if s.zip == nil {
		return s.file.ReadAt(to, s.offset+int64(len(s.buffer)))
	}
	if s.ended {
		return 0, io.EOF
	}
	n, err := io.ReadFull(s.zip, to)
	if err == io.ErrUnexpectedEOF || err == io.EOF {
		s.ended, err = true, io.EOF
	} else if err != nil {
		s.ended = true
		err = fmt.Errorf("the compressed file is damaged: %w", err)
	}
	return n, err
}

// forget has the file looked at anew from where the source stands. A compressed
// one does not change.
func (s *source) forget() {
	if s.zip == nil {
		s.buffer = s.buffer[:0]
	}
}

func (s *source) use(n int) {
	s.buffer = s.buffer[n:]
	s.offset += int64(n)
}

// The ways in which a block can be wrong.
var (
	errMarker   = errors.New("no block begins where one should")
	errLength   = errors.New("a block says that it is longer than any may be")
	errChecksum = errors.New("a block's checksum is not that of its contents")
)

// block returns the octets of the next block, header included, which are valid
// until the next call, and does not step over them. It returns io.EOF at the
// clean end and errShort where a block is not whole.
func (s *source) block() (b []byte, n contents, err error) {
	if err := s.fill(blockHeader); err != nil {
		if err == errShort && len(s.buffer) == 0 {
			err = io.EOF
		}
		return nil, n, err
	}
	if !bytes.Equal(s.buffer[:markerSize], s.marker[:]) {
		return nil, n, errMarker
	}
	n, length := parseBlockHeader(s.buffer)
	if length > maxBlock {
		return nil, n, errLength
	}
	if err := s.fill(blockHeader + length); err != nil {
		return nil, n, err
	}
	b = s.buffer[:blockHeader+length]
	if !sound(b) {
		return b, n, errChecksum
	}
	return b, n, nil
}

// pass steps over a block that is not sound, if another one begins where its own
// length says that it ends: then it is not the length that is wrong.
func (s *source) pass(b []byte) bool {
	n := len(b)
	if s.fill(n+markerSize) != nil || !bytes.Equal(s.buffer[n:n+markerSize], s.marker[:]) {
		return false
	}
	s.use(n)
	return true
}

// resync steps to the next block that is whole, beyond the octet it stands at,
// and returns how many octets it stepped over. It returns io.EOF when there is
// none.
func (s *source) resync() (skipped int64, err error) {
	from := s.offset
	for {
		if err := s.fill(1 + blockHeader); err != nil {
			return s.offset - from, io.EOF
		}
		s.use(1)
		if at := bytes.Index(s.buffer, s.marker[:]); at < 0 {
			s.use(max(0, len(s.buffer)-markerSize))
			continue
		} else {
			s.use(at)
		}
		if _, _, err := s.block(); err == nil {
			return s.offset - from, nil
		}
	}
}
