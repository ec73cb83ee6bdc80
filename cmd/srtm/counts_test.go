package main

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"

	"srtm/journal"
	"srtm/ledger"
	"srtm/traffic"
)

// counting is a data folder with a journal under way, and what folds it.
type counting struct {
	*counts
	said *bytes.Buffer
}

func newCounting(t *testing.T) counting {
	t.Helper()
	data := t.TempDir()
	j, err := journal.Open(journalFolder(data), journal.Options{Environment: "test", Keys: keysFolder(data)})
	if err != nil {
		t.Fatal(err)
	}
	said := &bytes.Buffer{}
	c := counting{&counts{data: data, journal: j, log: slog.New(slog.NewTextHandler(said, nil))}, said}
	t.Cleanup(func() {
		if err := errors.Join(c.close(), j.Close()); err != nil {
			t.Error(err)
		}
	})
	return c
}

// decide has n decisions recorded.
func (c counting) decide(t *testing.T, n int) {
	t.Helper()
	for range n {
		at := c.journal.LastTime() + 1_000_000
		c.journal.Append(at, &journal.Decision{Own: journal.Own{Account: "ALPHA"}, Variant: "2.2", Numbers: traffic.Decision{At: at, Cost: traffic.SR}})
	}
	if err := c.journal.Sync(); err != nil {
		t.Fatal(err)
	}
}

// fold folds, and wants these words in the log; without any, an empty log.
func (c counting) fold(t *testing.T, words ...string) {
	t.Helper()
	c.said.Reset()
	c.tell(t.Context(), c.step(t.Context()))
	for _, word := range words {
		if !strings.Contains(c.said.String(), word) {
			t.Errorf("the log says %q and not %q", c.said, word)
		}
	}
	if len(words) == 0 && c.said.Len() > 0 {
		t.Errorf("the log says %q", c.said)
	}
}

func (c counting) has(t *testing.T, position journal.Position) {
	t.Helper()
	if got, err := c.ledger.Position(); err != nil || got != position {
		t.Errorf("the ledger is at %d of %d (%v)", got, position, err)
	}
}

// A gateway whose ledger is removed under it says so and makes it anew; whoever
// opens it then reads all of it.
func TestALedgerThatIsRemovedIsMadeAnew(t *testing.T) {
	c := newCounting(t)
	c.decide(t, 10)
	c.fold(t)
	c.has(t, c.journal.Durable())
	if err := os.Remove(ledgerFile(c.data)); err != nil {
		t.Fatal(err)
	}
	c.decide(t, 10)
	c.fold(t, "level=ERROR", "was removed", "made anew", ledgerFile(c.data), "way out", "keeps up again")
	c.has(t, c.journal.Durable())
	c.fold(t)
	l, _, err := c.flags.open(c.data, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := l.Position(); err != nil || got != c.journal.Durable() {
		t.Errorf("another one finds position %d of %d (%v)", got, c.journal.Durable(), err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// One that is written over is an alarm, once, with a way out; and that way works
// while the gateway runs.
func TestALedgerThatIsWrittenOver(t *testing.T) {
	c := newCounting(t)
	c.decide(t, 10)
	c.fold(t)
	if err := os.WriteFile(ledgerFile(c.data), bytes.Repeat([]byte("garbage"), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	c.fold(t, "level=ERROR", "damaged", "way out", "report --rebuild", ledgerFile(c.data))
	c.fold(t)
	if err := (ledgerFlags{}).remove(c.data); err != nil {
		t.Fatal(err)
	}
	c.fold(t, "made anew", "keeps up again")
	c.has(t, c.journal.Durable())
}

// Every trouble with the ledger that has a way out names it, once.
func TestTheWayOutIsNamedOnce(t *testing.T) {
	data := t.TempDir()
	if err := os.WriteFile(ledgerFile(data), bytes.Repeat([]byte("garbage"), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, err := ledgerFlags{}.open(data, slog.New(slog.DiscardHandler))
	if err == nil || !ledger.Damaged(err) {
		t.Fatalf("opening garbage: %v", err)
	}
	if err = (ledgerFlags{}).helped(data, err); strings.Count(err.Error(), hintMark) != 1 || !strings.Contains(err.Error(), "--rebuild") {
		t.Errorf("it says %q", err)
	}
}
