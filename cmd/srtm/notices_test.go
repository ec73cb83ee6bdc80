package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/emersion/go-smtp"

	"srtm/journal"
	"srtm/notice"
)

// hearer is a gateway in a process of its own, and those whom it tells: a mail
// server and a receiver of webhooks, both real.
type hearer struct {
	*crasher
	secret string
	hooks  *httptest.Server
	mails  string // the mail server's address
	down   atomic.Bool
	tried  chan struct{} // an attempt while it was down

	mu      sync.Mutex
	changed chan struct{} // closed when something arrives
	heard   []hearing
}

// hearing is one notice that arrived: who got it is an e-mail address or the
// webhook's path.
type hearing struct{ who, kind, id, account, sentence string }

func (h *hearer) hears(arrived hearing) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.heard = append(h.heard, arrived)
	close(h.changed)
	h.changed = make(chan struct{})
}

// await returns the first that arrived and fits, and waits for one.
func (h *hearer) await(t *testing.T, fits func(hearing) bool) hearing {
	t.Helper()
	for {
		h.mu.Lock()
		i, changed := slices.IndexFunc(h.heard, fits), h.changed
		if i >= 0 {
			defer h.mu.Unlock()
			return h.heard[i]
		}
		h.mu.Unlock()
		<-changed
	}
}

func of(who, kind string) func(hearing) bool {
	return func(a hearing) bool { return a.who == who && a.kind == kind }
}

// ServeHTTP takes a webhook.
func (h *hearer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h.down.Load() {
		w.WriteHeader(http.StatusServiceUnavailable)
		select {
		case h.tried <- struct{}{}:
		default:
		}
		return
	}
	body, err := io.ReadAll(r.Body)
	key, bad := base64.StdEncoding.DecodeString(strings.TrimPrefix(h.secret, "whsec_"))
	var told struct {
		Type string
		Data struct{ Account, Sentence string }
	}
	if err != nil || bad != nil || json.Unmarshal(body, &told) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(r.Header.Get("webhook-id") + "." + r.Header.Get("webhook-timestamp") + "."))
	mac.Write(body)
	kind := strings.TrimPrefix(told.Type, "srtm.")
	if r.Header.Get("webhook-signature") != "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)) {
		kind = "forged"
	}
	h.hears(hearing{r.URL.Path, kind, r.Header.Get("webhook-id"), told.Data.Account, told.Data.Sentence})
}

// NewSession takes mail.
func (h *hearer) NewSession(*smtp.Conn) (smtp.Session, error) { return &mailbox{hearer: h}, nil }

type mailbox struct {
	hearer *hearer
	to     string
}

func (m *mailbox) Mail(string, *smtp.MailOptions) error      { return nil }
func (m *mailbox) Rcpt(to string, _ *smtp.RcptOptions) error { m.to = to; return nil }
func (m *mailbox) Reset()                                    {}
func (m *mailbox) Logout() error                             { return nil }
func (m *mailbox) Data(r io.Reader) error {
	letter, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(letter.Header.Get("Subject"))
	if err != nil {
		return err
	}
	body, err := io.ReadAll(quotedprintable.NewReader(letter.Body))
	if err != nil {
		return err
	}
	kind := ""
	for part, is := range map[string]notice.Kind{"ACTIVE": notice.Active, "no longer active": notice.Released, "acts by hand": notice.Act, "capacity changed": notice.Capacity,
		"policy changes": notice.Policy, "alarm": notice.Alarm, "nears": notice.Approaching} {
		if strings.Contains(subject, part) {
			kind = string(is)
		}
	}
	m.hearer.hears(hearing{who: m.to, kind: kind, id: letter.Header.Get("X-Srtm-Notice"), sentence: subject + " " + string(body)})
	return nil
}

func newHearer(t *testing.T) *hearer {
	t.Helper()
	h := &hearer{crasher: newCrasher(t), secret: notice.Secret(), changed: make(chan struct{}), tried: make(chan struct{}, 1)}
	h.hooks = httptest.NewServer(h)
	t.Cleanup(h.hooks.Close)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := smtp.NewServer(h)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	h.mails = listener.Addr().String()
	h.write(t, "policy.yaml", "name: Crash\ncapacity: 50/s\nportfolio: portfolio.csv\nhold: 1s\n")
	h.write(t, "portfolio.csv", fmt.Sprintf("account,name,user_id,role,portfolio\nALPHA,,%v,IS,100\nBRAVO,,%v,IS,100\n", crashUser, crashUser+1))
	h.write(t, "secret", h.secret+"\n")
	h.subscribe(t, "")
	h.flags = []string{"--notices", filepath.Join(h.dir, "notices.yaml")}
	return h
}

// subscribe writes the file of notices, with some more subscriptions.
func (h *hearer) subscribe(t *testing.T, more string) {
	t.Helper()
	h.write(t, "notices.yaml", `smtp: {server: "`+h.mails+`", tls: none, from: srtm@operator.example}
webhooks: {allow: [127.0.0.1]}
subscriptions:
- {who: operators, email: [night@operator.example]}
- {who: ALPHA, kinds: [active, released], webhook: {url: "`+h.hooks.URL+`/alpha", secret_file: secret}}
- {who: BRAVO, email: [desk@bravo.example], webhook: {url: "`+h.hooks.URL+`/bravo", secret_file: secret}}
`+more)
}

func (h *hearer) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(h.dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// hold orders by hand that an account is held to a rate.
func (h *hearer) hold(t *testing.T, account, rate, reason string) {
	t.Helper()
	order := fmt.Sprintf(`{"hold": {%q: %q}, "for": "1h", "reason": %q, "by": "Olga Operator", "reference": "INC-7"}`, account, rate, reason)
	resp, err := http.Post("http://"+h.admin+"/api/v1/acts", "application/json", strings.NewReader(order))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v", resp.Status, body, err)
	}
}

// recorded is what the journal has of notices: those of each account's own, and
// under the empty name those that are nobody's.
func (h *hearer) recorded(t *testing.T) map[string][]journal.Telling {
	t.Helper()
	all := map[string][]journal.Telling{}
	r, err := journal.OpenReader(journalFolder(h.data()), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for e, err := range r.All() {
		if err != nil {
			t.Fatal(err)
		}
		switch r := e.Record.(type) {
		case *journal.Delivery:
			all[r.Account] = append(all[r.Account], r.Telling)
		case *journal.CommonDelivery:
			all[""] = append(all[""], r.Telling)
		}
	}
	return all
}

// TestServiceUsersAndOperatorsAreTold: a burst, and an act by hand on one account,
// through a running gateway; signed, to whom they concern, and in the journal.
func TestServiceUsersAndOperatorsAreTold(t *testing.T) {
	h := newHearer(t)
	p, exited := h.start(t)
	ctx, quiet := context.WithCancel(context.Background())
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() { h.client(ctx) })
	}
	for _, who := range []string{"/alpha", "/bravo", "desk@bravo.example", "night@operator.example"} {
		h.await(t, of(who, "active"))
	}
	quiet()
	clients.Wait()
	for _, who := range []string{"/alpha", "/bravo", "desk@bravo.example", "night@operator.example"} {
		h.await(t, of(who, "released"))
	}
	h.hold(t, "ALPHA", "5/s", "ALPHA sends what BRAVO should")
	told := h.await(t, of("/alpha", "act")) // which it did not subscribe to
	if told.account != "ALPHA" || !strings.Contains(told.sentence, "ALPHA held to 5/s") {
		t.Errorf("ALPHA is told %+v", told)
	}
	h.await(t, of("night@operator.example", "act"))

	h.subscribe(t, "- {name: late, who: BRAVO, kinds: [capacity], email: [late@bravo.example]}\n")
	if err := p.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	h.capacity(t)
	h.await(t, of("late@bravo.example", "capacity"))
	if err := p.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	<-exited
	h.compare(t, told)
}

// capacity orders others by hand until the last subscription hears of it: when a
// signal is taken nobody can tell.
func (h *hearer) capacity(t *testing.T) {
	t.Helper()
	for n := 40; ; n-- {
		resp, err := http.Post("http://"+h.admin+"/api/v1/acts", "application/json",
			strings.NewReader(fmt.Sprintf(`{"capacity": "%d/s", "for": "1h", "reason": "less", "by": "Olga Operator"}`, n)))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		h.await(t, func(a hearing) bool {
			return a.who == "/bravo" && a.kind == "capacity" && strings.Contains(a.sentence, fmt.Sprintf(" to %d/s", n))
		})
		h.mu.Lock()
		late := slices.ContainsFunc(h.heard, of("late@bravo.example", "capacity"))
		h.mu.Unlock()
		if late || n == 25 {
			return
		}
	}
}

// compare says whether what arrived stands in the journal, and nothing reached
// whom it does not concern.
func (h *hearer) compare(t *testing.T, act hearing) {
	t.Helper()
	recorded := h.recorded(t)
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, a := range h.heard {
		owner := map[string]string{"/alpha": "ALPHA", "night@operator.example": ""}
		account, known := owner[a.who]
		if !known {
			account = "BRAVO"
		}
		if a.kind == "" || a.kind == "forged" || strings.Contains(a.sentence, "Olga") || strings.Contains(a.sentence, "should") {
			t.Errorf("%+v", a)
		}
		if account == "BRAVO" && (a.id == act.id || strings.Contains(a.sentence, "ALPHA")) {
			t.Errorf("BRAVO is told of ALPHA: %+v", a)
		}
		if !slices.ContainsFunc(recorded[account], func(r journal.Telling) bool { return r.ID == a.id && r.Outcome == "delivered" && len(r.SHA256) == 64 }) {
			t.Errorf("%+v is not in the journal among the %d of %q", a, len(recorded[account]), account)
		}
	}
	var out bytes.Buffer
	if code := run(&app{&out, io.Discard}, []string{"journal", "acts", h.data()}); code != 0 || !strings.Contains(out.String(), "delivered to ALPHA by webhook") {
		t.Errorf("%d: %s", code, out.String())
	}
}

// TestKilledWhileItTells: nobody takes a notice of an act, the gateway is killed,
// and the next one tells it.
func TestKilledWhileItTells(t *testing.T) {
	h := newHearer(t)
	p, exited := h.start(t)
	h.await(t, of("/bravo", "policy")) // the first policy's
	h.down.Store(true)
	h.hold(t, "BRAVO", "1/s", "a loop")
	<-h.tried
	if err := p.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-exited
	h.down.Store(false)
	p, exited = h.start(t)
	told := h.await(t, of("/bravo", "act"))
	if err := p.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	<-exited
	if !slices.ContainsFunc(h.recorded(t)["BRAVO"], func(r journal.Telling) bool {
		return r.ID == told.id && r.Means == "webhook" && r.Outcome == "delivered" && r.Concerns == "BRAVO"
	}) {
		t.Errorf("the journal does not tell of %+v", told)
	}
}
