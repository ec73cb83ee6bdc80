package scenario

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// filled completes a piece of a scenario file: with a name, a length and a
// Service User, where it has none.
func filled(piece string) string {
	for _, need := range []struct{ key, line string }{
		{"name:", "name: a piece\n"}, {"for:", "for: 60s\n"}, {"users:", "users: {ALPHA: {traffic: []}}\n"},
	} {
		if !strings.HasPrefix(piece, need.key) && !strings.Contains(piece, "\n"+need.key) {
			piece += need.line
		}
	}
	return piece
}

func TestParse(t *testing.T) {
	got, err := Parse([]byte(`
name: all of it
seed: 18446744073709551615
for: 2d
starts: Tue 06:30
mixes:
  vends: {"2.2": 3, "4.18": 1}
  both: {vends: 1, supply: 1.5}
shapes:
  lunch: [0,0,0,0,0,0,0,0,0,0,0,0,1,1,0,0,0,0,0,0,0,0,0,0]
  weekend: {days: [0,0,0,0,0,1,0.5]}
defaults: {mix: "2.2", arrivals: even, timeout: 4s, devices: 7, retry: blind, critical: {finish: 50%}}
users:
  ALPHA, BRAVO:
    traffic:
      - rate: 90/min
      - {ramp: 1/s to 0.5/s, from: 1h, to: 2h, shape: lunch, mix: vends, arrivals: poisson}
  CHARLIE:
    mix: both
    devices: 8
    timeout: 1500ms
    retry: {how: backoff, attempts: 4, base: 1s, most: 8s, jitter: 25%, on: [throttled, timeout]}
    critical: {after: 2s}
    traffic:
      - {burst: 5, at: 10s, every: 1m, to: 10m}
      - {rate: 1/s, shape: weekend}
`))
	if err != nil {
		t.Fatal(err)
	}
	lunch, weekend := Shape{Days: everyDay()}, Shape{Days: [7]float64{5: 1, 6: 0.5}}
	lunch.Hours[12], lunch.Hours[13] = 1, 1
	for i := range weekend.Hours {
		weekend.Hours[i] = 1
	}
	common := DefaultClient()
	common.Timeout, common.Finish, common.Retry.How = 4*time.Second, 0.5, Blind
	own := common
	own.Timeout, own.Sign = 1500*time.Millisecond, 2*time.Second
	own.Retry = Retry{Backoff, Causes{true, false, true}, 4, common.Retry.Wait, time.Second, 8 * time.Second, 0.25}
	both := mixOf("2.2 0.75, 4.18 0.25, 7.1 0.12, 7.2 0.15, 7.3 0.18, 7.4 1.05")
	alike := []Part{
		{To: 48 * time.Hour, Rate: 1.5, Spacing: Even, Mix: mixOf("2.2 1")},
		{From: time.Hour, To: 2 * time.Hour, Rate: 1, Rise: -0.5, Shape: lunch, Mix: mixOf("2.2 3, 4.18 1")},
	}
	want := &Scenario{
		Name: "all of it", Seed: 1<<64 - 1, Length: 48 * time.Hour, Starts: 30*time.Hour + 30*time.Minute,
		Users: []User{
			{"ALPHA", 7, common, alike},
			{"BRAVO", 7, common, alike},
			{"CHARLIE", 8, own, []Part{
				{From: 10 * time.Second, To: 10 * time.Minute, Burst: 5, Every: time.Minute, Spacing: Even, Mix: both},
				{To: 48 * time.Hour, Rate: 1, Shape: weekend, Spacing: Even, Mix: both},
			}},
		},
	}
	for i, share := range got.Users[2].Traffic[0].Mix {
		if d := share.Weight - both[i].Weight; d < -1e-12 || d > 1e-12 || share.Variant != both[i].Variant {
			t.Errorf("the mix of mixes has %v, want %v", share, both[i])
		}
		got.Users[2].Traffic[0].Mix[i], got.Users[2].Traffic[1].Mix[i] = both[i], both[i]
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
}

func TestADayBecomesItsSlices(t *testing.T) {
	s := scenarioOf(t, "24h", "{rate: 100/s, day: supplier}")
	slices, _ := NamedDay("supplier")
	for i, slice := range slices {
		part := s.Users[0].Traffic[i]
		if float64(part.Rate) != 100*slice.Share || !part.Shape.set() || len(part.Mix) == 0 {
			t.Errorf("slice %d became %+v", i, part)
		}
	}
}

// wrong is a file that is wrong, by the rule that it breaks, and a part of what
// is to be said about it.
type wrong struct{ sentence, file, want string }

func (row wrong) test(t *testing.T) {
	_, err := Parse([]byte(row.file))
	if err == nil || !strings.Contains(err.Error(), row.want) {
		t.Errorf("%s: the error is %v; want %q in it", row.sentence, err, row.want)
	} else if !strings.HasPrefix(err.Error(), "read a scenario: ") {
		t.Errorf("%s: the error %v does not say what was done", row.sentence, err)
	}
}

func TestWhatIsWrongWithAFileIsSaid(t *testing.T) {
	for _, row := range []wrong{
		{"a file has content", "", "the file is empty"},
		{"a file is one document", "a: 1\n---\nb: 1\n", "the file holds more than one document; make two files of it"},
		{"a file is YAML", "name: [", "L2.C1"},
		{"a file is a mapping", "- 1", "line 1: a scenario is a list; it should be a mapping"},
		{"unknown keys are faults", "name: x\nlength: 5s\n", `line 2: a scenario has no key "length"; its keys are name, seed, for`},
		{"needed keys are there", "name: x\nusers: {}\n", "a scenario needs the key for"},
		{"a key comes once", "name: x\nname: y\n", `the key "name" twice`},
		{"somebody sends", "name: x\nfor: 1s\nusers: {}\n", "0 Service Users are not between 1 and"},
		{"aliases are not read", "name: &a x\nfor: *a\nusers: {}\n", "line 2: for is an alias"},
		{"a length has a unit", "name: x\nfor: 60\nusers: {}\n", `line 2: for: "60" is no length of time; write it as 250ms, 25s`},
		{"a length has an end", filled("for: 401d\n"), `"401d" is no length of time`},
		{"a length is not nothing", filled("for: 0s\n"), "the length 0s is not above 0"},
		{"a seed is a whole number", filled("seed: -1\n"), `line 1: seed: "-1" is no seed`},
		{"a start is a time of day", filled("starts: 25:00\n"), `"25:00" is no start; write it as "02:00"`},
		{"a start is on a day of the week", filled("starts: Noday 02:00\n"), `"Noday 02:00" is no start`},
		{"a name is one line", filled("name: \"a\\nb\"\n"), "is no name"},
		{"an account's name is a policy's", "name: x\nfor: 1s\nusers:\n  A B: {traffic: []}\n", `line 4: "A B" is no account's name`},
		{"an account has one entry", "name: x\nfor: 1s\nusers:\n  A, B: {traffic: []}\n  C, A: {traffic: []}\n", `line 5: the Service User "A" is there twice`},
		{"a Service User has traffic", "name: x\nfor: 1s\nusers:\n  A: {mix: reads}\n", "line 4: a Service User needs the key traffic"},
		{"each fault has its line", "name: x\nfor: 5\nseed: y\nusers: {}\n", "line 2: for: \"5\" is no length of time; write it as 250ms, 25s, 1h30m or 7d, at most 400 days\nline 3: seed"},
		{"a file is not too large", strings.Repeat("#", MaxFile+1), "4194304 are the most"},
		{"faults have an end", filled("zzz: 1\n" + strings.Repeat("? [x]\n: 1\n", 50)), "and more; correct these first"},
		{"a file does not blow up", hugeUsers(), "all Service Users together have more than 100000 parts"},
	} {
		row.test(t)
	}
}

// hugeUsers is a small file of very many parts.
func hugeUsers() string {
	names := make([]string, MaxUsers)
	for i := range names {
		names[i] = fmt.Sprint("U", i)
	}
	return "name: x\nfor: 1s\nusers:\n  ? " + strings.Join(names, ",") + "\n  : {mix: reads, traffic: [" +
		strings.Repeat("{rate: 1/s}, ", 11) + "]}\n"
}

func TestWhatIsWrongWithTrafficIsSaid(t *testing.T) {
	part := func(text string) string {
		return "name: x\nfor: 60s\ndefaults: {mix: reads}\nusers:\n  ALPHA:\n    traffic:\n      - " + text
	}
	for _, row := range []wrong{
		{"unknown keys are faults", part("{rat: 1/s}"), `line 7: a part of traffic has no key "rat"; its keys are rate, ramp`},
		{"a part is a rate or a burst", part("{from: 1s}"), "line 7: a part of traffic has one of rate, ramp and burst; this one has 0"},
		{"a part is one thing", part("{rate: 1/s, burst: 5}"), "this one has 2"},
		{"a rate has a unit", part("{rate: 40}"), `line 7: rate: "40" is no rate; write it as 40/s`},
		{"a rate has three decimals at most", part("{rate: 0.0001/s}"), `"0.0001/s" is no rate`},
		{"a rate is not negative", part("{rate: -1/s}"), `"-1/s" is no rate`},
		{"a rate has an end", part("{rate: 1000001/s}"), "is above 1e+06/s"},
		{"a ramp is from one rate to another", part("{ramp: 40/s}"), `"40/s" is no ramp; write it as 0/s to 200/s`},
		{"a part begins within the scenario", part("{rate: 1/s, from: 60s}"), "it begins at 1m0s, outside of the scenario, which lasts 1m0s"},
		{"a part ends within the scenario", part("{rate: 1/s, to: 61s}"), "line 7: it ends at 1m1s, after the scenario"},
		{"a part ends after it begins", part("{rate: 1/s, from: 5s, to: 5s}"), "it ends at 5s, not after its beginning"},
		{"a burst has an instant", part("{burst: 5, from: 1s}"), "burst and from do not go together; say when with at"},
		{"a burst is not endless", part("{burst: 1000001, at: 1s}"), `"1000001" is no whole number from 1 to 1000000`},
		{"a burst does not come again all the time", part("{burst: 1, every: 0s}"), `"0s" is too often`},
		{"a single burst has no end", part("{burst: 1, to: 5s}"), "a burst that comes once has no end"},
		{"a rate does not come again", part("{rate: 1/s, every: 5s}"), "only a burst comes again"},
		{"a day has its own mixes", part("{rate: 1/s, day: supplier, mix: reads}"), "a day brings its mixes"},
		{"a day is known", part("{rate: 1/s, day: sunday}"), `there is no day "sunday"; there are supplier, electricity-network`},
		{"a mix is known", part("{rate: 1/s, mix: writes}"), `"writes" is neither a Service Request Variant nor a mix; mixes are reads, network-reads`},
		{"a variant is known", part(`{rate: 1/s, mix: {"4.8.9": 1}}`), `"4.8.9" is neither a Service Request Variant nor a mix`},
		{"a mix has weights", part(`{rate: 1/s, mix: {"2.2": x}}`), `the weight of 2.2: "x" is no number`},
		{"a mix weighs something", part(`{rate: 1/s, mix: {"2.2": 0}}`), "all weights of the mix are 0"},
		{"a part has a mix", "name: x\nfor: 1s\nusers:\n  A: {traffic: [{rate: 1/s}]}\n", "line 4: it has no mix; name one of reads"},
		{"a mix's name is free", filled("mixes: {reads: {\"2.2\": 1}}\n"), `the name "reads" cannot be given to a mix`},
		{"a shape is known", part("{rate: 1/s, shape: square}"), `there is no shape "square"; there are daytime, evening`},
		{"a shape has 24 factors", part("{rate: 1/s, shape: [1, 2]}"), "shape has 2 factors; it needs 24"},
		{"a shape is not flat nothing", part("{rate: 1/s, shape: [0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}"), "all 24 factors of the shape are 0"},
		{"a shape has a day", filled("shapes: {x: {days: [0,0,0,0,0,0,0]}}\n"), "all 7 days of the shape are 0"},
		{"a day's factor is a share", filled("shapes: {x: {days: [2,0,0,0,0,0,0]}}\n"), "the factor 2 of day 1 of the week is not between 0 and 1"},
		{"arrivals are known", part("{rate: 1/s, arrivals: odd}"), `"odd" is no way to arrive; poisson and even are`},
	} {
		row.test(t)
	}
}

func TestWhatIsWrongWithAClientIsSaid(t *testing.T) {
	for _, row := range []wrong{
		{"a behaviour is known", filled("defaults: {retry: hammer}\n"), `"hammer" is no behaviour; choose from never, blind, backoff, obey`},
		{"a retry has a behaviour", filled("defaults: {retry: {wait: 1s}}\n"), "line 1: retry needs the key how"},
		{"attempts have an end", filled("defaults: {retry: {how: blind, attempts: 1001}}\n"), `"1001" is no whole number from 1 to 1000`},
		{"the first wait is not the longest", filled("defaults: {retry: {how: backoff, base: 9s, most: 1s}}\n"), "the first wait, 9s, is longer than the longest, 1s"},
		{"a wait is a day at most", filled("defaults: {retry: {how: blind, wait: 2d}}\n"), "a wait of 48h0m0s is not between 0 and 24h0m0s"},
		{"jitter is a share", filled("defaults: {retry: {how: obey, jitter: 101%}}\n"), `"101%" is no share`},
		{"causes are known", filled("defaults: {retry: {how: obey, on: [rain]}}\n"), `nothing is sent again on "rain"; throttled, failed and timeout`},
		{"a time-out is above nothing", filled("defaults: {timeout: 0s}\n"), "line 1: the time-out 0s is not above 0"},
		{"a share has a per cent sign", filled("defaults: {critical: {finish: 50}}\n"), `"50" is no share; write it as 80%`},
		{"there is a device", filled("defaults: {devices: 0}\n"), `"0" is no whole number from 1`},
	} {
		row.test(t)
	}
}

func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"../scenarios/*.yaml", "testdata/*.yaml"} {
		names, _ := filepath.Glob(pattern)
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
	for _, piece := range pieces(f) {
		f.Add([]byte(piece))
	}
	f.Add([]byte("{name: x, for: 1ns, users: {A: {traffic: [{rate: 1/h, day: other-user}, {burst: 1, every: 1ms}]}}}"))
	f.Add([]byte("{name: x, for: 1h, kinds: {k: {mix: reads, traffic: [{burst: 3}]}}, users: {A-1 to A-9: {kind: k, size: 2 to 1}}, dsp: {capacity: 1/s, changes: [{capacity: 0/s}]}, background: [{what: x, rate: 1/s}]}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Parse(text)
		if err != nil {
			return
		}
		if err := s.Check(); err != nil {
			t.Fatalf("what Parse took does not pass Check: %v", err)
		}
		last, n := time.Duration(0), 0
		for at := range s.Work() {
			if at < last || at >= s.Length {
				t.Fatalf("work at %v after %v, in a scenario of %v", at, last, s.Length)
			}
			if last, n = at, n+1; n == 100 {
				break
			}
		}
		last, n = 0, 0
		for a := range s.Arrivals() {
			if a.At < last || a.At >= s.Length {
				t.Fatalf("an arrival at %v after %v, in a scenario of %v", a.At, last, s.Length)
			}
			s.Next(s.First(a), a.At, Answer{Throttled, time.Second})
			if last, n = a.At, n+1; n == 100 {
				break
			}
		}
	})
}

// pieces returns the scenarios and pieces of scenarios in the document that
// explains them.
func pieces(t testing.TB) []string {
	text, err := os.ReadFile("../docs/scenarios.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(text), "```")
	var found []string
	for i := 1; i < len(blocks); i += 2 {
		if piece, yaml := strings.CutPrefix(blocks[i], "yaml\n"); yaml {
			found = append(found, filled(piece))
		}
	}
	return slices.Clip(found)
}
