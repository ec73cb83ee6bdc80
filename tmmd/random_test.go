package tmmd

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"

	"srtm/policy"
)

// draw draws a policy with any of the extensions, and T of 20 SR/s at least for
// each account.
type draw struct {
	*rapid.T
	accounts int
	capacity int64 // a second
	text     strings.Builder
}

func (d *draw) number(what string, from, to int64) int64 {
	return rapid.Int64Range(from, to).Draw(d.T, what)
}

func (d *draw) chance(what string) bool { return rapid.Bool().Draw(d.T, what) }

func (d *draw) line(format string, args ...any) { fmt.Fprintf(&d.text, format+"\n", args...) }

// randomPolicy returns a policy's text; of its portfolio only the number of
// accounts, and the names that the text has, matter.
func randomPolicy(t *rapid.T) *draw {
	d := &draw{T: t, accounts: rapid.IntRange(1, 9).Draw(t, "accounts")}
	d.capacity = d.number("capacity", int64(d.accounts)*80, 5000)
	d.line("name: Random\nportfolio: portfolio.csv\ncapacity: %d/s\nthreshold: %d.%d%%\nrelease: 40%%", d.capacity, d.number("threshold", 50, 99), d.number("threshold", 0, 9))
	d.line("burst: %ds\nslot: %s\nhold: %s", d.number("burst", 2, 6), rapid.SampledFrom([]string{"10ms", "1ms", "1s", "1953125ns", "100ms"}).Draw(t, "slot"),
		rapid.SampledFrom([]string{"30s", "1ms", "1s"}).Draw(t, "hold"))
	d.line("refusal: {retry_after: {least: %ds, most: %ds}}", d.number("least", 1, 3), d.number("most", 3, 90))
	d.line("allocation: {per: %s, minimum: %d.%03d/s}", rapid.SampledFrom([]string{"account", "account", "user"}).Draw(t, "per"), d.number("minimum", 0, d.capacity/32/int64(d.accounts)), d.number("minimum", 0, 999))
	d.extensions()
	d.windows()
	return d
}

func (d *draw) extensions() {
	for _, e := range []string{
		"mode: " + rapid.SampledFrom([]string{"shadow", "off"}).Draw(d.T, "mode"), "spare: withhold", "unknown: admit", "approval: two", "limit_headers: true",
		"shadow: [ACCOUNT-0]", rapid.SampledFrom([]string{`exempt: ["7.1", "7.3", "4.8.1"]`, `exempt: ["2.2"]`}).Draw(d.T, "exempt"), "finish_critical: 10m",
		fmt.Sprintf(`cost: {default: %d.%03d, "4.8.1": %d}`, d.number("usual", 0, 1), d.number("usual", 1, 999), d.number("dear", 1, 3)),
		fmt.Sprintf(`priority: [{variants: ["2.2", "4.8.1"], keep: %d%%}, {variants: ["1.5"], keep: %d%%}]`, d.number("first", 1, 60), d.number("second", 1, 39)),
		"history: [{date: 2026-10-01, change: 'First *version* | <b>'}, {date: 2026-11-01, change: Second}]",
	} {
		perUser := strings.Contains(d.text.String(), "per: user") // accounts have other names then
		if d.chance(e) && !(perUser && strings.HasPrefix(e, "shadow:")) {
			d.line("%s", e)
		}
	}
}

func (d *draw) windows() {
	if d.chance("reserved") {
		var items []string
		for n := range d.number("reserved", 1, 3) {
			items = append(items, fmt.Sprintf(`{from: "%02d:%02d", to: "%02d:%02d", rate: %d/min, reason: reads}`, d.number("hour", 0, 11), d.number("minute", 0, 59), d.number("hour", 12, 23), n, d.number("rate", 1, d.capacity/32*60)))
		}
		d.line("reserved: [%s]", strings.Join(items, ", "))
	}
	if d.chance("maintenance") {
		start := time.Unix(d.number("start", 1_700_000_000, 1_900_000_000), 0).UTC()
		end := start.Add(time.Duration(d.number("length", 1, 200_000)) * time.Second)
		capacity := rapid.SampledFrom([]int64{0, d.capacity / 2, d.capacity, 2 * d.capacity}).Draw(d.T, "then")
		d.line("maintenance: [{start: %s, end: %s, capacity: %d/s, reason: work}]", start.Format(time.RFC3339), end.Format(time.RFC3339), capacity)
	}
}

// portfolio draws one with these names, of which the first is the one in shadow.
func (d *draw) portfolio(what string, first string) string {
	var b strings.Builder
	b.WriteString("account,name,user_id,role,portfolio,party\n")
	for i := range d.accounts {
		name := first
		if i > 0 {
			name = fmt.Sprintf("%s-%d", what, i)
		}
		fmt.Fprintf(&b, "%s,The %s Company %d,%02X-00-00-00-00-00-%02X-%02X,%s,%d,P%s%d\n", name, what, i, 0xA0+len(what), i, i+1,
			rapid.SampledFrom(policy.Roles()).Draw(d.T, "role"), d.number("units", 1000, 1_000_000), what, i)
	}
	return b.String()
}

// read reads the policy with a portfolio.
func (d *draw) read(portfolio string) *policy.Policy {
	p, err := policy.Parse("policy.yaml", []byte(d.text.String()), fstest.MapFS{"portfolio.csv": {Data: []byte(portfolio)}})
	if err != nil {
		d.T.Fatalf("%s\n%s\n%v", d.text.String(), portfolio, err)
	}
	return p
}

func (d *draw) policy() *policy.Policy { return d.read(d.portfolio("ACCOUNT", "ACCOUNT-0")) }

// checked does something with many random policies.
func checked(t *testing.T, do func(t *rapid.T, d *draw)) {
	t.Helper()
	rapid.Check(t, func(t *rapid.T) { do(t, randomPolicy(t)) })
}

// sheet is a table of a document, read from its Markdown.
type sheet struct {
	title string
	head  []string
	rows  [][]string
}

// sheets reads all tables.
func sheets(t tester, markdown string) (all []sheet) {
	title := ""
	var now *sheet
	for line := range strings.Lines(markdown) {
		line = strings.TrimSuffix(line, "\n")
		if !strings.HasPrefix(line, "|") {
			now = nil
			if strings.HasPrefix(line, "**") {
				title = strings.Trim(line, "*")
			}
			continue
		}
		cells := cellsOf(line)
		switch {
		case now == nil:
			all = append(all, sheet{title: title, head: cells})
			now = &all[len(all)-1]
		case strings.HasPrefix(line, "|---"):
		default:
			if len(cells) != len(now.head) {
				t.Errorf("a row of %q has %d cells and the head %d: %s", title, len(cells), len(now.head), line)
			}
			now.rows = append(now.rows, cells)
		}
	}
	return all
}

// tester is a test, or a random case of one.
type tester interface {
	Errorf(string, ...any)
	Fatalf(string, ...any)
}

// cellsOf cuts a row at the bars that are not escaped.
func cellsOf(line string) []string {
	line = strings.ReplaceAll(line, `\|`, "\x00")
	cells := strings.Split(strings.Trim(line, "|"), "|")
	for i, c := range cells {
		c = strings.Trim(strings.TrimSpace(c), "*`")
		cells[i] = strings.NewReplacer("\x00", "|", `\`, "").Replace(c)
	}
	return cells
}

// one returns the table with a title.
func one(t tester, all []sheet, title string) sheet {
	for _, s := range all {
		if s.title == title {
			return s
		}
	}
	t.Fatalf("there is no table %q", title)
	return sheet{}
}

// cell returns what stands in a row under a heading; empty where there is no such
// column.
func (s sheet) cell(row []string, head string) string {
	if i := slices.Index(s.head, head); i >= 0 {
		return row[i]
	}
	return ""
}

// find returns the cell of the row that begins with a word.
func (s sheet) find(first, head string) string {
	for _, r := range s.rows {
		if r[0] == first {
			return s.cell(r, head)
		}
	}
	return ""
}
