package amendment

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"srtm/traffic"
)

func TestAFirstPolicyIsInForceAtOnce(t *testing.T) {
	w := open(t)
	late := made(t, "late", effective(monday.Add(time.Hour)), half)
	if _, _, err := w.Start(late); err == nil || !strings.Contains(err.Error(), "no policy is in force before") {
		t.Fatal(err)
	}
	if len(w.events) > 0 || len(w.History()) > 0 {
		t.Fatal("something was kept of it")
	}
	p := made(t, "first", "approval: two", half)
	w.begins(p)
	w.holds(monday, p)
	if w.InForce(monday.Add(-1)) != nil {
		t.Error("it was in force before it was given")
	}
	if w.kinds() != "prepared planned" || len(w.events[0].Files) != 2 || string(w.events[0].Files[1].Text) != string(p.Files[1].Text) {
		t.Error(w.kinds())
	}
}

// proposalCase is a rule about one proposal, in a sentence.
type proposalCase struct {
	rule               string
	first, keys, rows  string
	options            ProposeOptions
	refused            []string
	awaits             []string // each within the one in its place; none: it is accepted
	from               time.Time
	noticed, recording string
}

// TestProposals has a row for each rule about one proposal: what it awaits, and
// why it is refused.
func TestProposals(t *testing.T) {
	ten := time.Date(2026, 11, 16, 10, 0, 0, 0, time.UTC)
	for _, c := range []proposalCase{
		{rule: "what changes nobody's allocation takes effect at once", keys: "release: 70%", rows: half, from: monday, recording: "prepared planned"},
		{rule: "it takes effect when it says", keys: effective(monday.Add(time.Hour)), rows: half, from: monday.Add(time.Hour), recording: "prepared planned"},
		{rule: "it takes effect when its portfolio does", keys: "portfolio: {file: portfolio.csv, effective: 2026-12-01T00:00:00Z}", rows: half, from: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC), recording: "prepared planned"},
		{rule: "an effective in the past is at once", keys: effective(monday.Add(-time.Hour)), rows: half, from: monday, recording: "prepared planned"},
		{rule: "another environment is refused", keys: "environment: test", rows: half, refused: []string{"its environment is test, and this gateway's is production"}, recording: "refused"},
		{rule: "another slot is refused", keys: "slot: 20ms", rows: half, refused: []string{"its slot is 20ms, and the one in force has 10ms: that needs a restart"}, recording: "refused"},
		{rule: "all reasons are said", keys: "environment: test\nslot: 20ms", rows: half, refused: []string{"environment", "; and its slot"}, recording: "refused"},
		{rule: "a new allocation is noticed ten Working Days ahead", keys: effective(ten), rows: more, from: ten, noticed: "A B", recording: "prepared planned noticed noticed"},
		{rule: "a moment earlier is too early", keys: effective(ten.Add(-time.Second)), rows: more,
			awaits: []string{"a shorter notice, with a reason and a second person: it takes effect at 2026-11-16T09:59:59Z, and A, B are to be told"}, from: ten.Add(-time.Second), noticed: "A B", recording: "prepared"},
		{rule: "at once is too early", keys: "", rows: more, awaits: []string{"a shorter notice"}, from: monday, noticed: "A B", recording: "prepared"},
		{rule: "the notice is the one in force's", first: "allocation: {notice: 0}", keys: "allocation: {notice: 10}", rows: more, from: monday, noticed: "A B", recording: "prepared planned noticed noticed"},
		{rule: "a shorter notice than was agreed is a question, and is one itself", keys: "allocation: {notice: 9}", rows: half,
			awaits: []string{"confirmation of: allocation.notice goes from 10 to 9", "a shorter notice, with a reason and a second person: it takes effect at 2026-11-02T10:00:00Z, and that allocation.notice becomes 9 is to be known 10 Working Days ahead"},
			from:   monday, recording: "prepared"},
		{rule: "a shorter notice from the agreed one's end on is a question only", keys: "allocation: {notice: 0}\n" + effective(ten), rows: half, options: ProposeOptions{Confirm: true}, from: ten, recording: "prepared planned"},
		{rule: "another capacity is noticed too", keys: effective(ten) + "capacity: 120/s", rows: half, from: ten, noticed: "A B", recording: "prepared planned noticed noticed"},
		{rule: "whose allocation stays is told nothing", first: "allocation: {notice: 0}\ncapacity: 100/s", keys: "allocation: {notice: 0}\ncapacity: 109/s",
			rows: strings.Replace(half, "A,,90-B3-D5-1F-30-01-00-00,IS,1000", "A,,90-B3-D5-1F-30-01-00-00,IS,1180", 1), from: monday, noticed: "A", recording: "prepared planned noticed"},
		{rule: "a shorter notice needs a second person whatever approval says", keys: "", rows: more, options: ProposeOptions{ShortenNotice: true, Reason: "a supplier failed"},
			awaits: []string{"approval of the shorter notice by another person than Ann"}, from: monday, noticed: "A B", recording: "prepared"},
		{rule: "an account that vanished is a question, and its units too many", keys: effective(ten), rows: gone,
			awaits: []string{"confirmation of: the portfolio of A as IS goes from 1000 to 2000; B vanished; it had 1000 as IS"}, from: ten, noticed: "A B", recording: "prepared"},
		{rule: "questions are answered at once", keys: effective(ten), rows: gone, options: ProposeOptions{Confirm: true}, from: ten, noticed: "A B", recording: "prepared planned noticed noticed"},
		{rule: "everything is awaited at a time", keys: "approval: two", rows: gone, awaits: []string{"confirmation of", "a shorter notice", "approval by another person than Ann"}, from: monday, noticed: "A B", recording: "prepared"},
		{rule: "two persons, says the one in force", first: "approval: two", keys: "approval: one", rows: half, awaits: []string{"approval by another person than Ann"}, from: monday, recording: "prepared"},
		{rule: "two persons, says the one proposed", keys: "approval: two", rows: half, awaits: []string{"approval by another person than Ann"}, from: monday, recording: "prepared"},
	} {
		t.Run(c.rule, c.test)
	}
}

func (c proposalCase) test(t *testing.T) {
	w := open(t)
	w.begins(made(t, "first", c.first, half))
	w.events = nil
	got, err := w.Propose(made(t, "next", c.keys, c.rows), ann, "as agreed", c.options)
	if w.kinds() != c.recording {
		t.Errorf("recorded: %s", w.kinds())
	}
	if len(c.refused) > 0 {
		if refusal := (*Refusal)(nil); !errors.As(err, &refusal) {
			t.Fatal(err)
		}
		containsAll(t, err.Error(), c.refused...)
		containsAll(t, w.events[0].Why, strings.TrimPrefix(c.refused[0], "; and "))
		if len(w.Pending())+len(w.Coming()) > 0 || len(w.History()) != 1 {
			t.Error("something changed")
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Awaits) != len(c.awaits) || got.Accepted != (len(c.awaits) == 0) || !got.From.Equal(c.from) {
		t.Fatalf("accepted %v from %v, awaits %q", got.Accepted, got.From, got.Awaits)
	}
	for i, part := range c.awaits {
		containsAll(t, got.Awaits[i], part)
	}
	if strings.Join(accounts(got.Notices), " ") != c.noticed {
		t.Errorf("notices: %+v", got.Notices)
	}
	if !got.Accepted && (len(w.Pending()) != 1 || !slices.Equal(w.Pending()[0].Awaits, got.Awaits)) {
		t.Errorf("pending: %+v", w.Pending())
	}
}

func TestWhatIsInForceOrComingIsNotProposedAgain(t *testing.T) {
	w := open(t)
	p, q := made(t, "first", "", half), made(t, "next", effective(monday.Add(time.Hour)), half)
	w.begins(p)
	w.proposes(q, ProposeOptions{})
	_, err := w.Propose(p, ann, "so", ProposeOptions{})
	containsAll(t, err.Error(), "already in force, since 2026-11-02T10:00:00Z")
	_, err = w.Propose(q, ann, "so", ProposeOptions{})
	containsAll(t, err.Error(), "already coming: it takes effect at 2026-11-02T11:00:00Z")
	w.after(time.Hour)
	if in, why, err := w.Start(q); err != nil || why != "" || in.Digest != q.Digest {
		t.Error(why, err)
	}
}

func TestANoticeSaysWhatChanges(t *testing.T) {
	w := open(t)
	w.begins(made(t, "first", "", half))
	ten := time.Date(2026, 11, 16, 10, 0, 0, 0, time.UTC)
	q := made(t, "next", "portfolio: {file: portfolio.csv, source: registration data}\n"+effective(ten), gone)
	w.proposes(q, ProposeOptions{Confirm: true})
	a, b := w.Notices("A"), w.Notices("B")
	want := Notice{Number: a[0].Number, Reference: 1000 + a[0].Number, Account: "A", At: monday, Policy: q.Digest, PolicyName: "next", Effective: ten,
		Old: 45 * traffic.PerSecond, New: 90 * traffic.PerSecond, OldWeight: "1000.000", Weight: "2000.000", Weights: "2000.000", Source: "registration data"}
	if len(a) != 1 || a[0] != want {
		t.Errorf("%+v", a)
	}
	if len(b) != 1 || b[0].New != 0 || b[0].Weight != "0" || b[0].Old != 45*traffic.PerSecond {
		t.Errorf("%+v", b)
	}
	if len(w.Notices("")) != 2 || len(w.Notices("C")) != 0 {
		t.Error("not everybody's")
	}
	w.reopen()
	if again := w.Notices("A"); len(again) != 1 || again[0] != want {
		t.Errorf("%+v", again)
	}
	event := w.events[len(w.events)-2]
	if event.Notice == nil || event.Notice.Account != "A" || event.Digest != q.Digest || event.Number != a[0].Number {
		t.Errorf("%+v", event)
	}
}

func TestTwoPersons(t *testing.T) {
	w := open(t)
	w.begins(made(t, "first", "approval: two", half))
	p := made(t, "next", "approval: one", half)
	w.proposes(p, ProposeOptions{})
	for _, same := range []string{"Ann", " ann ", "ANN"} {
		if _, err := w.Approve(p.Digest, Person{same}, "so"); err == nil || !strings.Contains(err.Error(), "prepared next") {
			t.Error(same, err)
		}
	}
	w.holds(monday, made(t, "first", "approval: two", half))
	w.after(time.Minute)
	if got := w.approves(p, bob); !got.Accepted || !got.From.Equal(monday.Add(time.Minute)) || len(got.Approvals) != 1 {
		t.Errorf("%+v", got)
	}
	w.holds(monday.Add(time.Minute), p)
	if w.kinds() != "prepared planned prepared approved planned" {
		t.Error(w.kinds())
	}
}

func TestNames(t *testing.T) {
	w := open(t)
	w.begins(made(t, "first", "", half))
	for _, c := range []struct {
		name string
		ok   bool
	}{{"", false}, {" \t ", false}, {"A\x00nn", false}, {"\xff", false}, {strings.Repeat("é", 101), false}, {strings.Repeat("é", 100), true}, {"Ann Smith", true}} {
		err := w.Withdraw("none", Person{c.name}, "so")
		if named := err != nil && !strings.Contains(err.Error(), "named") && !strings.Contains(err.Error(), "name;"); strings.Contains(err.Error(), "there is no") != c.ok {
			t.Errorf("%q: %v %v", c.name, named, err)
		}
	}
	if _, err := w.Propose(made(t, "next", "", more), ann, "\x01", ProposeOptions{}); err == nil {
		t.Error("a reason that cannot be printed")
	}
}

func TestAShorterNotice(t *testing.T) {
	w := open(t)
	w.begins(made(t, "first", "", half))
	p := made(t, "next", "", more)
	if _, err := w.Propose(p, ann, "so", ProposeOptions{ShortenNotice: true}); err == nil || !strings.Contains(err.Error(), "needs a reason") {
		t.Fatal(err)
	}
	w.proposes(p, ProposeOptions{})
	w.approves(p, cat) // of the usual notice, which is none of a shorter one
	got, err := w.Propose(p, bob, "so", ProposeOptions{ShortenNotice: true, Reason: "a supplier failed"})
	if err != nil || got.Accepted || len(got.Approvals) != 0 {
		t.Fatal(got, err)
	}
	if _, err := w.Approve(p.Digest, bob, "so"); err == nil {
		t.Error("one person shortened it alone")
	}
	if got := w.approves(p, ann); !got.Accepted || len(got.Notices) != 2 || !got.Notices[0].Shortened || got.Notices[0].Reference == 0 {
		t.Errorf("%+v", got)
	}
}

func TestConfirmLater(t *testing.T) {
	w := open(t)
	w.begins(made(t, "first", "allocation: {notice: 0}", half))
	p := made(t, "next", "allocation: {notice: 0}", gone)
	if got := w.proposes(p, ProposeOptions{}); got.Accepted || len(got.Questions) != 2 {
		t.Fatalf("%+v", got)
	}
	if _, err := w.Propose(p, ann, "so", ProposeOptions{}); err == nil || !strings.Contains(err.Error(), "proposed already, by Ann") {
		t.Error(err)
	}
	if got, err := w.Confirm(p.Digest[:8], ann, "B left", ProposeOptions{Confirm: true}); err != nil || !got.Accepted {
		t.Error(got, err)
	}
}

func TestAnAnswerIsToTheQuestionsThatWereAsked(t *testing.T) {
	w := open(t)
	quick := "allocation: {notice: 0}"
	w.begins(made(t, "first", quick, half))
	p := made(t, "next", quick+"\napproval: two", gone)
	w.proposes(p, ProposeOptions{Confirm: true})
	w.proposes(made(t, "between", quick, half+"C,,90-B3-D5-1F-30-03-00-00,IS,10\n"), ProposeOptions{})
	if got := w.approves(p, bob); got.Accepted || len(got.Questions) != 3 {
		t.Errorf("%+v", got)
	}
}
