package drill_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"srtm/drill"
	"srtm/duis"
	"srtm/journal"
	"srtm/traffic"
)

// messages are any that may come, in order.
func messages(t *rapid.T, s drill.Span) []drill.Message {
	from := s.From.Add(-drill.Before - time.Minute).UnixNano()
	to := s.To.Add(drill.After + time.Minute).UnixNano()
	all := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) drill.Message {
		m := drill.Message{
			At:      rapid.Int64Range(from, to).Draw(t, "at"),
			ID:      duis.RequestID{Originator: originator, Target: duis.EUI64(rapid.Uint64Range(0, 3).Draw(t, "target")), Counter: rapid.Uint64Range(0, 9).Draw(t, "counter")},
			Command: duis.CommandVariant(rapid.SampledFrom([]int{1, 4, 5}).Draw(t, "command")),
			Variant: rapid.SampledFrom([]string{"4.8.1", "2.2", "1.1.1", "99.9"}).Draw(t, "variant"),
			Refused: rapid.Bool().Draw(t, "refused"),
		}
		if m.Refused {
			m.Held = rapid.Bool().Draw(t, "held")
			m.RetryAfter = time.Duration(rapid.IntRange(0, 90).Draw(t, "after")) * time.Second
		}
		return m
	}), 0, 300).Draw(t, "messages")
	slices.SortStableFunc(all, func(a, b drill.Message) int { return int(a.At - b.At) })
	return all
}

// Whatever comes, the numbers of a report agree with each other.
func TestNumbersAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := time.Unix(0, origin).UTC()
		s := drill.Span{Account: "ALPHA", From: from, To: from.Add(time.Duration(rapid.Int64Range(1, int64(30*time.Minute)).Draw(t, "length")))}
		s.Now = from.Add(time.Duration(rapid.Int64Range(-int64(time.Minute), int64(time.Hour)).Draw(t, "now")))
		r := judged(s, messages(t, s))
		agree := func(what string, is bool) {
			if !is {
				t.Fatalf("%s: %+v", what, r)
			}
		}
		f, w := r.Refusals, r.Waits
		agree("what became of requests", f.MadeUp+f.GivenUp+f.NotAgain == f.Requests && f.Renewed <= f.GivenUp+f.NotAgain)
		agree("repeats", f.Repeated <= f.Requests && f.Repeats >= f.Repeated && f.Most <= f.Repeats && f.Repeats == w.Count)
		agree("refusals", f.Messages >= f.Requests+f.Unfollowed && f.Messages+f.Others+f.Passed >= r.During.Refused)
		agree("waits", w.Early <= w.Count && w.Worst >= 0 && w.Worst <= 1 && w.Least <= w.Median && w.Median <= w.Most)
		agree("second messages", r.Seconds.MadeUp+r.Seconds.NotAgain == r.Seconds.Refused && r.Seconds.Refused <= f.Requests)
		kinds := drill.Kind{}
		for _, k := range r.Kinds {
			kinds.Requests, kinds.Repeated, kinds.MadeUp = kinds.Requests+k.Requests, kinds.Repeated+k.Repeated, kinds.MadeUp+k.MadeUp
		}
		agree("kinds", kinds.Requests == f.Requests && kinds.Repeated == f.Repeated && kinds.MadeUp == f.MadeUp)
		sum := uint64(0)
		for _, n := range r.Series.Offered {
			sum += n
		}
		agree("series", sum == r.Before.Messages+r.During.Messages+r.After.Messages && len(r.Series.Offered) == len(r.Series.Refused) && len(r.Series.Offered) <= 300)
		agree("findings", len(r.Findings) > 0)
		if _, err := json.Marshal(r); err != nil {
			t.Fatal(err)
		}
	})
}

// More requests than are followed are counted, and the report says so.
func TestWhatIsFollowedIsBounded(t *testing.T) {
	s := usual(0).span()
	j := drill.NewJudge(s)
	const beyond = 1000
	for i := range uint64(drill.MaxFollowed + beyond) {
		j.See(drill.Message{At: s.From.UnixNano() + int64(i), ID: duis.RequestID{Counter: i}, Variant: "4.8.1", Refused: true, Held: true, RetryAfter: time.Minute})
	}
	r := j.Report()
	if r.Refusals.Requests != drill.MaxFollowed || r.Refusals.Unfollowed != beyond || r.Refusals.PerRequest != 1 || found(r, "more than is followed").Mark != drill.LookAt {
		t.Errorf("%+v", r.Refusals)
	}
}

// The report that is read from a journal is that on the messages in it; others'
// records change nothing, and what is missing is said.
func TestReadFromAJournal(t *testing.T) {
	p := usual(2)
	all, s := p.run(t), p.span()
	dir := t.TempDir()
	j, err := journal.Open(dir, journal.Options{Environment: "test"})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		d := decision("ALPHA", m)
		j.Append(m.At, &d)
		other := decision("BRAVO", m)
		j.Append(m.At, &other)
	}
	if err := j.Sync(); err != nil {
		t.Fatal(err)
	}
	got, err := drill.Read(t.Context(), dir, s)
	if err != nil {
		t.Fatal(err)
	}
	is, _ := json.Marshal(got)
	want, _ := json.Marshal(judged(s, all))
	if string(is) != string(want) {
		t.Errorf("%s\nand not\n%s", is, want)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := drill.Read(t.Context(), t.TempDir()+"/none", s); err == nil {
		t.Error("a journal that is not there is read")
	}
}

func decision(account string, m drill.Message) journal.Decision {
	d := journal.Decision{Own: journal.Own{Account: account}, ID: m.ID, CommandVariant: m.Command, Variant: m.Variant}
	d.Numbers = traffic.Decision{At: m.At, User: uint64(originator), Cost: traffic.SR}
	if m.Refused {
		d.Numbers.Verdict, d.Numbers.Reason, d.Numbers.RetryAfter, d.Numbers.Refusals, d.Numbers.Held = traffic.Throttle, traffic.Held, uint32(m.RetryAfter/time.Second), 1, true
	}
	return d
}

// Until the time after a drill is over, its report says what is known so far.
func TestAReportOnTheWay(t *testing.T) {
	p := usual(3)
	s := p.span()
	s.Now = s.From.Add(3 * time.Minute)
	r := judged(s, p.run(t))
	if r.Complete || r.During.Seconds != 180 || r.After.Seconds != 0 || found(r, "making up").Mark != drill.LookAt {
		t.Errorf("%+v", r)
	}
}
