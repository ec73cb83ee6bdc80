package report

import (
	"fmt"
	"time"

	"srtm/ledger"
)

// throttledImpaired is what was throttled in unavailable minutes.
func (m *month) throttledImpaired() (n uint64) {
	for _, row := range m.impaired {
		if row.Account == ledger.System {
			n += row.Throttled.Requests
		}
	}
	return n
}

func (m *month) panelService() section {
	minutes := newTable("unavailable", "Unavailable minutes", cMinute, cOffered, cForwarded, cThrottled, cAnswers, cDSPErrors, cFailed, cBusy, cFirstPosition, cLastPosition)
	var n int
	for _, row := range m.impaired {
		if row.Account != ledger.System {
			continue
		}
		n++
		minutes.add(at(row.Minute*int64(time.Minute)), count(row.Offered.Requests), count(row.Forwarded.Requests), count(row.Throttled.Requests),
			count(row.Answered), count(row.DSPErrors), count(row.Failed), count(row.Busy), position(row.First), position(row.Last))
	}
	minutes.total(cOffered, cForwarded, cThrottled, cAnswers, cDSPErrors, cFailed, cBusy)
	crashes := 0
	stopped := m.stopped()
	for _, s := range m.starts {
		if s.Crashed {
			crashes++
		}
	}
	t := newTable("service", "Service levels", cUnavailable, cImpaired, cMaintenanceFor, cClosedFor, cClosed, cReservedFor, cHandFor, cShadowFor, cStarts, cCrashes, cNotRunning, cThrottled)
	t.upright = true
	held := func(chosen func(ledger.Condition) bool) cell { return span(m.held(m.span.From, m.until, chosen)) }
	t.page.zeros = []name{cMaintenanceFor, cClosedFor, cClosed, cReservedFor, cHandFor, cShadowFor}
	t.add(count(n), count(m.throttledImpaired()), held(isMaintained), held(isClosed), count(m.system.total.Closed.Requests), held(isReserved), held(isByHand), held(inShadow), count(len(m.starts)), count(crashes), span(stopped), count(m.system.total.Throttled.Requests))
	return section{
		title:  "Service levels",
		words:  []string{m.serviceSentence(n, stopped), "A throttled request is neither a failure nor unavailability, and no response time runs for it. Unavailable is a minute in which a request that was forwarded failed: the DSP answered with a status of 500 or more, could not be reached, broke off, was too slow, or had no connection left. What was throttled in such minutes stands apart, in all and, in the table of Service Users, for each. While no gateway ran nothing was decided and nothing could be counted: that time stands beside. Maintenance and closing are added up by the policy's times: they are neither throttling nor unavailability, and what is refused while nothing is taken is in neither."},
		tables: []*table{t, minutes, m.whatHeld()},
	}
}

// serviceSentence says the service levels in a sentence.
func (m *month) serviceSentence(minutes int, stopped time.Duration) string {
	text := fmt.Sprintf("%s unavailable, and %s throttled while impaired.", wereMinutes(minutes), wereRequests(m.throttledImpaired()))
	if minutes == 0 {
		text = "No minute was unavailable, and so nothing was throttled while impaired."
	}
	if closed := m.held(m.span.From, m.until, isClosed); closed > 0 {
		text += fmt.Sprintf(" Nothing was taken for %s; %s refused then.", roughly(closed), wereRequests(m.system.total.Closed.Requests))
	}
	if kept := m.held(m.span.From, m.until, isMaintained); kept > 0 {
		text += fmt.Sprintf(" Maintenance held for %s.", roughly(kept))
	}
	if stopped > 0 {
		text += " " + m.stoppedWords() + "."
	}
	return text
}

func wereMinutes(n int) string {
	return numbered(uint64(n), "minute", "minutes") + " " + was(uint64(n))
}
