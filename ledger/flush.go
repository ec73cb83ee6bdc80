package ledger

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// ErrOvertaken says that another process has folded the same records meanwhile:
// nothing was written. Fold again, from Position on.
var ErrOvertaken = errors.New("another process has folded into this ledger meanwhile; fold again from its position")

// mark knows the last record again.
func (f *fold) mark() []byte {
	if f.position == 0 {
		return []byte{}
	}
	return markOf(f.at, f.raw)
}

func markOf(at int64, raw []byte) []byte {
	h := sha256.New()
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(at)))
	h.Write(raw)
	return h.Sum(nil)[:16]
}

// flush writes the batch, if the database is still as the batch found it.
func (l *Ledger) flush(ctx context.Context, f *fold) error {
	if f.batch.records == 0 && len(f.batch.plain) == 0 {
		return nil
	}
	for a := range f.batch.accounts {
		a.settle()
	}
	err := l.transaction(ctx, func(w *writer) error {
		if err := own(w, f); err != nil {
			return err
		}
		for _, part := range []func(*writer, *fold) error{
			writeSystem, writeAccounts, writeCounts, writeMinutes, writeLatency, writeEpisodes, writeSeconds, writeRefusals,
			writeFollowed, writeOpen, writeBroken, writeLowered, writePlain,
		} {
			if err := part(w, f); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	f.written = f.position
	f.writtenMark = f.mark()
	f.batch = newBatch()
	return nil
}

// own makes sure that nobody else has folded since, nor will until the end of the
// transaction.
func own(w *writer, f *fold) error {
	var position int64
	var mark []byte
	err := w.ask("how far it is", "select position, mark from folded where one = 1"+w.d.lock).each(func(r *sql.Rows) error { return r.Scan(&position, &mark) })
	switch {
	case err != nil:
		return fmt.Errorf("reading how far the ledger is: %w", err)
	case position != int64(f.written) || !bytes.Equal(mark, f.writtenMark):
		return ErrOvertaken
	}
	return nil
}

func writeSystem(w *writer, f *fold) error {
	c := &coder{}
	f.code(c)
	t := f.tallies
	if err := w.exec(`update folded set position = ?, at = ?, mark = ?, first_position = ?, first_at = ?, decisions = ?, outcomes = ?,
		others = ?, missing = ?, state = ? where one = 1`, int64(f.position), f.at, f.mark(), int64(f.first), f.firstAt,
		int64(t.decisions), int64(t.outcomes), int64(t.others), int64(t.missing), c.b); err != nil {
		return fmt.Errorf("writing how far the ledger is: %w", err)
	}
	b := f.batch
	return w.rows(plain("other_variants", columns(key, "id"), "variant"), len(b.variants), func(i int, to []any) []any {
		return append(to, int64(b.firstNew+i), text(b.variants[i]))
	})
}

func writeAccounts(w *writer, f *fold) error {
	var all []*account
	for a := range f.batch.accounts {
		if a.id != System {
			all = append(all, a)
		}
	}
	slices.SortFunc(all, func(a, b *account) int { return cmp.Compare(a.id, b.id) })
	return w.rows(accountsTable(), len(all), func(i int, to []any) []any {
		c := &coder{}
		all[i].code(c)
		return append(to, int64(all[i].id), text(all[i].name), c.b)
	})
}

func writeCounts(w *writer, f *fold) error {
	minutes := f.batch.counts
	days := map[countRow]*Count{}
	for _, row := range minutes {
		row.time /= minutesOfDay
		count := row.Count
		row.Count = Count{}
		sum := days[row]
		if sum == nil {
			sum = &Count{}
			days[row] = sum
		}
		sum.count(count)
	}
	if err := writeCountRows(w, f, countsTable("counts", "minute"), minutes); err != nil {
		return err
	}
	rows := make([]countRow, 0, len(days))
	for row, sum := range days {
		row.Count = *sum
		rows = append(rows, row)
	}
	return writeCountRows(w, f, countsTable("day_counts", "day"), rows)
}

func writeCountRows(w *writer, f *fold, t *table, rows []countRow) error {
	slices.SortFunc(rows, func(a, b countRow) int { // in the order of the key, so that neighbours are written together
		return cmp.Or(cmp.Compare(a.time, b.time), cmp.Compare(a.account, b.account), cmp.Compare(a.user, b.user),
			cmp.Compare(a.variant, b.variant), cmp.Compare(a.verdict, b.verdict), cmp.Compare(a.reason, b.reason))
	})
	return w.rows(t, len(rows), func(i int, to []any) []any {
		r := &rows[i]
		return append(to, r.time, int64(r.account), int64(r.user), f.names.name(r.variant), int64(r.verdict), int64(r.reason),
			int64(r.Requests), int64(r.Cost))
	})
}

func appendCounts(to []any, counts ...Count) []any {
	for _, c := range counts {
		to = append(to, int64(c.Requests), int64(c.Cost))
	}
	return to
}

func appendParts(to []any, p *Parts) []any {
	return appendCounts(to, p.Offered, p.Forwarded, p.Throttled, p.Closed, p.Shadow, p.ShadowClosed)
}

func appendSums(to []any, s *Sums) []any {
	to = appendCounts(appendParts(to, &s.Parts), s.Spare)
	return append(to, int64(s.Answered), int64(s.DSPErrors), int64(s.Failed), int64(s.Busy), int64(s.ClientLeft))
}

func appendPeaks(to []any, peaks ...Peak) []any {
	for _, p := range peaks {
		to = append(to, int64(p.Cost), p.At)
	}
	return to
}

func writeMinutes(w *writer, f *fold) error {
	rows := make([]*minuteRow, 0, len(f.batch.minutes))
	for _, row := range f.batch.minutes {
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b *minuteRow) int {
		return cmp.Or(cmp.Compare(a.minute, b.minute), cmp.Compare(a.account, b.account))
	})
	err := w.rows(minutesTable(), len(rows), func(i int, to []any) []any {
		r := rows[i]
		to = appendSums(append(to, r.minute, int64(r.account)), &r.Sums)
		return append(appendPeaks(to, r.Second, r.Burst), int64(r.First), int64(r.Last))
	})
	if err != nil {
		return err
	}
	days := daysOf(rows)
	return w.rows(daysTable(), len(days), func(i int, to []any) []any {
		r := days[i]
		to = appendSums(append(to, r.minute, int64(r.account)), &r.Sums)
		to = append(appendPeaks(to, r.Second, r.Burst), int64(r.allocation), int64(r.depth), int64(r.First), int64(r.Last))
		return appendCounts(to, r.within, r.beyond)
	})
}

// daysOf adds up minutes, which are in order, to days, which are not.
func daysOf(minutes []*minuteRow) []*minuteRow {
	days := map[dayKey]*minuteRow{}
	var rows []*minuteRow
	for _, m := range minutes {
		key := dayKey{m.minute / minutesOfDay, m.account}
		d := days[key]
		if d == nil {
			d = &minuteRow{minuteKey: minuteKey{key.day, m.account}}
			days[key] = d
			rows = append(rows, d)
		}
		d.sum(m.Sums)
		d.within.count(m.within)
		d.beyond.count(m.beyond)
		d.Second.see(m.Second.Cost, m.Second.At)
		if d.Burst.see(m.Burst.Cost, m.Burst.At) {
			d.allocation, d.depth = m.allocation, m.depth
		}
		if m.First != 0 {
			d.Range.see(m.First)
			d.Range.see(m.Last)
		}
	}
	return rows
}
