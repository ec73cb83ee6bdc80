package journal

import (
	"errors"
	"io"
	"os"
	"testing"

	"golang.org/x/mod/sumdb/note"
)

// Whatever lies in a segment, reading it ends and verifying it ends.
func FuzzSegment(f *testing.F) {
	dir := closed(f, 12, func(o *Options) { o.Segment = 1 << 20 })
	whole, err := os.ReadFile(files(f, dir, plainSuffix)[0])
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add(whole[:segmentHeader])
	f.Fuzz(func(t *testing.T, b []byte) {
		dir := t.TempDir()
		path := segmentPath(dir, 1)
		if err := os.WriteFile(path, b, 0o640); err != nil {
			t.Fatal(err)
		}
		all(t, dir, 0)
		if _, err := Verify(dir, Checks{}); err != nil {
			t.Fatal(err)
		}
		j, err := Open(dir, options())
		if err != nil { // of another environment
			return
		}
		d := decision(1)
		if err := j.Append(noon, d).Wait(); err != nil {
			t.Fatal(err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		entries, _ := all(t, dir, 0)
		if len(numbers(entries)) == 0 {
			t.Fatal("what was appended to a journal that was damaged is not read")
		}
	})
}

// What is decoded says the same when it is encoded again.
func FuzzRecord(f *testing.F) {
	names := func(id uint32) (string, bool) { return "ALPHA", id == 1 }
	dir := closed(f, 12, func(o *Options) { o.Segment = 1 << 20 })
	entries, _ := all(f, dir, 0)
	for _, e := range entries {
		f.Add(e.Raw)
	}
	for _, r := range []Record{&Policy{Files: []File{{"a", "b"}}}, &Checkpoint{Accounts: []Chain{{}}, Senders: []Sender{{}}, Policies: []Policy{{}}}, &Gap{}, &Damage{}, &Act{}, &Act{Reference: "INC-1", About: 4}, &CommonDelivery{telling()}, &Removal{},
		&Proposal{Step: Refused, Files: []File{{"a", "b"}}}} {
		f.Add(appendRecord(nil, noon, r))
	}
	for _, r := range extended() {
		f.Add(append(appendRecord(nil, noon, r), make([]byte, linkSize)...))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		d := decoder{names: names}
		e, err := d.decode(raw)
		if err != nil {
			return
		}
		again := appendRecord(nil, e.At, e.Record)
		if own := owner(e.Record); own != nil {
			again = append(again, own.Link[:]...)
		}
		other := decoder{names: names}
		second, err := other.decode(again)
		if err != nil {
			t.Fatalf("%x is read as %+v, written as %x, and that is no record", raw, e.Record, again)
		}
		third := appendRecord(nil, second.At, second.Record)
		if own := owner(second.Record); own != nil {
			third = append(third, own.Link[:]...)
		}
		if string(third) != string(again) {
			t.Fatalf("%x is written as %x and then as %x", raw, again, third)
		}
	})
}

// FuzzHead reads what pretends to be a head.
func FuzzHead(f *testing.F) {
	s, err := loadSigner("")
	if err != nil {
		f.Fatal(err)
	}
	h, err := s.sign(HeadClaims{Environment: "test", Journal: "abc", At: noon, Position: 5, Accounts: 3})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(h.Text)
	f.Add("srtm journal head\nenvironment x\n")
	verifier, err := note.NewVerifier(s.verifier)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := ParseHead(text, note.VerifierList(verifier)); err == nil && text != h.Text {
			t.Fatalf("a head that was never signed is believed: %q", text)
		}
		_, err := VerifierOf(text)
		if errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
	})
}
