package study

import (
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"srtm/duis"
	"srtm/simulate"
	"srtm/traffic"
)

// The order in which a reader gets the answers.
func TestThePageAnswersInOrder(t *testing.T) {
	page := written(t, sweptBurst(t))
	at := 0
	for _, want := range []string{
		"<h1>A burst: a simulation of 6 rules</h1>", `<div class="answer">`, "Without a mechanism the DSP was in outage for ", "Under the policy there was no outage, and nobody was refused within its allocation: 0 of ",
		`<section id="over-time">`, "Fixed limits over time", "The policy over time", `<section id="comparison">`, "What became of messages", "▼ worst", "What became of Service Requests", "The guarantee and the sharing",
		`<section id="guarantee">`, "Who was hit within its allocation", `<section id="sharing">`, `<section id="not-better">`, `<section id="users">`, "Service Requests lost by Service User", "What the policy did to each Service User",
		`<section id="variants">`, `<section id="sweeps">`, "Figures by capacity", "Figures by operating threshold", `<section id="business-case">`, "would be needed for those within their allocation",
		`<section id="made">`, "digest ", "What a simulation cannot tell", "</html>",
	} {
		n := strings.Index(page[at:], want)
		if n < 0 {
			t.Fatalf("after %.60q there is no %q", page[max(0, at-60):at], want)
		}
		at += n + len(want)
	}
	for _, lack := range []string{"<script", "http:", "https:", "NaN", "Inf", "%!", "\u0000"} {
		if strings.Contains(page, lack) {
			t.Errorf("the page holds %q", lack)
		}
	}
}

func TestTheSameStudyGivesTheSameBytes(t *testing.T) {
	one, two := sweptBurst(t), sweptBurst(t)
	if written(t, one) != written(t, two) {
		t.Error("two pages of the same study differ")
	}
	a, b := Pictures(one), Pictures(two)
	if len(a) != len(b) {
		t.Fatalf("%d pictures and %d", len(a), len(b))
	}
	seen := map[string]bool{}
	for i := range a {
		if a[i].Name != b[i].Name || string(a[i].SVG) != string(b[i].SVG) {
			t.Errorf("the picture %s differs", a[i].Name)
		}
		if seen[a[i].Name] {
			t.Errorf("two pictures are called %s", a[i].Name)
		}
		seen[a[i].Name] = true
	}
	for _, want := range []string{"rules.svg", "within.svg", "time-1-none.svg", "time-6-policy.svg", "sweep-1-capacity-lost.svg", "sweep-2-threshold-answered.svg"} {
		if !seen[want] {
			t.Errorf("there is no %s among %v", want, seen)
		}
	}
}

// What a manager must be told, of three simulations.
func TestSentences(t *testing.T) {
	tariff := burst(t)
	alone := burst(t)
	alone.Result.Rules = alone.Result.Rules[:1]
	for _, c := range []struct {
		rule  string
		study *Study
		want  []string
		lack  []string
	}{
		{"a burst shows what all is worth", tariff, []string{
			`^Without a mechanism the DSP was in outage for \d+ s of 40 s, and 3 of 3 Service Users lost [\d,]+ Service Requests that were within their allocation; in all `,
			`^Under the policy there was no outage, and nobody was refused within its allocation: 0 of [\d,]+ messages, and none of these failed\.$`,
			`^It refused [\d,]+ messages of 1 Service User, none of them within the allocation; [\d,]+ Service Requests were lost, \d+ % of all \(without a mechanism `,
			`first come first served refused [\d,]+ messages of 3 Service Users`,
			`^Nothing was refused or failed within an allocation under fixed limits and the policy\.$`,
			`^2 Service Users were refused nothing at all under the policy\. Of their [\d,]+ Service Requests were lost: [\d,]+ without a mechanism, .* and 0 under the policy\.$`,
			`^Worst hit of these without a mechanism was (ALPHA|CHARLIE): of its .* under the policy it was 0 %\.$`,
			`under first come first served BRAVO sent 9\d[.\d]* % of the messages and got .* times its allocation; under the policy it got `,
			`^Fixed limits let capacity lie idle while they refused: [\d,]+ messages`,
			`^Netflix.s partitions did better than the policy, and best of the other rules, in: .* But it refused [\d,]+ messages of 3 Service Users within their allocation, which the policy never does\.`,
		}, nil},
		{"on a quiet day no rule makes a difference, and the page says so", quietDay(t), []string{
			`^Nothing was refused and nothing failed: 18,000 messages of 2 Service Users were answered in time, the same under all 3 rules\. No rule makes a difference here\.$`,
			`^The busiest \d+ s had .* of the operating threshold of 90 SR/s\. Traffic management was never active`,
			`^The guarantee made no difference`, `^The weighted max-min made no difference`,
		}, []string{"better", "outage", "Worst"}},
		{"one rule alone is summed up", alone, []string{`^Without a mechanism 0 messages were refused, [\d,]+ failed or came too late, and `}, []string{"policy"}},
		{"without a rule there is nothing to say", &Study{}, []string{`^No rule was played\.$`}, nil},
		{"a sweep and the business case have their say", sweptBurst(t), []string{
			`^The capacity was varied from 50 to 600 SR/s; in force is 100 SR/s\.`, `^Without a mechanism the operating threshold makes no difference`,
			`^Without a mechanism a DSP of [\d,.]+ SR/s \([\d.]+ times as much\) would be needed`,
		}, nil},
	} {
		all := Sentences(c.study)
		for _, want := range c.want {
			if !regexp.MustCompile("(?m)" + want).MatchString(strings.Join(all, "\n")) {
				t.Errorf("%s: nothing is %s in\n%s", c.rule, want, strings.Join(all, "\n"))
			}
		}
		for _, lack := range c.lack {
			if strings.Contains(strings.Join(all, "\n"), lack) {
				t.Errorf("%s: %q is in\n%s", c.rule, lack, strings.Join(all, "\n"))
			}
		}
		for _, s := range all {
			if !strings.HasSuffix(s, ".") || strings.Contains(s, "  ") || strings.Contains(s, "\n") {
				t.Errorf("%s: %q is no sentence", c.rule, s)
			}
		}
	}
}

func TestNoNameIsMoreThanAName(t *testing.T) {
	s := hostile(t)
	page := written(t, s)
	if strings.Contains(page, "<script") || strings.Contains(page, "\u202e") || strings.Contains(page, "</style><") {
		t.Error("a name is markup in the page")
	}
	if !strings.Contains(page, "&lt;script&gt;") {
		t.Error("the page does not show the name as it is")
	}
	for _, text := range Sentences(s) {
		if strings.ContainsAny(text, "<>*`[]|\\#\u202e") || strings.Contains(text, "_b_") {
			t.Errorf("a name is Markdown in %q", text)
		}
	}
	file := regexp.MustCompile(`^[a-z0-9-]{1,100}\.svg$`)
	for _, p := range Pictures(s) {
		if !file.MatchString(p.Name) {
			t.Errorf("a picture is called %q", p.Name)
		}
		if err := wellFormed(p.SVG); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
	}
}

func wellFormed(text []byte) error {
	d := xml.NewDecoder(strings.NewReader(string(text)))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func TestManyServiceUsersStayReadable(t *testing.T) {
	s := many(t)
	page := written(t, s)
	if n := len(page); n > 1<<20 {
		t.Errorf("the page has %d bytes, more than a megabyte", n)
	}
	for id, words := range map[string]string{"by-user": "160 others", "by-user-policy": "160 others"} {
		from := strings.Index(page, `<caption id="`+id+`"`)
		to := from + strings.Index(page[from:], "</table>")
		text := page[from:to]
		if rows := strings.Count(text[:strings.Index(text, "</tbody>")], "<tr>") - 1; rows != mostUsers+1 {
			t.Errorf("%s has %d rows, not the %d most affected and one of the others", id, rows, mostUsers)
		}
		if !strings.Contains(text, words) {
			t.Errorf("%s does not add up the others", id)
		}
	}
}

// Whatever a Result holds, a page comes of it, and nothing panics.
func TestAnyResultHasAPage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &Study{Result: anyResult(t), Version: rapid.String().Draw(t, "version")}
		var b strings.Builder
		if err := WritePage(&b, s); err != nil {
			t.Fatal(err)
		}
		if page := b.String(); strings.Contains(page, "NaN") || strings.Contains(page, "Inf") || !strings.HasSuffix(page, "</html>\n") {
			t.Fatalf("the page is not whole: %.200s", page)
		}
		for _, p := range Pictures(s) {
			if err := wellFormed(p.SVG); err != nil {
				t.Fatal(err)
			}
		}
		Sentences(s)
	})
}

func anyResult(t *rapid.T) *simulate.Result {
	count := func() uint64 { return rapid.Uint64Range(0, 1_000_000).Draw(t, "count") }
	counts := func() simulate.Counts {
		c := simulate.Counts{Requests: count(), Finished: count(), GaveUp: count(), Throttled: count(), Failed: count(), Late: count(), Answered: count(),
			Within: count(), WithinThrottled: count(), WithinFailed: count(), WithinLost: count()}
		c.Sends = c.Throttled + c.Failed + c.Late + c.Answered
		return c
	}
	every := rapid.SampledFrom([]time.Duration{0, time.Second, 2 * time.Second, 7 * time.Second, time.Hour}).Draw(t, "every")
	r := &simulate.Result{Scenario: rapid.String().Draw(t, "name"), Start: time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC), Capacity: rapid.Int64Range(0, 1e13).Draw(t, "capacity"),
		Length: time.Duration(rapid.IntRange(0, 5000).Draw(t, "length")) * time.Second}
	accounts := rapid.IntRange(0, 70).Draw(t, "users")
	for range rapid.IntRange(0, 4).Draw(t, "rules") {
		rule := rapid.SampledFrom([]string{"none", "threshold", "limit", "doorman", "partition", "policy", "other"}).Draw(t, "rule")
		o := simulate.Outcome{Rule: rule, Label: rule, Policy: "P", Counts: counts(), Threshold: traffic.Rate(rapid.Int64Range(0, 1e13).Draw(t, "threshold")), Every: every,
			OutageSeconds: rapid.Int64Range(0, 9).Draw(t, "outage"), Fairness: simulate.Fairness{Windows: rapid.IntRange(0, 1).Draw(t, "windows"), Jain: 0.5}}
		for n := range accounts {
			u := simulate.UserOutcome{Account: string(rune('A' + n)), Counts: counts(), Every: every}
			u.Variants = []simulate.VariantOutcome{{Variant: duis.Unknown, Counts: u.Counts}}
			o.Users = append(o.Users, u)
		}
		for range rapid.IntRange(0, 400).Draw(t, "points") {
			offered := uint32(count())
			o.Points = append(o.Points, simulate.Point{Offered: offered, Throttled: offered / 2, Answered: offered / 3, Outage: offered % 2, Active: offered%3 == 0})
		}
		r.Rules = append(r.Rules, o)
	}
	return r
}
