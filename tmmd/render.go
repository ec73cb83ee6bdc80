package tmmd

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"srtm/allocate"
	"srtm/policy"
	"srtm/traffic"
)

// Options say how a policy is to be written.
type Options struct {
	// Public leaves out all that is confidential: who the Service Users are, what
	// they look after and what they are allocated.
	Public bool
	// InForce are the policies that came into force so far, in their order, as a
	// journal has them; the public edition leaves them out.
	InForce []Version
}

// Version is a policy that came into force.
type Version struct {
	Name   string
	Digest string
	From   time.Time
	Who    string
	Why    string
}

// edition is a document in the making.
type edition struct {
	policy  *policy.Policy
	rules   traffic.Rules // the standing ones
	public  bool
	free    func(string) string
	inForce []Version
}

// Render writes the Service Request part of the Traffic Management Mechanism
// Document from a policy. It never fails: a policy has been checked.
func Render(p *policy.Policy, o Options) *Document {
	e := edition{policy: p, rules: p.Rules(), public: o.Public, free: clean, inForce: o.InForce}
	classification := "Confidential: it names Service Users and their allocations"
	if o.Public {
		secret := secretsOf(p)
		e.free = func(s string) string { return clean(secret.free(s)) }
		classification = "Public edition"
	}
	d := &Document{
		Title:          "Traffic Management Mechanism Document, Service Requests: " + e.free(p.Name),
		classification: classification,
		facts:          e.facts(),
	}
	for _, s := range []section{e.what(), e.parameters(), e.method(), e.timetable(), e.example(), e.allocations(), e.history(), e.annexes(), glossary()} {
		if len(s.blocks) > 0 {
			d.sections = append(d.sections, s)
		}
	}
	return d
}

func (e *edition) facts() []fact {
	from := "at once"
	if !e.policy.Effective.IsZero() {
		from = moment(e.policy.Effective) + " UTC"
	}
	facts := []fact{{"Policy", e.free(e.policy.Name)}, {"Environment", e.free(e.policy.Environment)}, {"In force from", from}}
	if !e.public {
		facts = append(facts, fact{"SHA-256 of all its files", code(e.policy.Digest)})
	}
	return facts
}

func (e *edition) what() section {
	blocks := []block{
		paragraph("Service Users send Service Requests to the DCC, whose Data Service Provider (the DSP) can take only so many a second. This document says how many, " +
			"how much of that is each Service User's own, and what becomes of a request when there are more. It is for Service Users, the Panel, the DCC and auditors."),
		paragraph("In short: below the operating threshold nobody is held back. When traffic reaches it, traffic management becomes active: whoever is within its allocation is still " +
			"never refused, and whoever is over it is held to its allocation, plus its share of what the others leave. When traffic has stayed lower for a while, it ends."),
		paragraph("So much is the Smart Energy Code's (SECMP0067), in our words. The figures are the parties' own, agreed in the policy from which this document is made; the gateway obeys " +
			"the same policy. The arithmetic, the form of a refusal and the layout of this document are the choices of those who made the gateway: no public text of the Code gives them, " +
			"and no figure here is the Code's."),
	}
	if e.public {
		blocks = append(blocks, paragraph("This is the public edition. It names no Service User and shows no portfolio and no allocation; its worked example has invented Service Users."))
	}
	return section{"what", "What this is, and for whom", blocks}
}

func (e *edition) parameters() section {
	t := table{anchor: "keys", title: "Every key of the policy", columns: texts("key", "value", "unit", "from", "meaning")}
	for _, s := range settings(e.policy, e.free) {
		value, given := s.value, "default"
		if e.public {
			value = cmp.Or(s.public, value)
		}
		if s.given || strings.HasPrefix(s.key, "shadow") && len(e.policy.Shadow) > 0 {
			given = "policy"
		}
		t.rows = append(t.rows, []string{code(s.key), value, s.unit, given, s.meaning})
		t.anchors = append(t.anchors, "key-"+s.key)
	}
	return section{"parameters", "Parameters", []block{
		paragraph("Every key that a policy can have. Where the policy does not give one, the default holds, and is shown. Times are UTC."), t, e.derived()}}
}

// derived is what follows from the parameters.
func (e *edition) derived() table {
	p, r := e.policy, e.rules
	whole, deal := r.Threshold.Over(r.Burst), r.Threshold.Over(r.Slot)
	t := table{anchor: "derived", title: "What follows from them", columns: texts("sign", "what it is", "how it is computed", "value")}
	add := func(sign, what, how, value string) {
		t.rows = append(t.rows, []string{sign, what, how, value})
	}
	users := map[string]bool{}
	for _, a := range p.Accounts {
		users[a.ServiceUser] = true
	}
	add("", "Service Users", "accounts in the portfolio", fmt.Sprint(len(users)))
	if p.Per == policy.PerUser {
		add("n", "allocations", "User IDs in the portfolio", fmt.Sprint(len(p.Accounts)))
	}
	add("C", "maximum capacity", "capacity", p.Capacity.String())
	add("T", "operating threshold", "C × threshold = "+p.Capacity.String()+" × "+p.Threshold.String(), rateOf(p.OperatingThreshold()))
	add("", "release level", "T × release / threshold = "+rateOf(p.OperatingThreshold())+" × "+p.Release.String()+" / "+p.Threshold.String(), r.Release.String())
	add("", "one slot's deal", "T × slot = "+rateOf(p.OperatingThreshold())+" × "+length(r.Slot), srs(deal))
	add("", "a full burst", "T × burst = "+rateOf(p.OperatingThreshold())+" × "+length(r.Burst), srs(whole))
	add("c", "the largest cost", "of any Service Request Variant", srs(p.LargestCost()))
	if e.public {
		most := whole + traffic.Amount(len(p.Accounts))*p.LargestCost()
		add("B", "the most that buckets and pool hold together", "max(T × burst, ΣD + T × burst / 2), which is at most T × burst + c for each allocation", "at most "+srs(most))
	} else {
		bound, depths := r.Bound()
		add("ΣD", "all allocations' buckets together", "the sum of D(u) in the allocation table", srs(depths))
		add("B", "the most that buckets and pool hold together", "max(T × burst, ΣD + T × burst / 2) = max("+sr(whole)+", "+sr(depths)+" + "+sr(whole/2)+")", srs(bound))
	}
	if len(p.Exempt) > 0 || p.FinishCritical > 0 {
		add("L", "how far below zero the free pool may go", "(C − T) × burst, with C − T = "+r.Margin.String(), srs(r.Limit()))
	}
	return t
}

// portfolioOf is an account's portfolio in all its User Roles.
func portfolioOf(a policy.Account) (sum int64) {
	for _, r := range a.Rows {
		sum += r.Portfolio
	}
	return sum
}

func (e *edition) history() section {
	var blocks []block
	if len(e.policy.History) > 0 {
		t := table{anchor: "agreed", title: "As agreed", columns: texts("date", "change")}
		for _, r := range e.policy.History {
			t.rows = append(t.rows, []string{r.Date.Format(time.DateOnly), e.free(r.Change)})
		}
		blocks = append(blocks, t)
	}
	if len(e.inForce) > 0 && !e.public {
		t := table{anchor: "in-force", title: "Policies that came into force, as the gateway recorded it", columns: texts("from (UTC)", "policy", "by", "why", "SHA-256")}
		for _, v := range e.inForce {
			from := "at the start"
			if !v.From.IsZero() {
				from = v.From.UTC().Format("2006-01-02 15:04:05")
			}
			t.rows = append(t.rows, []string{from, clean(v.Name), clean(v.Who), clean(v.Why), code(v.Digest)})
		}
		blocks = append(blocks, t)
	}
	if len(blocks) == 0 {
		blocks = append(blocks, paragraph("The policy gives no history."))
	}
	return section{"history", "Change history", blocks}
}

func (e *edition) annexes() section {
	s := section{anchor: "annexes", title: "Annexes"}
	if len(e.policy.Annexes) == 0 {
		return s
	}
	s.blocks = append(s.blocks, paragraph("The annexes are the parties' own texts, word for word. The Alert list of SECMP0062, where an annex has it, is not enforced here: the gateway decides about Service Requests only."))
	for i, a := range e.policy.Annexes {
		s.blocks = append(s.blocks, heading{fmt.Sprintf("annex-%d", i+1), fmt.Sprintf("Annex %d: %s", i+1, e.free(a.Name))})
		text := cleanLines(string(a.Text))
		if e.free(text) == named {
			s.blocks = append(s.blocks, paragraph(named))
			continue
		}
		s.blocks = append(s.blocks, verbatim(text))
	}
	return s
}

// thousandths is a rate that is whole thousandths.
func thousandths(r traffic.Rate) allocate.Thousandths {
	return allocate.Thousandths(r / (traffic.PerSecond / 1000))
}
