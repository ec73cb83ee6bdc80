package evidence

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"srtm/duis"
	"srtm/journal"
)

// Source gives a journal's records in order, and io.EOF at its end. A
// *journal.Reader is one.
type Source interface {
	Next() (*journal.Entry, error)
}

// Selection says which decisions Export writes, and how.
type Selection struct {
	Account  string // only this one's; empty: all
	From, To int64  // nanoseconds since 1970 UTC, From ≤ at < To; a To of 0 is no end
	// Target says how targets are written; without it that column is empty, and
	// preceding shows … in its place.
	Target func(duis.EUI64) string
	// Arrivals has the columns written that srtm replay reads.
	Arrivals bool
	// Progress is called with the place reached, from time to time.
	Progress func(journal.Position)
}

// Exported says what Export wrote.
type Exported struct {
	Decisions uint64
	Damage    []*journal.DamageError // what could not be read: the export is without it
}

// The columns, in the order in which they are written.
const (
	decisionColumns = "at,account,user_id,target,counter,command_variant,srv,verdict,reason," +
		"position,number,cost,assured,spare,pool,depth,allocation_per_s,policy,refusals,retry_after,active,activated,first_in_sequence,preceding,cold," +
		"kept,limit,hold,hold_rate,exempt,vouched,held\n"
	arrivalColumns = "at_ns,account,srv,user_id,target,counter,command_variant\n"
)

// Export writes decisions as CSV with a header: at as RFC 3339 with nanoseconds,
// amounts in Service Requests and allocation_per_s exactly, first_in_sequence
// and preceding empty where the request did not have them. A text that a
// spreadsheet would take for a formula begins with an apostrophe, see Cell; but
// not among arrivals, which are as they were.
func Export(w io.Writer, src Source, sel Selection) (Exported, error) {
	var done Exported
	out := bufio.NewWriterSize(w, 1<<16)
	line, header := sel.decision, decisionColumns
	if sel.Arrivals {
		line, header = sel.arrival, arrivalColumns
	}
	_, err := out.WriteString(header) // as all that follows: an error here is met again
	var b []byte
	for err == nil {
		var e *journal.Entry
		e, err = src.Next()
		if damage := (*journal.DamageError)(nil); errors.As(err, &damage) {
			done.Damage, err = append(done.Damage, damage), nil
			continue
		}
		if err != nil || sel.To != 0 && e.At >= sel.To {
			break
		}
		if sel.Progress != nil && e.Position%4096 == 0 {
			sel.Progress(e.Position)
		}
		d, is := e.Record.(*journal.Decision)
		if !is || e.At < sel.From || sel.Account != "" && d.Account != sel.Account {
			continue
		}
		done.Decisions++
		b = line(b[:0], e, d)
		_, err = out.Write(b)
	}
	if err != nil && err != io.EOF {
		return done, fmt.Errorf("export: %w", err)
	}
	return done, out.Flush()
}

// Decisions writes decisions as Export does, with targets as they are. Flush it
// at the end.
type Decisions struct {
	out  *bufio.Writer
	sel  Selection
	line []byte
}

// NewDecisions writes the header to w and returns a writer of decisions.
func NewDecisions(w io.Writer) *Decisions {
	d := &Decisions{out: bufio.NewWriterSize(w, 1<<16), sel: Selection{Target: AsItIs}}
	d.out.WriteString(decisionColumns)
	return d
}

// Write writes one decision. What goes wrong Flush returns.
func (d *Decisions) Write(e *journal.Entry, r *journal.Decision) {
	d.line = d.sel.decision(d.line[:0], e, r)
	_, _ = d.out.Write(d.line)
}

// Flush writes what is still held back, and returns the first error of all.
func (d *Decisions) Flush() error { return d.out.Flush() }

func (sel *Selection) arrival(b []byte, e *journal.Entry, d *journal.Decision) []byte {
	b = strconv.AppendInt(b, d.Numbers.At, 10)
	b = appendField(append(b, ','), d.Account)
	b = appendField(append(b, ','), d.Variant) // as it is: a program reads it
	b = d.ID.Originator.AppendTo(append(b, ','))
	b = sel.appendTarget(append(b, ','), d.ID.Target)
	b = strconv.AppendUint(append(b, ','), d.ID.Counter, 10)
	b = strconv.AppendUint(append(b, ','), uint64(d.CommandVariant), 10)
	return append(b, '\n')
}

func (sel *Selection) decision(b []byte, e *journal.Entry, d *journal.Decision) []byte {
	n := &d.Numbers
	b = append(b, moment(d.Numbers.At)...)
	b = appendField(append(b, ','), d.Account)
	b = d.ID.Originator.AppendTo(append(b, ','))
	b = sel.appendTarget(append(b, ','), d.ID.Target)
	b = strconv.AppendUint(append(b, ','), d.ID.Counter, 10)
	b = strconv.AppendUint(append(b, ','), uint64(d.CommandVariant), 10)
	b = appendField(append(b, ','), Cell(d.Variant))
	b = append(append(b, ','), n.Verdict.String()...)
	b = append(append(b, ','), n.Reason.String()...)
	b = strconv.AppendUint(append(b, ','), uint64(e.Position), 10)
	b = strconv.AppendUint(append(b, ','), n.Number, 10)
	for _, amount := range [...]int64{int64(n.Cost), int64(n.Assured), int64(n.Spare), int64(n.Pool), int64(n.Depth), int64(n.Allocation)} {
		b = appendExact(append(b, ','), amount)
	}
	for _, number := range [...]uint32{n.Policy, n.Refusals, n.RetryAfter} {
		b = strconv.AppendUint(append(b, ','), uint64(number), 10)
	}
	b = strconv.AppendBool(append(b, ','), n.Active)
	b = strconv.AppendBool(append(b, ','), n.Activated)
	b = append(b, ',')
	if d.HasFirstInSequence {
		b = strconv.AppendBool(b, d.FirstInSequence)
	}
	b = append(b, ',')
	if d.HasPreceding {
		b = append(b, Options{Target: sel.Target}.requestID(d.Preceding)...)
	}
	for _, amount := range [...]int64{int64(n.Cold), int64(n.Kept), int64(n.Limit), int64(n.Hold), int64(n.HoldRate)} {
		b = appendExact(append(b, ','), amount)
	}
	for _, is := range [...]bool{n.Exempt, n.Vouched, n.Held} {
		b = strconv.AppendBool(append(b, ','), is)
	}
	return append(b, '\n')
}

func (sel *Selection) appendTarget(b []byte, target duis.EUI64) []byte {
	if sel.Target == nil {
		return b
	}
	return append(b, sel.Target(target)...)
}

// Cell returns a text that somebody else chose for a cell of a table: with an
// apostrophe before it where a spreadsheet would take it for a formula.
func Cell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}

// appendField quotes a field where CSV (RFC 4180) needs it.
func appendField(b []byte, text string) []byte {
	if !strings.ContainsAny(text, ",\"\r\n") && !strings.HasPrefix(text, " ") {
		return append(b, text...)
	}
	return append(append(append(b, '"'), strings.ReplaceAll(text, `"`, `""`)...), '"')
}
