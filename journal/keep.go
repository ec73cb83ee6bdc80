package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"
)

// housekeeper compresses segments that are finished, and removes those that are
// older than they are kept, beside the journal's work.
type housekeeper struct {
	j       *Journal
	woken   chan struct{}
	cancel  context.CancelFunc
	running sync.WaitGroup
	mu      sync.Mutex // tidying
	doubt   time.Time  // before it nothing is removed
}

// SetKeep changes for how long segments are kept at least; 0: for ever. It takes
// effect when the next segment is finished.
func (j *Journal) SetKeep(keep time.Duration) { j.keep.Store(int64(keep)) }

// doubtful has nothing removed for a day where the clock is further ahead of the
// last record than that: it may be wrong, and what is removed is gone.
func (h *housekeeper) doubtful(ahead time.Duration) {
	const long = 24 * time.Hour
	if h.j.keep.Load() == 0 || ahead <= long {
		return
	}
	h.doubt = time.Now().Add(long)
	h.j.o.Logger.Warn("the clock is far ahead of the journal's last record: no segment is removed for a day; stop the gateway if the clock is wrong", "ahead", ahead.String())
}

func (h *housekeeper) start(j *Journal) {
	var ctx context.Context
	ctx, h.cancel = context.WithCancel(context.Background())
	h.j, h.woken = j, make(chan struct{}, 1)
	if j.at > 0 {
		h.doubtful(time.Duration(j.o.Now() - j.at))
	}
	h.running.Go(func() { h.run(ctx) })
	h.nudge()
}

func (h *housekeeper) stop() {
	h.cancel()
	h.running.Wait()
}

func (h *housekeeper) nudge() {
	select {
	case h.woken <- struct{}{}:
	default:
	}
}

func (h *housekeeper) run(ctx context.Context) {
	ticker := time.NewTicker(h.j.o.Heads)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.woken:
		case <-ticker.C:
		}
		if err := h.tidy(ctx); err != nil && ctx.Err() == nil {
			h.j.o.Logger.Warn("a segment of the journal stays as it is", "error", err.Error())
		}
	}
}

// tidy looks at all segments but the one under way.
func (h *housekeeper) tidy(ctx context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	current := h.j.Durable()
	list, err := segments(h.j.dir)
	if err != nil {
		return err
	}
	var failed error
	stays := false // and so does all that comes after it
	for i, s := range list[:max(0, len(list)-1)] {
		if ctx.Err() != nil || list[i+1].first > current || h.j.Failing() != nil {
			break
		}
		if !stays {
			var err error
			if stays, err = h.retire(s, list[i+1]); err != nil {
				failed = errors.Join(failed, err)
			}
		}
		if stays && !s.compressed {
			if err := h.pack(ctx, s); err != nil && failed == nil {
				failed = err
			}
		}
	}
	return errors.Join(failed, ctx.Err())
}

// retire removes a segment if it is too old, or says that it stays.
func (h *housekeeper) retire(s, next segment) (stays bool, err error) {
	old, after, err := h.old(next)
	if err != nil || !old {
		return true, err
	}
	if err := h.remove(s, next.first-1, after); err != nil {
		return true, err
	}
	return false, nil
}

// pack makes a segment's index and compresses it.
func (h *housekeeper) pack(ctx context.Context, s segment) error {
	if err := makeIndex(s); err != nil {
		h.j.o.Logger.Warn("a segment of the journal has no index; finding a request in it takes longer", "error", err.Error())
	}
	return compress(ctx, s.path)
}

// old says whether all records before a segment are older than they are kept,
// and what the journal's chain was there.
func (h *housekeeper) old(next segment) (bool, [32]byte, error) {
	if h.j.keep.Load() == 0 || time.Now().Before(h.doubt) {
		return false, [32]byte{}, nil
	}
	src, _, err := openSource(next)
	if err != nil {
		return false, [32]byte{}, err
	}
	defer src.close()
	return src.header.at < h.j.o.Now()-h.j.keep.Load(), src.header.before, nil
}

// remove deletes a segment, once it is on record that it does.
func (h *housekeeper) remove(s segment, last Position, chain [32]byte) error {
	if err := h.j.Append(h.j.o.Now(), &Removal{First: s.first, Last: last, Chain: chain}).Wait(); err != nil {
		return err
	}
	plain := strings.TrimSuffix(s.path, filepath.Ext(s.path))
	if !s.compressed {
		plain = s.path
	}
	for _, path := range []string{plain, strings.TrimSuffix(plain, plainSuffix) + compressedSuffix, indexPath(plain)} {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// compress puts a segment's compressed form in its place. Until that is whole
// the segment stays.
func compress(ctx context.Context, path string) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	done := strings.TrimSuffix(path, plainSuffix) + compressedSuffix
	out, err := os.OpenFile(done+unfinishedSuffix, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o640)
	if err != nil {
		return err
	}
	zip, err := zstd.NewWriter(out, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderCRC(true))
	if err == nil {
		_, err = io.Copy(zip, cancelled{ctx, in})
		err = errors.Join(err, zip.Close())
	}
	if err = errors.Join(err, out.Sync(), out.Close()); err == nil {
		err = os.Rename(done+unfinishedSuffix, done)
	}
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	if err != nil {
		_ = os.Remove(done + unfinishedSuffix)
		return fmt.Errorf("compressing %s: %w", filepath.Base(path), err)
	}
	return os.Remove(path)
}

// cancelled is a reader that ends with its context.
type cancelled struct {
	ctx context.Context
	in  io.Reader
}

// Read reads unless the context has ended.
func (c cancelled) Read(b []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.in.Read(b)
}
