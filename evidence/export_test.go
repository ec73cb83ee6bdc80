package evidence

import (
	"bytes"
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"srtm/duis"
	"srtm/journal"
	"srtm/traffic"
)

// list is a Source of records that a test has made.
type list struct {
	entries []*journal.Entry
	damage  *journal.DamageError // after the first
	given   int
}

func (l *list) Next() (*journal.Entry, error) {
	l.given++
	if l.given == 2 && l.damage != nil {
		d := l.damage
		l.damage = nil
		l.given--
		return nil, d
	}
	if l.given > len(l.entries) {
		return nil, io.EOF
	}
	return l.entries[l.given-1], nil
}

// entries are three decisions, one second apart from noon on, of BRAVO, ALPHA and
// BRAVO, and another record between them.
func entries() *list {
	l := &list{}
	add := func(r journal.Record, at int64) {
		l.entries = append(l.entries, &journal.Entry{Position: journal.Position(len(l.entries) + 1), At: at, Record: r})
	}
	add(topUp(func(d *journal.Decision) { d.Numbers.At, d.Numbers.Assured = noon, traffic.SR }), noon)
	add(&journal.Outcome{Own: journal.Own{Account: "BRAVO"}}, noon)
	add(topUp(func(d *journal.Decision) {
		d.Account, d.Variant, d.Numbers.At, d.Numbers.Pool = "ALPHA", "=cmd|' /C calc'!A0,\"", noon+second, -1
		d.HasFirstInSequence, d.FirstInSequence, d.HasPreceding, d.Preceding = true, true, true, d.ID
		n := &d.Numbers
		n.Kept, n.Limit, n.Hold, n.HoldRate, n.Exempt, n.Vouched, n.Held = 3*traffic.SR/2, 2*traffic.SR, 2*traffic.SR/5, 10*traffic.PerSecond, true, true, true
	}), noon+second)
	add(topUp(func(d *journal.Decision) {
		n := &d.Numbers
		n.At, n.Verdict, n.Reason, n.Refusals, n.RetryAfter, n.Active, n.Cost = noon+2*second, traffic.Throttle, traffic.OverAllocation, 3, 2, true, traffic.SR/1000
	}), noon+2*second)
	return l
}

func export(t testing.TB, src Source, sel Selection) ([][]string, Exported) {
	t.Helper()
	var b bytes.Buffer
	done, err := Export(&b, src, sel)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows, done
}

func TestDecisionsAreExported(t *testing.T) {
	rows, done := export(t, entries(), Selection{Target: AsItIs})
	want := [][]string{
		strings.Split("at,account,user_id,target,counter,command_variant,srv,verdict,reason,position,number,cost,assured,spare,pool,depth,allocation_per_s,policy,refusals,retry_after,active,activated,first_in_sequence,preceding,cold,kept,limit,hold,hold_rate,exempt,vouched,held", ","),
		strings.Split("2026-10-14T12:00:00.000000000Z,BRAVO,90-B3-D5-1F-30-02-00-00,00-DB-12-34-56-78-90-A0,1000,1,2.2,forward,within-allocation,1,99,1,1,0,0,270,540,1,0,0,false,false,,,0,0,0,0,0,false,false,false", ","),
		{"2026-10-14T12:00:01.000000000Z", "ALPHA", "90-B3-D5-1F-30-02-00-00", "00-DB-12-34-56-78-90-A0", "1000", "1", "'=cmd|' /C calc'!A0,\"", "forward", "within-allocation", "3", "99",
			"1", "0", "0", "-0.000000001", "270", "540", "1", "0", "0", "false", "false", "true", "90-B3-D5-1F-30-02-00-00:00-DB-12-34-56-78-90-A0:1000", "0", "1.5", "2", "0.4", "10", "true", "true", "true"},
		strings.Split("2026-10-14T12:00:02.000000000Z,BRAVO,90-B3-D5-1F-30-02-00-00,00-DB-12-34-56-78-90-A0,1000,1,2.2,throttle,over-allocation,4,99,0.001,0,0,0,270,540,1,3,2,true,false,,,0,0,0,0,0,false,false,false", ","),
	}
	if !slices.EqualFunc(rows, want, slices.Equal) || done.Decisions != 3 {
		t.Errorf("exported %d:\n%q\nwant\n%q", done.Decisions, rows, want)
	}
}

func TestAnExportHasWhatIsSelected(t *testing.T) {
	for _, row := range []struct {
		rule string
		sel  Selection
		want []string
	}{
		{"all", Selection{}, []string{"1", "3", "4"}},
		{"one account's", Selection{Account: "BRAVO"}, []string{"1", "4"}},
		{"from a time on", Selection{From: noon + second}, []string{"3", "4"}},
		{"up to and without a time", Selection{To: noon + 2*second}, []string{"1", "3"}},
		{"nobody's", Selection{Account: "ZULU"}, nil},
	} {
		rows, done := export(t, entries(), row.sel)
		var got []string
		for _, r := range rows[1:] {
			got = append(got, r[9])
			if r[3] != "" {
				t.Errorf("%s: a target is shown: %s", row.rule, r[3])
			}
		}
		if !slices.Equal(got, row.want) || int(done.Decisions) != len(row.want) {
			t.Errorf("%s: positions %v, want %v", row.rule, got, row.want)
		}
	}
}

func TestAnExportSaysWhatItIsWithout(t *testing.T) {
	src := entries()
	src.damage = &journal.DamageError{File: "x", What: "torn"}
	rows, done := export(t, src, Selection{})
	if len(rows) != 4 || len(done.Damage) != 1 || done.Damage[0].What != "torn" {
		t.Errorf("%d rows, damage %v", len(rows), done.Damage)
	}
}

func TestArrivalsAreExportedForReplay(t *testing.T) {
	rows, _ := export(t, entries(), Selection{Arrivals: true, Target: func(duis.EUI64) string { return "x" }})
	if got, want := rows[0], []string{"at_ns", "account", "srv", "user_id", "target", "counter", "command_variant"}; !slices.Equal(got, want) {
		t.Errorf("the header is %v, want %v", got, want)
	}
	if got, want := rows[1], []string{strconv.FormatInt(noon, 10), "BRAVO", "2.2", "90-B3-D5-1F-30-02-00-00", "x", "1000", "1"}; !slices.Equal(got, want) {
		t.Errorf("the first is %v, want %v", got, want)
	}
}

// What a spreadsheet must not take for a formula, a program must have as it was.
func TestArrivalsComeBackAsTheyWere(t *testing.T) {
	variants := []string{"=cmd|' /C calc'!A0,\"", "+1", "-1", "@x", "'=1", "a,b", "\"", " 2.2", "2.2 "}
	src := &list{}
	for i, variant := range variants {
		at := noon + int64(i)
		src.entries = append(src.entries, &journal.Entry{Position: journal.Position(i + 1), At: at, Record: topUp(func(d *journal.Decision) { d.Variant, d.Numbers.At = variant, at })})
	}
	rows, _ := export(t, src, Selection{Arrivals: true})
	for i, want := range variants {
		if got := rows[i+1][2]; got != want {
			t.Errorf("the variant %q comes back as %q", want, got)
		}
	}
	for text, want := range map[string]string{"": "", "2.2": "2.2", "=1": "'=1", "+1": "'+1", "-1": "'-1", "@x": "'@x", "\t=1": "'\t=1", "\r=1": "'\r=1"} {
		if got := Cell(text); got != want {
			t.Errorf("in a cell %q is %q, not %q", text, got, want)
		}
	}
}

func TestABundleGivesItsDecisions(t *testing.T) {
	w := busy(t, 1)
	bundle, _ := w.pack("BRAVO", 2.5, 6)
	var ours, theirs bytes.Buffer
	out := NewDecisions(&ours)
	r := check(bundle, Trust{Decision: out.Write})
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	wantSound(t, r)
	reader, err := journal.OpenReader(w.dir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	first, last := r.From, r.To
	if _, err := Export(&theirs, reader, Selection{Account: "BRAVO", From: noon + 2*second, To: noon + 6*second, Target: AsItIs}); err != nil {
		t.Fatal(err)
	}
	if ours.String() != theirs.String() {
		t.Errorf("between %s and %s the bundle's decisions are not the journal's", first, last)
	}
	if _, err := time.Parse(stamp, first); err != nil {
		t.Error(err)
	}
}
