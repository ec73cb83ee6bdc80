package evidence

import (
	"fmt"

	"srtm/journal"
)

// Deed is something that a person did, as a journal's record has it.
type Deed struct {
	Kind           string // act, policy, proposal, notice, challenge or delivery
	Who, What, Why string
	Account        string           // whom it concerns; empty: all, or nobody
	Until          int64            // when it ends by itself, nanoseconds since 1970 UTC; 0: it does not last
	Reference      string           // of an incident elsewhere; empty: none
	About          journal.Position // the record that it is about; 0: none
}

// DeedOf puts a record that tells of a person's deed into words: an act by hand, a
// policy that came into force, a step on the way of one, a notice of a coming
// allocation, a challenge or its answer, what became of telling somebody. It
// returns false for any other, and for attempts that are followed by more.
func DeedOf(r journal.Record) (Deed, bool) {
	switch r := r.(type) {
	case *journal.Act:
		return Deed{"act", r.Who, r.What, r.Why, r.Account, r.Until, r.Reference, r.About}, true
	case *journal.Policy:
		what := fmt.Sprintf("the policy %s of %s came into force", plain(r.Name), digest(r.Digest))
		return Deed{Kind: "policy", Who: r.Who, What: what + from(r.Effective), Why: r.Why}, true
	case *journal.Proposal:
		what := fmt.Sprintf("the policy %s of %s was %v", plain(r.Name), digest(r.Digest), r.Step)
		return Deed{Kind: "proposal", Who: r.Who, What: what + from(r.Effective), Why: r.Why}, true
	case *journal.Notice:
		return Deed{Kind: "notice", What: noticed(r), Account: r.Account}, true
	case *journal.Challenge:
		return Deed{Kind: "challenge", Who: r.Who, What: challenged(r), Why: r.Text, Account: r.Account}, true
	case *journal.Delivery:
		return tellingDeed(&r.Telling)
	case *journal.CommonDelivery:
		return tellingDeed(&r.Telling)
	}
	return Deed{}, false
}

// digest is the beginning of a policy's digest, by which it is told from others.
func digest(sha256 string) string {
	const enough = 12
	if len(sha256) <= enough {
		return plain(sha256)
	}
	return plain(sha256[:enough]) + "…"
}

func from(effective int64) string {
	if effective == 0 {
		return ""
	}
	return ", effective from " + clock(effective)
}

// noticed says what an account is told of its coming allocation.
func noticed(n *journal.Notice) string {
	text := fmt.Sprintf("notice: from %s the allocation is %v, instead of %v; of the portfolios' sum of %s the account then has %s, instead of %s",
		clock(n.Effective), n.New, n.Old, plain(n.Weights), plain(n.Weight), plain(n.OldWeight))
	if n.Source != "" {
		text += "; portfolio: " + plain(n.Source)
	}
	text += fmt.Sprintf("; policy %s of %s", plain(n.PolicyName), digest(n.Policy))
	if n.Shortened {
		text += "; it comes later than the policy says, as two persons wanted"
	}
	return text
}

// challenged says what somebody's words are about.
func challenged(c *journal.Challenge) string {
	what := "challenge"
	if c.Answer {
		what = "answer to a challenge"
	}
	if c.Notice == 0 {
		return what
	}
	return fmt.Sprintf("%s of the notice at position %d", what, c.Notice)
}
