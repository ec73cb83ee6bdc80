package console

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"srtm/access"
)

// The bounds of those who watch.
const (
	mostWatchers = 2000
	mostWaiting  = 4   // messages that a watcher may be behind
	mostChanges  = 256 // activations and releases that are remembered
)

// hub tells everybody who watches what happens. What is told is rendered once for
// each class of viewers, never for each of them.
type hub struct {
	render   func(class string) []byte // the state as one event, for a class
	began    string                    // tells the identifiers of this process from another's
	mu       sync.Mutex
	watchers map[*watcher]struct{}
	changes  []change // the oldest first
	changed  uint64   // how many there were
	active   bool
	since    int64
	closed   bool

	rendering sync.Mutex
	rendered  map[string][]byte // since the last beat, by class
}

// class names whose numbers a watcher gets: an account's name, or all.
const classAll = ""

// watcher is one who watches.
type watcher struct {
	class string
	out   chan []byte // closed: it is dropped
}

// change is an activation or a release, as it is told.
type change struct {
	number uint64
	text   []byte
}

func newHub(render func(class string) []byte) *hub {
	return &hub{render: render, began: strconv.FormatInt(time.Now().UnixMilli(), 36), watchers: map[*watcher]struct{}{}, rendered: map[string][]byte{}}
}

// join adds a watcher, and returns the changes after the one that it knows. It
// returns nil where there are too many.
func (h *hub) join(class, lastEvent string) (*watcher, []change) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || len(h.watchers) >= mostWatchers {
		return nil, nil
	}
	w := &watcher{class, make(chan []byte, mostWaiting)}
	h.watchers[w] = struct{}{}
	return w, h.after(lastEvent)
}

// after returns the changes that who knows lastEvent does not know: all that are
// remembered, where it is not one of this process; none where it is empty.
func (h *hub) after(lastEvent string) []change {
	if lastEvent == "" {
		return nil
	}
	known := uint64(0)
	if began, number, ok := strings.Cut(lastEvent, "."); ok && began == h.began {
		known, _ = strconv.ParseUint(number, 10, 64)
	}
	for i, c := range h.changes {
		if c.number > known {
			return append([]change(nil), h.changes[i:]...)
		}
	}
	return nil
}

// mark is the event that says which change was the last, and tells nothing: a
// watcher that never saw one comes again with it.
func (h *hub) mark() []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	return fmt.Appendf(nil, "id: %s.%d\n\n", h.began, h.changed)
}

func (h *hub) leave(w *watcher) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.drop(w)
}

func (h *hub) drop(w *watcher) {
	if _, there := h.watchers[w]; there {
		delete(h.watchers, w)
		close(w.out)
	}
}

// state returns the state as an event for a class, as it was at the last beat.
func (h *hub) state(class string) []byte {
	h.rendering.Lock()
	defer h.rendering.Unlock()
	text, done := h.rendered[class]
	if !done {
		text = h.render(class)
		h.rendered[class] = text
	}
	return text
}

// beat tells everybody the state, as is done every second. That it comes so often
// keeps connections alive, too.
func (h *hub) beat() {
	h.rendering.Lock()
	h.rendered = map[string][]byte{}
	h.rendering.Unlock()
	h.mu.Lock()
	classes := map[string][]byte{}
	for w := range h.watchers {
		classes[w.class] = nil
	}
	h.mu.Unlock()
	for class := range classes {
		classes[class] = h.state(class)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for w := range h.watchers {
		if text := classes[w.class]; text != nil {
			h.send(w, text)
		}
	}
}

// send gives a watcher a message. One that is too far behind is dropped: it can
// come again, and learn with Last-Event-ID what it missed.
func (h *hub) send(w *watcher, text []byte) {
	select {
	case w.out <- text:
	default:
		h.drop(w)
	}
}

// observe tells everybody that traffic management became active, or was released,
// at a time in nanoseconds since 1970 UTC; text is the event's data for it.
func (h *hub) observe(active bool, since int64, text func(active bool) []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	first := h.since == 0
	if active == h.active && since == h.since || since < h.since {
		return
	}
	was := h.active
	h.active, h.since = active, since
	if active == was || first && !active { // it was both in between, and is as it was; or nothing happened yet
		return
	}
	h.changed++
	name := map[bool]string{true: "activation", false: "release"}[active]
	c := change{h.changed, fmt.Appendf(nil, "id: %s.%d\nevent: %s\ndata: %s\n\n", h.began, h.changed, name, text(active))}
	if len(h.changes) == mostChanges {
		h.changes = append(h.changes[:0], h.changes[1:]...)
	}
	h.changes = append(h.changes, c)
	for w := range h.watchers {
		h.send(w, c.text)
	}
}

// close sends everybody away.
func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for w := range h.watchers {
		h.drop(w)
	}
}

// patience is how long a watcher may take to take a message.
const patience = 15 * time.Second

// events answers with Server-Sent Events until the watcher leaves, is dropped, or
// may no longer see this.
func (s *Server) events(c *call) error {
	class := classAll
	if !c.all() {
		class = c.person.Account
	}
	last := c.r.Header.Get("Last-Event-ID")
	if last == "" {
		last = c.query.Get("last_event_id")
	}
	w, missed := s.hub.join(class, last)
	if w == nil {
		c.w.Header().Set("Retry-After", "10")
		return fail(http.StatusServiceUnavailable, "%d already watch, which is the most; ask %s/now now and then", mostWatchers, base)
	}
	defer s.hub.leave(w)
	out := http.NewResponseController(c.w)
	_ = out.SetReadDeadline(time.Time{}) // nothing is read any more, and the server's deadline would end this
	c.w.Header().Set("Content-Type", "text/event-stream")
	c.w.Header().Set("X-Accel-Buffering", "no")
	send := func(text []byte) bool {
		_ = out.SetWriteDeadline(time.Now().Add(patience))
		_, err := c.w.Write(text)
		return err == nil && out.Flush() == nil
	}
	first := append([]byte("retry: 2000\n\n"), s.hub.state(class)...)
	first = append(first, s.hub.mark()...)
	for _, c := range missed {
		first = append(first, c.text...)
	}
	if !send(first) {
		return nil
	}
	return s.follow(c, w, send)
}

// follow sends what comes until the watcher leaves, is dropped, or may no longer
// see this.
func (s *Server) follow(c *call, w *watcher, send func([]byte) bool) error {
	check := time.NewTicker(sessionCheck)
	defer check.Stop()
	for {
		select {
		case text, open := <-w.out:
			if !open || !send(text) {
				return nil
			}
		case <-check.C:
			if !c.open && !access.Still(c.r.Context()) {
				return nil
			}
		case <-c.r.Context().Done():
			return nil
		}
	}
}

// sessionCheck is how often a watcher is asked whether it may still see this.
const sessionCheck = 5 * time.Second

// Observe says whether traffic management is active, and since when, in nanoseconds
// since 1970 UTC. Those who watch are told when that changes; the Server looks
// once a second by itself, so whoever knows sooner calls this. It may be called
// from any goroutine.
func (s *Server) Observe(active bool, since int64) {
	s.numbers.kept.observe(active, since)
	s.hub.observe(active, since, func(active bool) []byte {
		text, err := json.Marshal(Transition{active, time.Unix(0, since).UTC()})
		if err != nil {
			s.log.Error("a change cannot be told", "error", err)
		}
		return text
	})
}

// Transition is the data of the events activation and release.
type Transition struct {
	Active bool      `json:"active"` // traffic management
	Since  time.Time `json:"since"`
}

// render is the state as an event for a class of viewers. One goroutine at a time calls
// it.
func (s *Server) render(class string) []byte {
	p := access.Person{Roles: []access.Role{access.Viewer}}
	if class != classAll {
		p = access.Person{Roles: []access.Role{access.ServiceUser}, Account: class}
	}
	text, err := json.Marshal(s.nowFor(p, s.meter.told(), ""))
	if err != nil {
		s.log.Error("the state cannot be told", "error", err)
	}
	return fmt.Appendf(nil, "event: state\ndata: %s\n\n", text)
}
