package traffic

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Every file in testdata/scenarios is a story about the mechanism that someone
// who knows the Code and not Go can read, check and write; the file
// testdata/scenarios/README says how.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/scenarios/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios found: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			s := readStory(t, file)
			s.play(t)
			for _, e := range s.expectations {
				if err := s.check(e.words); err != nil {
					t.Errorf("%s:%d: %s: %v", file, e.line, strings.Join(e.words, " "), err)
				}
			}
		})
	}
}

// story is a scenario file, read, and then what came of it.
type story struct {
	rules        Rules
	senders      []sender
	events       []event
	expectations []expectation
	seen         []Decision
	names        []string // of the accounts that seen's Account refers to
}

// event is a change of policy or a restart in the middle of a story.
type event struct {
	at      int64
	rules   Rules
	restart bool
}

type expectation struct {
	line  int
	words []string
}

func readStory(t *testing.T, file string) *story {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := &story{rules: Rules{
		Slot: 10 * time.Millisecond, Burst: time.Second, Hold: 30 * time.Second,
		RetryLeast: time.Second, RetryMost: time.Minute,
	}}
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		text, _, _ := strings.Cut(lines.Text(), "#")
		words := strings.Fields(strings.NewReplacer(",", " ", ":", " ").Replace(text))
		if len(words) == 0 {
			continue
		}
		if words[0] == "expect" {
			s.expectations = append(s.expectations, expectation{n, words[1:]})
		} else if err := s.read(words); err != nil {
			t.Fatalf("%s:%d: %v", file, n, err)
		}
	}
	if len(s.expectations) == 0 {
		t.Fatalf("%s expects nothing", file)
	}
	return s
}

// read takes one line that is not an expectation.
func (s *story) read(words []string) error {
	switch words[0] {
	case "policy":
		return readPolicy(&s.rules, words[1:])
	case "account":
		return readAccount(&s.rules, words[1:])
	case "from": // from 0s to 10s ALPHA sends 300/s [in lumps of 5] [at random] [costing 3]
		return s.readSender(words)
	case "at": // at 5s ALPHA sends 40 | at 5s restart | at 5s policy … | at 5s account ALPHA 30/s
		return s.readEvent(words)
	}
	return fmt.Errorf("a line begins with policy, account, from, at or expect, not %q", words[0])
}

func readPolicy(r *Rules, words []string) error {
	for i := 0; i+1 < len(words); i += 2 {
		rate, rateErr := readRate(words[i+1])
		d, durationErr := time.ParseDuration(words[i+1])
		switch words[i] {
		case "threshold":
			r.Threshold = rate
		case "release":
			r.Release = rate
		case "hold":
			r.Hold, rateErr = d, durationErr
		case "burst":
			r.Burst, rateErr = d, durationErr
		case "slot":
			r.Slot, rateErr = d, durationErr
		case "largest-cost":
			n, err := strconv.ParseFloat(words[i+1], 64)
			r.LargestCost, rateErr = Amount(n*1e9), err
		default:
			rateErr = readExtension(r, words[i], words[i+1])
		}
		if rateErr != nil {
			return rateErr
		}
	}
	return nil
}

func readAccount(r *Rules, words []string) error {
	if len(words) < 2 {
		return fmt.Errorf("account NAME RATE")
	}
	rate, err := readRate(words[1])
	if err != nil {
		return err
	}
	accounts := append([]Account{}, r.Accounts...)
	for i := range accounts {
		if accounts[i].Name == words[0] {
			accounts[i].Allocation = rate
			r.Accounts = accounts
			return treatAccount(&accounts[i], words[2:])
		}
	}
	r.Accounts = append(accounts, Account{Name: words[0], Allocation: rate, Users: []uint64{nameUser(words[0])}})
	return treatAccount(&r.Accounts[len(r.Accounts)-1], words[2:])
}

func (s *story) readSender(words []string) error {
	if len(words) < 7 || words[2] != "to" || words[5] != "sends" {
		return fmt.Errorf("from TIME to TIME ACCOUNT sends RATE")
	}
	from, err1 := time.ParseDuration(words[1])
	to, err2 := time.ParseDuration(words[3])
	rate, err3 := readRate(words[6])
	if err1 != nil || err2 != nil || err3 != nil {
		return fmt.Errorf("a time or rate is wrong: %v %v %v", err1, err2, err3)
	}
	one := sender{user: s.account(words[4]), from: from, to: to, rate: float64(rate) / 1e9, lump: 1, seed: uint64(len(s.senders))}
	err := one.read(words[7:])
	s.senders = append(s.senders, one)
	return err
}

// read takes what may follow a sender's rate.
func (one *sender) read(rest []string) error {
	for len(rest) > 0 {
		switch {
		case strings.Join(rest[:min(2, len(rest))], " ") == "at random":
			one.poisson, rest = true, rest[2:]
		case len(rest) > 3 && strings.Join(rest[:3], " ") == "in lumps of":
			n, err := strconv.Atoi(rest[3])
			if err != nil {
				return err
			}
			one.lump, rest = n, rest[4:]
		case len(rest) > 1 && rest[0] == "costing":
			n, err := strconv.ParseFloat(rest[1], 64)
			if err != nil {
				return err
			}
			one.cost, rest = Amount(n*1e9), rest[2:]
		case len(rest) > 1 && rest[0] == "of": // a variant
			one.variant, rest = rest[1], rest[2:]
		case len(rest) > 1 && rest[0] == "command": // first | second
			one.command, rest = map[string]uint8{"first": 4, "second": 5}[rest[1]], rest[2:]
		default:
			return fmt.Errorf("not understood: %q", rest)
		}
	}
	return nil
}

func (s *story) readEvent(words []string) error {
	if len(words) < 3 {
		return fmt.Errorf("at TIME and what happens")
	}
	at, err := time.ParseDuration(words[1])
	if err != nil {
		return err
	}
	rules := s.rules
	if n := len(s.events); n > 0 {
		rules = s.events[n-1].rules
	}
	e := event{at: int64(at), restart: words[2] == "restart"}
	switch {
	case e.restart:
	case words[2] == "policy":
		err = readPolicy(&rules, words[3:])
	case words[2] == "account":
		err = readAccount(&rules, words[3:])
	case words[2] == "remove":
		kept := []Account{}
		for _, a := range rules.Accounts {
			if a.Name != words[3] {
				kept = append(kept, a)
			}
		}
		rules.Accounts = kept
	case len(words) >= 5 && words[3] == "sends":
		n, err := strconv.Atoi(words[4])
		one := sender{user: s.account(words[2]), from: at, to: at + 1, rate: float64(n) * 1e9, lump: n}
		err = errors.Join(err, one.read(words[5:]))
		s.senders = append(s.senders, one)
		return err
	default:
		return fmt.Errorf("at TIME ACCOUNT sends NUMBER, restart, policy …, account … or remove ACCOUNT")
	}
	e.rules = rules
	s.events = append(s.events, e)
	return err
}

// account returns a number for the account, by which senders name it.
func (s *story) account(name string) int {
	for i, n := range s.names {
		if n == name {
			return i
		}
	}
	s.names = append(s.names, name)
	return len(s.names) - 1
}

func nameUser(name string) uint64 {
	u := uint64(14695981039346656037)
	for _, b := range []byte(name) {
		u = (u ^ uint64(b)) * 1099511628211
	}
	return u
}

func readRate(s string) (Rate, error) {
	n, ok := strings.CutSuffix(s, "/s")
	f, err := strconv.ParseFloat(n, 64)
	if !ok || err != nil {
		return 0, fmt.Errorf("%q is not a rate such as 60/s", s)
	}
	return Rate(f * 1e9), nil
}
