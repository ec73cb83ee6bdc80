package notice

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// waiting returns "subscription sentence" of what waits, queue by queue.
func waiting(b *Outbox) string {
	var all []string
	for _, key := range slices.Sorted(slices.Values(b.order)) {
		for _, it := range b.queues[key].items {
			all = append(all, strings.TrimSuffix(key, "/webhook")+" "+it.held.event.Sentence)
		}
	}
	return strings.Join(all, ", ")
}

func TestSurvivesRestart(t *testing.T) {
	dir, c := t.TempDir(), three(t)
	b, err := Open(dir, Options{Configuration: c})
	if err != nil {
		t.Fatal(err)
	}
	put(t, b, about(Act, "ALPHA", "one"))
	e := about(Active, "", "two")
	e.Numbers, e.Reference, e.Advice = []byte(`{"a": 1}`), "INC1", "wait"
	put(t, b, e)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // as it was, and written anew
		b = opened(t, dir, Options{Configuration: c})
		if got := waiting(b); got != "ALPHA one, ALPHA two, BRAVO two, operators one, operators two" {
			t.Error(got)
		}
		if got := b.queues["BRAVO/webhook"].items[0].held.event; string(got.Numbers) != `{"a":1}` || got.Reference != "INC1" || got.Advice != "wait" || !got.At.Equal(begin) {
			t.Errorf("%+v", got)
		}
		if b.Told() != Active {
			t.Errorf("told %q", b.Told())
		}
	}
}

// TestHalfDelivered: of a notice that one target has and another has not, a restart
// knows which.
func TestHalfDelivered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir, c := t.TempDir(), three(t)
		b, err := Open(dir, Options{Configuration: c})
		if err != nil {
			t.Fatal(err)
		}
		answering(b, func(name string, _ int) error { return map[string]error{"ALPHA": errDown}[name] })
		stop := running(t, b)
		put(t, b, about(Active, "", "on"))
		put(t, b, about(Released, "", "off"))
		synctest.Wait()
		stop()
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			b := opened(t, dir, Options{Configuration: c})
			if got := waiting(b); got != "ALPHA on, ALPHA off" || b.Told() != Released {
				t.Errorf("%s, told %v", got, b.Told())
			}
		}
	})
}

func TestPutOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir, c := t.TempDir(), three(t)
		var r record
		for range 3 {
			b := opened(t, dir, Options{Configuration: c, Record: r.add})
			answering(b, func(string, int) error { return nil })
			stop := running(t, b)
			for range 2 {
				e := about(Act, "ALPHA", "one")
				e.ID = "act_17"
				if id := put(t, b, e); id != "act_17" {
					t.Error(id)
				}
				synctest.Wait()
			}
			stop()
		}
		if got := r.of("ALPHA"); got != "ALPHA delivered one" {
			t.Error(got)
		}
	})
}

func TestPutRefuses(t *testing.T) {
	b := opened(t, t.TempDir(), Options{Configuration: three(t)})
	for _, row := range []struct {
		rule string
		make func(*Event)
		want string
	}{
		{"a kind that there is not", func(e *Event) { e.Kind = "x" }, "one of approaching, active"},
		{"an account that is none", func(e *Event) { e.Account = "A\r\nBcc: x" }, "account is"},
		{"an ID with a full stop", func(e *Event) { e.ID = "a.b" }, "ID is"},
		{"no time", func(e *Event) { e.At = time.Time{} }, "time is"},
		{"no sentence", func(e *Event) { e.Sentence = " \r\n" }, "says nothing"},
		{"numbers that are no object", func(e *Event) { e.Numbers = []byte("[1]") }, "not a JSON object"},
		{"too many numbers", func(e *Event) { e.Numbers = bytes.Repeat([]byte(" "), MaxNumbers+1) }, "at most 16384"},
	} {
		e := about(Act, "", "fine")
		row.make(&e)
		if _, err := b.Put(e); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v", row.rule, err)
		}
	}
	e := about(Act, "", strings.Repeat("é\r\nBcc: x\u202e ", 4000))
	put(t, b, e)
	if got := b.queues["ALPHA/webhook"].items[0].held.event.Sentence; len([]rune(got)) != MaxSentence+1 || strings.ContainsAny(got, "\r\n\u202e") {
		t.Errorf("%d characters: %.80q", len([]rune(got)), got)
	}
}

// TestFull: too much is refused, the last quarter is kept for what does not flap,
// and what was taken stays.
func TestFull(t *testing.T) {
	b := opened(t, t.TempDir(), Options{Configuration: three(t), MostPending: 40})
	taken := func(k Kind) (n int) {
		for {
			if _, err := b.Put(about(k, "", "x")); errors.Is(err, ErrFull) {
				return n
			} else if err != nil {
				t.Fatal(err)
			}
			n++
		}
	}
	if state, acts := taken(Released), taken(Act); state != 15 || acts != 5 {
		t.Errorf("%d states and %d acts for two targets each", state, acts)
	}
	b = opened(t, t.TempDir(), Options{Configuration: three(t), MostBytes: 10_000})
	if n := taken(Act); n < 20 || b.file.size > 10_000 {
		t.Errorf("%d acts in %d bytes", n, b.file.size)
	}
}

// TestLogStaysSmall: what is done makes room.
func TestLogStaysSmall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := opened(t, t.TempDir(), Options{Configuration: three(t), MostBytes: 1 << 20})
		answering(b, func(string, int) error { return nil })
		running(t, b)
		for range 1000 {
			e := about(Act, "ALPHA", "one")
			e.Sentence = strings.Repeat("x", 1500)
			put(t, b, e)
			synctest.Wait()
			time.Sleep(time.Minute)
		}
		if s := b.Stats(); s.Bytes > 1<<20 || s.Delivered != 2000 {
			t.Errorf("%+v", s)
		}
	})
}

// TestDamage: wherever the log is cut, and whatever byte of it is another, what
// stands in whole lines is there, and the outbox works.
func TestDamage(t *testing.T) {
	dir, c := t.TempDir(), three(t)
	b := opened(t, dir, Options{Configuration: c})
	for _, s := range []string{"one", "two", "three"} {
		put(t, b, about(Act, "ALPHA", s))
	}
	text, err := os.ReadFile(filepath.Join(dir, logName))
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(bytes.TrimLeft(text, "\n"), []byte("\n"))
	rapid.Check(t, func(rt *rapid.T) {
		at := rapid.IntRange(0, len(text)-1).Draw(rt, "at")
		cutOff := rapid.Bool().Draw(rt, "cut")
		hurt := slices.Clone(text)
		if cutOff {
			hurt = hurt[:at]
		} else {
			hurt[at] ^= byte(rapid.IntRange(1, 255).Draw(rt, "by"))
		}
		var want []string
		for i, s := range []string{"one", "two", "three"} {
			if bytes.Contains(append(slices.Clone(hurt), '\n'), append([]byte("\n"), lines[i]...)) || bytes.HasPrefix(hurt, lines[i]) {
				want = append(want, s)
			}
		}
		folder, err := os.MkdirTemp(dir, "")
		if err != nil {
			rt.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, logName), hurt, 0o600); err != nil {
			rt.Fatal(err)
		}
		for range 2 {
			b, err := Open(folder, Options{Configuration: c})
			if err != nil {
				rt.Fatal(err)
			}
			var got []string
			if q := b.queues["ALPHA/webhook"]; q != nil {
				for _, it := range q.items {
					got = append(got, it.held.event.Sentence)
				}
			}
			if !slices.Equal(got, want) {
				rt.Fatalf("got %v, want %v", got, want)
			}
			if _, err := b.Put(about(Act, "ALPHA", fmt.Sprint("more", len(want)))); err != nil {
				rt.Fatal(err)
			}
			want = append(want, fmt.Sprint("more", len(want)))
			if err := b.Close(); err != nil {
				rt.Fatal(err)
			}
		}
	})
}

// TestFailedWrite: what a failed write left in the log costs nothing but itself.
func TestFailedWrite(t *testing.T) {
	dir, c := t.TempDir(), three(t)
	b := opened(t, dir, Options{Configuration: c})
	put(t, b, about(Act, "ALPHA", "one"))
	good := b.file.file
	readOnly, err := os.Open(b.file.path())
	if err != nil {
		t.Fatal(err)
	}
	b.file.file = readOnly
	if _, err := b.Put(about(Act, "ALPHA", "two")); err == nil {
		t.Error("what could not be written was taken")
	}
	b.file.file = good
	if err := readOnly.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := good.WriteString("0000 half of"); err != nil {
		t.Fatal(err)
	}
	put(t, b, about(Act, "ALPHA", "three"))
	again := opened(t, dir, Options{Configuration: c})
	if got := waiting(again); got != "ALPHA one, ALPHA three, operators one, operators three" || again.Stats().Damaged != 1 {
		t.Errorf("%s; %+v", got, again.Stats())
	}
	aside, err := os.ReadFile(filepath.Join(dir, damagedName))
	if err != nil || !strings.Contains(string(aside), "half of") {
		t.Errorf("%q, %v", aside, err)
	}
}

// TestClosed: a closed outbox takes nothing, and makes no new file.
func TestClosed(t *testing.T) {
	b, err := Open(t.TempDir(), Options{Configuration: three(t), MostBytes: 1000})
	if err != nil {
		t.Fatal(err)
	}
	put(t, b, about(Act, "ALPHA", "one"))
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if _, err := b.Put(about(Act, "ALPHA", strings.Repeat("x", 400))); !errors.Is(err, os.ErrClosed) && !errors.Is(err, ErrFull) {
			t.Errorf("put: %v", err)
		}
	}
	if err := b.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	if _, err := Open(t.TempDir(), Options{}); err == nil {
		t.Error("no configuration")
	}
	if _, err := Open(t.TempDir(), Options{Configuration: three(t), Environment: "sit"}); err == nil || !strings.Contains(err.Error(), "write environment: sit") {
		t.Errorf("another environment: %v", err)
	}
	file := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(file, Options{Configuration: three(t)}); err == nil {
		t.Error("a file was taken for a folder")
	}
}

// FuzzLog: whatever is in the log, it is read, and what is read is written and read
// again the same.
func FuzzLog(f *testing.F) {
	e := about(Active, "ALPHA", "on")
	line, err := entry{At: begin, ID: "msg_1", Event: &e, To: []string{"ALPHA/webhook"}}.encode()
	if err != nil {
		f.Fatal(err)
	}
	end, err := entry{At: begin, ID: "msg_1", Target: "ALPHA/webhook", Outcome: Delivered, Kind: Active, Account: "ALPHA"}.encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(append(line, end...))
	f.Add([]byte("\n\n00000000 {}\nxx"))
	f.Fuzz(func(t *testing.T, text []byte) {
		var all []entry
		damaged, err := readLog(bytes.NewReader(text), func(e entry) { all = append(all, e) })
		if err != nil {
			t.Fatal(err)
		}
		var again []byte
		for _, e := range all {
			line, err := e.encode()
			if err != nil {
				t.Fatal(err)
			}
			again = append(again, line...)
		}
		count := 0
		bad, err := readLog(bytes.NewReader(again), func(entry) { count++ })
		if err != nil || len(bad) != 0 || count != len(all) {
			t.Errorf("%d entries, %d damaged; again %d and %d, %v", len(all), len(damaged), count, len(bad), err)
		}
	})
}
