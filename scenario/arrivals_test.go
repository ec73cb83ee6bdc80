package scenario

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"srtm/duis"
)

// scenarioOf parses a scenario of one Service User, ALPHA, with this traffic.
func scenarioOf(t testing.TB, length, traffic string) *Scenario {
	t.Helper()
	s, err := Parse([]byte("name: test\nseed: 7\nfor: " + length + "\ndefaults: {mix: reads}\nusers:\n  ALPHA: {traffic: [" + traffic + "]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func arrivalsBetween(s *Scenario, from, to time.Duration) int {
	n := 0
	for a := range s.Arrivals() {
		if a.At >= from && a.At < to {
			n++
		}
	}
	return n
}

func TestRates(t *testing.T) {
	for _, row := range []struct {
		sentence, length, traffic string
		from, to                  time.Duration
		want                      float64
	}{
		{"a steady rate holds from beginning to end", "100s", "{rate: 40/s}", 0, 100 * time.Second, 4000},
		{"a rate may be per hour", "10h", "{rate: 900/h}", 0, 10 * time.Hour, 9000},
		{"a step begins at from", "100s", "{rate: 40/s, from: 30s}", 0, 30 * time.Second, 0},
		{"a step has its rate", "100s", "{rate: 40/s, from: 30s, to: 80s}", 30 * time.Second, 80 * time.Second, 2000},
		{"a step ends at to", "100s", "{rate: 40/s, from: 30s, to: 80s}", 80 * time.Second, 100 * time.Second, 0},
		{"parts add up", "100s", "{rate: 40/s}, {rate: 60/s, from: 50s}", 50 * time.Second, 100 * time.Second, 5000},
		{"a rising ramp has a quarter in its first half", "100s", "{ramp: 0/s to 80/s}", 0, 50 * time.Second, 1000},
		{"a rising ramp has three quarters in its second half", "100s", "{ramp: 0/s to 80/s}", 50 * time.Second, 100 * time.Second, 3000},
		{"a falling ramp has three quarters in its first half", "100s", "{ramp: 80/s to 0/s}", 0, 50 * time.Second, 3000},
		{"a ramp between two rates has their mean", "100s", "{ramp: 20/s to 60/s}", 0, 100 * time.Second, 4000},
		{"a shape keeps the day's mean", "24h", "{rate: 0.2/s, shape: overnight}", 0, 24 * time.Hour, 17280},
		{"overnight, most comes before five", "24h", "{rate: 0.2/s, shape: overnight}", 0, 5 * time.Hour, 17280 * 32 / 41.8},
		{"in the evening, 45 % comes from four to eight", "24h", "{rate: 0.2/s, shape: evening}", 16 * time.Hour, 20 * time.Hour, 17280 * 14 / 31.1},
		{"24 factors are proportions", "24h", "{rate: 0.2/s, shape: [0,0,0,5,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,15]}", 23 * time.Hour, 24 * time.Hour, 17280 * 3 / 4.0},
		{"nobody installs on a Saturday", "7d", "{rate: 300/h, shape: working-hours}", 5 * day, 6 * day, 0},
		{"on a Tuesday they do", "7d", "{rate: 300/h, shape: working-hours}", day, 2 * day, 7200},
		{"a ramp under a shape has both", "48h", "{ramp: 0/h to 2000/h, shape: evening}", day, 2 * day, 24000 * (1 + meanHour(t, "evening"))},
		{"a day of a supplier has its whole rate", "24h", "{rate: 0.2/s, day: supplier}", 0, 24 * time.Hour, 17280},
		{"a burst is all there at its instant", "100s", "{burst: 500, at: 60s}", 60 * time.Second, 60*time.Second + 1, 500},
		{"a burst comes once", "100s", "{burst: 500, at: 60s}", 0, 100 * time.Second, 500},
		{"a burst may come again", "100s", "{burst: 50, at: 10s, every: 20s}", 0, 100 * time.Second, 250},
		{"a burst that comes again ends at to", "100s", "{burst: 50, at: 10s, every: 20s, to: 50s}", 0, 100 * time.Second, 100},
	} {
		got := float64(arrivalsBetween(scenarioOf(t, row.length, row.traffic), row.from, row.to))
		if math.Abs(got-row.want) > 4*math.Sqrt(row.want)+1e-9 {
			t.Errorf("%s: %g arrivals, want %g within four standard deviations", row.sentence, got, row.want)
		}
	}
}

// meanHour is when, on average, a named shape's requests come, as a part of the
// day.
func meanHour(t *testing.T, name string) float64 {
	shape, ok := NamedShape(name)
	if !ok {
		t.Fatalf("no shape %s", name)
	}
	sum, weighted := 0.0, 0.0
	for i, f := range shape.Hours {
		sum += f
		weighted += f * (float64(i) + 0.5) / 24
	}
	return weighted / sum
}

func TestEvenArrivalsHaveEqualGaps(t *testing.T) {
	s := scenarioOf(t, "100s", "{rate: 40/s, arrivals: even}")
	last, n := time.Duration(-1), 0
	for a := range s.Arrivals() {
		if gap := a.At - last; last >= 0 && (gap < 25*time.Millisecond-1 || gap > 25*time.Millisecond+1) {
			t.Fatalf("a gap of %v at %v, want 25ms", gap, a.At)
		}
		last, n = a.At, n+1
	}
	if n != 4000 {
		t.Errorf("%d arrivals, want 4000", n)
	}
}

func TestPoissonCountsVaryAsMuchAsTheirMean(t *testing.T) {
	s := scenarioOf(t, "1000s", "{rate: 100/s}")
	counts := make([]float64, 1000)
	for a := range s.Arrivals() {
		counts[a.At/time.Second]++
	}
	variance := 0.0
	for _, n := range counts {
		variance += (n - 100) * (n - 100) / 1000
	}
	// The variance of 1000 such variances is 2 × 100² / 1000.
	if math.Abs(variance-100) > 4*math.Sqrt(20) {
		t.Errorf("the variance of the counts is %.1f, want 100", variance)
	}
}

func TestMixHoldsItsProportions(t *testing.T) {
	s := scenarioOf(t, "1000s", `{rate: 100/s, mix: {"2.2": 60, "4.18": 30, "1.5": 10, "7.4": 0}}`)
	got := map[string]float64{}
	for a := range s.Arrivals() {
		got[a.Variant.String()]++
	}
	for variant, want := range map[string]float64{"2.2": 60000, "4.18": 30000, "1.5": 10000, "7.4": 0} {
		if math.Abs(got[variant]-want) > 4*math.Sqrt(want) {
			t.Errorf("%g of variant %s, want %g", got[variant], variant, want)
		}
	}
}

func TestTargetsAreTheUsersOwnDevices(t *testing.T) {
	s, err := Parse([]byte("name: t\nfor: 1000s\ndefaults: {mix: reads, devices: 50}\nusers:\n  A, B: {traffic: [{rate: 10/s}]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	devices := [2]map[duis.EUI64]int{{}, {}}
	for a := range s.Arrivals() {
		devices[a.User][a.Target]++
		if a.Target>>56 != 0x0A {
			t.Fatalf("the target %v is not locally administered", a.Target)
		}
	}
	for user, seen := range devices {
		if len(seen) != 50 {
			t.Errorf("user %d addresses %d devices, want 50", user, len(seen))
		}
		for target := range seen {
			if devices[1-user][target] > 0 {
				t.Errorf("both users address %v", target)
			}
		}
	}
}

func collect(s *Scenario) []Arrival { return slices.Collect(s.Arrivals()) }

func TestTheSameSeedGivesTheSameArrivals(t *testing.T) {
	const traffic = "{rate: 20/s}, {burst: 30, at: 5s}, {ramp: 0/s to 9/s, arrivals: even}"
	one, two := scenarioOf(t, "100s", traffic), scenarioOf(t, "100s", traffic)
	if !slices.Equal(collect(one), collect(two)) || !slices.Equal(collect(one), collect(one)) {
		t.Error("the same scenario gave different arrivals")
	}
	two.Seed++
	if slices.Equal(collect(one), collect(two)) {
		t.Error("another seed gave the same arrivals")
	}
}

func TestAServiceUserChangesNobodyElsesArrivals(t *testing.T) {
	s := scenarioOf(t, "60s", "{rate: 50/s}, {rate: 5/s, arrivals: even}")
	alone := collect(s)
	more := *s
	bravo := s.Users[0]
	bravo.Account = "BRAVO"
	more.Users = []User{bravo, s.Users[0]}
	var among []Arrival
	differ := false
	for a := range more.Arrivals() {
		if a.User == 1 {
			a.User = 0
			among = append(among, a)
		} else if int(a.Number) <= len(alone) && a.At != alone[a.Number-1].At {
			differ = true
		}
	}
	if !slices.Equal(alone, among) {
		t.Error("ALPHA's arrivals changed when BRAVO came")
	}
	if !differ {
		t.Error("BRAVO, with the same traffic, has ALPHA's arrivals")
	}
}

func TestAPartChangesNoOtherPart(t *testing.T) {
	before := collect(scenarioOf(t, "60s", "{rate: 50/s}"))
	times := map[time.Duration]bool{}
	for a := range scenarioOf(t, "60s", "{rate: 50/s}, {rate: 7/s}").Arrivals() {
		times[a.At] = true
	}
	for _, a := range before {
		if !times[a.At] {
			t.Fatalf("the arrival at %v is gone since there is a second part", a.At)
		}
	}
}

func TestArrivalsCanBeLeftEarly(t *testing.T) {
	n := 0
	for range scenarioOf(t, "400d", "{rate: 1000000/s}").Arrivals() {
		if n++; n == 10 {
			break
		}
	}
	if n != 10 {
		t.Errorf("%d arrivals before leaving, want 10", n)
	}
}

func TestArrivalsOfAnImpossibleScenarioPanic(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a scenario without a length was played")
		}
	}()
	(&Scenario{}).Arrivals()
}

// anyPart draws a part that passes check in a scenario of this length.
func anyPart(t *rapid.T, length time.Duration) Part {
	from := time.Duration(rapid.Int64Range(0, int64(length)-1).Draw(t, "from"))
	p := Part{
		From: from,
		To:   time.Duration(rapid.Int64Range(int64(from)+1, int64(length)).Draw(t, "to")),
		Mix:  mixOf("2.2 1, 1.5 2"),
	}
	if rapid.Bool().Draw(t, "burst") {
		p.Burst = rapid.IntRange(1, 50).Draw(t, "size")
		if rapid.Bool().Draw(t, "again") {
			p.Every = time.Duration(rapid.Int64Range(int64(time.Second), int64(day)).Draw(t, "every"))
		}
		return p
	}
	rates := rapid.SampledFrom([]Rate{0, 0.001, 0.5, 3, 40})
	p.Rate = rates.Draw(t, "rate")
	p.Rise = rates.Draw(t, "end") - p.Rate
	p.Spacing = rapid.SampledFrom([]Spacing{Poisson, Even}).Draw(t, "spacing")
	if name := rapid.SampledFrom(append(ShapeNames(), "")).Draw(t, "shape"); name != "" {
		p.Shape, _ = NamedShape(name)
	}
	return p
}

func TestArrivalsKeepTimeAndWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		length := time.Duration(rapid.Int64Range(1, int64(3*time.Hour)).Draw(t, "length"))
		s := &Scenario{Seed: rapid.Uint64().Draw(t, "seed"), Length: length, Starts: time.Duration(rapid.Int64Range(0, int64(week)-1).Draw(t, "starts"))}
		for i := range rapid.IntRange(1, 4).Draw(t, "users") {
			u := User{Account: fmt.Sprint("U", i), Devices: 3, Client: DefaultClient()}
			for range rapid.IntRange(0, 3).Draw(t, "parts") {
				u.Traffic = append(u.Traffic, anyPart(t, length))
			}
			s.Users = append(s.Users, u)
		}
		last, numbers, n := time.Duration(0), map[int]uint64{}, 0
		for a := range s.Arrivals() {
			if a.At < last {
				t.Fatalf("after an arrival at %v comes one at %v", last, a.At)
			}
			last = a.At
			if numbers[a.User]++; a.Number != numbers[a.User] {
				t.Fatalf("user %d's arrival %d has number %d", a.User, numbers[a.User], a.Number)
			}
			if !slices.ContainsFunc(s.Users[a.User].Traffic, func(p Part) bool { return a.At >= p.From && a.At < p.To }) {
				t.Fatalf("user %d has an arrival at %v, in no part's window", a.User, a.At)
			}
			if n++; n > 200_000 {
				break
			}
		}
	})
}

func TestEvenArrivalsAreExactInNumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		length := time.Duration(rapid.Int64Range(int64(time.Second), int64(time.Hour)).Draw(t, "length"))
		p := Part{To: length, Rate: Rate(rapid.Float64Range(0, 50).Draw(t, "rate")), Spacing: Even, Mix: mixOf("2.2 1")}
		p.Rise = Rate(rapid.Float64Range(0, 50).Draw(t, "end")) - p.Rate
		s := &Scenario{Length: length, Users: []User{{Account: "A", Devices: 1, Client: DefaultClient(), Traffic: []Part{p}}}}
		want := float64(p.Rate+p.Rise/2) * length.Seconds()
		if got := float64(len(collect(s))); math.Abs(got-want) > 1.001 {
			t.Fatalf("%g arrivals, want %g but for one", got, want)
		}
	})
}

func TestNamedMixesShapesAndDaysAreWhole(t *testing.T) {
	variants := map[duis.Variant]bool{}
	for _, name := range MixNames() {
		mix, ok := NamedMix(name)
		if err := mix.check(); !ok || err != nil {
			t.Errorf("the mix %s: %v", name, err)
		}
		for _, share := range mix {
			variants[share.Variant] = true
		}
	}
	if len(variants) < 20 {
		t.Errorf("the mixes have %d variants: %v", len(variants), slices.Collect(maps.Keys(variants)))
	}
	for _, name := range ShapeNames() {
		shape, ok := NamedShape(name)
		if err := shape.check(); !ok || err != nil || !shape.set() {
			t.Errorf("the shape %s: %v", name, err)
		}
	}
	for _, name := range DayNames() {
		slices, ok := NamedDay(name)
		sum := 0.0
		for _, slice := range slices {
			sum += slice.Share
			_, mix := NamedMix(slice.Mix)
			_, shape := NamedShape(slice.Shape)
			if !mix || !shape && slice.Shape != "" {
				t.Errorf("the day %s has the slice %+v", name, slice)
			}
		}
		if !ok || math.Abs(sum-1) > 1e-12 {
			t.Errorf("the slices of the day %s add up to %g", name, sum)
		}
	}
}
