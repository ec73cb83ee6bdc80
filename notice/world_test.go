package notice

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

const testSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="

// configured loads a file of notices made of text; files lie beside it.
func configured(t *testing.T, text string, files map[string]string) *Configuration {
	t.Helper()
	dir := t.TempDir()
	all := map[string]string{"notices.yaml": text, "secret": testSecret + "\n"}
	for name, text := range files {
		all[name] = text
	}
	for name, text := range all {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := Load(filepath.Join(dir, "notices.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// three is a configuration whose targets are never reached: a test's function
// stands for the network.
func three(t *testing.T) *Configuration {
	return configured(t, `
subscriptions:
- {who: operators, webhook: {url: "https://ops.example/", secret_file: secret}}
- {who: ALPHA, webhook: {url: "https://alpha.example/", secret_file: secret}}
- {who: BRAVO, kinds: [active], webhook: {url: "https://bravo.example/", secret_file: secret}}
`, nil)
}

// record collects deliveries.
type record struct {
	mu  sync.Mutex
	all []Delivery
}

func (r *record) add(d Delivery) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, d)
}

// of writes what came of notices: "subscription outcome sentence", those of one
// subscription if it is named.
func (r *record) of(subscription string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var lines []string
	for _, d := range r.all {
		if subscription == "" || d.Target.Subscription == subscription {
			lines = append(lines, fmt.Sprintf("%s %s %s", d.Target.Subscription, d.Outcome, d.Event.Sentence))
		}
	}
	return strings.Join(lines, "; ")
}

func (r *record) count(o Outcome) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, d := range r.all {
		if d.Outcome == o {
			n++
		}
	}
	return n
}

var begin = time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)

func about(k Kind, account, sentence string) Event {
	return Event{Kind: k, Account: account, At: begin, Sentence: sentence}
}

func opened(t *testing.T, dir string, o Options) *Outbox {
	t.Helper()
	b, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func put(t *testing.T, b *Outbox, e Event) string {
	t.Helper()
	id, err := b.Put(e)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// running runs an outbox until the test is over or stop is called.
func running(t *testing.T, b *Outbox) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { b.Run(ctx); close(done) }()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return stop
}
