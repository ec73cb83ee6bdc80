package alarm_test

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"srtm/alarm"
)

// holds are how long each kind stays at least, as docs/alarms.md says.
var holds = map[alarm.Kind]time.Duration{
	alarm.DSPErrors: 5 * time.Minute, alarm.DSPSlow: 10 * time.Minute, alarm.Connections: 5 * time.Minute, alarm.Exceptional: 10 * time.Minute,
	alarm.Journal: 5 * time.Minute, alarm.Disk: 10 * time.Minute, alarm.Clock: 5 * time.Minute, alarm.Certificate: time.Minute,
	alarm.Ledger: 5 * time.Minute, alarm.Unlisted: 15 * time.Minute, alarm.Notices: 5 * time.Minute,
}

// wild draws any sample at all.
func wild(t *rapid.T, at time.Time) alarm.Sample {
	rates := rapid.SampledFrom([]float64{0, 0.001, 1, 899, 1500, 1800, 2600})
	lengths := rapid.SampledFrom([]time.Duration{0, time.Millisecond, 200 * time.Millisecond, time.Second, time.Minute, time.Hour, -time.Hour})
	counts := rapid.SampledFrom([]uint64{0, 1, 99, 100, 5000, 90_000, 1 << 40})
	s := alarm.Sample{
		At: at, Answers: counts.Draw(t, "answers"), Errors: counts.Draw(t, "errors"), Timeouts: counts.Draw(t, "timeouts"), P99: lengths.Draw(t, "p99"),
		Forwarded: rates.Draw(t, "forwarded"), Threshold: rates.Draw(t, "threshold"), Capacity: rates.Draw(t, "capacity"), Active: rapid.Bool().Draw(t, "active"),
		ConnectionsInUse: rapid.IntRange(0, 5000).Draw(t, "in use"), ConnectionsLimit: rapid.IntRange(0, 4096).Draw(t, "limit"),
		ActiveThisMonth: lengths.Draw(t, "active"), Exceptional: lengths.Draw(t, "exceptional"),
		JournalFailing: rapid.Bool().Draw(t, "failing"), Unrecorded: counts.Draw(t, "unrecorded"),
		DiskFree: counts.Draw(t, "free"), DiskKnown: rapid.Bool().Draw(t, "known"), DayNeeds: counts.Draw(t, "needs"),
		ClockOffset: lengths.Draw(t, "offset"), LedgerLag: lengths.Draw(t, "lag"), Unlisted: counts.Draw(t, "unlisted"),
		NoticesFailing: rapid.Bool().Draw(t, "notices failing"), NoticesLost: counts.Draw(t, "notices lost"), NoticesWait: lengths.Draw(t, "notices wait"),
	}
	for _, name := range rapid.SliceOfDistinct(rapid.SampledFrom([]string{"door", "DSP client", "admin"}), rapid.ID[string]).Draw(t, "certificates") {
		s.Certificates = append(s.Certificates, alarm.CertificateSample{Name: name, NotAfter: at.Add(lengths.Draw(t, "left"))})
	}
	return s
}

type subject struct {
	kind alarm.Kind
	name string
}

// TestCalm: whatever the samples, an alarm that ended does not begin again within
// its hold of when it began, an alarm lasts for its hold at least, and the same
// samples give the same alarms.
func TestCalm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one, two := alarm.New(), alarm.New()
		at, began := start, map[subject]time.Time{}
		stood := map[subject]bool{}
		for range rapid.IntRange(2, 120).Draw(t, "samples") {
			at = at.Add(rapid.SampledFrom([]time.Duration{time.Second, 30 * time.Second, 3 * time.Minute}).Draw(t, "later"))
			s := wild(t, at)
			list := one.See(s)
			if again := two.See(s); !reflect.DeepEqual(list, again) {
				t.Fatalf("the same samples gave %v and %v", list, again)
			}
			stand := map[subject]bool{}
			for _, a := range list {
				key := subject{a.Kind, a.Subject}
				stand[key] = true
				if !stood[key] {
					if before, ok := began[key]; ok && at.Sub(before) < holds[a.Kind] {
						t.Fatalf("%v began at %v and again at %v", key, before, at)
					}
					began[key] = at
				}
				if !a.Since.Equal(began[key]) || a.Sentence == "" || a.Proposal == "" {
					t.Fatalf("%+v began at %v", a, began[key])
				}
			}
			for key := range stood {
				if !stand[key] && at.Sub(began[key]) < holds[key.kind] {
					t.Fatalf("%v lasted from %v to %v only", key, began[key], at)
				}
			}
			stood = stand
		}
	})
}

// TestNothingHereActs: what goes in and what comes out are plain values; there is
// nothing by which an alarm could do something.
func TestNothingHereActs(t *testing.T) {
	var plain func(reflect.Type)
	plain = func(typ reflect.Type) {
		switch typ.Kind() {
		case reflect.Func, reflect.Chan, reflect.Interface, reflect.Pointer, reflect.Map, reflect.UnsafePointer:
			t.Errorf("%v could act", typ)
		case reflect.Slice:
			plain(typ.Elem())
		case reflect.Struct:
			for i := range typ.NumField() {
				if typ != reflect.TypeFor[time.Time]() {
					plain(typ.Field(i).Type)
				}
			}
		}
	}
	plain(reflect.TypeFor[alarm.Alarm]())
	plain(reflect.TypeFor[alarm.Sample]())
	if n := reflect.TypeFor[*alarm.Board]().NumMethod(); n != 1 {
		t.Errorf("a Board has %d methods, and See is enough", n)
	}
}
