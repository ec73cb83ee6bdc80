package policy_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestProblemsOfChoices(t *testing.T) {
	for _, c := range []problemCase{
		{"an unknown mode", "mode: suspended", []string{`4:7: mode: "suspended" is not known; write enforce, shadow or off`}},
		{"an unknown use of what is spare", "spare: waste", []string{`4:8: spare: "waste" is not known; write share or withhold`}},
		{"an unknown whose", "allocation: {per: role}", []string{`4:19: allocation.per: "role" is not known; write account or user`}},
		{"an unknown approval", "approval: three", []string{`4:11: approval: "three" is not known; write one or two`}},
		{"a list for an approval", "approval: [one]", []string{"4:11: approval: this is not one value; write one, such as one"}},
		{"yes for true", "limit_headers: yes", []string{`4:16: limit_headers: "yes" is not known; write true or false`}},
		{"a header that is not added", "forward: {forwarded: true}", []string{"4:11: forward.forwarded: there is no such key; the keys here are via, x_forwarded_for"}},
		{"a status that means something else", "refusal: {status: 500}", []string{`4:19: refusal.status: "500" is not known; write 503, 429 or 200`}},
		{"a DUIS response without a code", "refusal: {status: 200}", []string{"4:19: refusal.status: 200 is answered with a DUIS response, and there is no code for it; add code: E100"}},
		{"a code without a DUIS response", "refusal: {status: 429, code: E100}", []string{"4:30: refusal.code: the answer 429 has no DUIS response that a code could be in; leave code out, or write status: 200"}},
		{"a code without a status", "refusal: {code: E100}", []string{"4:17: refusal.code: the answer 503 has no DUIS response that a code could be in (the file does not give refusal.status; its default is 503); "}},
		{"a code that DUIS does not have", "refusal: {status: 200, code: E99}", []string{`4:30: refusal.code: "E99" is not a DUIS response code; write one of the schema's, such as E100; a client drops any other`}},
		{"a code that says that all is well", "refusal: {status: 200, code: I0}", []string{`4:30: refusal.code: "I0" does not report an error; write an E code, such as E100`}},
		{"a code that is a warning", "refusal: {status: 200, code: W050201}", []string{`4:30: refusal.code: "W050201" does not report an error; `}},
		{"critical commands finished in no time", "finish_critical: 0s", []string{`4:18: finish_critical: "0s" is not above 0 and at most 24h; 10m is usual`}},
		{"critical commands finished some day", "finish_critical: 25h", []string{"4:18: finish_critical: "}},
		{"a notice too long", "allocation: {notice: 61}", []string{`4:22: allocation.notice: "61" is not a number of Working Days; write a whole number from 0 to 60, such as 10`}},
		{"a notice of half a day", "allocation: {notice: 0.5}", []string{"4:22: allocation.notice: "}},
		{"nothing is exceptional", "exceptional: 0s", []string{`4:14: exceptional: "0s" is not above 0 and at most 31d; 10h is usual`}},
		{"more than a month is exceptional", "exceptional: 32d", []string{"4:14: exceptional: "}},
	} {
		t.Run(c.rule, c.test)
	}
}

func TestProblemsOfListsOfVariantsAndAccounts(t *testing.T) {
	for _, c := range []problemCase{
		{"a value for a list", "shadow: ALPHA", []string{`4:9: shadow: "ALPHA" is not a list; write one, such as [ALPHA]`}},
		{"nothing for a list", "shadow:", []string{`4:8: shadow: "" is not a list; `}},
		{"a mapping for a list", "exempt: {a: b}", []string{`4:9: exempt: what is here is not a list; write one, such as ["7.1", "7.3"]`}},
		{"a list for a list", "shadow: [[ALPHA]]", []string{"4:10: shadow[1]: this is not one value; write one, such as ALPHA"}},
		{"an item without a value", "shadow: [ALPHA, ]\nexempt:\n  -\n", []string{"6:4: exempt[1]: there is no value; write one, such as "}},
		{"an account that the portfolio lacks", "shadow: [ALPHA, GAMMA]", []string{"4:17: shadow[2]: the portfolio has no account GAMMA; write the name of one that it has"}},
		{"the unlisted where they are refused", "shadow: [unlisted]", []string{"4:10: shadow[1]: the portfolio has no account unlisted; "}},
		{"an account that cannot be one", "shadow: ['A B']", []string{`4:10: shadow[1]: "A B" is not an account's name; `}},
		{"an account twice", "shadow: [BETA, ALPHA, BETA]", []string{"4:23: shadow[3]: BETA is item 1 of the list too; keep one of them"}},
		{"an anchor in a list", "shadow: [&a ALPHA, *a]", []string{"4:10: shadow[1]: anchors (&a)", "4:20: shadow[2]: aliases (*a)"}},
		{"a variant that is nearly one", `exempt: ["7,1"]`, []string{`4:10: exempt[1]: "7,1" is not a Service Request Variant; did you mean 7.1?`}},
		{"a variant that is none", `exempt: [top-ups]`, []string{`4:10: exempt[1]: "top-ups" is not a Service Request Variant; write one as DUIS does, such as "4.8.1"`}},
		{"a variant twice", `exempt: ["7.1", "7.1"]`, []string{"4:17: exempt[2]: 7.1 is item 1 of the list too; "}},
		{"the cost of no variant", `cost: {"4.8.9": 3}`, []string{"4:8: cost.4.8.9: there is no such Service Request Variant; did you mean 4.8."}},
		{"the cost of VARIANT", `cost: {VARIANT: 3}`, []string{"4:8: cost.VARIANT: there is no such Service Request Variant; the keys here are default, VARIANT"}},
		{"a cost of nothing", `cost: {"4.8.1": 0}`, []string{`4:17: cost.4.8.1: "0" is not a cost; write a number from 0.001 to 1000 with at most three decimals, such as 1 or 2.5`}},
		{"a cost too large", `cost: {default: 1000.001}`, []string{`4:17: cost.default: "1000.001" is not a cost; `}},
		{"a cost too fine", `cost: {default: 0.0001}`, []string{"4:17: cost.default: "}},
		{"a list for a cost", `cost: {"4.8.1": [3]}`, []string{"4:17: cost.4.8.1: this is not one value; write one, such as 3"}},
		{"one cost for everything", "cost: 3", []string{`4:7: cost: "3" is not a mapping; write keys and values, such as {default: 1, "4.8.1": 3}`}},
		{"a variant's cost twice", `cost: {"4.8.1": 3, 4.8.1: 4}`, []string{"4:20: cost.4.8.1: the key is there twice, first in line 4; "}},
		{"a cost that the burst cannot hold", `cost: {"4.8.1": 46}`, []string{"1:1: burst: the accounts' buckets hold 92 SR together", "1:1: burst: the threshold gives 90 SR in burst, less than twice the largest cost of 46 SR"}},
		{"a list too long", "shadow: [" + strings.Repeat("A, ", 1001) + "]", []string{"4:9: shadow: the list has 1001 items, more than 1000; shorten it"}},
	} {
		t.Run(c.rule, c.test)
	}
}

func TestProblemsOfPriority(t *testing.T) {
	for _, c := range []problemCase{
		{"words for an entry", "priority: [vends]", []string{`4:12: priority[1]: "vends" is not a mapping; write keys and values, such as {variants: ["2.2", "1.5"], keep: 10%}`}},
		{"an entry without its keys", "priority: [{}]", []string{"4:12: priority[1].variants: the key is missing; add variants: ", "4:12: priority[1].keep: the key is missing; add keep: 10%"}},
		{"an entry for nobody", "priority: [{variants: [], keep: 10%}]", []string{"4:23: priority[1].variants: the list names no variant; name those that"}},
		{"a variant in two entries", `priority: [{variants: ["2.2"], keep: 10%}, {variants: ["1.5", "2.2"], keep: 10%}]`, []string{
			"4:55: priority[2].variants: 2.2 is in priority[1] too; name a variant in one entry only"}},
		{"a variant twice in one", `priority: [{variants: ["2.2", "2.2"], keep: 10%}]`, []string{"4:31: priority[1].variants[2]: 2.2 is item 1 of the list too; "}},
		{"one value for the variants", `priority: [{variants: "2.2", keep: 10%}]`, []string{`4:23: priority[1].variants: "2.2" is not a list; `}},
		{"nothing kept", `priority: [{variants: ["2.2"], keep: 0%}]`, []string{`4:38: priority[1].keep: "0%" keeps nothing or all; write a part above 0% and below 100%`}},
		{"all kept", `priority: [{variants: ["2.2"], keep: 100%}]`, []string{`4:38: priority[1].keep: "100%" keeps nothing or all; `}},
		{"all kept together", `priority: [{variants: ["2.2"], keep: 50%}, {variants: ["1.5"], keep: 50%}]`, []string{
			"4:70: priority[2].keep: the kept parts are 100% together, with those before; keep less than 100% in all entries together"}},
		{"a key that is nearly one", `priority: [{variant: ["2.2"], keep: 1%}]`, []string{
			"4:12: priority[1].variants: the key is missing", "4:13: priority[1].variant: there is no such key; did you mean variants?"}},
	} {
		t.Run(c.rule, c.test)
	}
}

func TestProblemsOfReservedAndMaintenance(t *testing.T) {
	reserved := func(from, to, rate string) string {
		return "{from: '" + from + "', to: '" + to + "', rate: " + rate + ", reason: x}"
	}
	closed := func(start, end, capacity string) string {
		return "{start: " + start + ", end: " + end + ", capacity: " + capacity + ", reason: x}"
	}
	const monday, tuesday, wednesday = "2026-11-02T00:00:00Z", "2026-11-03T00:00:00Z", "2026-11-04T00:00:00Z"
	for _, c := range []problemCase{
		{"an entry without its keys", "reserved: [{}]", []string{"4:12: reserved[1].from: the key is missing; add from: \"22:00\"", "4:12: reserved[1].to: ", "4:12: reserved[1].rate: ", "4:12: reserved[1].reason: "}},
		{"no reason", "reserved: [{from: '01:00', to: '02:00', rate: 1/s, reason: ''}]", []string{"4:60: reserved[1].reason: there is no value; write one, such as DCC Scheduled reads"}},
		{"an hour without minutes", "reserved: [" + reserved("22", "23:00", "1/s") + "]", []string{`4:19: reserved[1].from: "22" is not a time of day; write it in UTC from "00:00" to "23:59", such as "22:00"`}},
		{"the end of the day", "reserved: [" + reserved("22:00", "24:00", "1/s") + "]", []string{`4:32: reserved[1].to: "24:00" is not a time of day; `}},
		{"seconds", "reserved: [" + reserved("22:00", "23:00:00", "1/s") + "]", []string{"4:32: reserved[1].to: "}},
		{"one digit", "reserved: [" + reserved("2:00", "23:00", "1/s") + "]", []string{"4:19: reserved[1].from: "}},
		{"all day or never", "reserved: [" + reserved("22:00", "22:00", "1/s") + "]", []string{"4:32: reserved[1].to: it ends when it begins, 22:00; write another time of day; for all day write two entries, "}},
		{"nothing reserved", "reserved: [" + reserved("22:00", "23:00", "0/s") + "]", []string{`4:47: reserved[1].rate: "0/s" reserves nothing; write a rate above 0/s, `}},
		{"everything reserved", "reserved: [" + reserved("22:00", "02:00", "90/s") + "]", []string{"4:12: reserved[1]: in reserved 22:00–02:00 nothing is left of the operating threshold 90/s; reserve less, or raise the capacity"}},
		{"everything reserved together", "reserved: [" + reserved("22:00", "02:00", "50/s") + ", " + reserved("01:00", "03:00", "40/s") + "]", []string{
			"4:65: reserved[2]: in reserved 22:00–02:00 and reserved 01:00–03:00 nothing is left of the operating threshold 90/s; "}},
		{"too little left for the buckets", "reserved: [" + reserved("22:00", "02:00", "88.5/s") + "]", []string{
			"4:12: reserved[1]: in reserved 22:00–02:00 the accounts' buckets hold 2 SR together, more than the 1.5 SR that the threshold gives in burst",
			"4:12: reserved[1]: in reserved 22:00–02:00 the threshold gives 1.5 SR in burst, less than twice"}},
		{"too little left for the minimum", "allocation: {minimum: 10/s}\nreserved: [" + reserved("22:00", "02:00", "70.001/s") + "]", []string{
			"5:12: reserved[1]: in reserved 22:00–02:00 2 accounts at the minimum 10/s are more than the operating threshold, which is then 19.999/s; lower allocation.minimum to at most 9.999/s"}},
		{"too many reserved", "reserved: [" + strings.Repeat(reserved("22:00", "02:00", "1/s")+", ", 25) + "]", []string{"4:11: reserved: the list has 25 items, more than 24; "}},
		{"an end before the start", "maintenance: [" + closed(tuesday, monday, "0/s") + "]", []string{"4:50: maintenance[1].end: the end 2026-11-02T00:00:00Z is not after the start 2026-11-03T00:00:00Z; write a later end"}},
		{"no time at all", "maintenance: [" + closed(monday, monday, "0/s") + "]", []string{"4:50: maintenance[1].end: "}},
		{"half a second", "maintenance: [" + closed("2026-11-02T00:00:00.5Z", tuesday, "0/s") + "]", []string{`4:23: maintenance[1].start: "2026-11-02T00:00:00.5Z" is not a whole second; `}},
		{"a time that is not UTC", "maintenance: [" + closed("2026-11-02T00:00:00+01:00", tuesday, "0/s") + "]", []string{"4:23: maintenance[1].start: "}},
		{"two at a time", "maintenance: [" + closed(monday, wednesday, "50/s") + ", " + closed(tuesday, wednesday, "0/s") + "]", []string{
			"4:108: maintenance[2].start: it overlaps the maintenance from 2026-11-02T00:00:00Z to 2026-11-04T00:00:00Z; end one when the other starts"}},
		{"a capacity too small", "maintenance: [" + closed(monday, tuesday, "1/s") + "]", []string{
			"4:15: maintenance[1]: in maintenance 2026-11-02T00:00:00Z–2026-11-03T00:00:00Z the accounts' buckets hold 2 SR together", "4:15: maintenance[1]: in maintenance"}},
		{"a capacity of next to nothing", "maintenance: [" + closed(monday, tuesday, "0.001/s") + "]", []string{
			"4:15: maintenance[1]: in maintenance 2026-11-02T00:00:00Z–2026-11-03T00:00:00Z nothing is left of the operating threshold 0/s; "}},
		{"a capacity too large", "maintenance: [" + closed(monday, tuesday, "20000000/s") + "]", []string{
			"4:15: maintenance[1]: in maintenance 2026-11-02T00:00:00Z–2026-11-03T00:00:00Z the operating threshold is 18000000/s, above 10000000/s; lower the capacity"}},
		{"a maintenance that meets what is reserved", "maintenance: [" + closed("2026-11-02T21:00:00Z", tuesday, "50/s") + "]\nreserved: [" + reserved("23:00", "01:00", "45/s") + "]", []string{
			"4:15: maintenance[1]: in maintenance 2026-11-02T21:00:00Z–2026-11-03T00:00:00Z with reserved 23:00–01:00 nothing is left of the operating threshold 45/s; "}},
	} {
		t.Run(c.rule, c.test)
	}
	fine := minimalPolicy + "reserved: [" + reserved("23:00", "01:00", "45/s") + "]\nmaintenance: [" +
		closed("2026-11-02T01:00:00Z", "2026-11-02T23:00:00Z", "50/s") + ", " + closed("2026-11-02T23:00:00Z", tuesday, "0/s") + "]\n"
	if p := mustParse(t, fine, beside(minimalPortfolio, nil)); len(p.Maintenance) != 2 {
		t.Errorf("what does not meet is %+v", p.Maintenance)
	}
}

func TestProblemsOfTheHistory(t *testing.T) {
	for _, c := range []problemCase{
		{"an entry without its keys", "history: [{}]", []string{"4:11: history[1].date: the key is missing; add date: 2026-10-01", "4:11: history[1].change: "}},
		{"out of order", "history: [{date: 2026-10-02, change: b}, {date: 2026-10-01, change: a}]", []string{
			"4:49: history[2].date: 2026-10-01 is before 2026-10-02, the date of the entry before; write the entries in order of date"}},
		{"no date", "history: [{date: October, change: b}]", []string{`4:18: history[1].date: "October" is not a date; write one in the years 2000 to 2199, such as 2026-10-01`}},
		{"a date of another century", "history: [{date: 1899-10-01, change: b}]", []string{"4:18: history[1].date: "}},
		{"too many words", "history: [{date: 2026-10-01, change: " + strings.Repeat("x", 1001) + "}]", []string{`4:38: history[1].change: "` + strings.Repeat("x", 60) + `…" is longer than 1000 characters; `}},
		{"several lines", `history: [{date: 2026-10-01, change: "a\nb"}]`, []string{`4:38: history[1].change: "a\nb" is not one line of printable characters`}},
	} {
		t.Run(c.rule, c.test)
	}
}

// Checking a policy must come to an end, however many windows and rows there are.
func TestTooManyWindowsForALargePortfolio(t *testing.T) {
	var portfolio, windows strings.Builder
	portfolio.WriteString(header)
	for i := range 300_000 {
		fmt.Fprintf(&portfolio, "A%d,,90-B3-D5-1F-30-%02X-%02X-%02X,IS,1\n", i&1, i>>16, i>>8&0xFF, i&0xFF)
	}
	for i := range 5 {
		fmt.Fprintf(&windows, "- {start: 2026-11-0%dT00:00:00Z, end: 2026-11-0%dT12:00:00Z, capacity: 4.%d/s, reason: x}\n", i+1, i+1, i)
	}
	expect(t, problemsOf(t, minimalPolicy+"maintenance:\n"+windows.String(), beside(portfolio.String(), nil)),
		"policy.yaml:9:3: maintenance[5]: in maintenance 2026-11-05T00:00:00Z–2026-11-05T12:00:00Z these are too many windows for so large a portfolio to check them all; have fewer")
}
