package scenario

import (
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// library are the scenarios of the national portfolio, by file.
func library(t testing.TB) map[string]*Scenario {
	names, err := filepath.Glob("../scenarios/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*Scenario{}
	for _, name := range names {
		if s := sample(t, filepath.Base(name)); len(s.Setting.Policies) > 0 {
			all[filepath.Base(name)] = s
		}
	}
	if len(all) < 12 {
		t.Fatalf("the library has %d scenarios", len(all))
	}
	return all
}

// comment is what stands above a scenario, on one line.
func comment(t testing.TB, name string) string {
	text, err := os.ReadFile("../scenarios/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for line := range strings.Lines(string(text)) {
		rest, found := strings.CutPrefix(line, "#")
		if !found {
			break
		}
		words = append(words, strings.Fields(rest)...)
	}
	return strings.Join(words, " ")
}

// What a comment says of the number of requests is what the rates add up to, and
// what comes out where that is soon counted.
func TestLibraryTotals(t *testing.T) {
	said := regexp.MustCompile(`In all ([0-9.]+) million requests`)
	for name, s := range library(t) {
		match := said.FindStringSubmatch(comment(t, name))
		if match == nil {
			t.Errorf("%s does not say how many requests it has in all", name)
			continue
		}
		millions, err := strconv.ParseFloat(match[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		_, decimals, _ := strings.Cut(match[1], ".")
		want := s.expected(0, s.Length, "")
		if math.Abs(want/1e6-millions) > 0.51*math.Pow10(-len(decimals)) {
			t.Errorf("%s says %v million requests; the rates add up to %.0f", name, millions, want)
		}
		if want > 8e6 {
			continue
		}
		if got := float64(arrivalsBetween(s, 0, s.Length)); math.Abs(got-want) > 4*math.Sqrt(want) {
			t.Errorf("%s has %.0f requests; the rates add up to %.0f", name, got, want)
		}
	}
}

// What a comment says of rates is what they are, to a part in a hundred.
func TestLibraryRates(t *testing.T) {
	for _, row := range []struct {
		file, says string
		want       float64 // per second
		from, to   time.Duration
		account    string
	}{
		{"quiet-day.yaml", "373 a second on average", 373, 0, 24 * time.Hour, ""},
		{"quiet-day.yaml", "between 01:00 and 03:00, when most meters are read, 1,200/s", 1200, time.Hour, 3 * time.Hour, ""},
		{"tariff-update.yaml", "1,500 a second for ten minutes", 1500 + 49, 5 * time.Minute, 15 * time.Minute, "LARGE-1"},
		{"tariff-update.yaml", "who send 284/s", 284, 15 * time.Minute, 20 * time.Minute, ""},
		{"everyone-at-two.yaml", "3,707/s together with what is under way", 3707, 5 * time.Minute, 10 * time.Minute, ""},
		{"outage.yaml", "meters are read at 1,200/s", 1200, 0, 20 * time.Minute, ""},
		{"retry-for-ever.yaml", "2,500/s beside the others' 269/s", 2769, 2 * time.Minute, 3 * time.Minute, ""},
		{"small-beside-giant.yaml", "383,000 metering points and sends 1.56/s", 1.56 + 0.2, 0, 20 * time.Minute, "SUPPLIER-018"},
		{"small-beside-giant.yaml", "5,000/s for ten minutes beside the others' 282/s", 5282, 5 * time.Minute, 15 * time.Minute, ""},
		{"winter-evening.yaml", "627/s more than the 226/s of such an hour", 853, 10 * time.Minute, 15 * time.Minute, ""},
		{"winter-evening.yaml", "2,653/s in all", 2653, 15 * time.Minute, 25 * time.Minute, ""},
		{"supplier-of-last-resort.yaml", "At 2,000/s", 2000 + 20, 5 * time.Minute, 20 * time.Minute, "LARGE-4"},
		{"supplier-of-last-resort.yaml", "beside the others' 249/s", 2249, 5 * time.Minute, 20 * time.Minute, ""},
		{"growth-2026.yaml", "between 01:00 and 03:00 6,000/s", 6000, time.Hour, 3 * time.Hour, ""},
		{"half-capacity.yaml", "while meters are read at 1,200/s", 1200, 0, 40 * time.Minute, ""},
		{"half-hourly.yaml", "with the other traffic 3,771/s", 3771, 0, 15 * time.Minute, ""},
		{"all-schedules.yaml", "What still comes in is 37/s", 37, 10 * time.Minute, 20 * time.Minute, ""},
		{"all-schedules.yaml", "1,700/s for five minutes", 1737, 5 * time.Minute, 10 * time.Minute, ""},
	} {
		got := sample(t, row.file).expected(row.from, row.to, row.account) / (row.to - row.from).Seconds()
		if math.Abs(got-row.want) > row.want/100 {
			t.Errorf("%s: between %v and %v come %.2f/s, want %g", row.file, row.from, row.to, got, row.want)
		}
		if !strings.Contains(comment(t, row.file), row.says) {
			t.Errorf("the comment of %s does not say %q", row.file, row.says)
		}
	}
}

func TestLibrarySchedulesAreTheDSPsOwnWork(t *testing.T) {
	s := sample(t, "all-schedules.yaml")
	n := 0
	for at := range s.Work() {
		if at >= 10*time.Minute {
			n++
		}
	}
	if rate := float64(n) / 600; math.Abs(rate-1163) > 12 || !strings.Contains(comment(t, "all-schedules.yaml"), "at 1,163/s after midnight") {
		t.Errorf("the schedules take %.1f/s", rate)
	}
}

// The Service Users of the library are those of the portfolio, and what they
// send without the event is in proportion to it.
func TestLibraryIsOfTheNationalPortfolio(t *testing.T) {
	portfolio := units(t)
	for name, s := range library(t) {
		if len(s.Users) != 200 || len(portfolio) != 200 {
			t.Errorf("%s has %d Service Users, the portfolio %d", name, len(s.Users), len(portfolio))
		}
		first := map[string]float64{} // requests per metering point, by kind
		for _, u := range s.Users {
			points, known := portfolio[u.Account]
			if !known {
				t.Errorf("%s: the portfolio has no %s", name, u.Account)
			}
			kind, _, _ := strings.Cut(u.Account, "-")
			if kind == "SUPPLIER" {
				kind = "LARGE"
			}
			rate := float64(u.Traffic[0].Rate)
			if points == 0 || rate == 0 && name == "supplier-of-last-resort.yaml" && u.Account == "SUPPLIER-001" {
				continue
			}
			if first[kind] == 0 {
				first[kind] = rate / points
			}
			if ratio := rate / points / first[kind]; math.Abs(ratio-1) > 0.003 {
				t.Errorf("%s: %s sends %.4f times what its portfolio makes likely", name, u.Account, ratio)
			}
		}
	}
}

// expected is how many arrivals between two times a part should have on average.
func (st *stream) expected(from, to time.Duration) float64 {
	p := &st.plan.part
	if p.Burst != 0 {
		n := 0.0
		for at := p.From; at < p.To && at < to; at += p.Every {
			if at >= from {
				n += float64(p.Burst)
			}
			if p.Every == 0 {
				break
			}
		}
		return n
	}
	sum := 0.0
	for at := p.From; at < p.To && at < to; {
		g := st.plan.segment(at)
		begin, end := max(g.start, from), min(g.end, to)
		if begin < end {
			a, b := (begin - g.start).Seconds(), (end - g.start).Seconds()
			sum += (g.rate + g.slope*(a+b)/2) * (b - a)
		}
		at = g.end
	}
	return sum
}

// expected is how many arrivals between two times the Service Users should have
// on average; of those that are named, or all.
func (s *Scenario) expected(from, to time.Duration, account string) float64 {
	sum := 0.0
	for user := range s.Users {
		if account != "" && account != s.Users[user].Account {
			continue
		}
		for part := range s.Users[user].Traffic {
			sum += newStream(s, user, part).expected(from, to)
		}
	}
	return sum
}

// sample reads a scenario of the library.
func sample(t testing.TB, name string) *Scenario {
	t.Helper()
	text, err := os.ReadFile("../scenarios/" + name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return s
}
