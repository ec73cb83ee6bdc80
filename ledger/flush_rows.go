package ledger

import (
	"cmp"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"

	"srtm/journal"
)

// Histograms are merged here and not by the database: so what is there is read,
// added and written back.

func writeLatency(w *writer, f *fold) error {
	rows := f.batch.latency
	keys := slices.SortedFunc(maps.Keys(rows), func(a, b latencyKey) int {
		return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.account, b.account), cmp.Compare(a.service, b.service))
	})
	if len(keys) == 0 {
		return nil
	}
	counted := map[latencyKey]uint64{}
	for _, k := range keys {
		counted[k] = rows[k].Count()
	}
	q := w.ask("latencies", "select day, account, service, histogram from latency where day between ? and ?", keys[0].day, keys[len(keys)-1].day)
	err := q.each(func(r *sql.Rows) error {
		var k latencyKey
		var octets []byte
		if err := r.Scan(&k.day, &k.account, &k.service, &octets); err != nil {
			return err
		}
		if h := rows[k]; h != nil {
			return h.mergeOctets(octets)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return w.rows(latencyTable(), len(keys), func(i int, to []any) []any {
		k := keys[i]
		return append(to, k.day, int64(k.account), k.service, int64(counted[k]), rows[k].append(nil))
	})
}

func writeEpisodes(w *writer, f *fold) error {
	ids := slices.Sorted(maps.Keys(f.batch.episodes))
	for _, id := range ids {
		err := w.ask(fmt.Sprintf("episode %d", id), "select latency from episodes where id = ?", id).each(func(r *sql.Rows) error {
			var octets []byte
			if err := r.Scan(&octets); err != nil {
				return err
			}
			return f.batch.episodes[id].Latency.mergeOctets(octets)
		})
		if err != nil {
			return err
		}
	}
	err := w.rows(episodesTable(), len(ids), func(i int, to []any) []any {
		r := f.batch.episodes[ids[i]]
		to = append(to, r.ID, r.Started, r.Ended, int64(r.How), int64(r.Activation), int64(r.Cause), int64(r.Account), text(r.Variant), int64(r.Threshold),
			int64(r.First), int64(r.Last))
		to = appendPeaks(appendSums(to, &r.Sums), r.PeakOffered, r.PeakReached)
		return append(to, int64(r.RefusedSeconds), int64(r.ShadowSeconds), int64(r.Unused), int64(r.PressedSeconds), int64(r.PressedUnused),
			int64(r.PressedCapacity), r.Latency.append([]byte{}))
	})
	for _, id := range ids {
		if err == nil {
			err = writeEpisode(w, f, f.batch.episodes[id])
		}
	}
	return err
}

func writeEpisode(w *writer, f *fold, e *episodeRow) error {
	accounts := slices.Sorted(maps.Keys(e.accounts))
	err := w.rows(episodeAccountsTable(), len(accounts), func(i int, to []any) []any {
		r := e.accounts[accounts[i]]
		to = appendCounts(appendParts(append(to, r.Episode, int64(r.Account)), &r.Parts), r.Spare)
		to = append(appendPeaks(to, r.Second, r.Burst), int64(r.Allocation), int64(r.Depth), int64(r.ThrottledTopUps), int64(r.ShadowTopUps),
			int64(r.RefusedSeconds), int64(r.ShadowSeconds), int64(r.Over))
		return append(to, r.FirstRefusal, r.LastRefusal, r.FirstShadow, r.LastShadow, int64(r.HungrySeconds), int64(r.Due), int64(r.Got))
	})
	if err != nil {
		return err
	}
	variants := slices.SortedFunc(maps.Keys(e.variants), func(a, b episodeVariantKey) int {
		return cmp.Or(cmp.Compare(a.account, b.account), cmp.Compare(a.variant, b.variant))
	})
	return w.rows(episodeVariantsTable(), len(variants), func(i int, to []any) []any {
		r := e.variants[variants[i]]
		return appendParts(append(to, r.Episode, int64(r.Account), f.names.name(variants[i].variant)), &r.Parts)
	})
}

func writeSeconds(w *writer, f *fold) error {
	rows := f.batch.seconds
	keys := slices.SortedFunc(maps.Keys(rows), func(a, b secondKey) int {
		return cmp.Or(cmp.Compare(a.episode, b.episode), cmp.Compare(a.account, b.account), cmp.Compare(a.second, b.second))
	})
	return w.rows(episodeSecondsTable(), len(keys), func(i int, to []any) []any {
		k := keys[i]
		r := rows[k]
		return appendParts(append(to, k.episode, int64(k.account), k.second, int64(r.Seconds)), &r.Parts)
	})
}

func writeRefusals(w *writer, f *fold) error {
	return w.rows(refusalsTable(), len(f.batch.refusals), func(i int, to []any) []any {
		r := &f.batch.refusals[i]
		d, n := &r.decision, &r.decision.Numbers
		return append(to, int64(r.position), r.at, int64(r.account), int64(d.ID.Originator), text(d.Variant), int64(d.CommandVariant),
			int64(d.ID.Counter), f.pseudonym(d), int64(n.Cost), int64(n.Assured), int64(n.Spare), int64(n.Pool), int64(n.Cold), int64(n.Depth),
			int64(n.Allocation), int64(n.Policy), int64(n.Refusals), int64(n.RetryAfter), int64(n.Verdict), int64(n.Reason),
			number(n.Active), number(n.Activated), number(r.within), int64(n.Kept), int64(n.Limit), int64(n.Hold), int64(n.HoldRate),
			number(n.Exempt), number(n.Vouched), number(n.Held))
	})
}

// pseudonym stands for a target, which is never written; nil where there is no
// key.
func (f *fold) pseudonym(d *journal.Decision) any {
	if f.pseudonyms == nil {
		return []byte(nil)
	}
	p := f.pseudonyms.Of(d.ID.Target)
	return p[:]
}

func writeFollowed(w *writer, f *fold) error {
	rows := f.batch.followed
	keys := slices.SortedFunc(maps.Keys(rows), func(a, b followedKey) int {
		return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.account, b.account), cmp.Compare(a.variant, b.variant))
	})
	if len(keys) == 0 {
		return nil
	}
	if err := mergeDelays(w, f, keys); err != nil {
		return fmt.Errorf("reading delays: %w", err)
	}
	return w.rows(followedTable(), len(keys), func(i int, to []any) []any {
		k := keys[i]
		r := rows[k]
		return append(to, k.day, int64(k.account), f.names.name(k.variant), int64(r.refusals), int64(r.requests), int64(r.later),
			int64(r.likely), int64(r.never), int64(r.notFollowed), r.laterDelay.append([]byte{}), r.likelyDelay.append([]byte{}))
	})
}

func mergeDelays(w *writer, f *fold, keys []followedKey) error {
	q := w.ask("delays", "select day, account, variant, later_delay, likely_delay from followed where day between ? and ?", keys[0].day, keys[len(keys)-1].day)
	return q.each(func(r *sql.Rows) error {
		var k followedKey
		var name string
		var later, likely []byte
		if err := r.Scan(&k.day, &k.account, &name, &later, &likely); err != nil {
			return err
		}
		k.variant, _ = f.names.variant(name)
		if row := f.batch.followed[k]; row != nil {
			return cmp.Or(row.laterDelay.mergeOctets(later), row.likelyDelay.mergeOctets(likely))
		}
		return nil
	})
}

// writeOpen keeps what is being followed: what was opened and is not closed, less
// what was closed.
func writeOpen(w *writer, f *fold) error {
	var fresh []*open
	for _, i := range f.batch.opened {
		if o := &f.follower.slots[i]; o.used && !o.kept {
			o.kept = true
			fresh = append(fresh, o)
		}
	}
	slices.SortFunc(fresh, func(a, b *open) int { return cmp.Compare(a.position, b.position) })
	err := w.rows(openTable(), len(fresh), func(i int, to []any) []any {
		o := fresh[i]
		target := f.pseudonyms.Of(o.id.Target)
		return append(to, int64(o.position), o.at, int64(o.account), int64(o.id.Originator), target[:], int64(o.id.Counter),
			number(o.second), number(o.likely), f.names.name(o.variant))
	})
	closed := f.batch.closed
	slices.Sort(closed)
	for len(closed) > 0 && err == nil {
		n := w.chunk(openKeys(), len(closed))
		err = w.deleteOpen(closed[:n])
		closed = closed[n:]
	}
	return err
}

func openKeys() *table { return &table{"open_refusals", columns(key, "position")} }

func (w *writer) deleteOpen(positions []journal.Position) error {
	w.args = w.args[:0]
	for _, p := range positions {
		w.args = append(w.args, int64(p))
	}
	marks := strings.TrimSuffix(strings.Repeat("?,", len(positions)), ",")
	if err := w.exec("delete from open_refusals where position in ("+marks+")", w.args...); err != nil {
		return fmt.Errorf("closing %d followed requests: %w", len(positions), err)
	}
	return nil
}

func writeBroken(w *writer, f *fold) error {
	rows := f.batch.broken
	keys := slices.SortedFunc(maps.Keys(rows), func(a, b dayKey) int {
		return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.account, b.account))
	})
	return w.rows(brokenTable(), len(keys), func(i int, to []any) []any {
		r := rows[keys[i]]
		return append(to, r.Day, int64(r.Account), int64(r.Requests), int64(r.Cost), int64(r.Shadow.Requests), int64(r.Shadow.Cost), int64(r.First))
	})
}

func writeLowered(w *writer, f *fold) error {
	rows := f.batch.lowered
	keys := slices.SortedFunc(maps.Keys(rows), func(a, b loweredKey) int {
		return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.account, b.account), cmp.Compare(a.cause, b.cause),
			cmp.Compare(a.verdict, b.verdict), cmp.Compare(a.reason, b.reason), cmp.Compare(a.allocation, b.allocation))
	})
	return w.rows(loweredTable(), len(keys), func(i int, to []any) []any {
		r := rows[keys[i]]
		to = append(to, r.Day, int64(r.Account), r.Cause, int64(r.Verdict), int64(r.Reason), int64(r.Allocation))
		return append(appendCounts(to, r.Count, r.Within), int64(r.First))
	})
}

// writePlain writes rows of single records, and the texts that they name.
func writePlain(w *writer, f *fold) error {
	if err := writeRecords(w, f); err != nil {
		return err
	}
	names := slices.Sorted(maps.Keys(f.batch.treatment))
	err := w.rows(plain("treatments", columns(key, "name"), "content"), len(names), func(i int, to []any) []any {
		return append(to, names[i], f.batch.treatment[names[i]])
	})
	if err != nil {
		return err
	}
	t := plain("policy_files", columns(key, "digest", "n"), "name", "content")
	for _, p := range f.batch.documents {
		if err := w.rows(t, len(p.Files), func(i int, to []any) []any {
			return append(to, text(p.Digest), int64(i), text(p.Files[i].Name), text(p.Files[i].Text))
		}); err != nil {
			return err
		}
	}
	return nil
}

func writeRecords(w *writer, f *fold) error {
	byTable := map[string][]plainRow{}
	for _, row := range f.batch.plain {
		byTable[row.table.name] = append(byTable[row.table.name], row)
	}
	for _, name := range slices.Sorted(maps.Keys(byTable)) {
		rows := byTable[name]
		if err := w.rows(rows[0].table, len(rows), func(i int, to []any) []any {
			for _, v := range rows[i].values {
				to = append(to, plainValue(v))
			}
			return to
		}); err != nil {
			return err
		}
	}
	return nil
}
