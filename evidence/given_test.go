package evidence

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"srtm/journal"
)

// headsOf are the texts of all of a world's heads.
func (w *world) headsOf() (heads []string) {
	w.t.Helper()
	r, err := journal.OpenReader(w.dir(), 0)
	if err != nil {
		w.t.Fatal(err)
	}
	defer r.Close()
	for e, err := range r.All() {
		if err != nil {
			w.t.Fatal(err)
		}
		if h, is := e.Record.(*journal.Head); is {
			heads = append(heads, h.Text)
		}
	}
	return heads
}

// sign has the world's own key sign an altered head.
func (w *world) sign(head, from, to string) string {
	w.t.Helper()
	key, err := os.ReadFile(filepath.Join(w.data, "keys", "head.key"))
	if err != nil {
		w.t.Fatal(err)
	}
	private, _, _ := strings.Cut(string(key), "\n")
	signer, err := note.NewSigner(private)
	if err != nil {
		w.t.Fatal(err)
	}
	body, _, _ := strings.Cut(head, "\n\n")
	if !strings.Contains(body, from) {
		w.t.Fatalf("%q is not in the head %q", from, body)
	}
	text, err := note.Sign(&note.Note{Text: strings.Replace(body, from, to, 1) + "\n"}, signer)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}

// move has a head stand elsewhere, signed with the world's own key.
func (w *world) move(head string, positions journal.Position, nanoseconds int64) string {
	w.t.Helper()
	c, err := claimsOf(head)
	if err != nil {
		w.t.Fatal(err)
	}
	head = w.sign(head, line(head, "position"), fmt.Sprintf("position %d", c.Position+positions))
	return w.sign(head, line(head, "at"), "at "+moment(c.At+nanoseconds))
}

// line is a line of a head's text.
func line(head, name string) string {
	for l := range strings.Lines(head) {
		if strings.HasPrefix(l, name+" ") {
			return strings.TrimSuffix(l, "\n")
		}
	}
	return ""
}

func TestAHeadThatWasKeptHoldsABundleToItsRange(t *testing.T) {
	w := busy(t, 1)
	heads := w.headsOf()
	if len(heads) < 7 {
		t.Fatalf("there are %d heads", len(heads))
	}
	n := len(heads)
	first, err := claimsOf(heads[0])
	if err != nil {
		t.Fatal(err)
	}
	bundle, _ := w.pack("BRAVO", 2.5, 6) // from the first head to the third
	toTheEnd, _ := w.pack("BRAVO", 8.5, 20)
	whole, _ := w.pack("BRAVO", 0, 6)
	early := dissect(t, toTheEnd) // as it was made before the last head was signed
	early.heads = early.heads[:len(early.heads)-1]
	early.manifest.Heads--
	for _, row := range []struct {
		rule, head, want string
		bundle           []byte
		holds            bool
	}{
		{"one in it", heads[1], "", bundle, true},
		{"one after it proves nothing", heads[n-1], "lies outside the bundle's range: it proves nothing about it, and nothing against it", bundle, true},
		{"one before it proves nothing", heads[0], "lies outside the bundle's range: it proves nothing about it, and nothing against it", toTheEnd, true},
		{"one in its time that it lacks", heads[n-1], "lies in the time asked for, and the bundle ends before it", early.build(), false},
		{"another of the same place", w.sign(heads[1], line(heads[1], "root"), line(heads[0], "root")), "the journal was written anew in between", bundle, false},
		{"another within its range", w.move(heads[1], ^journal.Position(0), -1), "and lies between its first position", bundle, false},
		{"one after it, of an earlier time", w.sign(heads[n-1], line(heads[n-1], "at"), "at 2026-10-14T12:00:03Z"), "cannot be of the same journal", bundle, false},
		{"one before it, of a later time", w.sign(heads[0], line(heads[0], "at"), "at 2026-10-14T12:00:11.5Z"), "cannot be of the same journal", toTheEnd, false},
		{"one before the journal's first", w.move(heads[0], -first.Position, -4*second), "says that there is none before it", whole, false},
		{"one of another journal that the same key signs", w.sign(heads[1], line(heads[1], "journal"), "journal 00"), "it is another's, or the journal was written anew", bundle, false},
	} {
		r := check(row.bundle, Trust{Keys: []string{w.key()}, Heads: []string{row.head}})
		said := append([]string{}, r.Reservations...)
		for _, f := range r.Failures {
			said = append(said, f.Error())
		}
		if r.Sound() != row.holds || !strings.Contains(strings.Join(said, "\n"), row.want) {
			t.Errorf("%s: holds %v, and it is said %q", row.rule, r.Sound(), said)
		}
	}
}

// Whoever gave a key is not asked for one.
func TestAKeyIsAskedForOnlyOfWhoGaveNone(t *testing.T) {
	w := busy(t, 1)
	bundle, _ := w.pack("BRAVO", 2.5, 6)
	f := dissect(t, bundle)
	f.manifest.Heads++ // the heads fail
	for rule, trust := range map[string]Trust{"a key": {Keys: []string{w.key()}}, "a head": {Heads: w.headsOf()[1:2]}, "neither": {}} {
		r := check(f.build(), trust)
		asked := strings.Contains(strings.Join(r.Reservations, "\n"), "give --key")
		if asked != (rule == "neither") || r.Sound() {
			t.Errorf("with %s it is said %q", rule, r.Reservations)
		}
	}
}
