package outage

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A configuration that cannot work is refused with what would be right.
func TestConfigurationsThatCannotWork(t *testing.T) {
	for _, row := range []struct {
		rule   string
		config Config
		says   string
	}{
		{"a capacity is needed", Config{}, "capacity of 0/s: choose one from 0.001/s to 10000000/s"},
		{"a capacity is not negative", Config{Capacity: -SR}, "capacity of -1/s"},
		{"a capacity is bounded", Config{Capacity: MaxCapacity + 1}, "capacity of 1e+07/s"},
		{"full lies above comfort", Config{Capacity: SR, Full: time.Second}, "raise full or lower comfort"},
		{"comfort is in time", Config{Capacity: SR, Comfort: 3 * time.Second}, "lower comfort or latency"},
		{"durations are not negative", Config{Capacity: SR, Recovery: -1}, "recovery of -1ns: choose one from 1ms"},
		{"durations are bounded", Config{Capacity: SR, Full: 2 * time.Hour}, "full of 2h0m0s: choose one from 1ms to 1h"},
		{"efficiency never falls to nothing", Config{Capacity: SR, Floor: -1}, "floor of -1 thousandths: choose 1 to 1000"},
		{"efficiency is not above one", Config{Capacity: SR, Floor: 1001}, "floor of 1001 thousandths"},
		{"a refusal costs no more than the floor", Config{Capacity: SR, Refusal: 201}, "choose 1 to 200, the floor"},
		{"the past is bounded", Config{Capacity: SR, Seconds: MaxSeconds + 1}, "100001 seconds of the past"},
	} {
		t.Run(row.rule, func(t *testing.T) {
			if s, err := New(row.config); err == nil || s != nil || !strings.Contains(err.Error(), row.says) {
				t.Errorf("the error is %v, and should say %q", err, row.says)
			}
		})
	}
}

// arrival is one request of a drawn stream.
type arrival struct{ at, cost int64 }

// bounded draws a stream that costs no more than rate × t + depth in any time
// t: whatever passes a bucket of that rate and depth, and any such stream
// passes it. Sizes are drawn so that bursts, trickles and full drains all occur.
func bounded(t *rapid.T, rate, depth int64) []arrival {
	var stream []arrival
	at, level := start, depth
	for range rapid.IntRange(1, 30).Draw(t, "bursts") {
		gap := rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(0, 20_000_000), rapid.Int64Range(0, 3_000_000_000)).Draw(t, "gap")
		cost := rapid.SampledFrom([]int64{SR, SR / 1000, SR / 3, 2 * SR, 7 * SR}).Draw(t, "cost")
		every := rapid.SampledFrom([]int64{0, 1, 1000, divide(cost, int64(time.Second), rate)}).Draw(t, "every")
		at += gap
		level = min(depth, level+flow(rate, gap))
		for range rapid.IntRange(1, 800).Draw(t, "requests") {
			if cost > level {
				break
			}
			level -= cost
			stream = append(stream, arrival{at, cost})
			at += every
			level = min(depth, level+flow(rate, every))
		}
	}
	return stream
}

// flow is rate × d, rounded down, for amounts that fit.
func flow(rate, d int64) int64 { return int64(float64(rate) * float64(d) / 1e9 * (1 - 1e-12)) }

// A stream within T × t + B, with T nine tenths of the capacity and B a second
// and a slot of T, never makes an outage: nobody is refused, nobody waits for
// longer than B takes, and efficiency stays whole.
func TestBoundedStreamsNeverMakeAnOutage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		capacity := rapid.SampledFrom([]int64{25 * SR / 2, 300 * SR, 333_333_333_333, 2000 * SR, 7_000_000 * SR}).Draw(t, "capacity")
		rate := capacity / 10 * 9
		burst := rate + rate/100
		s, err := New(Config{Capacity: capacity})
		if err != nil {
			t.Fatal(err)
		}
		longest := 60*time.Millisecond + time.Duration(divide(burst, 1_000_000_000, capacity)) + time.Microsecond
		var last arrival
		for _, a := range bounded(t, rate, burst) {
			answer := s.Arrive(a.at, a.cost)
			if answer.Status != Served || time.Duration(answer.Done-a.at) > longest {
				t.Fatalf("%v after %v, more than %v", answer.Status, time.Duration(answer.Done-a.at), longest)
			}
			last = a
		}
		if o := s.Observe(last.at + int64(2*time.Second)); o.OutageSeconds != 0 || o.Efficiency != 1000 || o.Ailing {
			t.Fatalf("the server has been harmed: %+v", o)
		}
	})
}

// wild draws any stream at all: bursts, gaps, strange costs, times that go back.
func wild(t *rapid.T) []arrival {
	var stream []arrival
	at := start
	for range rapid.IntRange(1, 40).Draw(t, "bursts") {
		at += rapid.OneOf(rapid.Int64Range(-1_000_000, 20_000_000), rapid.Int64Range(0, 12_000_000_000)).Draw(t, "gap")
		cost := rapid.SampledFrom([]int64{SR, SR, SR, 5 * SR, 1, 0}).Draw(t, "cost")
		every := rapid.Int64Range(0, 5_000_000).Draw(t, "every")
		for range rapid.IntRange(1, 1500).Draw(t, "requests") {
			stream = append(stream, arrival{at, cost})
			at += every
		}
	}
	return stream
}

// Between two answers lies at least the work of all that was served from the
// first of them on, at the server's best: it never answers more than its
// capacity, and it answers in the order of arrival.
func TestItIsFinite(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, _ := New(Config{Capacity: 300 * SR})
		busyUntil := int64(0)
		for _, a := range wild(t) {
			answer := s.Arrive(a.at, a.cost)
			if answer.Status == Refused {
				continue
			}
			began := answer.Done - int64(60*time.Millisecond)
			if began < busyUntil {
				t.Fatalf("a request is worked on %v before the one before it can be done", time.Duration(busyUntil-began))
			}
			busyUntil = began + (a.cost+299)/300 // nanoseconds at 300/s, begun ones too
		}
	})
}

// Two to five times the capacity: 5 s later goodput is below a twentieth of the
// capacity and stays there; when the load has fallen to at most nine tenths,
// nobody is served for 3 s, and 20 s later all is well.
func TestOverloadCollapsesAndRecoveryTakesSeconds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		capacity := rapid.Int64Range(20*SR, 3000*SR).Draw(t, "capacity")
		s, _ := New(Config{Capacity: capacity})
		over := capacity / 1000 * rapid.Int64Range(2000, 5000).Draw(t, "overload")
		after := capacity / 1000 * rapid.Int64Range(100, 900).Draw(t, "load after it")
		at := start + rapid.Int64Range(0, 1_000_000_000).Draw(t, "phase")
		next := func(d time.Duration, rate int64) tally {
			y := steady(s, at, d, rate)
			at += int64(d)
			return y
		}
		next(5*time.Second, over)
		if y := next(30*time.Second, over); int64(y.inTime) > 30*capacity/SR/20 {
			t.Fatalf("of %d requests at %d times the capacity %d were answered in time", y.arrived, over/capacity, y.inTime)
		}
		if y := next(3*time.Second, after); y.inTime > 0 {
			t.Fatalf("%d were answered in time at once", y.inTime)
		}
		next(17*time.Second, after)
		if y := next(30*time.Second, after); y.inTime != y.arrived {
			t.Fatalf("after 20 s %d of %d were not answered in time", y.arrived-y.inTime, y.arrived)
		}
	})
}

// The same arrivals get the same answers, however often it is observed, and a
// time that goes back counts as the time before.
func TestItIsDeterministic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one, _ := New(Config{Capacity: 300 * SR})
		other, _ := New(Config{Capacity: 300 * SR})
		latest := int64(0)
		for _, a := range wild(t) {
			latest = max(latest, a.at)
			other.Observe((one.now + latest) / 2)
			if x, y := one.Arrive(a.at, a.cost), other.Arrive(latest, a.cost); x != y {
				t.Fatalf("%+v is not %+v", x, y)
			}
		}
	})
}

// What is measured is what was answered: totals, seconds and outage seconds
// agree with a count made from the answers alone.
func TestMeasuresAgreeWithAnswers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, _ := New(Config{Capacity: 300 * SR, Seconds: rapid.SampledFrom([]int{1, 7, 600}).Draw(t, "seconds")})
		seconds := map[int64]*Second{}
		var totals Totals
		latest := int64(0)
		for _, a := range wild(t) {
			latest = max(latest, a.at)
			answer := s.Arrive(a.at, a.cost)
			second := seconds[latest/1_000_000_000]
			if second == nil {
				second = &Second{Start: latest / 1_000_000_000}
				seconds[second.Start] = second
			}
			switch {
			case answer.Status == Refused:
				second.Refused++
				totals.Refused++
			case answer.Done-latest <= 2_500_000_000:
				second.InTime++
				totals.InTime++
			default:
				second.Late++
				totals.Late++
			}
		}
		first := latest / 1_000_000_000
		for second := range seconds {
			first = min(first, second)
			if seconds[second].Outage() {
				totals.OutageSeconds++
			}
		}
		end := latest/1_000_000_000 + 1
		if got := s.Observe(end * 1_000_000_000).Totals; got != totals {
			t.Fatalf("the totals are %+v and should be %+v", got, totals)
		}
		history{seconds, first, end}.check(t, s)
	})
}

// history is what became of arrivals from the first second to before the end.
type history struct {
	seconds    map[int64]*Second
	first, end int64
}

func (h history) check(t *rapid.T, s *Server) {
	recent := s.Recent(nil, 1_000_000)
	if want := min(h.end-h.first, int64(s.config.Seconds)); int64(len(recent)) != want {
		t.Fatalf("%d seconds are kept and not %d", len(recent), want)
	}
	for i, got := range recent {
		if got.Start != h.end-int64(len(recent))+int64(i) {
			t.Fatalf("second %d of %d is %d, and now is %d", i, len(recent), got.Start, h.end)
		}
		if got.Efficiency < 200 || got.Efficiency > 1000 || got.Backlog < 0 {
			t.Fatalf("impossible: %+v", got)
		}
		want := Second{Start: got.Start}
		if there := h.seconds[got.Start]; there != nil {
			want = *there
		}
		want.Backlog, want.Efficiency = got.Backlog, got.Efficiency
		if got != want {
			t.Fatalf("second %+v should be %+v", got, want)
		}
	}
	if few := s.Recent(nil, 3); !slices.Equal(few, recent[max(0, len(recent)-3):]) {
		t.Fatalf("the last three of %v are %v", recent, few)
	}
	if none := s.Recent(nil, -1); none != nil {
		t.Fatalf("minus one second is %v", none)
	}
}

// No time, cost or capacity breaks it: answers stay ordered and its state
// within its limits.
func TestHostileNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, _ := New(Config{
			Capacity: rapid.SampledFrom([]int64{MinCapacity, 300 * SR, MaxCapacity}).Draw(t, "capacity"),
			Recovery: rapid.SampledFrom([]time.Duration{time.Millisecond, 5 * time.Second, MaxDuration}).Draw(t, "recovery"),
			Floor:    rapid.SampledFrom([]int{1, 200, 1000}).Draw(t, "floor"), Refusal: 1,
			Full: rapid.SampledFrom([]time.Duration{1501 * time.Millisecond, 5 * time.Second, MaxDuration}).Draw(t, "full"),
		})
		number := rapid.OneOf(rapid.Int64(), rapid.SampledFrom([]int64{0, 1, -1, math.MaxInt64, math.MinInt64, latest, SR, 1000 * SR}))
		done := int64(0)
		for range rapid.IntRange(1, 200).Draw(t, "calls") {
			if rapid.IntRange(0, 9).Draw(t, "call") == 0 {
				before, wanted := s.capacity, number.Draw(t, "capacity")
				if err := s.SetCapacity(number.Draw(t, "at"), wanted); err == nil != (s.capacity == wanted) || err != nil && s.capacity != before {
					t.Fatalf("capacity %d, was %d, wanted %d, error %v", s.capacity, before, wanted, err)
				}
				continue
			}
			at := number.Draw(t, "at")
			answer := s.Arrive(at, number.Draw(t, "cost"))
			if answer.Done < min(at, latest) || answer.Done < s.now {
				t.Fatalf("answered at %d before it arrived at %d", answer.Done, at)
			}
			if answer.Status == Served && answer.Done < done {
				t.Fatalf("answered at %d, before the one before it at %d", answer.Done, done)
			}
			if answer.Status == Served {
				done = answer.Done
			}
			if o := s.Observe(at); o.Efficiency < s.config.Floor || o.Efficiency > 1000 || o.Backlog < 0 {
				t.Fatalf("impossible: %+v", o)
			}
		}
	})
}

func TestWhatAnOutageSecondIs(t *testing.T) {
	for _, row := range []struct {
		rule   string
		second Second
		outage bool
	}{
		{"a second in which nobody asks is none", Second{}, false},
		{"a second in which all are answered in time is none", Second{InTime: 3}, false},
		{"half in time is enough", Second{InTime: 5, Late: 2, Refused: 3}, false},
		{"fewer than half is an outage", Second{InTime: 4, Late: 2, Refused: 3}, true},
		{"late answers count for nothing", Second{Late: 1}, true},
		{"nor do refusals", Second{Refused: 1}, true},
	} {
		if got := row.second.Outage(); got != row.outage {
			t.Errorf("%s, but it says %v", row.rule, got)
		}
	}
}

func TestStatusIsAWord(t *testing.T) {
	for status, want := range map[Status]string{Refused: "refused", Served: "served", 7: "status 7"} {
		if got := status.String(); got != want {
			t.Errorf("%q should be %q", got, want)
		}
	}
}
