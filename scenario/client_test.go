package scenario

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"srtm/duis"
)

// sending makes a scenario of one Service User with this client, and the first
// message of a request of this variant.
func sending(variant string, change func(*Client)) (*Scenario, Send) {
	v, _ := duis.ParseVariant(variant)
	c := DefaultClient()
	c.Retry.Sends, c.Retry.Base, c.Retry.Most, c.Retry.Jitter = 3, time.Second, 3*time.Second, 0
	change(&c)
	s := &Scenario{Seed: 3, Length: time.Hour, Users: []User{{Account: "ALPHA", Devices: 1, Client: c}}}
	return s, s.First(Arrival{At: 10 * time.Second, Number: 1, Variant: v})
}

func how(b Behaviour) func(*Client) { return func(c *Client) { c.Retry.How = b } }

func also(changes ...func(*Client)) func(*Client) {
	return func(c *Client) {
		for _, change := range changes {
			change(c)
		}
	}
}

func TestFirstMessages(t *testing.T) {
	for _, row := range []struct {
		sentence, variant string
		want              duis.CommandVariant
	}{
		{"a read goes to the device", "4.8.1", 1},
		{"a top-up goes to the device", "2.2", 1},
		{"a tariff is transformed first", "1.1.1", 4},
		{"the inventory is asked of the DCC alone", "8.2", 8},
		{"firmware is handed to the DCC", "11.1", 8},
	} {
		if _, send := sending(row.variant, func(*Client) {}); send.Command != row.want || send.Attempt != 1 {
			t.Errorf("%s: Command Variant %d, attempt %d; want %d, 1", row.sentence, send.Command, send.Attempt, row.want)
		}
	}
}

func TestClients(t *testing.T) {
	const s = time.Second
	throttled, told := Answer{Outcome: Throttled}, Answer{Throttled, 7 * s}
	failed, late := Answer{Outcome: Failed}, Answer{Outcome: TimedOut}
	only := func(c *Client) { c.Retry.On = Causes{Throttled: true} }
	for _, row := range []struct {
		sentence string
		client   func(*Client)
		attempt  int
		answer   Answer
		want     Verdict
		wait     time.Duration
	}{
		{"an accepted request is finished", how(Never), 1, Answer{}, Finished, 0},
		{"whoever never retries gives up when throttled", how(Never), 1, told, GaveUp, 0},
		{"whoever never retries gives up after a failure", how(Never), 1, failed, GaveUp, 0},
		{"whoever never retries gives up after a time-out", how(Never), 1, late, GaveUp, 0},
		{"a rejection ends a request, however the client retries", how(Blind), 1, Answer{Outcome: Rejected}, GaveUp, 0},
		{"a blind client comes back after its wait", how(Blind), 1, throttled, Again, s},
		{"a blind client does not read Retry-After", how(Blind), 1, told, Again, s},
		{"a blind client waits no longer the second time", how(Blind), 2, throttled, Again, s},
		{"a blind client comes back after a time-out too", how(Blind), 1, late, Again, s},
		{"a blind client with a wait of nothing comes back at once", also(how(Blind), func(c *Client) { c.Retry.Wait = 0 }), 1, failed, Again, 0},
		{"three sends are the most where attempts is 3", how(Blind), 3, throttled, GaveUp, 0},
		{"one that backs off begins with its base", how(Backoff), 1, throttled, Again, s},
		{"one that backs off doubles its wait", how(Backoff), 2, throttled, Again, 2 * s},
		{"one that backs off does not read Retry-After", how(Backoff), 1, told, Again, s},
		{"one that backs off waits no longer than its most", also(how(Backoff), func(c *Client) { c.Retry.Sends = 99 }), 80, throttled, Again, 3 * s},
		{"one that obeys comes back when Retry-After says", how(Obey), 1, told, Again, 7 * s},
		{"one that obeys does so the second time", how(Obey), 2, told, Again, 7 * s},
		{"one that obeys may do so after a failure", how(Obey), 1, Answer{Failed, 4 * s}, Again, 4 * s},
		{"one that obeys backs off where there is no Retry-After", how(Obey), 2, failed, Again, 2 * s},
		{"one that obeys gives up in the end", how(Obey), 3, told, GaveUp, 0},
		{"what is not among the causes is not retried", also(how(Blind), only), 1, late, GaveUp, 0},
		{"what is among the causes is", also(how(Blind), only), 1, throttled, Again, s},
		{"nothing is sent when the scenario is over", how(Obey), 1, Answer{Throttled, 2 * time.Hour}, Left, 0},
		{"nothing is sent at the very end of the scenario", how(Obey), 1, Answer{Throttled, time.Hour - 20*s}, Left, 0},
		{"just before the end it is", how(Obey), 1, Answer{Throttled, time.Hour - 20*s - 1}, Again, time.Hour - 20*s - 1},
		{"a hostile Retry-After does not come round to the past", how(Obey), 1, Answer{Throttled, math.MaxInt64}, Left, 0},
	} {
		sc, send := sending("2.2", row.client)
		send.Attempt = row.attempt
		at := 20 * s
		got := sc.Next(send, at, row.answer)
		if got.Verdict != row.want {
			t.Errorf("%s: verdict %d, want %d", row.sentence, got.Verdict, row.want)
			continue
		}
		if row.want != Again {
			continue
		}
		want := send
		want.Attempt++
		if got.At != at+row.wait || got.Send != want {
			t.Errorf("%s: after %v %+v; want after %v %+v", row.sentence, got.At-at, got.Send, row.wait, want)
		}
	}
}

func TestCriticalCommandsTakeTwoMessages(t *testing.T) {
	s, first := sending("1.1.1", how(Blind))
	second := s.Next(first, time.Minute, Answer{})
	if second.Verdict != Second || second.At != time.Minute+100*time.Millisecond {
		t.Fatalf("after a good answer: %+v; want the second message 100 ms later", second)
	}
	if second.Send.Command != 5 || second.Send.Attempt != 1 || second.Send.Arrival != first.Arrival {
		t.Errorf("the second message is %+v; want Command Variant 5 of the same arrival, for the first time", second.Send)
	}
	if again := s.Next(second.Send, 2*time.Minute, Answer{Outcome: Throttled}); again.Verdict != Again || again.Send.Command != 5 || again.Send.Attempt != 2 {
		t.Errorf("the second message is retried like any other; got %+v", again)
	}
	if end := s.Next(second.Send, 2*time.Minute, Answer{}); end.Verdict != Finished {
		t.Errorf("after the second message's good answer: %+v; want Finished", end)
	}
	if refused := s.Next(first, time.Minute, Answer{Outcome: Throttled}); refused.Verdict != Again || refused.Send.Command != 4 {
		t.Errorf("a refused first message is sent again as it was; got %+v", refused)
	}
	if late := s.Next(first, time.Hour-time.Millisecond, Answer{}); late.Verdict != Left {
		t.Errorf("the second message is not sent after the end; got %+v", late)
	}
}

func TestAShareOfCriticalCommandsIsFinished(t *testing.T) {
	s, send := sending("1.1.1", func(c *Client) { c.Finish = 0.3 })
	finished := 0.0
	for n := range uint64(10_000) {
		send.Arrival.Number = n
		step := s.Next(send, time.Minute, Answer{})
		if step.Verdict == Second {
			finished++
		}
		if again := s.Next(send, 2*time.Minute, Answer{}); again.Verdict != step.Verdict {
			t.Fatalf("request %d is finished at one time and not at another", n)
		}
	}
	if math.Abs(finished-3000) > 4*math.Sqrt(10_000*0.3*0.7) {
		t.Errorf("%g of 10000 got their second message, want 3000", finished)
	}
}

func TestJitterOnlyShortensAWait(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		jitter := rapid.Float64Range(0, 1).Draw(t, "jitter")
		s, send := sending("2.2", also(how(Backoff), func(c *Client) { c.Retry.Sends, c.Retry.Jitter = MaxSends, jitter }))
		s.Seed = rapid.Uint64().Draw(t, "seed")
		send.Arrival.Number = rapid.Uint64().Draw(t, "number")
		send.Attempt = rapid.IntRange(1, MaxSends-1).Draw(t, "attempt")
		longest := 3 * time.Second
		if send.Attempt < 3 {
			longest = time.Duration(send.Attempt) * time.Second
		}
		step := s.Next(send, 0, Answer{Outcome: Throttled})
		least := time.Duration(float64(longest)*(1-jitter)) - 1
		if step.Verdict != Again || step.At > longest || step.At < least {
			t.Fatalf("%+v; want again after %v to %v", step, least, longest)
		}
		if s.Next(send, 0, Answer{Outcome: Throttled}) != step {
			t.Fatal("the same send waits differently")
		}
	})
}

func TestJitterSpreadsClients(t *testing.T) {
	s, send := sending("2.2", also(how(Backoff), func(c *Client) { c.Retry.Jitter = 1 }))
	sum := 0.0
	for n := range uint64(10_000) {
		send.Arrival.Number = n
		sum += s.Next(send, 0, Answer{Outcome: Throttled}).At.Seconds()
	}
	if mean := sum / 10_000; math.Abs(mean-0.5) > 4*math.Sqrt(1/12.0/10_000) {
		t.Errorf("the mean wait is %.3f s, want 0.5 s", mean)
	}
}

// Clients do in place what Next and First say.
func TestClientsInPlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := DefaultClient()
		c.Retry.How = rapid.SampledFrom([]Behaviour{Never, Blind, Backoff, Obey}).Draw(t, "behaviour")
		c.Retry.Sends = rapid.SampledFrom([]int{1, 3, MaxSends}).Draw(t, "sends")
		c.Finish = rapid.Float64Range(0, 1).Draw(t, "finish")
		s := &Scenario{Seed: 3, Length: time.Hour, Users: []User{{Account: "ALPHA"}, {Account: "BRAVO", Client: c}}}
		variants := slices.Collect(duis.Variants())
		a := Arrival{At: time.Minute, User: 1, Number: rapid.Uint64().Draw(t, "number"), Variant: rapid.SampledFrom(variants).Draw(t, "variant")}
		clients, sent := s.Clients(), Send{}
		clients.First(&sent, &a)
		if sent != s.First(a) {
			t.Fatalf("first %+v, want %+v", sent, s.First(a))
		}
		sent.Attempt = rapid.IntRange(1, c.Retry.Sends).Draw(t, "attempt")
		at := time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "at"))
		answer := Answer{Outcome(rapid.IntRange(0, int(TimedOut)).Draw(t, "outcome")), time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "retry"))}
		want := s.Next(sent, at, answer)
		verdict, when := clients.Next(&sent, at, answer)
		if verdict != want.Verdict || verdict <= Second && (when != want.At || sent != want.Send) {
			t.Fatalf("%v at %v %+v, want %+v", verdict, when, sent, want)
		}
	})
}

// However often a wait has doubled, it is twice the one before, to the last bit.
func TestDoubled(t *testing.T) {
	for n := range MaxSends {
		if got, want := doubled(n), math.Pow(2, float64(n)); got != want {
			t.Errorf("2 to the power of %d is %g, not %g", n, want, got)
		}
	}
}
