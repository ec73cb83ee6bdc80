package ledger

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"srtm/duis"
	"srtm/journal"
	"srtm/traffic"
)

// month is a Source of a month in which each account sends one request a minute,
// of one variant after the other, so that there are as many rows as can be: a
// decision and an outcome each.
type month struct {
	accounts, minutes int
	variants          []string
	n                 int
	decision          journal.Decision
	outcome           journal.Outcome
	entry             journal.Entry
}

func newMonth(accounts, minutes int) *month {
	m := &month{accounts: accounts, minutes: minutes}
	for v := range duis.Variants() {
		if len(m.variants) < 30 {
			m.variants = append(m.variants, v.String())
		}
	}
	return m
}

func (m *month) Next() (*journal.Entry, error) {
	request := m.n / 2
	minute, account := request/m.accounts, request%m.accounts
	if minute >= m.minutes {
		return nil, io.EOF
	}
	own := journal.Own{Account: fmt.Sprintf("U%d", account), ID: uint32(account + 1)}
	variant := m.variants[(minute+account)%len(m.variants)]
	m.n++
	m.entry = journal.Entry{Position: journal.Position(m.n), At: worldStart + int64(minute)*int64(time.Minute) + int64(account)*int64(100*time.Millisecond)}
	if m.n%2 == 1 {
		m.decision = journal.Decision{Own: own, ID: duis.RequestID{Originator: duis.EUI64(account), Counter: uint64(m.n)}, CommandVariant: 1, Variant: variant,
			Numbers: traffic.Decision{At: m.entry.At, Cost: traffic.SR}}
		m.entry.Record = &m.decision
		return &m.entry, nil
	}
	m.outcome = journal.Outcome{Own: own, Decision: m.entry.Position - 1, Variant: variant, End: journal.Answered, Status: 200,
		Latency: time.Duration(m.n%977) * time.Millisecond}
	m.entry.Record = &m.outcome
	return &m.entry, nil
}

// BenchmarkMonth asks a ledger of 200 accounts and a month of minutes, nine million
// rows of minutes and as many of counts, for all that a month's reports need of it.
func BenchmarkMonth(b *testing.B) {
	path := filepath.Join(b.TempDir(), "ledger.db")
	l, err := OpenSQLite(path, Options{Batch: 2_000_000})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	if err := l.Fold(context.Background(), newMonth(200, 31*24*60), nil); err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	ctx := context.Background()
	for _, q := range []struct {
		name string
		ask  func() (int, error)
	}{
		{"Totals", func() (int, error) { return count(l.Totals(ctx, always)) }},
		{"Services", func() (int, error) { return count(l.Services(ctx, always)) }},
		{"Days", func() (int, error) { return count(l.Days(ctx, always)) }},
		{"SystemMinutes", func() (int, error) { return count(l.Minutes(ctx, always, System)) }},
		{"MinutesOfADay", func() (int, error) {
			return count(l.Minutes(ctx, Span{worldStart + int64(10*24*time.Hour), worldStart + int64(11*24*time.Hour)}, 7))
		}},
		{"Impaired", func() (int, error) { return count(l.Impaired(ctx, always)) }},
		{"Latency", func() (int, error) { return count(l.Latency(ctx, always)) }},
		{"Followed", func() (int, error) { return count(l.Followed(ctx, always)) }},
	} {
		b.Run(q.name, func(b *testing.B) {
			rows := 0
			for range b.N {
				if rows, err = q.ask(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(rows), "rows")
			b.ReportMetric(float64(info.Size()>>20), "MiB")
		})
	}
}

func count[T any](rows []T, err error) (int, error) { return len(rows), err }
