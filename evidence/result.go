package evidence

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"srtm/journal"
)

// Result says what Check found.
type Result struct {
	Account, Environment, Journal string
	From, To                      string   // the time that was asked for, RFC 3339
	Signers                       []string // the verifier keys that signed the heads
	Known                         bool     // they are known from elsewhere
	Records, Decisions            uint64
	Parts                         []Part // in the order in which they were checked
	Failures                      []Failure
	Failed                        uint64   // all failures, also those beyond the first that are kept
	Reservations                  []string // what could not be proved, although nothing is wrong
	Notices                       []string // the account's notices, challenges and answers, in words
	Told                          []string // what it was told by e-mail and webhooks, in words
}

// Part is one thing that was checked.
type Part struct {
	Name, Says string
	Failed     uint64
}

// Failure says what is wrong and where. Fields that do not apply are zero.
type Failure struct {
	Part      string // the name of the Part
	Nth       uint64 // of the account's records, from 1
	Position  journal.Position
	At        int64
	RequestID string
	What      string // what is wrong, and what should have been
}

// keptFailures is how many failures are kept: one altered record may make many.
const keptFailures = 20

// Error writes the failure in one line.
func (f Failure) Error() string {
	var s strings.Builder
	s.WriteString(f.Part + ": ")
	if f.Nth > 0 {
		fmt.Fprintf(&s, "record %d of the account's own", f.Nth)
		if f.Position > 0 {
			fmt.Fprintf(&s, " (position %d, %s)", f.Position, moment(f.At))
		}
		s.WriteString(": ")
	}
	if f.RequestID != "" {
		s.WriteString("RequestID " + f.RequestID + ": ")
	}
	return s.String() + f.What
}

// Sound says that nothing is wrong. Reservations may remain.
func (r *Result) Sound() bool { return r.Failed == 0 }

// Write writes the result for people: a line for each part, then what is wrong,
// what could not be proved, and a last line with the outcome.
func (r *Result) Write(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if r.Account != "" {
		fmt.Fprintf(table, "bundle\t%s of %s, %s to %s\n", r.Account, r.Environment, r.From, r.To)
	}
	for _, p := range r.Parts {
		says := p.Says
		switch {
		case p.Failed > 0:
			says = fmt.Sprintf("FAILED: %s, see below", many(p.Failed, "time"))
		case says == "":
			says = "not checked"
		}
		fmt.Fprintf(table, "%s\t%s\n", p.Name, says)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	var s strings.Builder
	for _, text := range slices.Concat(r.Notices, r.Told) {
		s.WriteString(text + "\n")
	}
	for _, f := range r.Failures {
		fmt.Fprintf(&s, "wrong: %s\n", f.Error())
	}
	if more := r.Failed - uint64(len(r.Failures)); more > 0 {
		fmt.Fprintf(&s, "wrong: and %d more of this kind\n", more)
	}
	for _, text := range r.Reservations {
		fmt.Fprintf(&s, "but: %s\n", text)
	}
	s.WriteString(r.verdict() + "\n")
	_, err := io.WriteString(w, s.String())
	return err
}

func (r *Result) verdict() string {
	switch {
	case !r.Sound():
		return "This bundle FAILS."
	case len(r.Reservations) > 0:
		return "This bundle holds, with the reservations above."
	default:
		return "This bundle holds."
	}
}

// part begins or finds a part.
func (r *Result) part(name string) *Part {
	for i := range r.Parts {
		if r.Parts[i].Name == name {
			return &r.Parts[i]
		}
	}
	r.Parts = append(r.Parts, Part{Name: name})
	return &r.Parts[len(r.Parts)-1]
}

func (r *Result) fail(f Failure) {
	r.part(f.Part).Failed++
	r.Failed++
	if len(r.Failures) < keptFailures {
		r.Failures = append(r.Failures, f)
	}
}

func (r *Result) reserve(format string, args ...any) {
	r.Reservations = append(r.Reservations, fmt.Sprintf(format, args...))
}
