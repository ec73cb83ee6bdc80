package journal

import (
	"errors"
	"os"
	"reflect"
	"syscall"
	"testing"
)

// moody closes with an error, once it has.
type moody struct{ *os.File }

// Close closes the file and says that it could not.
func (m moody) Close() error { return errors.Join(m.File.Close(), syscall.EIO) }

func TestASegmentThatCannotBeFinishedOrBegunLosesNothing(t *testing.T) {
	made := 0
	for what, create := range map[string]func(string) (Sink, error){
		"the full one cannot be closed": func(path string) (Sink, error) {
			f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o640)
			return moody{f}, err
		},
		"too many files are open for a new one": func(path string) (Sink, error) {
			if made++; made == 2 {
				return nil, syscall.EMFILE
			}
			return os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o640)
		},
	} {
		t.Run(what, func(t *testing.T) {
			dir := t.TempDir()
			j := open(t, dir, options(func(o *Options) { o.Segment, o.Create = 2000, create }))
			const decisions = 30_000
			for n := 0; n < decisions; n += 1000 {
				fill(t, j, n, n+1000)
			}
			if f := j.Stats().Failures; f != 0 {
				t.Errorf("it failed %d times", f)
			}
			entries, _ := all(t, dir, 0)
			if got := numbers(entries); !reflect.DeepEqual(got, upTo(decisions)) {
				t.Errorf("on record are %d decisions", len(got))
			}
			if list, _ := segments(dir); len(list) < 2 {
				t.Error("there is one segment for all")
			}
			wantWhole(t, dir)
		})
	}
}
