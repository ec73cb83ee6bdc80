package tmmd

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"srtm/policy"
)

// What docs/tmmd.md quotes stands in a document, and its anchors are there.
func TestThePageQuotesWhatIsThere(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "docs", "tmmd.md"))
	if err != nil {
		t.Fatal(err)
	}
	var quote []string
	for line := range strings.Lines(string(page)) {
		if words, is := strings.CutPrefix(line, "> "); is {
			quote = append(quote, strings.TrimSpace(words))
		}
	}
	if text := strings.Join(quote, " "); text == "" || !strings.Contains(Render(small(t), Options{}).Markdown(), "- "+text+"\n") {
		t.Errorf("the document does not have %q", text)
	}
	anchors := regexp.MustCompile("`#([A-Za-z-]+)`").FindAllStringSubmatch(string(page), -1)
	for _, a := range anchors {
		if !strings.Contains(Render(everything(t), Options{}).HTML(), `id="`+a[1]+`"`) {
			t.Errorf("there is no anchor %q", a[1])
		}
	}
	if len(anchors) < 4 {
		t.Errorf("the page names only %d anchors", len(anchors))
	}
}

// The allocation that is worked out by hand is the account's, whoever is looked
// at.
func TestEachAllocationIsWorkedOutRight(t *testing.T) {
	for _, p := range []*policy.Policy{small(t), everything(t), manyAccounts(t, 400, "allocation: {minimum: 0.2/s}\n")} {
		e := edition{policy: p, rules: p.Rules()}
		for i, a := range p.Accounts {
			var said strings.Builder
			for _, b := range e.shareOf(i) {
				fmt.Fprintln(&said, b)
			}
			minimum, line := strings.Contains(said.String(), "its allocation is the minimum"), regexp.MustCompile(`([\d.]+) × ([\d.]+) / ([\d.]+) = ([\d.]+)`).FindString(said.String())
			if !strings.Contains(said.String(), rateOf(a.Allocation)) || minimum == (line != "") {
				t.Errorf("of %s it says %s", a.Name, said.String())
				continue
			}
			if line == "" {
				if a.Allocation != p.Minimum {
					t.Errorf("%s is said to have the minimum, and has %v", a.Name, a.Allocation)
				}
				continue
			}
			by := value(t, strings.Split(line, " = ")[0])
			below := perSecond(a.Allocation)
			exact, _ := by.Float64()
			if got := float64(below) / 1e9; got > exact+0.001 || got < exact-0.001 {
				t.Errorf("%s has %v, and by hand %s", a.Name, got, line)
			}
			if rest := strings.Contains(said.String(), "one thousandth more"); rest != (float64(below)/1e9 > exact+1e-7) {
				t.Errorf("%s: whether it has one thousandth more is told wrongly: %s", a.Name, said.String())
			}
		}
	}
}

func manyAccounts(t testing.TB, n int, lines string) *policy.Policy {
	t.Helper()
	var b strings.Builder
	b.WriteString("account,name,user_id,role,portfolio\n")
	for i := range n {
		fmt.Fprintf(&b, "ACCOUNT-%d,,00-00-00-00-00-%02X-%02X-%02X,IS,%d\n", i, i>>16, i>>8&255, i&255, i*i%100_003)
	}
	text := fmt.Sprintf("name: Many\ncapacity: %d/s\nportfolio: portfolio.csv\nburst: 5s\n%s", n, lines)
	p, err := policy.Parse("policy.yaml", []byte(text), fstest.MapFS{"portfolio.csv": {Data: []byte(b.String())}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// BenchmarkRender is the whole document for many Service Users.
func BenchmarkRender(b *testing.B) {
	for _, n := range []int{200, 10_000} {
		p := manyAccounts(b, n, "reserved: [{from: \"22:00\", to: \"05:00\", rate: 10/s, reason: reads}]\n")
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			written := 0
			for b.Loop() {
				written += len(Render(p, Options{}).HTML())
			}
			b.ReportMetric(float64(written)/float64(b.N), "bytes")
		})
	}
}
