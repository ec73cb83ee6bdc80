package drill

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// findings are all findings, the worst first and otherwise in this order.
func (r *Report) findings() []Finding {
	if r.Refusals.Messages < enough {
		return append(r.gaps(), Finding{LookAt, "too few messages", fmt.Sprintf("The drill refused %s. That is too few to say how the adapter behaves: %d are wanted at least.", counted(r.Refusals.Messages, "message"), enough),
			"Order the drill again while the adapter has something to do."})
	}
	all := r.gaps()
	for _, find := range []func(*Report) []Finding{(*Report).retrying, (*Report).timing, (*Report).renewing, (*Report).volume, (*Report).bulk,
		(*Report).bunching, (*Report).completing, (*Report).priorities, (*Report).critical} {
		all = append(all, find(r)...)
	}
	rank := map[Mark]int{Bad: 0, LookAt: 1, Good: 2}
	slices.SortStableFunc(all, func(a, b Finding) int { return rank[a.Mark] - rank[b.Mark] })
	return all
}

// gaps says what the report does not rest on.
func (r *Report) gaps() []Finding {
	var all []Finding
	if r.Missing > 0 || r.Damaged > 0 {
		all = append(all, Finding{LookAt, "gaps", fmt.Sprintf("%s could not be recorded, and %s of the journal cannot be read; what is said here leaves them out.",
			upper(counted(r.Missing, "decision")), counted(r.Damaged, "part")), ""})
	}
	if r.Refusals.Unfollowed > 0 {
		all = append(all, Finding{LookAt, "more than is followed", fmt.Sprintf("Of the first %s Service Requests each was followed; %s of further ones were counted only.",
			number(r.Refusals.Requests), counted(r.Refusals.Unfollowed, "message")), ""})
	}
	return all
}

// retrying says how the adapter takes a refusal.
func (r *Report) retrying() []Finding {
	f, w := &r.Refusals, &r.Waits
	of := fmt.Sprintf("Of %s that were refused, %s sent again under the same RequestID", counted(f.Requests, "Service Request"), were(f.Repeated))
	switch r.Style {
	case Never:
		return []Finding{{LookAt, "retries", of + ": a refusal is taken for final.",
			"Keep what was refused and send it again when Retry-After has passed, or make sure that whoever ordered it learns of the refusal."}}
	case Obeys:
		return []Finding{{Good, "retries", fmt.Sprintf("%s, and %s of %s waited for as long as Retry-After said.", of, share(1-w.EarlyShare), counted(w.Count, "repeat")), ""}}
	case Mixed:
		return []Finding{{LookAt, "retries", fmt.Sprintf("%s; %s of the repeats waited for as long as Retry-After said, the others did not.", of, share(1-w.EarlyShare)),
			"Find the part of the adapter that does not read Retry-After: often a second queue, or a library that retries by itself."}}
	case Backoff:
		return []Finding{{LookAt, "retries", fmt.Sprintf("%s. Each wait was about %.1f times as long as the one before: the adapter backs off, but does not read Retry-After.", of, w.Growth),
			"Wait for at least as long as Retry-After says, and back off only where it is missing."}}
	case Blind:
		return []Finding{{Bad, "retries", fmt.Sprintf("%s, usually after %s, whatever the answer said, and no slower the next time.", of, seconds(w.Median)),
			"Wait for at least as long as Retry-After says; a retry that comes sooner is refused in vain and delays nobody but the Service User itself."}}
	}
	return []Finding{{LookAt, "retries", of + "; that is too seldom to say how it chooses its waits.", "Order a longer drill: it should last several times Retry-After."}}
}

// timing says how early repeats came.
func (r *Report) timing() []Finding {
	w := &r.Waits
	if w.Count < enough || w.Early == 0 {
		return nil
	}
	mark, change := Good, ""
	if w.EarlyShare >= obeysBelow {
		mark, change = LookAt, "Read the header Retry-After of each refusal, in seconds, and count it from the answer's arrival."
	}
	if w.EarlyShare >= 0.5 {
		mark = Bad
	}
	said := seconds(w.SaidMost)
	if w.SaidLeast != w.SaidMost {
		said = seconds(w.SaidLeast) + " to " + said
	}
	return []Finding{{mark, "Retry-After", fmt.Sprintf("%s of %s came earlier than Retry-After allowed, which was %s; the worst waited for %s of it.",
		share(w.EarlyShare), counted(w.Count, "repeat"), said, share(w.Worst)), change}}
}

// renewing is about new RequestIDs for the same business.
func (r *Report) renewing() []Finding {
	f := &r.Refusals
	if f.Renewed == 0 || float64(f.Renewed) < renews*float64(f.Requests) {
		return nil
	}
	return []Finding{{LookAt, "new RequestIDs", fmt.Sprintf("For %s that had been refused and never passed, the same device and variant came again under a new RequestID.", counted(f.Renewed, "Service Request")),
		"If that is the same business, repeat it with its RequestID: otherwise nobody can tell a repeat from a second order, and both may be carried out."}}
}

// volume is about how many messages a request took.
func (r *Report) volume() []Finding {
	f := &r.Refusals
	says := fmt.Sprintf("The drill refused %s for %s: %.1f each, %s at the most.", counted(f.Messages-f.Unfollowed, "message"), counted(f.Requests, "Service Request"), f.PerRequest, number(f.Most+1))
	switch {
	case f.PerRequest > fewMessages && r.Style == Obeys:
		return []Finding{{LookAt, "amplification", says, "Every message waited as it was told, and by itself. A queue that waits as a whole needs one message for each Retry-After."}}
	case f.PerRequest > manyMessages:
		return []Finding{{Bad, "amplification", says, "Repeat less often. Every message that is refused costs the adapter as much as one that passes."}}
	case f.PerRequest > fewMessages:
		return []Finding{{LookAt, "amplification", says, "A drill of ten minutes needs few repeats: one for each Retry-After, and none while a whole queue waits for the first of it."}}
	}
	return []Finding{{Good, "amplification", says, ""}}
}

// bulk says whether the adapter held back while it was refused.
func (r *Report) bulk() []Finding {
	before, e := r.Before.Mean, &r.Ending
	if r.Before.Messages < enough {
		return nil
	}
	var all []Finding
	last := fmt.Sprintf("It sent %s messages a second before the drill and %s in its last minute", rate(before), rate(e.LastMinute))
	switch {
	case e.LastMinute >= flood*before:
		all = append(all, Finding{Bad, "offered rate", last + ": being refused made it send more.", "Hold the whole queue while Retry-After runs, instead of every message by itself: new messages add to those that wait."})
	case e.LastMinute >= surge*before:
		all = append(all, Finding{LookAt, "offered rate", last + ".", "Hold the whole queue while Retry-After runs, instead of every message by itself."})
	default:
		all = append(all, Finding{Good, "offered rate", last + ": being refused did not make it send more.", ""})
	}
	fresh := fmt.Sprintf("In the drill it began %s new Service Requests a second, after %s before it", rate(e.NewInDrill), rate(before))
	if e.NewInDrill <= heldBack*before {
		return append(all, Finding{Good, "bulk work", fresh + ": it held work back.", ""})
	}
	return append(all, Finding{LookAt, "bulk work", fresh + ": it went on as if nothing had been refused.", "While refusals come, begin nothing that can wait: bulk reads, tariffs and firmware."})
}

// bunching is about messages that come at the same time.
func (r *Report) bunching() []Finding {
	e, before := &r.Ending, r.Before.Mean
	var all []Finding
	if r.Refusals.Repeats >= enough && e.AtOnce >= atOnce {
		all = append(all, Finding{Bad, "bunching", fmt.Sprintf("%s of all repeats came within one second, %s after the drill's beginning.", share(e.AtOnce), seconds(e.AtOnceAt)),
			"Spread repeats: add a random part to each wait, beyond what Retry-After says."})
	}
	if e.Peak < enough || r.Before.Messages < enough || !r.over() {
		return all
	}
	says := fmt.Sprintf("The busiest second after the end had %s, %s; before the drill there were %s a second.", counted(e.Peak, "message"), peakAfter(e.PeakAfter), rate(before))
	change := "When refusals end, send what has gathered at the allocation's rate and not at once: otherwise the first thing that happens is the next refusal."
	switch ratio := float64(e.Peak) / before; {
	case ratio >= herd:
		all = append(all, Finding{Bad, "after the end", says, change})
	case ratio >= bunch:
		all = append(all, Finding{LookAt, "after the end", says, change})
	default:
		all = append(all, Finding{Good, "after the end", says, ""})
	}
	return all
}

// over tells whether there is anything after the end to speak of.
func (r *Report) over() bool { return r.After.Seconds >= soon.Seconds() }

// completing says what became of what was refused.
func (r *Report) completing() []Finding {
	f := &r.Refusals
	if !r.over() && f.MadeUp < f.Requests {
		return []Finding{{LookAt, "making up", fmt.Sprintf("%s of %s that were refused %s passed so far.", upper(number(f.MadeUp)), counted(f.Requests, "Service Request"), have(f.MadeUp)), "Look again a quarter of an hour after the end."}}
	}
	left := f.GivenUp + f.NotAgain
	if left == 0 {
		says := fmt.Sprintf("All %s that were refused passed later, the last of them %s after the end.", counted(f.Requests, "Service Request"), seconds(r.Ending.LastAfter))
		if r.Ending.LastAfter > soon.Seconds() {
			return []Finding{{LookAt, "making up", says, "See whether long waits are still running when refusals have ended; at most Retry-After is needed."}}
		}
		return []Finding{{Good, "making up", says, ""}}
	}
	mark := LookAt
	if float64(left) > fewRepeat*float64(f.Requests) {
		mark = Bad
	}
	var how []string
	if f.NotAgain > 0 {
		how = append(how, were(f.NotAgain)+" never sent again")
	}
	if f.GivenUp > 0 {
		how = append(how, were(f.GivenUp)+" given up after repeats")
	}
	return []Finding{{mark, "making up", fmt.Sprintf("%s of %s that were refused never passed: under the same RequestID %s.", number(left), counted(f.Requests, "Service Request"), strings.Join(how, ", and ")),
		"Keep what was refused until it has passed, or hand it back to whoever ordered it."}}
}

// priorities says what was made up for first.
func (r *Report) priorities() []Finding {
	kind := func(name string) (Kind, bool) {
		i := slices.IndexFunc(r.Kinds, func(k Kind) bool { return k.Name == name })
		if i < 0 || r.Kinds[i].MadeUp < enough {
			return Kind{}, false
		}
		return r.Kinds[i], true
	}
	vends, some := kind("prepayment")
	reads, others := kind("reads")
	if !some || !others {
		return nil
	}
	says := fmt.Sprintf("After the end prepayment passed after %s on average, reads after %s.", seconds(vends.After), seconds(reads.After))
	if vends.After <= reads.After {
		return []Finding{{Good, "priorities", says, ""}}
	}
	return []Finding{{LookAt, "priorities", says, "Send first what somebody waits for, such as a prepayment customer's top-up, and reads last."}}
}

// critical is about the second messages of critical commands.
func (r *Report) critical() []Finding {
	s := &r.Seconds
	if s.Refused == 0 {
		return nil
	}
	says := fmt.Sprintf("%s of critical commands %s refused in the drill, and %s passed later.", upper(counted(s.Refused, "second message")), map[bool]string{true: "was", false: "were"}[s.Refused == 1], number(s.MadeUp))
	if s.NotAgain == 0 {
		return []Finding{{Good, "critical commands", says, ""}}
	}
	return []Finding{{LookAt, "critical commands", says, "Keep the signed Pre-Command and repeat it, before new work: its first message has been carried by the DSP already, and the command is incomplete without the second."}}
}

// What numbers look like in a sentence.

func number(n uint64) string {
	if n == 0 {
		return "none"
	}
	text := strconv.FormatUint(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

func counted(n uint64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	if n == 0 {
		return "no " + what + "s"
	}
	return number(n) + " " + what + "s"
}

func were(n uint64) string { return number(n) + map[bool]string{true: " was", false: " were"}[n == 1] }
func have(n uint64) string { return map[bool]string{true: "has", false: "have"}[n == 1] }

func share(s float64) string {
	switch percent := s * 100; {
	case percent > 0 && percent < 0.1:
		return "less than 0.1 %"
	case percent >= 10 || percent == 0:
		return fmt.Sprintf("%.0f %%", percent)
	default:
		return fmt.Sprintf("%.1f %%", percent)
	}
}

func seconds(s float64) string {
	d := time.Duration(s * float64(time.Second))
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", s)
	case d < 2*time.Minute:
		return fmt.Sprintf("%.0f s", s)
	}
	return fmt.Sprintf("%.0f min", d.Minutes())
}

func peakAfter(s float64) string {
	if s < 1 {
		return "right after it"
	}
	return seconds(s) + " after it"
}

func rate(r float64) string { return strconv.FormatFloat(r, 'f', 1, 64) }

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
