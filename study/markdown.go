package study

import (
	"fmt"
	"io"
	"strings"

	"srtm/simulate"
)

// WriteMarkdown writes the study as a part of a Markdown page: Sentences as a list,
// a table with a row for each rule, and for each of the accounts that are named one
// of that Service User. A name that the study does not have is left out. The error
// is w's.
func WriteMarkdown(w io.Writer, s *Study, accounts []string) error {
	v := newView(s)
	var b strings.Builder
	for _, text := range Sentences(s) {
		fmt.Fprintf(&b, "- %s\n", text)
	}
	v.markdownRules(&b)
	for _, account := range accounts {
		v.markdownUser(&b, account)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// markdownRules compares the rules in a table.
func (v *view) markdownRules(b *strings.Builder) {
	if len(v.rules) == 0 {
		return
	}
	b.WriteString("\n| rule | answered | throttled | failed or late | lost | vends failed | vends overdue | outage | within: refused | within: failed or late | within: lost | Jain | of stretches |\n")
	b.WriteString("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, o := range v.rules {
		jain := "–"
		if even(o.Fairness) {
			jain = decimals(o.Fairness.Jain)
		}
		row(b, name(v.title(o)), grouped(o.Answered), grouped(o.Throttled), grouped(o.Failed+o.Late), grouped(o.GaveUp), grouped(o.Vends.Failed), grouped(o.Vends.Overdue),
			seconds(o.OutageSeconds), grouped(o.WithinThrottled), grouped(o.WithinFailed), grouped(o.WithinLost), jain, grouped(uint64(o.Fairness.Windows)))
	}
}

// markdownUser says in a table what became of one Service User under each rule.
func (v *view) markdownUser(b *strings.Builder, account string) {
	lines := 0
	for _, o := range v.rules {
		u := userOf(o, account)
		if u == nil {
			continue
		}
		if lines == 0 {
			fmt.Fprintf(b, "\nOf these %s, with an allocation of %s:\n\n", name(account), rate(perSecond(u.Allocation)))
			b.WriteString("| rule | offered | throttled | failed or late | answered | Service Requests | lost | visits aborted | vends failed | within: lost |\n")
			b.WriteString("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n")
		}
		lines++
		row(b, name(v.title(o)), grouped(u.Sends), grouped(u.Throttled), grouped(u.Failed+u.Late), grouped(u.Answered), grouped(u.Requests), grouped(u.GaveUp),
			grouped(u.Aborted), grouped(u.Vends.Failed), grouped(u.WithinLost))
	}
}

func userOf(o *simulate.Outcome, account string) *simulate.UserOutcome {
	for i := range o.Users {
		if o.Users[i].Account == account {
			return &o.Users[i]
		}
	}
	return nil
}

func row(b *strings.Builder, cells ...string) {
	fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
}
