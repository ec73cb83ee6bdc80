package evidence

import (
	"bytes"
	"strings"
	"testing"
)

func TestAnHonestBundleHolds(t *testing.T) {
	w := busy(t, 1)
	for _, row := range []struct {
		rule         string
		account      string
		from, to     float64
		reservations []string
	}{
		{"a time between heads", "BRAVO", 2.5, 6, nil},
		{"the whole journal", "ALPHA", 0, 20, []string{"the last signed head is of"}},
		{"a time across a restart", "CHARLIE", 5, 9, nil},
		{"a time before the journal", "ALPHA", -100, -50, []string{"the account's records in this journal begin at 2026-10-14T12:00:00.000000000Z, after the time asked for"}},
		{"a time that begins before the journal", "ALPHA", -100, 3, []string{"begin at 2026-10-14T12:00:00.000000000Z: of the time before, from 2026-10-14T11:58:20.000000000Z on, it proves nothing"}},
		{"a time after the journal", "ALPHA", 100, 200, []string{"the last signed head is of"}},
		{"a moment", "BRAVO", 8.2, 8.2001, nil},
	} {
		b, packed := w.pack(row.account, row.from, row.to)
		r := check(b, Trust{Keys: []string{w.key()}})
		var text bytes.Buffer
		if err := r.Write(&text); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %+v, %d octets\n%s", row.rule, packed, len(b), text.String())
		wantSound(t, r)
		rest := r.Reservations
		if len(rest) != len(row.reservations) {
			t.Errorf("%s: reservations %q, want %q", row.rule, rest, row.reservations)
			continue
		}
		for i := range rest {
			if !strings.Contains(rest[i], row.reservations[i]) {
				t.Errorf("%s: reservation %q, want %q", row.rule, rest[i], row.reservations[i])
			}
		}
	}
}
