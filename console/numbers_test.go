package console

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"srtm/traffic"
)

func TestFiguresForPeople(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 0.04: "0.0", 3.25: "3.2", 7: "7", 9.96: "10.0", 12.4: "12", 999.6: "1,000", 1234567: "1,234,567"} {
		if got := rate(v); got != want {
			t.Errorf("rate(%v) = %q, want %q", v, got, want)
		}
	}
	for e, want := range map[Exact]string{0: "0", 282_033_000_000: "282.033", 1_234_500_000_000: "1,234.5", -1_500_000_000: "-1.5"} {
		if got := exact(e); got != want {
			t.Errorf("exact(%d) = %q, want %q", e, got, want)
		}
	}
	for d, want := range map[time.Duration]string{-time.Second: "0 s", 59 * time.Second: "59 s", time.Minute: "1 min", 3599 * time.Second: "59 min", 90 * time.Minute: "1 h 30 min", 49 * time.Hour: "2 days"} {
		if got := age(d); got != want {
			t.Errorf("age(%v) = %q, want %q", d, got, want)
		}
	}
	noon := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	if got := clock(noon, noon.Add(time.Hour)) + " " + clock(noon, noon.Add(13*time.Hour)); got != "12:00:00 2026-11-24 12:00:00" {
		t.Errorf("times are %q", got)
	}
	if got := few([]string{"A"}) + "; " + few([]string{"A", "B", "C"}) + "; " + few([]string{"A", "B", "C", "D", "E", "F"}); got != "A; A, B and C; A, B, C, D and 2 more" {
		t.Errorf("names are %q", got)
	}
}

// Thousands are separated, and nothing else is changed.
func TestThousands(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64().Draw(t, "n")
		text := count(n)
		if plain := strings.ReplaceAll(text, ",", ""); plain != strconv.FormatInt(n, 10) || strings.Contains(text, ",,") || strings.HasPrefix(text, ",") {
			t.Fatalf("%d is %q", n, text)
		}
		for i, part := range strings.Split(strings.TrimPrefix(text, "-"), ",") {
			if len(part) > 3 || i > 0 && len(part) != 3 {
				t.Fatalf("%d is %q", n, text)
			}
		}
	})
}

func TestHistoryKeepsTenMinutes(t *testing.T) {
	var h history
	for i := range 2*seconds + 7 {
		if n := len(h.all()); n != min(i, seconds) {
			t.Fatalf("after %d seconds there are %d", i, n)
		}
		h.add(point{at: time.Unix(int64(i), 0)})
	}
	all := h.all()
	for i := range all {
		if want := int64(seconds + 7 + i); all[i].at.Unix() != want {
			t.Fatalf("the %dth is of second %d, not %d", i, all[i].at.Unix(), want)
		}
	}
}

func TestRecentForgets(t *testing.T) {
	r := NewRecent()
	saw := func(minute int64, user uint64, variant string, v traffic.Verdict) {
		r.Saw("ALPHA", traffic.Request{User: user, Variant: variant}, traffic.Decision{At: minute * int64(time.Minute), Verdict: v})
	}
	at := func(minute int64) time.Time { return time.Unix(0, minute*int64(time.Minute)) }
	saw(100, 1, "2.2", traffic.Forward)
	saw(100, 1, "2.2", traffic.Throttle)
	saw(104, 2, strings.Repeat("x", 1000), traffic.Throttle)
	variants, users := r.Parts("ALPHA", at(104))
	if len(variants) != 2 || len(users) != 2 || variants[0] != (Part{Name: "2.2", Words: "Top Up Device", Offered: 2, Forwarded: 1, Throttled: 1}) || variants[1].Name != "unknown" {
		t.Errorf("by variant %+v, by User ID %+v", variants, users)
	}
	if variants, _ = r.Parts("ALPHA", at(110)); len(variants) != 1 {
		t.Errorf("after ten minutes there are %+v", variants)
	}
	if variants, _ = r.Parts("BRAVO", at(104)); len(variants) != 0 {
		t.Errorf("BRAVO has %+v", variants)
	}
	if last := r.Refusals("ALPHA", 10); len(last) != 2 || len(last[0].Variant) > 32 || last[1].Variant != "2.2" {
		t.Errorf("refusals, the newest first: %+v", last)
	}
	for i := range uint64(3 * mostRefusals) {
		saw(105, i, "2.2", traffic.Throttle)
	}
	if last := r.Refusals("ALPHA", 1000); len(last) != mostRefusals || last[0].Numbers.User != 0 && uint64(last[0].ID.Originator) != 3*mostRefusals-1 {
		t.Errorf("%d are remembered", len(last))
	}
	for i := range uint64(mostParts + 10) {
		saw(106, i, "1.5", traffic.Forward)
	}
	if len(r.parts) > mostParts {
		t.Errorf("%d parts are remembered", len(r.parts))
	}
	saw(200, 1, "4.8.1", traffic.Forward)
	if len(r.parts) != 1 {
		t.Errorf("what is old is not forgotten: %d", len(r.parts))
	}
}

// BenchmarkSaw is what every decision costs the door for the console's sake.
func BenchmarkSaw(b *testing.B) {
	r := NewRecent()
	d := traffic.Decision{At: time.Now().UnixNano(), Verdict: traffic.Throttle}
	for i := 0; b.Loop(); i++ {
		r.Saw("ALPHA", traffic.Request{User: uint64(i % 20), Variant: "4.8.1"}, d)
	}
}
