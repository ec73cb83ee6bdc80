package report

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// cover is what differs between the heads of pages.
type cover struct {
	file, title, classification string
	version                     int
	reader                      string // account of the Service User that reads it
	names                       bool   // the reader may see everybody's names
}

// newPage begins a page with what every page says of itself.
func (m *month) newPage(c cover) *page {
	p := &page{file: c.file, title: c.title, classification: c.classification}
	p.facts = []fact{
		{"Month", m.period.Name() + " (UTC)"},
		{"Environment", m.environments()},
		{"Version", fmt.Sprint(c.version)},
		{"Status", m.statusWord()},
		{"Due", m.period.Due().Format("Monday 2 January 2006")},
		{"Made", m.config.Now.UTC().Format("2006-01-02 15:04 UTC")},
	}
	if why := m.provisional(); why != "" {
		p.notices = append(p.notices, "Provisional. "+why)
	}
	if c.version > 1 {
		p.notices = append(p.notices, fmt.Sprintf("This is version %d; it replaces version %d. Reason: %s", c.version, c.version-1, m.reasonFor(c)))
	}
	if env := m.environments(); env != "production" {
		p.notices = append(p.notices, fmt.Sprintf("Environment: %s. These are not figures of production.", env))
	}
	return p
}

// reasonFor is the reason of a new version, as far as the reader may know it: a
// person wrote it, and it may name somebody.
func (m *month) reasonFor(c cover) string {
	if !c.names && m.mentions(m.config.Reason, c.reader) {
		return "it names a Service User and stands in the operator's report."
	}
	return plainText(m.config.Reason)
}

// mentions says whether a text has the name of a Service User other than the
// reader, as a word or words of its own.
func (m *month) mentions(text, reader string) bool {
	flat := asWords(text)
	for _, a := range m.accounts {
		if a.name != reader && (strings.Contains(flat, asWords(a.name)) || strings.Contains(flat, asWords(a.display))) {
			return true
		}
	}
	return false
}

// asWords writes a text as words in lower case, each between spaces.
func asWords(text string) string {
	return " " + strings.Join(strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), " ") + " "
}

func (m *month) statusWord() string {
	if m.provisional() != "" {
		return "provisional"
	}
	return "final"
}

// environments names the environment of the month's policies, or starts; there
// is one, since a journal belongs to one.
func (m *month) environments() string {
	var all []string
	add := func(env string) {
		if env = plainText(env); env != "" && !slices.Contains(all, env) {
			all = append(all, env)
		}
	}
	for _, p := range m.policies {
		add(p.Environment)
	}
	for _, s := range m.starts {
		add(s.Environment)
	}
	if len(all) == 0 {
		return "unknown"
	}
	return strings.Join(all, ", ")
}

// completeness says to the operator what is missing from the record of the
// month, in a sentence each; nothing where it is whole.
func (m *month) completeness() []string {
	var all []string
	if n := len(m.unkept(nil)); n > 0 {
		all = append(all, fmt.Sprintf("Records could not be kept at %s of the month: %s made that are in no figure here, and whether the requests were forwarded is not known.",
			numbered(uint64(n), "place", "places"), numbered(lost(m.absences(nil)), "decision was", "decisions were")))
	}
	if len(m.damages) > 0 {
		all = append(all, fmt.Sprintf("%s of the journal could not be read; what was in them is not counted here. In all that was ever folded, %s are missing.",
			numbered(uint64(len(m.damages)), "part", "parts"), numbered(m.status.Missing, "record", "records")))
	}
	return append(all, m.edges()...)
}

// ownCompleteness says the same to a Service User, of its own records. What it
// lost itself is said in its first sentence.
func (m *month) ownCompleteness() []string {
	var all []string
	if len(m.damages) > 0 {
		all = append(all, "A part of the month's journal could not be read. What was in it is not counted here.")
	}
	return append(all, m.edges()...)
}

// edges says where the record begins and ends, where that is within the month.
func (m *month) edges() []string {
	var all []string
	if m.status.FirstAt > m.span.From && m.status.FirstAt < m.span.To {
		all = append(all, fmt.Sprintf("Records begin at %s UTC; what was before is not counted here.", moment(m.status.FirstAt)))
	}
	if m.status.At < m.span.To && m.provisional() == "" {
		all = append(all, fmt.Sprintf("Records end at %s UTC: nothing was recorded after it.", moment(m.status.At)))
	}
	if text := m.pauses(); text != "" {
		all = append(all, text)
	}
	return all
}

// lead are the values of csvLead for a page, but the table.
func (m *month) lead(e edition, version int) []string {
	lead := []string{m.period.String(), fmt.Sprint(version), m.statusWord(), unformulaic(m.environments()), e.kind, unformulaic(e.account), ""}
	return lead[:len(csvLead)]
}

// day is the time at which one of the month's days begins.
func dayStart(day int64) int64 { return day * int64(24*time.Hour) }
