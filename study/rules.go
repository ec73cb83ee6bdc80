package study

import "srtm/simulate"

// The rules, as simulate names them.
const (
	ruleNone      = "none"
	ruleThreshold = "threshold"
	ruleLimit     = "limit"
	ruleDoorman   = "doorman"
	rulePartition = "partition"
	rulePolicy    = "policy"
)

// rule is how people call a rule, and what it does in a line.
type rule struct {
	name, under, does string
}

func known(called string) rule {
	switch called {
	case ruleNone:
		return rule{"no mechanism", "without a mechanism", "Every message goes on to the DSP."}
	case ruleThreshold:
		return rule{"first come first served", "under first come first served",
			"One limit for all together at the operating threshold: who asks first, or most often, is served."}
	case ruleLimit:
		return rule{"fixed limits", "under fixed limits", "Everybody is held to its allocation at all times; nothing is lent."}
	case ruleDoorman:
		return rule{"Doorman's leases", "under Doorman's leases",
			"Each Service User leases capacity for 5 s at a time and keeps to its lease. Written from Doorman's published description; it is not that program."}
	case rulePartition:
		return rule{"Netflix's partitions", "under Netflix's partitions",
			"A limit on what is under way, which adapts to latency and is divided in percentages. Written from the description of Netflix's concurrency-limits; it is not that program."}
	case rulePolicy:
		return rule{"the policy", "under the policy",
			"The mechanism: nobody is held below the operating threshold; at it everybody keeps its allocation, and what is spare is shared in proportion to allocation."}
	}
	return rule{"the rule " + name(called), "under the rule " + name(called), ""}
}

// name is what people call the rule of an outcome, in the middle of a sentence.
func (v *view) name(o *simulate.Outcome) string {
	if o.Rule == rulePolicy && v.policies > 1 {
		return "the policy “" + name(o.Policy) + "”"
	}
	return known(o.Rule).name
}

// under is name with what goes before it.
func (v *view) under(o *simulate.Outcome) string {
	if o.Rule == rulePolicy && v.policies > 1 {
		return "under the policy “" + name(o.Policy) + "”"
	}
	return known(o.Rule).under
}

// title is name at the begin of a line. In a table a policy needs no article.
func (v *view) title(o *simulate.Outcome) string {
	switch {
	case o.Rule != rulePolicy:
		return capital(v.name(o))
	case v.policies > 1:
		return "Policy " + plain(o.Policy)
	}
	return "The policy"
}

func (v *view) names(all []*simulate.Outcome) string {
	var texts []string
	for _, o := range all {
		texts = append(texts, v.name(o))
	}
	return listed(texts)
}
