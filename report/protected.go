package report

import (
	"fmt"

	"srtm/duis"
	"srtm/ledger"
)

// What the whole system did, as those may see it who may not see names: Service
// Users and the public see the same figures, so that comparing editions tells
// nothing.

func (m *month) rule() disclosure { return disclosure{m.config.Fewest} }

// parts are one number of each account.
func parts[T any](rows []T, number func(T) uint64) []int64 {
	all := make([]int64, 0, len(rows))
	for _, r := range rows {
		all = append(all, int64(number(r)))
	}
	return all
}

func sumOf(parts []int64) (sum int64) {
	for _, p := range parts {
		sum += p
	}
	return sum
}

// about is a sum rounded, where it may be shown.
func (d disclosure) about(parts []int64) cell {
	if !d.shows(parts) {
		return cell{}
	}
	return count(significant(sumOf(parts)))
}

// banded is a sum's range, where it may be shown; that there was something may
// always be said.
func (d disclosure) banded(parts []int64) cell {
	if !d.shows(parts) {
		return words("some; not shown")
	}
	return words(band(sumOf(parts)))
}

// users is how many parts are more than nothing, where they are not so few that
// saying it points at somebody.
func (d disclosure) users(parts []int64) cell {
	n := 0
	for _, p := range parts {
		if p > 0 {
			n++
		}
	}
	switch {
	case n == 0:
		return words("none")
	case n < d.fewest:
		return words(fmt.Sprintf("fewer than %d", d.fewest))
	}
	return words(grouped(int64(n)))
}

// notShown stands for a figure that would tell too much.
const notShown = "not shown"

// systemTable is what every reader sees of the whole system, with the time that it
// was active as exact as the edition has it.
func (m *month) systemTable(active name) *table {
	d := m.rule()
	t := newTable("system", "The whole system", cAbout, cAboutForwarded, cThrottledBand, cThrottledUsers, active, cActiveDays, cEpisodes, cBroken)
	bound := []cell{}
	if b := m.bounds(); active == cActive && b != "" { // where it is known a figure of it would read as hidden
		t.columns, bound = append(t.columns, cBound), []cell{boundCell(b)}
	}
	t.upright = true
	offered := parts(m.accounts, func(a *account) uint64 { return a.total.Offered.Requests })
	forwarded := parts(m.accounts, func(a *account) uint64 { return a.total.Forwarded.Requests })
	throttled := parts(m.accounts, func(a *account) uint64 { return a.total.Throttled.Requests })
	shadow := parts(m.accounts, func(a *account) uint64 { return a.total.Shadow.Requests })
	length := span(m.active(m.span.From, m.until))
	if active == cActiveAbout {
		length = words(bounded(m.bounds(), inMinutes(m.active(m.span.From, m.until))))
	}
	cells := []cell{d.about(offered), d.about(forwarded), d.banded(throttled), d.users(throttled), length, count(m.activeDays()), count(len(m.enforced())), m.brokenPublicly()}
	cells = append(cells, bound...)
	if sumOf(shadow) > 0 {
		t.columns, cells = append(t.columns, cShadowBand), append(cells, d.banded(shadow))
	}
	t.add(cells...)
	t.page.hidden = notShown
	t.note = fmt.Sprintf("Rounded to two significant digits; what was throttled is a range. A figure that is missing is %s.", d.hides())
	return t
}

// brokenPublicly is the number of refusals within allocation. It is a promise to
// everybody, and is said as it is: it is nobody's volume.
func (m *month) brokenPublicly() cell { return count(brokenOf(m.broken)) }

// episodeProtected is what of an episode's system figures may be shown.
func (m *month) episodeProtected(e ledger.Episode) (offered, peak cell) {
	d := m.rule()
	var all []int64
	for _, a := range m.episodeAccounts {
		if a.Episode == e.ID {
			all = append(all, int64(a.Offered.Requests))
		}
	}
	if !d.shows(all) {
		return cell{}, cell{}
	}
	return d.about(all), words(peakBand(int64(e.PeakOffered.Cost), int64(e.Threshold)))
}

// peakBand is the range of a peak as a part of the operating threshold.
func peakBand(peak, threshold int64) string {
	if threshold <= 0 {
		return "unknown"
	}
	percent := float64(peak) / float64(threshold) * 100
	for _, b := range []struct {
		below float64
		text  string
	}{{50, "below 50 %"}, {75, "50 to 75 %"}, {90, "75 to 90 %"}, {100, "90 to 100 %"}, {150, "100 to 150 %"}, {200, "150 to 200 %"}, {300, "200 to 300 %"}} {
		if percent < b.below {
			return b.text
		}
	}
	return "300 % or more"
}

// target is the Device of a refusal, or its pseudonym.
func (m *month) target(r ledger.Refusal) string {
	if m.config.Target != nil {
		if id, ok := m.config.Target(r.Target); ok {
			return id.String()
		}
	}
	if r.Target == [16]byte{} {
		return ""
	}
	return r.Target.String()
}

func userID(user uint64) string { return duis.EUI64(user).String() }
