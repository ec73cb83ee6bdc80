package gateway

import (
	"os"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"srtm/journal"
	"srtm/traffic"
)

// slowDisk is this machine's disk, whose fsync takes so much longer.
type slowDisk struct{ more time.Duration }

type slowFile struct {
	*os.File
	more time.Duration
}

// Sync takes its time.
func (f slowFile) Sync() error {
	time.Sleep(f.more)
	return f.File.Sync()
}

func (d slowDisk) journal(b *testing.B) *journal.Journal {
	j, err := journal.Open(b.TempDir(), journal.Options{Environment: "test", Create: func(path string) (journal.Sink, error) {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o640)
		return slowFile{f, d.more}, err
	}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = j.Close() })
	return j
}

// BenchmarkJournal is BenchmarkDoor's gateway without a journal, with one on this
// machine's disk, and with one whose every fsync takes 2 ms more. What a disk
// costs is mostly waiting, so it is measured with as many callers as would wait.
func BenchmarkJournal(b *testing.B) {
	address := trivialDSP(b)
	for _, c := range []struct {
		name string
		disk *slowDisk
	}{{"without", nil}, {"with", &slowDisk{}}, {"with fsync of 2 ms", &slowDisk{2 * time.Millisecond}}} {
		b.Run(c.name, func(b *testing.B) {
			g := open(b, "http://"+address, func(cfg *Config, _ *traffic.Rules) {
				cfg.Clock = NewClock(cfg.Clock())
				if c.disk != nil {
					cfg.Journal = c.disk.journal(b)
				}
			})
			knockWith(b, g.addr, 256)
		})
	}
}

// BenchmarkRefusalLatency sends requests that are refused for traffic, each of
// 64 callers 100 a second, and reports how long a refusal takes when every fsync
// takes 2 ms.
func BenchmarkRefusalLatency(b *testing.B) {
	for _, c := range []struct {
		name string
		disk *slowDisk
	}{{"without journal", nil}, {"with journal, fsync of 2 ms", &slowDisk{2 * time.Millisecond}}} {
		b.Run(c.name, func(b *testing.B) {
			g := open(b, "http://127.0.0.1:1", func(cfg *Config, r *traffic.Rules) {
				*r = scarce()
				r.Accounts[0].Allocation = 0
				if c.disk != nil {
					cfg.Journal = c.disk.journal(b)
				}
			})
			v := g.visit()
			for g.count("throttled") == 0 {
				v.send(post(message(alpha1))).reply()
			}
			report(b, takeTurns(b, g))
		})
	}
}

// takeTurns has 64 callers send b.N requests in all and returns how long each took.
func takeTurns(b *testing.B, g *door) *hdrhistogram.Histogram {
	const callers = 64
	took := make(chan *hdrhistogram.Histogram, callers)
	b.ResetTimer()
	for i := range callers {
		v := g.visit()
		go func() {
			h := hdrhistogram.New(1, int64(time.Minute), 3)
			time.Sleep(time.Duration(i) * 10 * time.Millisecond / callers)
			for range b.N/callers + 1 {
				began := time.Now()
				v.send(post(message(alpha1))).reply()
				_ = h.RecordValue(int64(time.Since(began)))
				time.Sleep(10*time.Millisecond - time.Since(began))
			}
			took <- h
		}()
	}
	all := hdrhistogram.New(1, int64(time.Minute), 3)
	for range callers {
		all.Merge(<-took)
	}
	return all
}

func report(b *testing.B, h *hdrhistogram.Histogram) {
	b.ReportMetric(float64(h.ValueAtQuantile(50))/1e6, "p50-ms")
	b.ReportMetric(float64(h.ValueAtQuantile(99))/1e6, "p99-ms")
	b.ReportMetric(float64(h.Max())/1e6, "max-ms")
}
