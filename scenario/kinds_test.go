package scenario

import (
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestServiceUsersOfAKind(t *testing.T) {
	s, err := Parse([]byte(`
name: kinds
for: 60s
defaults: {timeout: 4s}
kinds:
  supplier:
    mix: reads
    devices: 1000
    retry: obey
    traffic:
      - {rate: 10/s}
      - {ramp: 2/s to 4/s}
      - {burst: 5, at: 10s, every: 20s}
users:
  A: {kind: supplier}
  B-08 to B-10: {kind: supplier, size: 4 to 1}
  C, D: {kind: supplier, size: [0.5, 0.02]}
  E: {kind: supplier, size: 2, devices: 7, retry: never, mix: "2.2", traffic: [{rate: 1/s}]}
  F: {mix: supply, traffic: [{rate: 1/s}]}
`))
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		account string
		devices uint64
		rate    Rate
		rise    Rate
		burst   int
		every   time.Duration
	}
	const again = 20 * time.Second
	want := []row{
		{"A", 1000, 10, 2, 5, again}, {"B-08", 4000, 40, 8, 20, again}, {"B-09", 2000, 20, 4, 10, again}, {"B-10", 1000, 10, 2, 5, again},
		{"C", 500, 5, 1, 3, again}, {"D", 20, 0.2, 0.04, 0, 0}, {"E", 7, 20, 4, 10, again},
	}
	for i, w := range want {
		u := s.Users[i]
		got := row{u.Account, u.Devices, u.Traffic[0].Rate, u.Traffic[1].Rise, u.Traffic[2].Burst, u.Traffic[2].Every}
		if got != w || u.Client.Timeout != 4*time.Second {
			t.Errorf("got %+v, want %+v", got, w)
		}
	}
	reads, _ := NamedMix("reads")
	e, f := s.Users[7-1], s.Users[7]
	switch {
	case s.Users[0].Client.Retry.How != Obey || e.Client.Retry.How != Never:
		t.Error("a kind's client does not hold, or not only where nothing else is said")
	case !reflect.DeepEqual(e.Traffic[0].Mix, reads) || len(e.Traffic) != 4 || !reflect.DeepEqual(e.Traffic[3].Mix, mixOf("2.2 1")):
		t.Error("own traffic does not come after a kind's, each with its mix")
	case f.Devices != 100_000 || len(f.Traffic) != 1:
		t.Error("a Service User without a kind is not as before")
	}
}

func TestSizesFallByAConstantFactor(t *testing.T) {
	s, err := Parse([]byte("name: x\nfor: 1s\nkinds: {k: {mix: reads, traffic: [{rate: 1/s}]}}\nusers:\n  S-001 to S-100: {kind: k, size: 0.8 to 0.0005}\n"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range s.Users {
		want := 0.8 * math.Pow(0.0005/0.8, float64(i)/99)
		if got := float64(s.Users[i].Traffic[0].Rate); math.Abs(got-want) > 5e-7 {
			t.Errorf("%s has size %g, want %g", s.Users[i].Account, got, want)
		}
	}
}

func TestWhatIsWrongWithKindsIsSaid(t *testing.T) {
	users := func(entry string) string {
		return "name: x\nfor: 1s\nkinds: {k: {mix: reads, traffic: [{rate: 1000/s}, {burst: 9}]}}\nusers:\n  " + entry + "\n"
	}
	for _, row := range []wrong{
		{"a kind has traffic", filled("kinds: {k: {mix: reads}}\n"), "line 1: a kind needs the key traffic"},
		{"a kind is of no kind", filled("kinds: {k: {kind: j, traffic: []}}\n"), `a kind has no key "kind"`},
		{"a kind has a name", filled("kinds: {'': {traffic: []}}\n"), `the name "" cannot be given to a kind`},
		{"a kind is known", users("A: {kind: j}"), `line 5: there is no kind "j"; name one that stands under kinds`},
		{"a size is of a kind", users("A: {size: 2, mix: reads, traffic: []}"), "line 5: a size is a multiple of a kind's traffic; name the kind"},
		{"a size is a number", users("A: {kind: k, size: big}"), `size: "big" is no number`},
		{"sizes are as many as accounts", users("A, B: {kind: k, size: [1, 2, 3]}"), "size has 3 entries for 2 accounts"},
		{"sizes do not fall to nothing", users("A, B: {kind: k, size: 1 to 0}"), `"1 to 0" begins or ends at nothing`},
		{"a size is not too large for a rate", users("A: {kind: k, size: 1001}"), "line 5: A, with its size: the rate 1.001e+06/s is not between"},
		{"a size is not too large for a burst", users("A: {kind: k, size: 999999999}"), "is not between"},
		{"a row has one stem", users("A-1 to B-3: {kind: k}"), `"A-1" to "B-3" is no row of accounts; write the same name with a number at its end`},
		{"a row has numbers", users("A to C: {kind: k}"), `"A" to "C" is no row of accounts`},
		{"a row's numbers have as many digits", users("A-1 to A-10: {kind: k}"), `"A-1" to "A-10" is no row of accounts`},
		{"a row goes up", users("A-3 to A-1: {kind: k}"), `"A-3" to "A-1" is no row of accounts`},
		{"a row has an end", users("A-00001 to A-10001: {kind: k}"), "of at most 10000"},
		{"a row is of names that a policy allows", users("A b1 to A b3: {kind: k}"), `"A b1" is no account's name`},
		{"a small file does not blow up", "name: x\nfor: 1s\nkinds: {k: {traffic: [" + strings.Repeat("{rate: 1/s, day: supplier}, ", 64) + "]}}\nusers:\n  A-0001 to A-9999: {kind: k}\n",
			"line 5: all Service Users together have more than 100000 parts of traffic"},
		{"rows do not meet", users("A-1 to A-3: {kind: k}\n  A-2: {kind: k}"), `line 6: the Service User "A-2" is there twice`},
	} {
		row.test(t)
	}
}
