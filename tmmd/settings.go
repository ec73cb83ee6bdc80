package tmmd

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"srtm/allocate"
	"srtm/policy"
)

// setting is a key of the policy file and what it comes to.
type setting struct {
	key     string
	value   string
	unit    string
	meaning string
	public  string // the value in the public edition, where that is another
	given   bool   // in the file; otherwise it is the default
}

// settings returns every key that a policy can have, in the order of the page on
// writing policies. A list has a line for each item, or one that says that there
// is none.
//
// What the parties wrote freely goes through free.
func settings(p *policy.Policy, free func(string) string) []setting {
	s := &settingList{file: givenIn(p), free: free}
	s.agreement(p)
	s.mechanism(p)
	s.division(p)
	s.answer(p)
	s.extensions(p)
	s.windows(p)
	s.keeping(p)
	return s.all
}

type settingList struct {
	file given
	free func(string) string
	all  []setting
}

// add takes down a key; unit may be empty.
func (s *settingList) add(key, value, unit, meaning string) {
	if value == "" {
		value = "none"
	}
	s.all = append(s.all, setting{key: key, value: clean(value), unit: unit, meaning: meaning, given: s.file.has(key)})
}

// secret is add for a value of which the public edition shows something else.
func (s *settingList) secret(key, value, public, meaning string) {
	s.add(key, value, "", meaning)
	s.all[len(s.all)-1].public = public
}

// items takes down a list: a line for each item, or one for none.
func (s *settingList) items(key string, items []string, meaning string) {
	if len(items) == 0 {
		s.add(key, "none", "", meaning)
	}
	for i, item := range items {
		s.add(fmt.Sprintf("%s[%d]", key, i+1), item, "", meaning)
		s.all[len(s.all)-1].given = true
	}
}

func (s *settingList) agreement(p *policy.Policy) {
	effective := s.file["effective"]
	if effective == "" {
		effective = "at once"
	}
	s.add("name", s.free(p.Name), "", "the policy's name, shown wherever a decision is shown")
	s.add("environment", s.free(p.Environment), "", "the environment that the policy is for")
	s.add("effective", effective, "UTC", "from when the policy holds")
}

func (s *settingList) mechanism(p *policy.Policy) {
	s.add("capacity", p.Capacity.String(), "Service Requests", "C, the maximum capacity of the DCC Systems")
	s.add("threshold", p.Threshold.String(), "of capacity", "the operating threshold T; rounded down to whole thousandths of a Service Request per second")
	s.add("release", p.Release.String(), "of capacity", "the release level: offered traffic below it for as long as hold says ends traffic management")
	s.add("hold", length(p.Hold), "time", "how long offered traffic must stay below the release level")
	s.add("burst", length(p.Burst), "time", "what the DSP can take at once, as time at T; half of it lies in the allocations")
	s.add("slot", length(p.Slot), "time", "how often buckets are topped up")
}

func (s *settingList) division(p *policy.Policy) {
	asOf, from := "", s.file["portfolio.effective"]
	if !p.Portfolio.AsOf.IsZero() {
		asOf = moment(p.Portfolio.AsOf)
	}
	s.add("portfolio.file", s.free(p.Portfolio.File), "file", "the portfolio: what each Service User looks after, by User ID and User Role")
	s.add("portfolio.unit", s.free(p.Portfolio.Unit), "", "what the portfolio counts")
	s.add("portfolio.as_of", asOf, "UTC", "the day or time of the count")
	s.add("portfolio.source", s.free(p.Portfolio.Source), "", "where the count is from")
	s.add("portfolio.effective", from, "UTC", "from when the portfolio holds; the policy holds from the later of this and effective")
	for _, r := range policy.Roles() {
		s.add("allocation.weights."+string(r), decimal(p.Weights[r]), "a unit", "what one portfolio unit weighs in the User Role "+roleName(r))
	}
	s.add("allocation.minimum", rateOf(p.Minimum), "Service Requests", "nobody is allocated less")
	s.add("allocation.per", string(p.Per), "", "whether each account or each User ID has an allocation of its own")
	s.add("allocation.notice", strconv.Itoa(p.Notice), "Working Days", "how long ahead a Service User is told of a new allocation")
	s.add("unknown", string(p.Unknown), "", "an originator that the portfolio does not list: refuse answers 403; admit lets it draw on an account without an allocation, which all such share")
	s.add("senders", s.free(p.SendersFile), "file", "which certificates may carry whose requests, beside their own")
}

func (s *settingList) answer(p *policy.Policy) {
	answerCode := ""
	if p.Refusal.Status == 200 {
		answerCode = p.Refusal.Code.String()
	}
	s.add("refusal.status", strconv.Itoa(p.Refusal.Status), "HTTP", "the answer to a request that is refused for traffic")
	s.add("refusal.code", answerCode, "DUIS", "the response code, where the answer is a DUIS response (status 200)")
	s.add("refusal.retry_after.least", wholeSeconds(p.Refusal.RetryLeast), "time", "the least that Retry-After says")
	s.add("refusal.retry_after.most", wholeSeconds(p.Refusal.RetryMost), "time", "the most that Retry-After says")
	s.add("limit_headers", yesNo(p.LimitHeaders), "", "whether answers say in RateLimit header fields what is left")
	s.add("forward.via", yesNo(p.Forward.Via), "", "whether a Via header field is added to what is forwarded")
	s.add("forward.x_forwarded_for", yesNo(p.Forward.XForwardedFor), "", "whether an X-Forwarded-For header field is added to what is forwarded")
	s.add("services.send_command", s.free(p.Services.SendCommand), "path", "the DUIS web service Send Command")
	s.add("services.non_device", s.free(p.Services.NonDevice), "path", "the DUIS web service Non-Device")
	s.add("services.transform", s.free(p.Services.Transform), "path", "the DUIS web service Transform")
}

func (s *settingList) extensions(p *policy.Policy) {
	spare, finish := "share", ""
	if p.Withhold {
		spare = "withhold"
	}
	if p.FinishCritical > 0 {
		finish = length(p.FinishCritical)
	}
	s.add("mode", p.Mode.String(), "", "enforce refuses; shadow decides and counts and forwards everything; off forwards everything")
	s.secret("shadow", strings.Join(p.Shadow, ", "), plural(len(p.Shadow), "account"), "accounts that are decided about and counted as if enforced, and forwarded")
	s.add("spare", spare, "", "what becomes, while traffic management is active, of what others leave: share or withhold")
	s.add("cost.default", trimmed(p.Cost.String()), "Service Requests", "what a request counts as")
	for _, c := range p.Costs {
		s.add("cost."+c.Variant.String(), trimmed(c.Cost.String()), "Service Requests", "what a request of this variant counts as: "+c.Variant.Name())
	}
	var exempt []string
	for _, v := range p.Exempt {
		exempt = append(exempt, v.String()+" "+v.Name())
	}
	s.items("exempt", exempt, "a variant that may go on beyond the operating threshold, up to the maximum capacity")
	var kept []string
	for _, e := range p.Priority {
		kept = append(kept, e.Keep.String()+" for "+variantList(e))
	}
	s.items("priority", kept, "a part of every Service User's own allocation that is kept for some variants, from all that come after them")
	s.add("finish_critical", finish, "time", "how long a forwarded first message of a critical command vouches for the second")
}

func (s *settingList) windows(p *policy.Policy) {
	var reserved, maintenance []string
	for _, r := range p.Reserved {
		reserved = append(reserved, clock(r.From)+" to "+clock(r.To)+": "+r.Rate.String()+", "+s.free(r.Reason))
	}
	for _, m := range p.Maintenance {
		maintenance = append(maintenance, moment(m.Start)+" to "+moment(m.End)+": capacity "+m.Capacity.String()+", "+s.free(m.Reason+referring(m.Reference)))
	}
	s.items("reserved", reserved, "every day between these times (UTC) so much is taken from T, for work that the DSP does without an incoming request")
	s.items("maintenance", maintenance, "between these times (UTC) the maximum capacity is another")
	s.presets(p)
}

// presets takes down what an operator has prepared; in the public edition not on
// whom.
func (s *settingList) presets(p *policy.Policy) {
	if len(p.Presets) == 0 {
		s.items("presets", nil, "an operator's act by hand that is prepared")
	}
	for i, preset := range p.Presets {
		all := preset.Words(func(string) bool { return true })
		public, name := preset.Words(func(string) bool { return false }), s.free(preset.Name)
		if n := len(preset.Hold); n > 0 {
			public = strings.TrimPrefix(public+", "+plural(n, "account")+" held to a rate", ", ")
		}
		if n := len(preset.Exempt); n > 0 {
			public = strings.TrimPrefix(public+", "+plural(n, "account")+" exempt", ", ")
		}
		publicName := name
		if len(preset.Hold)+len(preset.Exempt) > 0 {
			publicName = "an act on single accounts" // its name may well be one's
		}
		lasts := ", for at most " + length(preset.For)
		s.secret(fmt.Sprintf("presets[%d]", i+1), name+": "+all+lasts, publicName+": "+public+lasts, "an operator's act by hand that is prepared")
		s.all[len(s.all)-1].given = true
	}
}

func referring(reference string) string {
	if reference == "" {
		return ""
	}
	return ", " + reference
}

func (s *settingList) keeping(p *policy.Policy) {
	s.add("journal.on_failure", string(p.Journal.OnFailure), "", "what becomes of requests while decisions cannot be recorded: forward goes on within the mechanism, with an alarm; refuse answers 503")
	s.add("journal.keep", length(p.Journal.Keep), "time", "how long decisions are kept at least")
	s.add("approval", string(p.Approval), "persons", "how many a change of policy or an act by hand takes")
	s.add("exceptional", length(p.Exceptional), "time", "for how long in a month traffic management may be active before the report raises the alarm")
	var annexes, history []string
	for _, a := range p.Annexes {
		annexes = append(annexes, s.free(a.Name))
	}
	for _, r := range p.History {
		history = append(history, r.Date.Format(time.DateOnly)+": "+s.free(r.Change))
	}
	s.items("annexes", annexes, "a text that is part of the document")
	s.items("history", history, "an entry of the agreed change history")
}

func variantList(e policy.Priority) string {
	names := make([]string, len(e.Variants))
	for i, v := range e.Variants {
		names[i] = v.String()
	}
	return strings.Join(names, ", ")
}

func yesNo(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

// roleName is the whole name of a User Role.
func roleName(r policy.Role) string {
	names := map[policy.Role]string{
		policy.ImportSupplier: "Import Supplier", policy.GasSupplier: "Gas Supplier", policy.ExportSupplier: "Export Supplier",
		policy.ElectricityDistributor: "Electricity Distributor", policy.GasTransporter: "Gas Transporter", policy.OtherUser: "Other User",
		policy.RegisteredSupplierAgent: "Registered Supplier Agent", policy.MeterDataRetriever: "Meter Data Retriever",
	}
	return names[r]
}

// decimal writes thousandths without trailing zeros.
func decimal(t allocate.Thousandths) string {
	return strings.TrimSuffix(strings.TrimRight(t.String(), "0"), ".")
}

func rateOf(t allocate.Thousandths) string { return decimal(t) + "/s" }
