package ledger

import (
	"context"
	"iter"
	"maps"
	"strings"

	"srtm/journal"
)

func keysOf[K comparable, V any](m map[K]V) iter.Seq[K] { return maps.Keys(m) }

// rows are what the tables hold in which each record is a row.
type rows struct {
	terms      []Terms
	policies   []Policy
	starts     []Start
	gaps       []Gap
	losses     []Loss
	damages    []Damage
	acts       []Act
	clocks     []Clock
	heads      []Head
	proposals  []Proposal
	notices    []Notice
	challenges []Challenge
	deliveries []Delivery
	running    bool
	last       *journal.Entry
}

// records compares the tables in which each record is a row.
func (c comparison) records() {
	var want rows
	status := Status{Version: version, Pseudonyms: c.key}
	for _, i := range c.items {
		if d := i.damage; d != nil {
			want.damages = append(want.damages, Damage{At: want.last.At, After: d.After, Found: true,
				Damage: journal.Damage{File: d.File, Offset: d.Offset, What: d.What}})
			continue
		}
		switch i.entry.Record.(type) {
		case *journal.Decision:
			status.Decisions++
		case *journal.Outcome:
			status.Outcomes++
		default:
			status.Others++
		}
		want.record(i.entry)
		if want.last != nil {
			status.Missing += uint64(i.entry.Position - want.last.Position - 1)
		} else {
			status.First, status.FirstAt = i.entry.Position, i.entry.At
		}
		status.Position, status.At, want.last = i.entry.Position, i.entry.At, i.entry
	}
	got, err := c.l.Status(context.Background())
	status.Open, status.Running = got.Open, want.running
	equal(c, "status", answer([]Status{got}, err), []Status{status})
	compareTable(c, "terms", want.terms, c.l.Terms)
	compareTable(c, "policies", want.policies, c.l.Policies)
	compareTable(c, "starts", want.starts, c.l.Starts)
	compareTable(c, "gaps", want.gaps, c.l.Gaps)
	compareTable(c, "losses", want.losses, c.l.Losses)
	compareTable(c, "damages", want.damages, c.l.Damages)
	compareTable(c, "acts", want.acts, c.l.Acts)
	compareTable(c, "clocks", want.clocks, c.l.Clocks)
	compareTable(c, "heads", want.heads, c.l.Heads)
	compareTable(c, "proposals", want.proposals, c.l.Proposals)
	compareTable(c, "notices", want.notices, c.l.Notices)
	compareTable(c, "challenges", want.challenges, c.l.Challenges)
	compareTable(c, "deliveries", want.deliveries, c.l.Deliveries)
}

func (w *rows) record(e *journal.Entry) {
	switch r := e.Record.(type) {
	case *journal.Terms:
		if !r.Repeated {
			w.terms = append(w.terms, Terms{e.Position, e.At, *r})
		}
	case *journal.Policy:
		kept := *r
		kept.Files = []journal.File{r.Files[0], {Name: r.Files[1].Name, Text: "é\uFFFD\uFFFD"}} // as the databases can hold it
		w.policies = append(w.policies, Policy{e.Position, e.At, kept})
	case *journal.Start:
		row := Start{Position: e.Position, At: e.At, Crashed: w.running, Start: *r}
		if w.last != nil {
			row.Before = w.last.At
		}
		w.starts = append(w.starts, row)
		w.running = true
	case *journal.Stop:
		w.running = false
	case *journal.Gap:
		w.gaps = append(w.gaps, Gap{e.Position, e.At, *r})
	case *journal.Lost:
		w.losses = append(w.losses, Loss{e.Position, e.At, *r})
	case *journal.Damage:
		w.damages = append(w.damages, Damage{At: e.At, After: e.Position - 1, Damage: *r})
	case *journal.Act:
		w.acts = append(w.acts, Act{e.Position, e.At, *r})
	case *journal.Clock:
		w.clocks = append(w.clocks, Clock{e.Position, e.At, *r})
	case *journal.Proposal:
		kept := *r
		kept.Files = nil
		w.proposals = append(w.proposals, Proposal{e.Position, e.At, len(r.Files), kept})
	case *journal.Notice:
		w.notices = append(w.notices, Notice{e.Position, e.At, *r})
	case *journal.Challenge:
		kept := *r
		kept.Text = strings.ReplaceAll(r.Text, "\x00", "\uFFFD")
		w.challenges = append(w.challenges, Challenge{e.Position, e.At, kept})
	case *journal.Delivery:
		w.deliveries = append(w.deliveries, Delivery{e.Position, e.At, *r})
	case *journal.CommonDelivery:
		w.deliveries = append(w.deliveries, Delivery{e.Position, e.At, journal.Delivery{Telling: r.Telling}})
	case *journal.Head:
		w.heads = append(w.heads, Head{e.Position, e.At, r.Text})
	}
}

func compareTable[T any](c comparison, what string, want []T, ask func(context.Context, Span) ([]T, error)) {
	c.t.Helper()
	got, err := ask(context.Background(), always)
	equal(c, what, answer(got, err), want)
	none, err := ask(context.Background(), Span{0, 1})
	if err != nil || len(none) > 0 {
		c.t.Fatalf("%s of a time in which there was nothing: %v, %v", what, none, err)
	}
}
