package alarm

import (
	"fmt"
	"math"
	"time"
)

// The figures of the rules, each the least that raises.
const (
	errorsLook, errorsAct = 0.01, 0.05 // of the answers of a minute
	errorsOf              = 100        // answers in a minute, before their share means anything
	slowTimes             = 2.0        // the usual p99, and
	slowMore              = 100 * time.Millisecond
	connectionsLook       = 0.80
	connectionsAct        = 0.95
	exceptionalLook       = 0.80
	diskLook, diskAct     = 3.0, 1.0 // days that the room lasts for
	diskLeast             = 1 << 30  // bytes, while it is not known what a day needs
	clockLook, clockAct   = time.Second, 10 * time.Second
	certificateLook       = 30 * 24 * time.Hour
	certificateAct        = 7 * 24 * time.Hour
	ledgerLook, ledgerAct = time.Minute, 15 * time.Minute
	noticeLook, noticeAct = 15 * time.Minute, 2 * time.Hour
)

// ruleOf says how fast a kind rises and falls.
func ruleOf(k Kind) rule {
	switch k {
	case DSPErrors, Connections:
		return rule{10 * time.Second, 5 * time.Minute}
	case DSPSlow:
		return rule{time.Minute, 10 * time.Minute}
	case Journal:
		return rule{0, 5 * time.Minute}
	case Notices:
		return rule{0, 5 * time.Minute}
	case Ledger, Clock:
		return rule{time.Minute, 5 * time.Minute}
	case Unlisted:
		return rule{0, 15 * time.Minute}
	case Certificate:
		return rule{0, time.Minute}
	}
	return rule{0, 10 * time.Minute} // what changes over hours and days
}

// judge has every rule look at the sample.
func (b *Board) judge(s Sample) map[subject]finding {
	found := map[subject]finding{
		{DSPErrors, ""}:   dspErrors(s),
		{DSPSlow, ""}:     b.dspSlow(s),
		{Connections, ""}: connections(s),
		{Exceptional, ""}: exceptional(s),
		{Journal, ""}:     b.journalRule(s),
		{Disk, ""}:        disk(s),
		{Clock, ""}:       clock(s),
		{Ledger, ""}:      ledger(s),
		{Unlisted, ""}:    unlisted(s),
		{Notices, ""}:     b.noticesRule(s),
	}
	for _, c := range s.Certificates {
		found[subject{Certificate, c.Name}] = certificate(s.At, c)
	}
	return found
}

// dspErrors: 1 % of at least 100 answers in a minute are errors or too slow: look;
// 5 %: act.
func dspErrors(s Sample) finding {
	if s.Answers < errorsOf {
		return finding{}
	}
	bad := s.Errors + s.Timeouts
	share := float64(bad) / float64(s.Answers)
	raise, keep := ladder(share, errorsLook, errorsAct)
	return finding{raise, keep,
		fmt.Sprintf("The DSP failed %d of %d Service Requests in the last minute (%.1f %%: %d errors, %d timeouts) at %s forwarded, %s.",
			bad, s.Answers, 100*share, s.Errors, s.Timeouts, perSecond(s.Forwarded), ofThreshold(s)),
		s.lower(fmt.Sprintf("DSP errors %.1f %%", 100*share), 1-share)}
}

// dspSlow: the DSP's p99 over a minute is twice the usual one, and at least 100 ms
// more: look; four times: act. Not judged before half an hour was learned.
func (b *Board) dspSlow(s Sample) finding {
	usual, known := b.usual.median()
	if !known || s.P99 <= 0 {
		return finding{}
	}
	times := float64(s.P99) / float64(usual)
	raise, keep := ladder(times, slowTimes, 2*slowTimes)
	if s.P99 < usual+slowMore {
		raise = 0
		keep = min(keep, 1)
	}
	return finding{raise, keep,
		fmt.Sprintf("The DSP is slow: 99 %% of its answers within %v in the last minute, usually within %v, at %s forwarded, %s.",
			s.P99.Round(time.Millisecond), usual.Round(time.Millisecond), perSecond(s.Forwarded), ofThreshold(s)),
		s.lower(fmt.Sprintf("DSP p99 %v, usually %v", s.P99.Round(time.Millisecond), usual.Round(time.Millisecond)), 0.9)}
}

// lower proposes what to do about a DSP that is ill at the present rate. The
// capacity proposed is the smaller of nine tenths of the present one and what
// makes the threshold the part of the forwarded rate that went well, but not less
// than half of the present one, rounded down to two digits.
func (s Sample) lower(why string, well float64) string {
	switch {
	case s.Threshold <= 0 || s.Capacity <= 0:
		return "The door is closed: what the DSP answers now was sent before, or is not sent by srtm. Ask the DSP's operators."
	case s.Forwarded > 1.02*s.Threshold:
		return "More is forwarded than the operating threshold: traffic management is off, suspended or in shadow. See srtm state, and end that act if the DSP is to be protected."
	case s.Forwarded < 0.5*s.Threshold:
		return fmt.Sprintf("Load is hardly the cause: %s is %.0f %% of the operating threshold of %s. Ask the DSP's operators; a lower capacity would not help.", perSecond(s.Forwarded), 100*s.Forwarded/s.Threshold, perSecond(s.Threshold))
	}
	fraction := s.Threshold / s.Capacity
	to := roundDown(max(min(0.9*s.Capacity, s.Forwarded*well/fraction), s.Capacity/2))
	return fmt.Sprintf("The capacity may be set too high: ask the DSP's operators, and consider to lower it by hand from %s to %s: srtm act capacity %s/s --for 1h --reason %q", perSecond(s.Capacity), perSecond(to), bare(to), why)
}

// connections: 80 % of the connections to the DSP are in use: look; 95 %: act.
func connections(s Sample) finding {
	if s.ConnectionsLimit <= 0 {
		return finding{}
	}
	part := float64(s.ConnectionsInUse) / float64(s.ConnectionsLimit)
	raise, keep := ladder(part, connectionsLook, connectionsAct)
	return finding{raise, keep,
		fmt.Sprintf("%d of %d connections to the DSP are in use (%.0f %%); beyond the limit Service Requests are answered 502.", s.ConnectionsInUse, s.ConnectionsLimit, 100*part),
		"If the DSP is slow, see to that first; otherwise start the gateway with a larger --dsp-connections, agreed with the DSP's operators."}
}

// exceptional: traffic management was active for 80 % of the policy's exceptional
// hours of this month: look; for all of them: act.
func exceptional(s Sample) finding {
	if s.Exceptional <= 0 {
		return finding{}
	}
	part := float64(s.ActiveThisMonth) / float64(s.Exceptional)
	raise, keep := level(0), level(0)
	switch {
	case part >= 1:
		raise, keep = 2, 2
	case part >= exceptionalLook:
		raise, keep = 1, 1
	}
	return finding{raise, keep,
		fmt.Sprintf("Traffic management was active for %v this month; the policy calls up to %v exceptional.", s.ActiveThisMonth.Round(time.Minute), s.Exceptional),
		"The mechanism is for exceptional circumstances: beyond that capacity is the remedy. Take the month's report to whoever decides about capacity."}
}

// journalRule: decisions cannot be recorded, or some were not in the last five
// minutes: act.
func (b *Board) journalRule(s Sample) finding {
	g := b.journal
	switch {
	case s.JournalFailing:
		return finding{2, 2, fmt.Sprintf("Decisions cannot be recorded: the journal fails; %d are unrecorded since the start.", s.Unrecorded),
			"Look at the disk that --data is on, and at the log; what happens to Service Requests meanwhile is the policy's journal: on_failure."}
	case !g.grew.IsZero() && s.At.Sub(g.grew) < gapFor:
		return finding{2, 2, fmt.Sprintf("%d decisions of the last minutes could not be recorded; the journal works again.", g.by),
			"Find out why the disk failed or was slow. The gap is in the journal, and reports name it."}
	}
	return finding{}
}

// disk: the room lasts for less than three days: look; for less than one: act.
// While it is not known what a day needs: less than 1 GiB: act.
func disk(s Sample) finding {
	const proposal = "Make room, or move what is older than the policy's journal: keep to other storage; srtm removes nothing of the journal before that."
	switch {
	case !s.DiskKnown:
		return finding{}
	case s.DayNeeds == 0:
		raise, keep := level(0), level(0)
		if s.DiskFree < diskLeast {
			raise = 2
		}
		if float64(s.DiskFree) < 1.25*diskLeast {
			keep = 2
		}
		return finding{raise, keep, fmt.Sprintf("The disk of the journal has %s left.", size(s.DiskFree)), proposal}
	}
	days := float64(s.DiskFree) / float64(s.DayNeeds)
	raise, _ := ladder(-days, -diskLook, -diskAct) // fewer are worse
	keep := level(0)
	if days < 1.25*diskAct {
		keep = 2
	} else if days < 1.25*diskLook {
		keep = 1
	}
	return finding{raise, keep, fmt.Sprintf("The disk of the journal has %s left: %.1f days at %s a day.", size(s.DiskFree), days, size(s.DayNeeds)), proposal}
}

// clock: this machine's clock is a second or more off: look; ten: act.
func clock(s Sample) finding {
	off := max(s.ClockOffset, -s.ClockOffset)
	raise, keep := ladder(off.Seconds(), clockLook.Seconds(), clockAct.Seconds())
	way := "ahead"
	if s.ClockOffset < 0 {
		way = "behind"
	}
	return finding{raise, keep, fmt.Sprintf("The clock is %v %s: records, and changes at a published time, are as much off.", off.Round(time.Millisecond), way),
		"Look at the machine's time service (chronyc tracking); the gateway never turns its time back, a restart takes the right one."}
}

// certificate: it expires in 30 days or less: look; in 7 or less: act.
func certificate(now time.Time, c CertificateSample) finding {
	left := c.NotAfter.Sub(now)
	f := finding{sentence: fmt.Sprintf("The certificate %q expires in %.0f days, at %s.", c.Name, math.Floor(left.Hours()/24), c.NotAfter.UTC().Format("2006-01-02 15:04 UTC")),
		proposal: "Order and install its successor, and restart the gateway with it."}
	switch {
	case left <= 0:
		f.level, f.sentence = 2, fmt.Sprintf("The certificate %q expired at %s.", c.Name, c.NotAfter.UTC().Format("2006-01-02 15:04 UTC"))
	case left <= certificateAct:
		f.level = 2
	case left <= certificateLook:
		f.level = 1
	}
	f.keep = f.level
	return f
}

// ledger: the ledger is a minute behind the journal: look; a quarter of an hour: act.
func ledger(s Sample) finding {
	raise, keep := ladder(s.LedgerLag.Seconds(), ledgerLook.Seconds(), ledgerAct.Seconds())
	return finding{raise, keep, fmt.Sprintf("The ledger is %v behind the journal: pages and reports are as old. Decisions do not depend on it.", s.LedgerLag.Round(time.Second)),
		"Look at the log, and at the database's disk; the ledger can be removed and is folded anew from the journal."}
}

// unlisted: somebody who is not in the portfolio sent in the last minute: look.
func unlisted(s Sample) finding {
	l := level(0)
	if s.Unlisted > 0 {
		l = 1
	}
	return finding{l, l, fmt.Sprintf("%d Service Requests of the last minute came from originators that the portfolio does not list.", s.Unlisted),
		"Compare the portfolio with registration data: a User may be missing from it. See the log for their User IDs."}
}

// noticesRule: notices cannot be kept, or some were not in the last five minutes:
// act. The oldest waits for a quarter of an hour: look; for two hours: act.
func (b *Board) noticesRule(s Sample) finding {
	const proposal = "Look at the log for the target that fails, and at the disk that --data is on; tell by other means whom it concerns."
	g := b.notices
	switch {
	case s.NoticesFailing:
		return finding{2, 2, "Notices cannot be kept: what Service Users and operators are to be told is lost.", proposal}
	case !g.grew.IsZero() && s.At.Sub(g.grew) < gapFor:
		return finding{2, 2, fmt.Sprintf("%d notices of the last minutes could not be kept, and are told to nobody.", g.by), proposal}
	}
	raise, keep := ladder(s.NoticesWait.Seconds(), noticeLook.Seconds(), noticeAct.Seconds())
	return finding{raise, keep, fmt.Sprintf("A notice has waited for %v: somebody's mail or webhook does not take it.", s.NoticesWait.Round(time.Minute)), proposal}
}
