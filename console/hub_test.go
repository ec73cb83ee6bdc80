package console

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"srtm/access"
)

// listener reads events from a Server.
type listener struct {
	lines *bufio.Scanner
	close func()
}

func listen(t testing.TB, addr, last string) *listener {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, err := http.NewRequestWithContext(ctx, "GET", addr+"/api/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil || resp.StatusCode != http.StatusOK {
		cancel()
		t.Fatalf("%v %v", resp, err)
	}
	l := &listener{bufio.NewScanner(resp.Body), func() { cancel(); resp.Body.Close() }}
	l.lines.Buffer(nil, 1<<20)
	t.Cleanup(l.close)
	return l
}

// next returns the next event of a name, and the identifier of the last one that
// had one.
func (l *listener) next(t testing.TB, name string) (data, id string) {
	t.Helper()
	event := ""
	for l.lines.Scan() {
		key, value, _ := strings.Cut(l.lines.Text(), ": ")
		switch key {
		case "event":
			event = value
		case "id":
			id = value
		case "data":
			if event == name {
				return value, id
			}
		}
	}
	t.Fatalf("the events ended before %s: %v", name, l.lines.Err())
	return "", ""
}

func TestActivationAndReleaseAreTold(t *testing.T) {
	w := newWorld(t)
	s, addr := running(t, w)
	s.beat()
	l := listen(t, addr, "")
	l.next(t, "state")
	w.send(bravo, 100)
	s.beat()
	data, first := l.next(t, "activation")
	var c Transition
	if err := json.Unmarshal([]byte(data), &c); err != nil || !c.Active || c.Since.UnixNano() != w.now.UnixNano() || first == "" {
		t.Errorf("%v %q %q", err, data, first)
	}
	data, _ = l.next(t, "state")
	var n Now
	if err := json.Unmarshal([]byte(data), &n); err != nil || !n.Active || len(n.Users) != 2 {
		t.Errorf("%v: %+v", err, n)
	}
	w.set(func() { w.now = w.now.Add(2 * time.Minute) })
	w.controller.Advance(w.now.UnixNano())
	s.beat()
	if data, _ = l.next(t, "release"); !strings.Contains(data, `"active":false`) {
		t.Errorf("the release is %q", data)
	}
	s.Observe(false, w.controllerSince()) // known already: nothing is told twice

	for sentence, row := range map[string]struct {
		last string
		want []string
	}{
		"who knows the activation is told the release":  {first, []string{"release"}},
		"who knows another process is told all":         {"another.7", []string{"activation", "release"}},
		"who knows none in this process is told all":    {strings.TrimSuffix(first, "1") + "0", []string{"activation", "release"}},
		"a number that cannot be read counts as none":   {strings.TrimSuffix(first, "1") + "x", []string{"activation", "release"}},
		"who knows nothing is told what holds, no more": {"", nil},
	} {
		t.Run(sentence, func(t *testing.T) {
			again := listen(t, addr, row.last)
			for _, want := range row.want {
				again.next(t, want)
			}
			if _, missed := s.hub.join(classAll, row.last); len(missed) != len(row.want) {
				t.Errorf("it is told %d, not %d", len(missed), len(row.want))
			}
		})
	}
}

func (w *world) controllerSince() int64 { _, since := w.controller.Active(); return since }

func TestABurstBetweenTwoLooksIsNotToldAsAChange(t *testing.T) {
	h := newHub(func(string) []byte { return nil })
	text := func(active bool) []byte { return fmt.Append(nil, active) }
	h.observe(false, 10, text)
	h.observe(false, 30, text) // active from 20 to 30: nobody looked
	h.observe(true, 40, text)
	h.observe(true, 40, text)
	h.observe(false, 35, text) // older than what is known
	if len(h.changes) != 1 || !strings.Contains(string(h.changes[0].text), "event: activation\ndata: true\n") {
		t.Errorf("told: %d", len(h.changes))
	}
	for i := range int64(1000) {
		h.observe(i%2 != 0, 50+i, text)
	}
	if len(h.changes) != mostChanges {
		t.Errorf("%d changes are remembered", len(h.changes))
	}
}

func TestWhoIsTooSlowIsDropped(t *testing.T) {
	h := newHub(func(class string) []byte { return []byte(class) })
	slow, _ := h.join("ALPHA", "")
	quick, _ := h.join(classAll, "")
	for range mostWaiting + 1 {
		h.beat()
		<-quick.out
	}
	for range mostWaiting {
		if text, open := <-slow.out; !open || string(text) != "ALPHA" {
			t.Errorf("it is sent %q, %v", text, open)
		}
	}
	if _, open := <-slow.out; open || len(h.watchers) != 1 {
		t.Error("who is too slow is kept")
	}
	h.leave(slow) // which may come later
	h.leave(quick)
	h.leave(quick)
	for range mostWatchers {
		if w, _ := h.join(classAll, ""); w == nil {
			t.Fatal("too few may watch")
		}
	}
	if w, _ := h.join(classAll, ""); w != nil {
		t.Error("more may watch than is said")
	}
	h.close()
	if w, _ := h.join(classAll, ""); w != nil || len(h.watchers) != 0 {
		t.Error("somebody watches after the end")
	}
}

// What is told is made once for each class of viewers, however many watch.
func TestEachClassIsRenderedOnce(t *testing.T) {
	var rendered atomic.Int32
	h := newHub(func(string) []byte { rendered.Add(1); return []byte("x") })
	for range 100 {
		h.join(classAll, "")
		h.state(classAll)
		h.join("ALPHA", "")
	}
	h.beat()
	if n := rendered.Load(); n != 3 {
		t.Errorf("%d times for two classes and two seconds", n)
	}
}

// Who is signed out sees no more.
func TestWhoIsSignedOutSeesNoMore(t *testing.T) {
	w := town(t)
	g := gated(t, w)
	s, addr := running(t, w)
	live(w, s)
	client := signIn(t, g, addr, access.Grant{Name: "viewer", Roles: []access.Role{access.Viewer}})
	r, err := http.NewRequestWithContext(t.Context(), "GET", addr+"/api/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(r)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(resp, err)
	}
	defer resp.Body.Close()
	firstEvent(t, resp.Body)
	if _, err := client.PostForm(addr+"/sign-out", nil); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); { // until the Server ends it, within sessionCheck
	}
	if again, err := client.Get(addr + "/api/v1/now"); err != nil || again.StatusCode != http.StatusUnauthorized {
		t.Errorf("after the sign-out: %v, %v", again.Status, err)
	}
}

// BenchmarkWatchers tells 500 watchers one second, over HTTP: what they cost the
// process that also is the door.
func BenchmarkWatchers(b *testing.B) {
	const watchers = 500
	w := newWorld(b)
	s, addr := running(b, w)
	s.beat()
	var got atomic.Int64
	for range watchers {
		l := listen(b, addr, "")
		go func() {
			for l.lines.Scan() {
				if strings.HasPrefix(l.lines.Text(), "data:") {
					got.Add(1)
				}
			}
		}()
	}
	for got.Load() < watchers {
		time.Sleep(time.Millisecond)
	}
	b.ResetTimer()
	for b.Loop() {
		want := got.Load() + watchers
		s.beat()
		for got.Load() < want {
			time.Sleep(100 * time.Microsecond)
		}
	}
}
