package traffic

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// play sends the story's arrivals, with its events at their times.
func (s *story) play(t *testing.T) {
	t.Helper()
	c, err := New(s.rules, Start{})
	if err != nil {
		t.Fatal(err)
	}
	events := s.events
	for _, a := range merged(s.senders) {
		for len(events) > 0 && a.at >= events[0].at {
			c = s.happen(t, c, events[0])
			events = events[1:]
		}
		q := a.request()
		q.User = nameUser(s.names[a.user])
		if d, ok := c.Admit(a.at, q); ok {
			d.Account = int32(a.user)
			s.seen = append(s.seen, d)
		}
	}
}

func (s *story) happen(t *testing.T, c *Controller, e event) *Controller {
	t.Helper()
	if e.restart {
		c, err := New(e.rules, Start{At: e.at, Restart: true})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if _, err := c.Change(Planned{e.at, e.rules}); err != nil {
		t.Fatal(err)
	}
	c.Advance(e.at)
	return c
}

// check judges one expectation:
//
//	ACCOUNT VERDICT-OR-REASON none | some | N | about N/s  [from T to T]
//	ACCOUNT told to wait N s
//	activations N
//	active | inactive at T
func (s *story) check(words []string) error {
	switch {
	case len(words) == 2 && words[0] == "activations":
		n := 0
		for _, d := range s.seen {
			if d.Activated {
				n++
			}
		}
		return same(fmt.Sprint(n), words[1])
	case len(words) == 3 && words[1] == "at" && (words[0] == "active" || words[0] == "inactive"):
		return s.checkActive(words)
	case len(words) == 5 && strings.Join(words[1:4], " ") == "told to wait":
		return s.checkWait(words)
	case len(words) < 3 || !slices.Contains(countable, words[1]):
		return fmt.Errorf("not understood; the README beside the stories says what can be expected")
	case words[0] != "all" && !slices.Contains(s.names, words[0]):
		return fmt.Errorf("nobody called %s sends anything", words[0])
	}
	return s.checkCount(words)
}

// countable is what an expectation can count.
var countable = []string{"forwarded", "throttled", "offered", "within-allocation", "spare", "over-allocation",
	"shadowed", "exempt", "critical", "capacity", "held", "closed", "off", "suspended"}

func (s *story) checkActive(words []string) error {
	at, err := time.ParseDuration(words[len(words)-1])
	if err != nil {
		return err
	}
	state := "never asked"
	for _, d := range s.seen {
		if d.At > int64(at) {
			break
		}
		state = "inactive"
		if d.Active || d.Activated {
			state = "active"
		}
	}
	return same(state, words[0])
}

func (s *story) checkWait(words []string) error {
	for _, d := range s.seen {
		if s.names[d.Account] == words[0] && fmt.Sprint(d.RetryAfter, "s") == words[4] {
			return nil
		}
	}
	return fmt.Errorf("never told so")
}

func (s *story) checkCount(words []string) error {
	from, to := time.Duration(0), time.Duration(never*-1)
	what := words[2:]
	if n := len(what); n > 4 && what[n-4] == "from" && what[n-2] == "to" {
		var err1, err2 error
		from, err1 = time.ParseDuration(what[n-3])
		to, err2 = time.ParseDuration(what[n-1])
		if err1 != nil || err2 != nil {
			return fmt.Errorf("a time is wrong: %v %v", err1, err2)
		}
		what = what[:n-4]
	}
	n := s.count(words[0], words[1], from, to)
	if words[1] != "offered" && s.count(words[0], "offered", from, to) == 0 {
		return fmt.Errorf("nothing is offered then, so it says nothing")
	}
	switch {
	case len(what) != map[bool]int{true: 2, false: 1}[what[0] == "about"]:
		return fmt.Errorf("not understood: %v", what)
	case what[0] == "none":
		return same(strconv.Itoa(n), "0")
	case what[0] == "some":
		if n == 0 {
			return fmt.Errorf("there were none")
		}
		return nil
	case what[0] == "about":
		rate, err := readRate(what[1])
		want := float64(rate) / 1e9 * (to - from).Seconds()
		if err == nil && (float64(n) < want*0.97-3 || float64(n) > want*1.03+3) {
			err = fmt.Errorf("it was %d in %v, %.1f/s", n, to-from, float64(n)/(to-from).Seconds())
		}
		return err
	}
	return same(strconv.Itoa(n), what[0])
}

// count counts the account's (or everybody's) decisions of a verdict or reason.
func (s *story) count(account, what string, from, to time.Duration) (n int) {
	for _, d := range s.seen {
		if d.At < int64(from) || d.At >= int64(to) || account != "all" && s.names[d.Account] != account {
			continue
		}
		word := map[Verdict]string{Forward: "forwarded", Throttle: "throttled", Shadow: "shadowed"}[d.Verdict]
		if what == word || what == d.Reason.String() || what == "offered" {
			n++
		}
	}
	return n
}

func same(got, want string) error {
	if !strings.EqualFold(got, want) {
		return fmt.Errorf("it was %s", got)
	}
	return nil
}
