package policy_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"srtm/policy"
	"srtm/traffic"
)

func TestParseRate(t *testing.T) {
	for _, c := range []struct {
		text string
		want policy.Rate
		rate traffic.Rate
	}{
		{"2000/s", policy.Rate{Thousandths: 2_000_000, Per: time.Second}, 2000 * traffic.PerSecond},
		{"0/s", policy.Rate{Thousandths: 0, Per: time.Second}, 0},
		{"0.001/s", policy.Rate{Thousandths: 1, Per: time.Second}, traffic.PerSecond / 1000},
		{"1.5/min", policy.Rate{Thousandths: 1500, Per: time.Minute}, traffic.PerSecond / 40},
		{"1/min", policy.Rate{Thousandths: 1000, Per: time.Minute}, 16_666_666}, // rounded down
		{"1/h", policy.Rate{Thousandths: 1000, Per: time.Hour}, 277_777},
		{"1000000000/s", policy.Rate{Thousandths: 1e12, Per: time.Second}, 1_000_000_000 * traffic.PerSecond},
		{"3600000000000/h", policy.Rate{Thousandths: 3_600_000_000_000_000, Per: time.Hour}, 1_000_000_000 * traffic.PerSecond},
	} {
		got, err := policy.ParseRate(c.text)
		if err != nil || got != c.want || got.PerSecond() != c.rate {
			t.Errorf("ParseRate(%q) = %v, %v, %d nano; want %v, %d nano", c.text, got, err, got.PerSecond(), c.want, c.rate)
		}
	}
	for _, text := range []string{"", "12", "/s", "12/", "12/d", "12/S", "-1/s", "+1/s", "1,5/s", ".5/s", "1./s", "1.0001/s", "1e3/s", " 1/s", "1 /s",
		"1/s/s", "0x1/s", "٣/s", "1000000000.001/s", "99999999999999999999/s", "inf/s"} {
		if got, err := policy.ParseRate(text); err == nil {
			t.Errorf("ParseRate(%q) = %v, want an error", text, got)
		}
	}
}

func TestParsePercent(t *testing.T) {
	for text, want := range map[string]policy.Percent{"0%": 0, "90%": 90_000, "87.5%": 87_500, "0.001%": 1, "100%": 100_000, "100.000%": 100_000} {
		if got, err := policy.ParsePercent(text); err != nil || got != want {
			t.Errorf("ParsePercent(%q) = %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "%", "90", "0.9", "100.001%", "-1%", "90 %", "90%%", "1.2345%", ".5%"} {
		if got, err := policy.ParsePercent(text); err == nil {
			t.Errorf("ParsePercent(%q) = %v, want an error", text, got)
		}
	}
}

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0s": 0, "30s": 30 * time.Second, "10ms": 10 * time.Millisecond, "1m30s": 90 * time.Second, "1.5h": 90 * time.Minute,
		"400d": 400 * 24 * time.Hour, "1d12h": 36 * time.Hour, "0.000000001s": 1, "7us": 7 * time.Microsecond, "7µs": 7 * time.Microsecond,
		"1ns": 1, "36500d": 36500 * 24 * time.Hour, "1.50s": 1500 * time.Millisecond, "1h0m0.25s": time.Hour + 250*time.Millisecond,
	} {
		if got, err := policy.ParseDuration(text); err != nil || got != want {
			t.Errorf("ParseDuration(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "30", "s", "-1s", "+1s", "30 s", "30S", "1s1m", "1s1s", "1w", ".5s", "1.s", "1.5ns", "0.0000000001s",
		"36501d", "36500d1ns", "99999999999999999999d", "999999999999999999h", "1d-1h", "1..5s", "1.5.5s"} {
		if got, err := policy.ParseDuration(text); err == nil {
			t.Errorf("ParseDuration(%q) = %v, want an error", text, got)
		}
	}
}

func TestPrintingAndReadingGiveTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := policy.Rate{
			Thousandths: rapid.Int64Range(0, 1e12).Draw(t, "thousandths"),
			Per:         rapid.SampledFrom([]time.Duration{time.Second, time.Minute, time.Hour}).Draw(t, "per"),
		}
		if got, err := policy.ParseRate(rate.String()); err != nil || got != rate {
			t.Errorf("ParseRate(%q) = %+v, %v, want %+v", rate, got, err, rate)
		}
		percent := policy.Percent(rapid.Int64Range(0, 100_000).Draw(t, "percent"))
		if got, err := policy.ParsePercent(percent.String()); err != nil || got != percent {
			t.Errorf("ParsePercent(%q) = %d, %v, want %d", percent, got, err, percent)
		}
		duration := time.Duration(rapid.Int64Range(0, int64(36500*24*time.Hour)).Draw(t, "duration"))
		if got, err := policy.ParseDuration(duration.String()); err != nil || got != duration {
			t.Errorf("ParseDuration(%q) = %v, %v, want %v", duration, got, err, duration)
		}
	})
}

func TestAValueThatCannotBeReadSaysWhatWouldBeRight(t *testing.T) {
	_, err := policy.ParseRate("2000")
	if err == nil || !strings.HasPrefix(err.Error(), `"2000" is not a rate; write `) {
		t.Errorf("the error is %v", err)
	}
}
