package simulate

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"srtm/traffic"
)

// rules are those of two accounts that share 100/s.
func rules() traffic.Rules {
	return traffic.Rules{
		Threshold: 100 * traffic.PerSecond, Release: 80 * traffic.PerSecond, Hold: 3 * time.Second, Burst: time.Second,
		Slot: 10 * time.Millisecond, RetryLeast: time.Second, RetryMost: time.Minute,
		Accounts: []traffic.Account{
			{Name: "ALPHA", Allocation: 60 * traffic.PerSecond, Users: []uint64{0x90B3D51F30010000, 0x90B3D51F30010001}},
			{Name: "BRAVO", Allocation: 40 * traffic.PerSecond, Users: []uint64{0x90B3D51F30020000}},
		},
	}
}

// replayed returns the decisions CSV of an arrivals CSV.
func replayed(r traffic.Rules, arrivals string) (string, error) {
	var out bytes.Buffer
	w := NewDecisions(&out)
	if err := Replay(r, ReadArrivals(strings.NewReader(arrivals)), w.Write); err != nil {
		return "", err
	}
	err := w.Flush()
	return out.String(), err
}

func TestReplayWritesADecisionForEveryArrival(t *testing.T) {
	got, err := replayed(rules(), "srv,account,at_ns,user_id\n"+
		"4.8.1,ALPHA,1000000000,90-b3-d5-1f-30-01-00-01\n"+
		"\"odd, srv\",BRAVO,1000000000,\n"+
		strings.Repeat("2.2,BRAVO,1500000000,\n", 98)+
		"2.2,ALPHA,1500000001,\n")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(got, "\n"), "\n")
	if len(lines) != 102 {
		t.Fatalf("%d lines for 101 arrivals", len(lines))
	}
	for line, want := range map[int]string{
		0: "at_ns,account,srv,verdict,reason",
		1: "1000000000,ALPHA,4.8.1,forward,within-allocation",
		2: "1000000000,BRAVO,\"odd, srv\",forward,within-allocation",
		// BRAVO's bucket holds 20, the pool 50; what comes after finds nothing.
		22:  "1500000000,BRAVO,2.2,forward,within-allocation",
		23:  "1500000000,BRAVO,2.2,forward,spare",
		72:  "1500000000,BRAVO,2.2,forward,spare",
		73:  "1500000000,BRAVO,2.2,throttle,over-allocation",
		100: "1500000000,BRAVO,2.2,throttle,over-allocation",
		101: "1500000001,ALPHA,2.2,forward,within-allocation",
	} {
		if lines[line] != want {
			t.Errorf("line %d is %q, want %q", line, lines[line], want)
		}
	}
}

func TestReplayGivesTheSameBytes(t *testing.T) {
	arrivals := randomArrivals(20_000)
	first, err := replayed(rules(), arrivals)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(first, "throttle") || !strings.Contains(first, "spare") {
		t.Fatal("the arrivals do not show every kind of decision")
	}
	second, err := replayed(rules(), arrivals)
	if err != nil || first != second {
		t.Fatalf("the second replay differs (%v)", err)
	}
}

func randomArrivals(n int) string {
	rng := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	b.WriteString("at_ns,account,srv\n")
	at := int64(1_700_000_000_000_000_000)
	for range n {
		at += rng.Int64N(15_000_000)
		fmt.Fprintf(&b, "%d,%s,4.8.1\n", at, []string{"ALPHA", "BRAVO"}[rng.IntN(2)])
	}
	return b.String()
}

func TestBadArrivalsAreNamed(t *testing.T) {
	for _, row := range []struct{ sentence, file, want string }{
		{"an empty file says what it begins with", "", "begins with the header"},
		{"a missing column is named", "at_ns,account\n", `"srv" is missing`},
		{"an unknown column is named", "at_ns,account,srv,speed\n", `unknown column "speed"`},
		{"a column that is there twice is named", "at_ns,account,srv,srv\n", `"srv" is there twice`},
		{"time that goes back is named with its line", "at_ns,account,srv\n5,ALPHA,2.2\n4,ALPHA,2.2\n", "line 3: at_ns goes back from 5 to 4"},
		{"a time that is no number", "at_ns,account,srv\nnoon,ALPHA,2.2\n", `line 2: at_ns "noon"`},
		{"a time before 1970", "at_ns,account,srv\n-1,ALPHA,2.2\n", `line 2: at_ns "-1"`},
		{"an unknown account", "at_ns,account,srv\n5,ZULU,2.2\n", `arrival 1: account "ZULU" is not in the portfolio`},
		{"a foreign User ID", "at_ns,account,srv,user_id\n5,ALPHA,2.2,90-B3-D5-1F-30-02-00-00\n", `is not one of account "ALPHA"`},
		{"a malformed User ID", "at_ns,account,srv,user_id\n5,ALPHA,2.2,90B3\n", "line 2: user_id"},
		{"a counter that is no number", "at_ns,account,srv,counter\n5,ALPHA,2.2,-1\n", `line 2: counter "-1"`},
		{"a Command Variant that there is not", "at_ns,account,srv,command_variant\n5,ALPHA,2.2,10\n", `line 2: command_variant "10" is not a number from 0 to 9`},
		{"too few fields", "at_ns,account,srv\n5,ALPHA\n", "line 2: wrong number of fields"},
	} {
		t.Run(row.sentence, func(t *testing.T) {
			_, err := replayed(rules(), row.file)
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Fatalf("got %v, want %q", err, row.want)
			}
		})
	}
}

func FuzzReadArrivals(f *testing.F) {
	f.Add("at_ns,account,srv\n5,ALPHA,2.2\n")
	f.Add("\ufeffsrv,user_id,at_ns,account\n2.2,90-B3-D5-1F-30-01-00-00,7,ALPHA\n\"a\"\"b\",,9,BRAVO\n")
	f.Fuzz(func(t *testing.T, file string) {
		out, err := replayed(rules(), file)
		if err != nil {
			return
		}
		records, err := csv.NewReader(strings.NewReader(out)).ReadAll()
		if err != nil {
			t.Fatalf("the decisions of %q cannot be read: %v", file, err)
		}
		i := 1
		for a := range ReadArrivals(strings.NewReader(file)) {
			if got := strings.ReplaceAll(a.Variant, "\r\n", "\n"); records[i][1] != a.Account || records[i][2] != got {
				t.Fatalf("arrival %+v became %q", a, records[i])
			}
			i++
		}
	})
}

// BenchmarkReplay is recorded arrivals of 200 accounts, read, decided about and
// written; the time is per arrival.
func BenchmarkReplay(b *testing.B) {
	r := rules()
	r.Accounts = nil
	for i := range 200 {
		r.Accounts = append(r.Accounts, traffic.Account{
			Name: fmt.Sprintf("ACCOUNT%03d", i), Allocation: traffic.PerSecond / 2, Users: []uint64{uint64(i)},
		})
	}
	r.Burst = 4 * time.Second
	var file strings.Builder
	file.WriteString("at_ns,account,srv\n")
	for i := range b.N {
		fmt.Fprintf(&file, "%d,ACCOUNT%03d,4.8.1\n", int64(i)*5_000_000, i*7%200)
	}
	b.ResetTimer()
	w := NewDecisions(io.Discard)
	if err := Replay(r, ReadArrivals(strings.NewReader(file.String())), w.Write); err != nil {
		b.Fatal(err)
	}
}

// Arrivals of the account for unlisted originators are decided about, with the
// originator's User ID or without; that of a listed one is not theirs.
func TestReplayOfUnlistedOriginators(t *testing.T) {
	r := rules()
	r.Accounts = append(r.Accounts, traffic.Account{Name: "unlisted"})
	r.Unlisted = "unlisted"
	got, err := replayed(r, "at_ns,account,srv,user_id\n1,unlisted,2.2,\n2,unlisted,2.2,00-00-00-00-00-00-00-2A\n")
	if want := "1,unlisted,2.2,forward,spare\n2,unlisted,2.2,forward,spare\n"; err != nil || !strings.HasSuffix(got, want) {
		t.Errorf("got %v %q", err, got)
	}
	if _, err := replayed(r, "at_ns,account,srv,user_id\n1,unlisted,2.2,90-B3-D5-1F-30-01-00-00\n"); err == nil {
		t.Error("a listed User ID passes for an unlisted one")
	}
}
