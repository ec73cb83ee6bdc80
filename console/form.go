package console

import (
	"errors"
	"net/http"
	"strings"

	"srtm/access"
)

// The most octets of a form, of one with files, and what of its files is kept in
// memory while they are read.
const (
	mostForm       = 1 << 20
	mostFormFiles  = mostBody
	mostFormMemory = 8 << 20
)

// readForm reads a form; one with files only of those who operate.
func (c *call) readForm(need access.Right) error {
	read, most := c.r.ParseForm, int64(mostForm)
	if strings.HasPrefix(c.r.Header.Get("Content-Type"), "multipart/form-data") {
		if need != access.Operate {
			return fail(http.StatusUnsupportedMediaType, "no files are taken here; send the form as application/x-www-form-urlencoded")
		}
		read, most = func() error { return c.r.ParseMultipartForm(mostFormMemory) }, mostFormFiles
	}
	c.r.Body = http.MaxBytesReader(c.w, c.r.Body, most)
	err := read()
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return fail(http.StatusRequestEntityTooLarge, "the form has more than %d octets, which is the most that is taken", large.Limit)
	case err != nil:
		return fail(http.StatusBadRequest, "the form cannot be read: %w", err)
	}
	return nil
}
