package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

// isTerminal says whether a person sees what is written to w.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// every calls do each d, until ctx ends or the returned function is called, which
// waits for the last call to end.
func every(ctx context.Context, d time.Duration, do func()) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(d)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				do()
			}
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// eraseLine takes back what stands in the terminal's line.
const eraseLine = "\r\033[K"

// progress shows on a terminal how far long work is, and nothing elsewhere.
type progress struct {
	out         io.Writer
	what        string
	done, total int64
	shown       int64
	on          bool
}

func newProgress(out io.Writer, what string, total int64) *progress {
	return &progress{out: out, what: what, total: total, on: total > 0 && isTerminal(out)}
}

// reader counts what is read of r.
func (p *progress) reader(r io.Reader) io.Reader { return io.TeeReader(r, p) }

// Write counts b and shows every whole per cent.
func (p *progress) Write(b []byte) (int, error) {
	p.done += int64(len(b))
	if p.on {
		if now := p.done * 100 / p.total; now != p.shown {
			p.shown = now
			fmt.Fprintf(p.out, "\r%s %d %%", p.what, now)
		}
	}
	return len(b), nil
}

// reach shows that so much of a total is done.
func (p *progress) reach(done, total int64) {
	p.total = max(total, 1)
	p.done = min(done, p.total) - 1
	_, _ = p.Write([]byte{0})
}

func (p *progress) end() {
	if p.on {
		fmt.Fprint(p.out, eraseLine)
	}
}
