package tmmd

import (
	"srtm/policy"
	"srtm/traffic"
)

// extensionRules are those that the policy turns on, and no others.
func (e *edition) extensionRules() []rule {
	p := e.policy
	var rules []rule
	add := func(on bool, anchor, title string, blocks ...block) {
		if on {
			rules = append(rules, rule{"extension-" + anchor, "Extension: " + title, blocks})
		}
	}
	add(p.Mode == traffic.ModeOff, "off", "the mechanism is off", paragraph("Every request is forwarded, with the reason "+code("off")+", and counted. Neither guarantee nor protection is needed or given; "+
		"the rules above say what would hold."))
	add(p.Mode == traffic.ModeShadow, "shadow-mode", "shadow mode", paragraph("Every request is decided about, counted and recorded as above, and forwarded all the same. The verdict is "+code("shadow")+
		" where it would have been refused, and it activates like any other refusal. Shadow and enforced are never added together. Guarantee: nobody is refused at all. Protection: not given."))
	add(len(p.Shadow) > 0 && p.Mode == traffic.ModeEnforce, "shadow", "accounts in shadow", paragraph(e.shadowed()+" decided about and counted as if enforced, and forwarded: the verdict is "+code("shadow")+
		" where a request would have been refused. The guarantee holds for all; the protection holds without what those in shadow sent beyond their due."))
	add(p.Withhold, "withhold", "spare is withheld", paragraph("While traffic management is active, lines 2 and 3 of the decision do not apply and nothing is shared: everybody has its allocation and no more. The guarantee and the protection hold as they are."))
	add(costly(p), "cost", "cost", paragraph("A request counts as much as "+code("cost")+" says of its Service Request Variant, and as "+code("cost.default")+" where that says nothing. C, T, allocations and what is offered are counted so; "+
		"“one request” in depths reads “the largest cost, c”, so that everybody can always reach it. Guarantee and protection are in cost."))
	add(len(p.Exempt) > 0, "exempt", "exempt variants", paragraph("The variants that "+code("exempt")+" names draw on the assured bucket, the spare bucket and the free pool in turn, each holding the whole cost, and then on the pool below zero, as far as −L; "+
		"the reason is then "+code("exempt")+". Beyond that even they are refused, as "+code("capacity")+". One that finds the pool short makes traffic management active; it does not make its Service User hungry. "+
		"The guarantee holds as it is. The protection reads:"), formula{"T × t + B + L + one slot's deal"})
	add(len(p.Priority) > 0, "priority", "priority within an allocation", priorityBlocks()...)
	add(p.FinishCritical > 0, "critical", "critical commands are finished", paragraph("A critical command is two messages of one RequestID: Command Variant 4, then 5, 6 or 7. A forwarded first message vouches, for "+length(p.FinishCritical)+
		", for the second, which is then let through as if it were exempt, once, with the reason "+code("critical")+": half a command is worse than none. The guarantee holds as it is; the protection reads T × t + B + L + one slot's deal."))
	add(p.Per == policy.PerUser, "per-user", "an allocation for each User ID", paragraph("Each User ID has an allocation, buckets and a guarantee of its own; where this document says Service User, read User ID. Several User IDs of one Service User do not share."))
	add(len(p.Reserved) > 0, "reserved", "reserved capacity", paragraph("What "+code("reserved")+" gives is taken from T at those times of day (UTC), for work that the DSP does without an incoming request. Every allocation is then computed by rule 1 from the smaller T, and the guarantee is for what it then is; "+
		"T in the protection is T at each time. Each beginning and end is a change of policy (rule 10). Work that a Service User moves into such a schedule does not count against its allocation; that is this gateway's choice."))
	add(len(p.Maintenance) > 0, "maintenance", "maintenance", paragraph("While "+code("maintenance")+" gives another maximum capacity, T and every allocation are computed from that, and the guarantee is for what they then are. With a capacity of 0 everything is refused, with the reason "+code("closed")+
		" and a Retry-After to the end; it is counted as maintenance, not as throttling."))
	add(p.Unknown == policy.Admit, "unlisted", "originators that are not listed", paragraph("An originator that the portfolio does not list draws on one account named "+code(policy.Unlisted)+", which all such share. It has no allocation and no guarantee: it lives on the free pool, with an alarm."))
	add(p.Refusal.Status == 200, "duis", "a refusal as a DUIS response", paragraph("A refusal is HTTP 200 with a DUIS response that carries the code "+p.Refusal.Code.String()+". No DUIS code means “throttled”: that this one is used for it is the parties' agreement."))
	add(p.LimitHeaders, "limits", "RateLimit header fields", paragraph("Answers at the door say in RateLimit header fields (an IETF draft) what is left of the caller's allocation."))
	return rules
}

func costly(p *policy.Policy) bool { return len(p.Costs) > 0 || p.Cost != traffic.SR }

// shadowed says who is in shadow; in the public edition how many.
func (e *edition) shadowed() string {
	n := len(e.policy.Shadow)
	verb := " are"
	if n == 1 {
		verb = " is"
	}
	return plural(n, "account") + " that " + code("shadow") + " names" + verb
}

func priorityBlocks() []block {
	return []block{
		paragraph("The entries of " + code("priority") + " rank as listed. Each keeps a part of every assured bucket for its variants, from all that come after them; variants that no entry names come last. " +
			"A request may take from the assured bucket only what lies above the parts of the entries before its own:"),
		formula{"kept = min(the sum of keep before its entry × D(u), D(u) − c), and never below 0"},
		paragraph("Line 1 of the decision then reads: the assured bucket holds the whole cost above what is kept. In Retry-After, assured reads: assured − kept. Guarantee: a request is forwarded that finds its cost plus what is kept " +
			"in a bucket of rate a(u) and depth D(u). No other Service User's guarantee changes, and the protection holds as it is."),
	}
}
