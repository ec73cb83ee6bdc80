package console

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"srtm/access"
	"srtm/report"
)

// Reports is where a gateway keeps its months' reports, and how it makes them.
type Reports struct {
	Folder string

	// Make makes a month's reports there, tells how far it is, and stops when ctx
	// ends.
	Make func(ctx context.Context, o ReportOrder, progress func(what string, done, total int)) (report.Result, error)
}

// ReportOrder is the body of POST /api/v1/reports.
type ReportOrder struct {
	By     string `json:"by,omitempty"`     // who orders it, where nobody signs in
	Month  string `json:"month"`            // such as 2026-10
	Reason string `json:"reason,omitempty"` // why a month with final reports is reported again: it makes the next version
}

// Months are the months that are reported, or ought to be: the page Reports.
type Months struct {
	At       time.Time `json:"at"`
	Sentence []Phrase  `json:"sentence"`
	Months   []Month   `json:"months"` // the newest first
	Making   *Making   `json:"making,omitempty"`
	Problem  string    `json:"problem,omitempty"` // why something of the shelf cannot be read; for whoever sees everybody
}

// Month is one of them.
type Month struct {
	Month    string       `json:"month"` // such as 2026-10
	State    string       `json:"state"` // missing, provisional or final; a Service User finds what it may have
	Over     bool         `json:"over"`  // a month that is not over can only be reported provisionally
	Due      string       `json:"due"`   // date: the 10th Working Day after it
	Late     bool         `json:"late"`  // it is due and there are no final reports
	Version  int          `json:"version,omitempty"`
	Made     time.Time    `json:"made,omitzero"`
	Why      string       `json:"provisional_because,omitempty"` // for whoever sees everybody
	Reason   string       `json:"reason,omitempty"`              // of a version above 1, likewise
	Files    []ReportFile `json:"files"`
	Editions []edition    `json:"-"`
	Name     string       `json:"-"`
	DueDay   time.Time    `json:"-"`
}

// ReportFile is one file; it is at /reports/files/{name}.
type ReportFile struct {
	Name    string `json:"name"`
	Account string `json:"account,omitempty"` // whose report it is; absent: the operator's and the Panel's, or the public one
	Bytes   int64  `json:"bytes"`
	SHA256  string `json:"sha256"`
}

// edition is the files of one reader.
type edition struct {
	Reader string
	Files  []editionFile
}

type editionFile struct{ Kind, Name, Size string }

// The states of a Month.
const (
	missing     = "missing"
	provisional = "provisional"
	final       = "final"
)

// shownMonths is how many months are listed at the most.
const shownMonths = 36

func reportRoutes() []route {
	return []route{
		{method: "GET", path: "/reports", need: access.See, summary: "The months' reports: what there is, and when it is due. A Service User finds its own.", out: Months{}, answer: (*Server).reportMonths},
		{method: "POST", path: "/reports", need: access.Operate, status: http.StatusAccepted, summary: "Make a month's reports now, in the background; GET /api/v1/reports tells how far it is.", in: ReportOrder{}, out: Making{}, answer: (*Server).makeReports},
		{method: "GET", path: "/reports/files/{name}", need: access.See, summary: "One file of a month's reports, as HTML, CSV or XLSX.", kind: "*/*", stream: (*Server).reportFile},
	}
}

func reportPages() []page {
	return []page{{path: "/reports", need: access.See, nav: "Reports", title: "Reports", template: "reports.html", view: (*Server).reportsPage}}
}

func reportForms() []form { return []form{{"/reports", access.Operate, (*Server).reportForm}} }

func reportPlains() []plain {
	return []plain{{"/reports/files/{name}", access.See, (*Server).reportFile}}
}

func (s *Server) reportMonths(c *call) (any, error) { return s.months(c) }

func (s *Server) months(c *call) (*Months, error) {
	shelf, wrong := report.Shelved(s.source.Reports.Folder)
	v := &Months{At: s.source.Now().UTC(), Months: []Month{}}
	if wrong != nil {
		s.log.Warn("some reports cannot be shown", "error", wrong)
		if c.all() {
			v.Problem = strings.ReplaceAll(wrong.Error(), "\n", "; ")
		}
	}
	first, err := s.firstMonth(c, shelf, v.At)
	if err != nil {
		return nil, err
	}
	this := periodOf(v.At)
	for p := this; len(v.Months) < shownMonths && (p == this || p.From() >= first.From()); p = p.Before() {
		m := monthOf(p, v.At)
		if i := slices.IndexFunc(shelf, func(m report.Manifest) bool { return m.Month == p.String() }); i >= 0 {
			m.put(&shelf[i], c.person)
		}
		v.Months = append(v.Months, m)
	}
	if c.all() {
		v.Making = s.making.state()
	}
	v.Sentence = v.said(c.person)
	return v, nil
}

func periodOf(t time.Time) report.Period { return report.Period{Year: t.Year(), Month: t.Month()} }

// firstMonth is the first in which a gateway ran, or of which there are reports.
func (s *Server) firstMonth(c *call, shelf []report.Manifest, now time.Time) (report.Period, error) {
	first := periodOf(now)
	if n := len(shelf); n > 0 {
		if p, err := report.ParseMonth(shelf[n-1].Month); err == nil && p.From() < first.From() {
			first = p
		}
	}
	if s.source.Ledger == nil {
		return first, nil
	}
	err := s.counted(c, func(ctx context.Context, l Ledger) error {
		starts, err := l.Starts(ctx, always())
		if err == nil && len(starts) > 0 {
			if p := periodOf(at(starts[0].At)); p.From() < first.From() {
				first = p
			}
		}
		return err
	})
	if errors.Is(err, ErrUncounted) {
		err = nil
	}
	return first, err
}

func monthOf(p report.Period, now time.Time) Month {
	due := p.Due()
	m := Month{Month: p.String(), Name: p.Name(), State: missing, Over: now.UnixNano() >= p.To(), Due: due.Format(time.DateOnly), DueDay: due, Files: []ReportFile{}}
	m.Late = m.Over && !now.Before(due.Add(aDay))
	return m
}

// put tells what is on the shelf, as somebody may see it.
func (m *Month) put(on *report.Manifest, p access.Person) {
	for _, f := range on.Files {
		if !mayRead(p, f) {
			continue
		}
		m.Files = append(m.Files, ReportFile{f.Name, f.Account, f.Bytes, f.SHA256})
	}
	if len(m.Files) == 0 && !p.May(access.SeeAll) {
		return
	}
	m.State, m.Version = final, on.Version
	if on.Status != final {
		m.State = provisional
	}
	m.Late = m.Late && m.State != final
	if made, err := time.Parse(time.RFC3339Nano, on.Made); err == nil {
		m.Made = made.UTC()
	}
	if p.May(access.SeeAll) {
		m.Why, m.Reason = on.Why, on.Reason
	}
	m.Editions = editionsOf(m.Files, m.Month)
}

// mayRead says who a file is for: everything for whoever sees everybody, and for a
// Service User its own edition.
func mayRead(p access.Person, f report.ManifestFile) bool {
	return p.May(access.SeeAll) || f.Account != "" && p.MaySee(f.Account)
}

// editionsOf puts the files of one reader together, in the manifest's order.
func editionsOf(files []ReportFile, month string) []edition {
	var all []edition
	for _, f := range files {
		kind := strings.ToUpper(strings.TrimPrefix(path.Ext(f.Name), "."))
		reader := f.Account
		if reader == "" {
			reader = upper(strings.ReplaceAll(strings.TrimPrefix(strings.TrimSuffix(f.Name, path.Ext(f.Name)), month+"-"), "-", " "))
		}
		i := slices.IndexFunc(all, func(e edition) bool { return e.Reader == reader })
		if i < 0 {
			i, all = len(all), append(all, edition{Reader: reader})
		}
		all[i].Files = append(all[i].Files, editionFile{kind, f.Name, size(f.Bytes)})
	}
	return all
}

// size writes how large a file is.
func size(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d bytes", n)
	case n < 1_000_000:
		return fmt.Sprintf("%d kB", (n+500)/1000)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}

// said is the answer: what is to be sent next.
func (v *Months) said(p access.Person) []Phrase {
	var out sentence
	var late []string
	var next *Month
	for i := range v.Months {
		m := &v.Months[i]
		if m.Late {
			late = append(late, m.Name)
		} else if m.State != final {
			next = m // the earliest that is not due yet
		}
	}
	if len(late) > 0 {
		slices.Reverse(late)
		out.say("The reports of ")
		out.stress("%s", few(late))
		out.say(" %s late. ", map[bool]string{true: "is", false: "are"}[false])
	}
	if next != nil {
		out.say("The reports of %s are due on ", next.Name)
		out.stress("%s", next.DueDay.Format("Monday 2 January 2006"))
		switch {
		case !next.Over:
			out.say(", the 10th Working Day after the month.")
		case next.State == missing:
			out.say(", the 10th Working Day after the month, and are not made yet.")
		default:
			out.say(", the 10th Working Day after the month; what there is so far is provisional.")
		}
	}
	if !p.May(access.SeeAll) {
		out.say(" You find your own edition here.")
	}
	return out
}

// reportFile answers with a file.
func (s *Server) reportFile(c *call) error {
	name := c.path("name")
	shelf, err := report.Shelved(s.source.Reports.Folder)
	if err != nil && len(shelf) == 0 {
		return err
	}
	for i := range shelf {
		j := slices.IndexFunc(shelf[i].Files, func(f report.ManifestFile) bool { return f.Name == name })
		if j < 0 || !mayRead(c.person, shelf[i].Files[j]) {
			continue
		}
		return sendReport(c, &shelf[i], s.source.Reports.Folder, name)
	}
	return fail(http.StatusNotFound, "there is no such file among the reports that you may see; /reports lists them")
}

// reportPolicy is what a browser lets a report do: look as it does, and nothing
// else.
const reportPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'none'"

func sendReport(c *call, m *report.Manifest, folder, name string) error {
	f, err := m.OpenFile(folder, name)
	if err != nil {
		return err
	}
	defer f.Close()
	h := c.w.Header()
	kinds := map[string]string{".html": "text/html; charset=utf-8", ".csv": "text/csv; charset=utf-8", ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
	kind, known := kinds[path.Ext(name)]
	if !known {
		kind = "application/octet-stream"
	}
	h.Set("Content-Type", kind)
	h.Set("Content-Security-Policy", reportPolicy)
	if path.Ext(name) != ".html" {
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	}
	http.ServeContent(c.w, c.r, "", time.Time{}, f)
	return nil
}

// reportsView is the page.
type reportsView struct {
	Shelf    *Months
	Wrong    string
	Month    string // in the form
	Reason   string
	MayOrder bool
}

func (s *Server) reportsPage(c *call) (any, error) {
	m, err := s.months(c)
	if err != nil {
		return nil, err
	}
	v := reportsView{Shelf: m, MayOrder: c.person.May(access.Operate)}
	for _, one := range slices.Backward(m.Months) { // the earliest that is wanting
		if one.State != final && (one.Over || v.Month == "") {
			v.Month = one.Month
			break
		}
	}
	return v, nil
}

func (s *Server) reportForm(c *call) (string, error) {
	order := ReportOrder{By: c.r.PostFormValue("by"), Month: c.r.PostFormValue("month"), Reason: strings.TrimSpace(c.r.PostFormValue("reason"))}
	_, err := s.orderReports(c, order)
	if err == nil {
		return "/reports", nil
	}
	status, detail := statusOf(err)
	view, wrong := s.reportsPage(c)
	if status == http.StatusInternalServerError || wrong != nil {
		return "", errors.Join(err, wrong)
	}
	v := view.(reportsView)
	v.Wrong, v.Month, v.Reason = upper(detail)+".", order.Month, order.Reason
	return "", &shown{status: status, page: page{path: "/reports", title: "Reports", template: "reports.html"}, view: v}
}
