package evidence

import (
	"archive/zip"
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"github.com/klauspost/compress/flate"
)

// The seal is the archive's comment, its last octets. It finds accidents:
// whoever alters a bundle on purpose can make a new one.
const (
	sealName = "sha256:"
	sealSize = len(sealName) + 2*sha256.Size
)

// sealer passes on what is written, but for the last sealSize octets, which it
// replaces by the seal.
type sealer struct {
	w    io.Writer
	hash hash.Hash
	tail []byte
}

// Write holds back what may be the end.
func (s *sealer) Write(b []byte) (int, error) {
	s.tail = append(s.tail, b...)
	if ready := len(s.tail) - sealSize; ready > 0 {
		s.hash.Write(s.tail[:ready])
		if _, err := s.w.Write(s.tail[:ready]); err != nil {
			return 0, err
		}
		s.tail = s.tail[:copy(s.tail, s.tail[ready:])]
	}
	return len(b), nil
}

func (s *sealer) seal() error {
	_, err := io.WriteString(s.w, sealName+hex.EncodeToString(s.hash.Sum(nil)))
	return err
}

// archive writes a bundle's entries, one after the other.
type archive struct {
	zip    *zip.Writer
	sealer *sealer
	time   time.Time // that all entries bear, so that the same bundle is the same octets
}

func newArchive(w io.Writer, at time.Time) *archive {
	s := &sealer{w: w, hash: sha256.New()}
	a := &archive{zip.NewWriter(s), s, at}
	a.zip.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.DefaultCompression)
	})
	return a
}

// entry begins an entry; it ends when the next one begins.
func (a *archive) entry(name string) (*bufio.Writer, error) {
	w, err := a.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: a.time})
	if err != nil {
		return nil, err
	}
	return bufio.NewWriterSize(w, 1<<16), nil
}

// text writes an entry whole.
func (a *archive) text(name, text string) error {
	w, err := a.entry(name)
	if err != nil {
		return err
	}
	if _, err := w.WriteString(text); err != nil {
		return err
	}
	return w.Flush()
}

func (a *archive) close() error {
	if err := a.zip.SetComment(string(make([]byte, sealSize))); err != nil {
		return err
	}
	if err := a.zip.Close(); err != nil {
		return err
	}
	return a.sealer.seal()
}

// opened is a bundle that is read.
type opened struct {
	entries map[string]*zip.File
}

// open checks the seal, and that the archive has no entry twice.
func open(r io.ReaderAt, size int64) (*opened, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("this is no bundle, or it is cut short: %w", err)
	}
	z.RegisterDecompressor(zip.Deflate, flate.NewReader)
	if err := checkSeal(r, size, z.Comment); err != nil {
		return nil, err
	}
	o := &opened{make(map[string]*zip.File)}
	for _, f := range z.File {
		if o.entries[f.Name] != nil {
			return nil, fmt.Errorf("the entry %q is there twice", f.Name)
		}
		o.entries[f.Name] = f
	}
	return o, nil
}

func checkSeal(r io.ReaderAt, size int64, comment string) error {
	if len(comment) != sealSize || size < int64(sealSize) {
		return errors.New("the archive has no seal: its comment should be sha256: and 64 hexadecimal digits")
	}
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(r, 0, size-int64(sealSize))); err != nil {
		return fmt.Errorf("read the bundle: %w", err)
	}
	if want := sealName + hex.EncodeToString(h.Sum(nil)); comment != want {
		return fmt.Errorf("the file is not as it was written: its seal is %s, and its octets give %s", comment, want)
	}
	return nil
}

// reader gives an entry's contents.
func (o *opened) reader(name string) (io.ReadCloser, error) {
	f := o.entries[name]
	if f == nil {
		return nil, fmt.Errorf("the entry %s is missing", name)
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return r, nil
}

// text gives an entry of at most so many octets whole.
func (o *opened) text(name string, most int64) ([]byte, error) {
	r, err := o.reader(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if int64(len(b)) > most {
		return nil, fmt.Errorf("%s is longer than %d octets", name, most)
	}
	return b, nil
}
