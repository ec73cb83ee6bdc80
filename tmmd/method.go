package tmmd

// method is the rules in their order: those that always hold, then those of the
// extensions that the policy turns on.
func (e *edition) method() section {
	s := section{anchor: "method", title: "Method", blocks: []block{
		paragraph("Everything is counted exactly, in whole units of 0.000000001 Service Request (SR): what does not divide is rounded down. Time is cut into slots. " +
			"a(u) is a Service User's allocation, D(u) the most that its bucket holds; the other signs are in the tables of parameters."),
	}}
	for _, r := range basicRules() {
		s.blocks = append(s.blocks, r)
	}
	if extensions := e.extensionRules(); len(extensions) > 0 {
		s.blocks = append(s.blocks, paragraph("The rules that follow are extensions that this policy turns on. Each says how the guarantee and the protection then read."))
		for _, r := range extensions {
			s.blocks = append(s.blocks, r)
		}
	}
	return s
}

func basicRules() []rule {
	return append(rulesOfState(), rulesOfConduct()...)
}

// rulesOfState say what there is and what a slot boundary does to it.
func rulesOfState() []rule {
	return []rule{
		{"rule-allocation", "1. Allocation", []block{
			paragraph("An account's weight is the sum, over its User IDs and User Roles, of portfolio × the weight of a unit in that role. Its allocation is"),
			formula{"a(u) = max(minimum, λ × weight(u))"},
			paragraph("with the one λ for which all allocations together are exactly T: whoever would fall below the minimum is raised to it, and the rest share what remains in proportion " +
				"to weight. Allocations are whole thousandths of a Service Request per second: each is rounded down, and the thousandths left over go, one each, to those with the largest " +
				"fractions; among equal ones to the earlier in the portfolio (largest remainder)."),
		}},
		{"rule-buckets", "2. Buckets and pool", []block{
			paragraph("Each Service User has an assured bucket, which nobody else can draw on, and a spare bucket, for what others leave. What no bucket holds lies in the free pool. " +
				"An assured bucket holds at most D(u), and all buckets and the pool together at most B:"),
			formula{"D(u) = max(c, a(u) × burst / 2), and 0 where a(u) is 0", "B    = max(T × burst, ΣD + T × burst / 2)"},
			paragraph("So “within its allocation” means: at most a(u) × burst / 2 in any burst / 2, and always one request. Compare a Service User's busiest time of burst / 2 with D(u), never its busiest second with a(u)."),
		}},
		{"rule-boundary", "3. The slot boundary", []block{
			paragraph("Slot number = time / slot, rounded down. At every boundary, in this order:"),
			points{
				"Deal: T × slot is dealt out. Each assured bucket is topped up by a(u) × slot, to its depth D(u).",
				"Overflow: what full buckets could not hold, and what T has beyond the allocations, falls into the free pool, which is cut so that everything together stays within B. " +
					"Should the buckets alone be more than that, the spare buckets are first emptied into the pool.",
				"Wants: w(u) = max(what the Service User asked beyond its assured bucket in the slot just ended, but at most one slot's deal; w(u) − w(u) / 32). It is hungry when it so asked in the last second.",
				"Release: see rule 8.",
				"Return: what a spare bucket holds above c + 2 × w(u), or for a Service User that is no longer hungry, or at a release, goes back to the free pool.",
				"Share: see rule 5.",
			},
		}},
		{"rule-decision", "4. The decision", []block{
			paragraph("A request is decided by the first line that fits. It is taken from one place, never from several:"),
			table{anchor: "decision", title: "Which rule decides", columns: texts("line", "if", "then", "reason"), rows: [][]string{
				{"1", "the assured bucket holds the whole cost", "it is taken there; forward", code("within-allocation")},
				{"2", "the spare bucket holds it", "it is taken there; forward", code("spare")},
				{"3", "the free pool holds it", "it is taken there; forward", code("spare")},
				{"4", "otherwise", "traffic management becomes active, if it is not; refuse", code("over-allocation")},
			}},
		}},
	}
}

// rulesOfConduct say what follows.
func rulesOfConduct() []rule {
	return []rule{
		{"rule-share", "5. Share", []block{
			paragraph("While traffic management is active, the free pool is dealt at each boundary to the hungry, into their spare buckets, in proportion to allocation; nobody gets more than the room " +
				"in its spare bucket, and what it does not get the others share in the same way. What cannot be divided stays in the pool. A Service User without an allocation is dealt nothing here."),
			formula{"room(u) = c + 2 × w(u) − what the spare bucket holds"},
			paragraph("What a Service User gets depends on its allocation and on being hungry, not on how loudly it asks."),
		}},
		{"rule-guarantee", "6. Guarantee and protection", []block{
			paragraph("Guarantee: a request that finds its cost in a bucket of rate a(u) and depth D(u) is forwarded, whatever all the others do, without exception."),
			paragraph("Protection: whatever is sent, no more reaches the DSP in any time t than"),
			formula{"T × t + B + one slot's deal"},
		}},
		{"rule-activation", "7. Activation", []block{
			paragraph("Traffic management becomes active with the first request that line 4 refuses, and by nothing else: a free pool that cannot hold a request is what it means that traffic has reached T. " +
				"Only just after a restart of the gateway, until T × burst / 2 has been dealt, does a refusal not count so, since the pool then begins empty."),
		}},
		{"rule-release", "8. Release", []block{
			paragraph("Traffic management ends when the cost offered (not forwarded) in the last second was below the release level at every boundary for as long as " + code("hold") + " says, without a break. " +
				"When T is lower for a while the release level is lower in proportion."),
		}},
		{"rule-refusal", "9. Refusal and Retry-After", []block{
			paragraph("A refused request is answered at once and never queued, with the status that " + code("refusal.status") + " gives and the header field Retry-After. It was not processed: the same RequestID may be sent again. " +
				"A forwarded one is written to the DSP at most once. Retry-After is the time, in whole seconds, in which the allocation alone will have paid for this and the other requests refused in this second:"),
			formula{"Retry-After = ceil((cost × k − assured) / a(u)), but at least least and at most most"},
			paragraph("where k counts the Service User's refusals in the current second with this one, and assured is what its assured bucket holds. So those that obey it do not all come back together. Without an allocation it is most."),
		}},
		{"rule-change", "10. Change of policy", []block{
			paragraph("A change takes effect at a slot boundary. Buckets are carried over and cut to their new depths; what is new starts empty, so that no change gives a free burst. Active stays active."),
		}},
	}
}
