package console

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"srtm/report"
)

// Making is a month's reports that are being made, or were made last.
type Making struct {
	Month    string    `json:"month"`
	By       string    `json:"by,omitempty"`
	Asked    time.Time `json:"asked"`
	State    string    `json:"state"` // running, done, failed or cancelled
	What     string    `json:"what"`  // is being done
	Done     float64   `json:"done"`  // how much of that, from 0 to 1
	Problem  string    `json:"problem,omitempty"`
	Finished time.Time `json:"finished,omitzero"`
	Version  int       `json:"version,omitempty"` // that was made
	Files    int       `json:"files,omitempty"`
}

// Percent is for people.
func (m *Making) Percent() int { return int(m.Done * 100) }

// Running is for the page.
func (m *Making) Running() bool { return m.State == underWay }

// maker makes one month's reports at a time.
type maker struct {
	mu     sync.Mutex
	last   *Making
	ctx    context.Context
	cancel context.CancelFunc
	beside sync.WaitGroup
}

func newMaker() *maker {
	m := &maker{}
	m.ctx, m.cancel = context.WithCancel(context.Background())
	return m
}

// close cancels what is made and waits for that.
func (m *maker) close() {
	m.cancel()
	m.beside.Wait()
}

// state is a copy of the last; nil: there was none.
func (m *maker) state() *Making {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.last == nil {
		return nil
	}
	last := *m.last
	return &last
}

func (s *Server) makeReports(c *call) (any, error) { return s.orderReports(c, *c.in.(*ReportOrder)) }

// orderReports begins to make a month's reports.
func (s *Server) orderReports(c *call, o ReportOrder) (*Making, error) {
	by, err := c.as(o.By)
	if err != nil {
		return nil, err
	}
	o.By = by.Name
	p, err := report.ParseMonth(o.Month)
	now := s.source.Now().UTC()
	switch {
	case err != nil:
		return nil, unfitting("%w", err)
	case p.From() > now.UnixNano():
		return nil, unfitting("%s has not begun; there is nothing to report of it", p.Name())
	case len(o.Reason) > 300 || strings.ContainsFunc(o.Reason, func(r rune) bool { return r < ' ' }):
		return nil, unfitting("the reason has %d octets or a control character; write one line of 300 at most", len(o.Reason))
	}
	return s.making.begin(s, o)
}

func (m *maker) begin(s *Server, o ReportOrder) (*Making, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.ctx.Err() != nil:
		return nil, fail(http.StatusServiceUnavailable, "the gateway stops; order it after it has been started again")
	case m.last != nil && m.last.State == underWay:
		return nil, fail(http.StatusConflict, "the reports of %s are being made; wait for them", m.last.Month)
	}
	one := &Making{Month: o.Month, By: o.By, Asked: s.source.Now().UTC(), State: underWay, What: "counting"}
	m.last = one
	m.beside.Go(func() { m.run(s, one, o) })
	begun := *one
	return &begun, nil
}

func (m *maker) run(s *Server, one *Making, o ReportOrder) {
	result, err := s.source.Reports.Make(m.ctx, o, func(what string, done, total int) {
		m.mu.Lock()
		defer m.mu.Unlock()
		one.What, one.Done = what, float64(done)/float64(max(total, 1))
	})
	m.mu.Lock()
	defer m.mu.Unlock()
	one.Finished = s.source.Now().UTC()
	switch {
	case m.ctx.Err() != nil:
		one.State = isStopped
	case err != nil:
		one.State, one.Problem = hasFailed, err.Error()
		s.log.Warn("reports could not be made", "month", o.Month, "error", err)
	default:
		one.State, one.Done, one.Version, one.Files = isDone, 1, result.Version, len(result.Files)
	}
}
