package gateway

import (
	"bufio"
	"errors"
	"io"
	"net/http/httputil"
)

// readExactly appends n bytes to dst. It makes room only as they come: a length
// is quickly said. It returns io.ErrUnexpectedEOF when there are fewer.
func readExactly(dst []byte, in io.Reader, n int) ([]byte, error) {
	for n > 0 {
		step := min(n, max(16<<10, len(dst)))
		from := len(dst)
		dst = grow(dst, step)
		got, err := io.ReadFull(in, dst[from:])
		if err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return dst[:from+got], err
		}
		n -= step
	}
	return dst, nil
}

// readUpTo appends what comes until n bytes are there, or until the end, which
// it reports as io.EOF.
func readUpTo(dst []byte, in io.Reader, n int) ([]byte, error) {
	for len(dst) < n {
		from := len(dst)
		dst = grow(dst, min(n-from, max(16<<10, from)))
		got, err := in.Read(dst[from:])
		dst = dst[:from+got]
		if err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// grow lengthens b by n bytes of any value.
func grow(b []byte, n int) []byte {
	for cap(b)-len(b) < n {
		b = append(b[:cap(b)], 0)[:len(b)]
	}
	return b[:len(b)+n]
}

// exactBody reads a body of known length. Unlike io.LimitedReader it does not
// take an early end for the end.
type exactBody struct {
	in   io.Reader
	left int64
}

func (b *exactBody) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, io.EOF
	}
	n, err := b.in.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	if err == io.EOF && b.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// chunkedBody reads a chunked body to the end of its trailer, which it drops.
type chunkedBody struct {
	data io.Reader
	in   *bufio.Reader
	done bool
}

func newChunkedBody(in *bufio.Reader) *chunkedBody {
	return &chunkedBody{data: httputil.NewChunkedReader(in), in: in}
}

var errTrailer = errors.New("the trailer after the last chunk is malformed or larger than 4 KiB; send none")

func (b *chunkedBody) Read(p []byte) (int, error) {
	if b.done {
		return 0, io.EOF
	}
	n, err := b.data.Read(p)
	if err != io.EOF {
		return n, err
	}
	if err := b.skipTrailer(); err != nil {
		return n, err
	}
	b.done = true
	return n, io.EOF
}

// skipTrailer reads lines until an empty one.
func (b *chunkedBody) skipTrailer() error {
	const most = 4 << 10
	for size := 0; size <= most; {
		line, err := b.in.ReadSlice('\n')
		if err == io.EOF {
			return io.ErrUnexpectedEOF
		}
		if err == bufio.ErrBufferFull {
			return errTrailer
		}
		if err != nil {
			return err
		}
		if len(line) < 2 || line[len(line)-2] != '\r' {
			return errTrailer
		}
		if len(line) == 2 {
			return nil
		}
		if f, err := parseField(line); err != nil || f.is("content-length") || f.is("transfer-encoding") || f.is("host") {
			return errTrailer
		}
		size += len(line)
	}
	return errTrailer
}
