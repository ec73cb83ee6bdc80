package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"srtm/ledger"
)

// publicPage makes the edition for everybody. It holds nothing that is not
// rounded, banded or a time, and every sum has passed the rule of disclosure;
// policies' digests are left out, because a portfolio of which all but one number
// are known could be found from one.
func (m *month) publicPage(file string, version int) *page {
	p := m.newPage(cover{file: file, title: "Traffic management, " + m.period.Name(), classification: "Public", version: version})
	p.sections = []section{
		m.publicSummary(),
		m.publicDays(),
		m.publicProcesses(),
		m.publicEpisodes(),
		m.publicLatency(),
		m.publicPolicies(),
	}
	return p
}

func (m *month) publicSummary() section {
	t := m.systemTable(cActiveAbout)
	t.page.tiles = []tile{{column: cAbout}, {column: cAboutForwarded}, {column: cThrottledBand, beside: cThrottledUsers, words: "Service Users: %s"},
		{column: cActiveAbout, title: "traffic management active"}, {column: cEpisodes, beside: cActiveDays, words: "days: %s"}, {column: cBroken}}
	s := section{title: "In short", tables: []*table{t}}
	enforced := m.enforced()
	if len(enforced) == 0 {
		s.words = append(s.words, fmt.Sprintf("In %s%s traffic management was not active.", m.period.Name(), m.asRecorded()))
	} else {
		s.words = append(s.words, fmt.Sprintf("In %s%s traffic management was active for %s in %s on %s.", m.period.Name(), m.asRecorded(), bounded(m.bounds(), inMinutes(m.active(m.span.From, m.until))),
			numbered(uint64(len(enforced)), "episode", "episodes"), numbered(uint64(m.activeDays()), "day", "days")))
	}
	if shadow := parts(m.accounts, func(a *account) uint64 { return a.total.Shadow.Requests }); sumOf(shadow) > 0 {
		text := fmt.Sprintf("Shadow, in which nothing was refused: requests that would have been throttled: %s", m.rule().banded(shadow).text)
		if length := m.activeShadow(m.span.From, m.until); length > 0 {
			text += fmt.Sprintf("; traffic management would have been active, everybody being in shadow: %s", inMinutes(length))
		}
		s.words = append(s.words, text+".")
	}
	s.words = append(s.words, fmt.Sprintf("Requests refused within the allocation of their Service User%s: %s.", strings.TrimSuffix(m.asRecorded(), ","), grouped(m.brokenPublicly().n)))
	s.words = append(s.words, m.completenessPublicly()...)
	return s
}

// completenessPublicly says that something is missing, without how much.
func (m *month) completenessPublicly() []string {
	if len(m.absences(nil)) > 0 {
		return []string{"Of parts of the month there are no records; they are listed by day, and nothing in them is counted here."}
	}
	return nil
}

// asRecorded is added to what is known only of what was recorded.
func (m *month) asRecorded() string {
	return verdict{lost: lost(m.absences(nil)), part: m.unknowing()}.asRecorded()
}

// publicDays has days only where all of them may be shown: a single one that is
// left out could be had from the month and the others.
func (m *month) publicDays() section {
	d := m.rule()
	t := newTable("days", "By day", cDay, cAbout, cThrottledBand, cPeakBand, cActiveAbout)
	byDay := map[int64][]ledger.Day{}
	for _, row := range m.days {
		if row.Account != ledger.System {
			byDay[row.Day] = append(byDay[row.Day], row)
		}
	}
	all := true
	for _, rows := range byDay {
		all = all && d.shows(parts(rows, func(r ledger.Day) uint64 { return r.Offered.Requests }))
	}
	t.page.quiet = true
	if !all { // nobody is told on which days there was nothing
		t.page.unknown = "traffic management was not seen active"
	}
	absent := m.absences(nil)
	for i := range m.period.Days() {
		n := m.period.firstDay() + int64(i)
		if dayStart(n) >= m.listed() {
			break
		}
		about, throttled, band := cell{}, cell{}, cell{}
		end := min(m.listed(), dayStart(n+1))
		if all && (len(byDay[n]) > 0 || within(absent, dayStart(n), end, whatever) < time.Duration(end-dayStart(n))) {
			about = d.about(parts(byDay[n], func(r ledger.Day) uint64 { return r.Offered.Requests }))
			throttled = d.banded(parts(byDay[n], func(r ledger.Day) uint64 { return r.Throttled.Requests }))
			band = m.systemPeakBand(n)
		}
		t.add(cell{set: true, n: n}, about, throttled, band, aboutActive(m.active(dayStart(n), end)))
	}
	if !all {
		t.note = "Figures of days are " + d.hides() + " on at least one of them; so no day's are."
	}
	sec := section{title: "By day", tables: []*table{t, absencesTable(absent, false)}}
	if all && len(byDay) > 0 {
		sec.figures = []figure{m.aboutByDay(t)}
	}
	return sec
}

// aboutActive is a time to whole minutes; there is none where it was not active.
func aboutActive(d time.Duration) cell {
	if d <= 0 {
		return cell{}
	}
	return words(inMinutes(d))
}

func (m *month) systemPeakBand(day int64) cell {
	for _, d := range m.system.days {
		if d.Day == day && d.Second.At != 0 {
			return words(peakBand(int64(d.Second.Cost), int64(d.Allocation)))
		}
	}
	return cell{}
}

// restOfProcesses is the name of the group of what may not stand by itself.
const restOfProcesses = "all others"

func (m *month) publicProcesses() section {
	groups := map[string]*contribution{}
	known := map[string]string{}
	for _, s := range m.services {
		process, ok := known[s.Variant]
		if !ok {
			process = string(describe(s.Variant).process)
			known[s.Variant] = process
		}
		if groups[process] == nil {
			groups[process] = &contribution{name: process, parts: map[int]int64{}}
		}
		if s.Account != ledger.System {
			groups[process].parts[int(s.Account)] += int64(s.Requests)
		}
	}
	var ordered []contribution
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		ordered = append(ordered, *groups[name])
	}
	merged := m.rule().merged(ordered, restOfProcesses)
	var all int64
	for _, g := range merged {
		all += g.sum()
	}
	t := newTable("processes", "By business process", cProcess, cAbout, cShareAbout)
	slices.SortStableFunc(merged, func(a, b contribution) int { return cmp.Compare(b.sum(), a.sum()) })
	for _, g := range merged {
		if g.name == restOfProcesses && !g.shown {
			t.add(words(g.name), cell{}, cell{})
			continue
		}
		t.add(words(g.name), count(significant(g.sum())), cell{set: true, n: roundedRatio(g.sum(), all, 100)})
	}
	t.note = fmt.Sprintf("The grouping is this project's own. In %q is what may not stand by itself; a figure that is missing is %s.", restOfProcesses, m.rule().hides())
	return section{title: "By business process", tables: []*table{t}}
}

func (m *month) publicEpisodes() section {
	t := newTable("episodes", "Episodes of traffic management", cEpisode, cFromMinute, cToMinute, cActiveAbout, cAbout, cPeakBand, cThrottledUsers)
	d := m.rule()
	for _, e := range m.episodes {
		about, band := m.episodeProtected(e)
		var throttled []int64
		for _, a := range m.episodeAccounts {
			if a.Episode == e.ID {
				throttled = append(throttled, int64(a.Throttled.Requests))
			}
		}
		t.add(m.episodeNumber(e.ID), minuteOf(e.Started), minuteOf(e.Ended), words(m.lengthPublicly(e)), about, band, d.users(throttled))
	}
	t.note = "Times are to the minute. A figure that is missing is " + d.hides() + "."
	return section{title: "Episodes", tables: []*table{t}}
}

// lengthPublicly is how long an episode was, or would have been, to whole minutes.
func (m *month) lengthPublicly(e ledger.Episode) string {
	length := bounded(m.bound(e), inMinutes(time.Duration(m.ended(e)-e.Started)))
	if m.beganInShadow(e) {
		return "in shadow, " + length
	}
	return length
}

// minuteOf is the minute of UTC in which a time is.
func minuteOf(when int64) cell { return at(when / int64(time.Minute) * int64(time.Minute)) }

func (m *month) publicLatency() section {
	t := newTable("latency", "The DSP's synchronous answers, by Service", cService, cP50About, cP95About, cP99About)
	answers := map[string][]int64{}
	for _, l := range m.latency {
		if l.Account != ledger.System {
			answers[l.Service] = append(answers[l.Service], int64(l.Latency.Count()))
		}
	}
	rounded := func(l ledger.ServiceLatency, p float64) cell {
		return cell{set: true, n: significant(int64(l.Latency.Quantile(p) / time.Microsecond))}
	}
	rows := slices.SortedFunc(slices.Values(m.system.latency), func(a, b ledger.ServiceLatency) int { return compareNumbers(a.Service, b.Service) })
	for _, l := range rows {
		if parts := answers[l.Service]; l.Latency.Count() > 0 && m.rule().shows(parts) && sumOf(parts) > 0 {
			t.add(words(l.Service), rounded(l, 0.5), rounded(l, 0.95), rounded(l, 0.99))
		}
	}
	var minutes int64
	for _, row := range m.impaired {
		if row.Account == ledger.System {
			minutes++
		}
	}
	service := newTable("service", "Service levels", cUnavailable, cFailedBand, cMaintenanceAbout, cClosedAbout)
	service.upright = true
	service.add(count(minutes), m.rule().banded(m.failures()), words(inMinutes(m.held(m.span.From, m.until, isMaintained))), words(inMinutes(m.held(m.span.From, m.until, isClosed))))
	service.note = "Unavailable is a minute in which a request that was forwarded failed for want of the DSP. A throttled request is neither a failure nor unavailability, and neither is maintenance. Closed is all time in which nothing was taken, in a maintenance or not."
	return section{title: "The DSP", tables: []*table{t, service}}
}

// failures are each account's forwarded requests that failed.
func (m *month) failures() []int64 {
	return parts(m.accounts, func(a *account) uint64 { return a.total.DSPErrors + a.total.Failed + a.total.Busy })
}

func (m *month) publicPolicies() section {
	t := newTable("policies", "Policies in force", cFromMinute, cPolicy, cCapacity, cThreshold)
	for _, p := range m.policies {
		capacity, threshold := cell{}, cell{}
		if p.read != nil {
			capacity, threshold = thousandths(p.read.Capacity.PerSecond()), thousandths(p.read.Rules().Threshold)
		}
		t.add(minuteOf(p.At), words(p.Name), capacity, threshold)
	}
	return section{
		title: "How to read this",
		words: []string{
			"While traffic is below the operating threshold nobody is throttled. At the threshold traffic management becomes active: whoever is within its allocation is still forwarded without exception, and what is spare is shared in proportion to allocation.",
			fmt.Sprintf("Volumes are rounded to two significant digits and given only where at least %d Service Users sent something and all but the two largest together sent at least %.0f %% of what the largest sent. What was throttled is a range. The layout and these rules are this project's own; no public text of the Code gives them.", m.config.Fewest, leastRest*100),
		},
		tables: []*table{t},
	}
}
