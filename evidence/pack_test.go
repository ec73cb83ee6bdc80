package evidence

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"srtm/journal"
)

func TestTheSameBundleIsTheSameOctets(t *testing.T) {
	w := busy(t, 1)
	first, _ := w.pack("BRAVO", 2.5, 6)
	second, _ := w.pack("BRAVO", 2.5, 6)
	if !bytes.Equal(first, second) {
		t.Error("packed twice it differs")
	}
}

func TestAJournalThatIsStillWrittenIsPackedToItsEnd(t *testing.T) {
	w := newWorld(t, 1)
	w.run(1000, 5, 40, 5)
	bundle, packed := w.pack("BRAVO", 0, 10)
	r := check(bundle, Trust{})
	wantSound(t, r)
	if packed.LastHead != 0 || packed.After || packed.Tail != int64(r.Records) || !strings.Contains(r.Reservations[0], "no signed head proves") {
		t.Errorf("without a head: %+v, %q", packed, r.Reservations)
	}
	w.run(2500, 5, 40, 5)
	bundle, packed = w.pack("BRAVO", 0, 10)
	r = check(bundle, Trust{Keys: []string{w.key()}})
	wantSound(t, r)
	if packed.Tail == 0 || len(r.Reservations) != 2 || !strings.Contains(r.Reservations[1], fmt.Sprintf("%d records after that head: not yet proved", packed.Tail)) {
		t.Errorf("with a tail: %+v, %q", packed, r.Reservations)
	}
	f := dissect(t, bundle) // the operator can still alter the tail, and the result says that it is not proved
	f.leaveOut(len(f.records) - 1)
	wantSound(t, check(f.build(), Trust{Keys: []string{w.key()}}))
}

// A journal whose segment is damaged or gone gives what it has, and what it
// lacks shows.
func TestADamagedJournalIsPackedAndWhatIsMissingShows(t *testing.T) {
	for _, row := range []struct {
		rule   string
		damage func(t *testing.T, segments []string)
	}{
		{"some octets are altered", func(t *testing.T, segments []string) {
			name := segments[len(segments)-2]
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for i := range 16 { // one alone may mean the same once it is decompressed
				b[len(b)/2+i] ^= 0x55
			}
			if err := os.WriteFile(name, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}},
		{"a segment is gone", func(t *testing.T, segments []string) {
			if err := os.Remove(segments[len(segments)-2]); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(row.rule, func(t *testing.T) {
			w := busy(t, 1)
			segments, err := filepath.Glob(filepath.Join(w.dir(), "*.srtm*"))
			segments = slices.DeleteFunc(segments, func(name string) bool { return filepath.Ext(name) == ".idx" }) // which lie beside them
			if err != nil || len(segments) < 4 {
				t.Fatal(segments, err)
			}
			row.damage(t, segments)
			bundle, packed := w.pack("BRAVO", 0, 20)
			r := check(bundle, Trust{Keys: []string{w.key()}})
			if r.Sound() || !slices.ContainsFunc(r.Failures, func(f Failure) bool { return f.Part == "chain" && strings.Contains(f.What, "records are missing") }) {
				t.Errorf("%+v was packed; what is wrong: %v", packed, r.Failures)
			}
			early, packed := w.pack("BRAVO", 0, 3)
			wantSound(t, check(early, Trust{Keys: []string{w.key()}}))
			if packed.Damage != nil {
				t.Errorf("before the damage: %v", packed.Damage)
			}
		})
	}
}

func TestADecisionIsFoundWithItsOutcome(t *testing.T) {
	w := busy(t, 1)
	r, err := journal.OpenReader(w.dir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var decisions []Found
	outcomes := map[journal.Position]journal.Outcome{}
	for {
		e, err := r.Next()
		if err != nil {
			break
		}
		switch r := e.Record.(type) {
		case *journal.Decision:
			decisions = append(decisions, keep(e, r))
		case *journal.Outcome:
			outcomes[r.Decision] = *r
		}
	}
	for i := 0; i < len(decisions); i += 97 {
		want := decisions[i]
		n := 0
		for got, err := range Find(w.dir(), want.Decision.ID, Search{}) {
			if err != nil {
				t.Fatal(err)
			}
			n++
			compareFound(t, got, want, outcomes)
		}
		if n != 1 {
			t.Errorf("%v is found %d times", want.Decision.ID, n)
		}
		got, err := FindAt(w.dir(), want.Entry.Position)
		if err != nil {
			t.Fatal(err)
		}
		compareFound(t, got, want, outcomes)
		for range Find(w.dir(), want.Decision.ID, Search{From: want.Entry.At + 1}) {
			t.Errorf("%v is found after its time", want.Decision.ID)
		}
		for range Find(w.dir(), want.Decision.ID, Search{To: want.Entry.At}) {
			t.Errorf("%v is found before its time", want.Decision.ID)
		}
	}
}

func compareFound(t *testing.T, got, want Found, outcomes map[journal.Position]journal.Outcome) {
	t.Helper()
	o, is := outcomes[want.Entry.Position]
	switch {
	case got.Entry.Position != want.Entry.Position || got.Decision != want.Decision:
		t.Errorf("found %+v, want %+v", got, want)
	case want.Decision.Numbers.Refusals > 0 && got.Outcome != nil, want.Decision.Numbers.Refusals == 0 && got.Outcome == nil:
		t.Errorf("the outcome of %v is %v", want.Decision.ID, got.Outcome)
	case is && *got.Outcome != o, !is && got.Outcome != nil && got.Outcome.End != journal.Unknown:
		t.Errorf("the outcome of %v is %+v, want %+v", want.Decision.ID, got.Outcome, o)
	}
}
