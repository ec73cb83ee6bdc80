package report

import (
	"fmt"
	"math"
	"time"

	"srtm/ledger"
)

func (m *month) panelFairness() section {
	t := newTable("fairness", "Fairness by episode", cEpisode, cHungry, cJain, cPressedSeconds, cShortfall, cWorst)
	who := newTable("shortfall", "Hungry users against their weighted max-min share", cEpisode, cAccount, cName, cAllocation, cHungrySeconds, cDue, cGot, cGotShare, cShortfall)
	byEpisode := map[int64][]ledger.EpisodeAccount{}
	for _, e := range m.sortedEpisodeAccounts() {
		if e.HungrySeconds > 0 {
			byEpisode[e.Episode] = append(byEpisode[e.Episode], e)
		}
	}
	for _, e := range m.episodes {
		t.add(m.fairnessCells(e, byEpisode[e.ID])...)
		for _, a := range byEpisode[e.ID] {
			who.add(m.episodeNumber(e.ID), words(m.names[a.Account]), words(m.display(a.Account)), thousandths(a.Allocation), count(a.HungrySeconds), thousandths(a.Due),
				thousandths(a.Got), ratio(int64(a.Got), int64(a.Due)), thousandths(shortfall(a)))
		}
	}
	broken := newTable("broken", "Refusals within the allocation in force", cDay, cAccount, cName, cBroken, cBrokenShadow, cFirstPosition)
	for _, b := range m.broken {
		broken.add(cell{set: true, n: b.Day}, words(m.names[b.Account]), words(m.display(b.Account)), count(b.Requests), count(b.Shadow.Requests), position(b.First))
	}
	broken.note = "Each decision is put to a reference bucket of the Service User's own allocation and depth, which knows nothing of the mechanism. There must be no row here."
	lowered, under := m.loweredByPolicy(), m.panelBelow()
	return section{
		title:  "Fairness",
		words:  []string{fairnessSentence(t), besideOr(m.lowered), loweredSentence(lowered), "Judged in pressed seconds, those in every tenth of which somebody was refused. A user is hungry there when it was refused in that second. Due is its share of the operating threshold, divided by weighted max-min in proportion to allocation and no one beyond what it offered; got is what it was forwarded. The arithmetic is this project's own."},
		tables: []*table{t, who, broken, under, lowered},
	}
}

// fairnessSentence says how unfair the worst episode was.
func fairnessSentence(t *table) string {
	const jainPlace, shortfallPlace = 2, 4
	var worst cell
	var episode, sum int64
	for _, row := range t.rows {
		if j := row[jainPlace]; j.set && (!worst.set || j.n < worst.n) {
			worst, episode = j, row[0].n
		}
		sum += row[shortfallPlace].n
	}
	if !worst.set {
		return "No second was pressed, so there was nothing to divide."
	}
	return fmt.Sprintf("Jain's index was lowest in episode %d, %s; 1 is even. Over all episodes hungry users together were %s short of their weighted max-min shares.",
		episode, groupedDecimal(worst.n, 3), aboutAmount(sum*1_000_000))
}

// besideOr says what stands beside the nought, or that nothing does.
func besideOr(rows []ledger.Lowered) string {
	if text := besideTheZero(rows); text != "" {
		return text
	}
	return "Nothing was refused that a standing allocation would have paid for."
}

// loweredSentence adds up for how long allocations were lowered, so that the
// nought of refusals within them cannot be had that way unseen.
func loweredSentence(t *table) string {
	var length, throttled int64
	for _, row := range t.rows {
		length, throttled = length+row[1].n-row[0].n, throttled+row[4].n
	}
	if len(t.rows) == 0 {
		return "The operating threshold was never lowered by a change of policy."
	}
	return fmt.Sprintf("By the standing policies allocations were lowered for %s by %s; %s throttled in that time.", roughly(time.Duration(length)),
		numbered(uint64(len(t.rows)), "change of policy", "changes of policy"), wereRequests(uint64(throttled)))
}

func shortfall(a ledger.EpisodeAccount) int64 { return max(0, int64(a.Due)-int64(a.Got)) }

func (m *month) fairnessCells(e ledger.Episode, hungry []ledger.EpisodeAccount) []cell {
	var portions []float64
	var sum, most int64
	worst, index := cell{}, cell{}
	for _, a := range hungry {
		if a.Due > 0 {
			portions = append(portions, float64(a.Got)/float64(a.Due))
		}
		short := shortfall(a)
		sum += short
		if short > most {
			most, worst = short, words(m.names[a.Account])
		}
	}
	if j, ok := jain(portions); ok {
		index = cell{set: true, n: int64(j*1000 + 0.5)}
	}
	return []cell{m.episodeNumber(e.ID), count(len(hungry)), index, count(e.PressedSeconds), thousandths(sum), worst}
}

// loweredByPolicy are the times in which a policy had the operating threshold,
// and with it every allocation, lower than the month's highest. Refusals then are
// within what held, and stand here so that the nought above cannot be had by
// lowering allocations.
func (m *month) loweredByPolicy() *table {
	t := newTable("lowered", "Throttled while a policy had a lower threshold", cFrom, cTo, cPolicy, cThreshold, cThrottled, cWho, cWhy, cPosition)
	var highest int64
	for _, p := range m.policies {
		if p.read != nil {
			highest = max(highest, int64(p.read.Rules().Threshold))
		}
	}
	for i, p := range m.policies {
		if p.read == nil || int64(p.read.Rules().Threshold) >= highest {
			continue
		}
		to := m.until
		if i+1 < len(m.policies) {
			to = m.policies[i+1].At
		}
		from := max(p.At, m.span.From)
		t.add(at(from), at(to), words(p.Name), thousandths(p.read.Rules().Threshold), count(m.throttledBetween(from, to)), words(p.Who), words(p.Why), position(p.Position))
	}
	t.page.wide = []name{cPolicy, cPosition}
	t.note = "Times in which the operating threshold was below the month's highest, with all that was throttled in their minutes, and who changed it and why."
	return t
}

func (m *month) throttledBetween(from, to int64) (n uint64) {
	const minute = int64(time.Minute)
	for _, row := range m.minutes {
		if start := row.Minute * minute; start >= from/minute*minute && start < to {
			n += row.Throttled.Requests
		}
	}
	return n
}

func (m *month) panelChanges() section {
	policies := newTable("policies", "Policies in force", cFrom, cPolicy, cDigest, cEnvironment, cCapacity, cThreshold, cWho, cWhy, cPosition)
	for _, p := range m.policies {
		capacity, threshold := cell{}, cell{}
		if p.read != nil {
			capacity, threshold = thousandths(p.read.Capacity.PerSecond()), thousandths(p.read.Rules().Threshold)
		}
		policies.add(at(p.At), words(p.Name), words(p.Digest), words(p.Environment), capacity, threshold, words(p.Who), words(p.Why), position(p.Position))
	}
	policies.note = "The first may have come into force before the month. Capacity and threshold are missing where this program cannot read the policy's text."
	acts := newTable("acts", "Acts by hand", cAt, cWho, cWhat, cAccount, cUntil, cWhy, cIncident, cAboutRecord, cPosition)
	acts.page.wide = []name{cPosition, cAboutRecord}
	for _, a := range m.acts {
		acts.add(at(a.At), words(a.Who), words(a.What), words(a.Account), at(a.Until), words(a.Why), words(a.Reference), position(a.About), position(a.Position))
	}
	return section{title: "Policy changes and acts by hand", tables: []*table{policies, acts}}
}

func (m *month) panelGrowth() section {
	var values []dayValue
	days := newTable("peaks", "Daily peaks that the trend goes through", cDay, cMonth, cPeakSecond, cPeakSecondAt, cThreshold)
	var threshold int64
	for _, d := range m.peaks {
		if d.Second.At == 0 || d.Day*86400 >= m.until/int64(time.Second) {
			continue
		}
		values = append(values, dayValue{d.Day, float64(d.Second.Cost) / 1e9})
		threshold = int64(d.Allocation)
		days.add(cell{set: true, n: d.Day}, words(time.Unix(d.Day*86400, 0).UTC().Format("2006-01")), peak(d.Second), at(d.Second.At), thousandths(d.Allocation))
	}
	t := newTable("growth", "Growth", cTrendDays, cLevel, cTrend, cTrendLow, cTrendHigh, cThreshold, cMonthsTo, cMonthsSoonest, cMonthsLatest)
	t.upright = true
	days.page.sheets = true
	sec := section{title: "Growth", tables: []*table{t, days}, figures: m.peaksFigure(threshold)}
	line, ok := findTrend(values)
	if !ok {
		t.add(count(len(values)), cell{}, cell{}, cell{}, cell{}, thousandths(threshold), cell{}, cell{}, cell{})
		sec.words = []string{fmt.Sprintf("A trend needs the peaks of at least %d days; there are %d.", leastDays, len(values))}
		return sec
	}
	middle, soonest, latest := line.months(float64(threshold) / 1e9)
	t.add(count(line.days), tenths(line.level), tenths(line.slope*monthDays), tenths(line.low*monthDays), tenths(line.high*monthDays), thousandths(threshold),
		tenths(middle), tenths(soonest), tenths(latest))
	sec.words = []string{growthSentence(line, threshold, [3]float64{middle, soonest, latest})}
	t.note = "The daily peaks are in the CSV and the XLSX. The slope is the median of the slopes of all pairs of days (Theil and Sen), its interval of 95 % from Kendall's rank statistic. Days are taken as independent; a week's rhythm makes the true interval wider. SMETS1 and SMETS2+ are counted together."
	return sec
}

// tenths is a decimal rounded to one decimal; what has no end is missing.
func tenths(f float64) cell {
	if math.IsInf(f, 0) || math.IsNaN(f) || math.Abs(f) > 1e12 {
		return cell{}
	}
	return cell{set: true, n: int64(math.Round(f*10)) * 100}
}

func growthSentence(t trend, threshold int64, months [3]float64) string {
	trendText := fmt.Sprintf("Over %s the daily peak second changed by %+.1f SR/s a month (95 %%: %+.1f to %+.1f) and stands at %.1f SR/s; the operating threshold is %s.",
		numbered(uint64(t.days), "day", "days"), t.slope*monthDays, t.low*monthDays, t.high*monthDays, t.level, rate(threshold))
	switch middle, soonest, latest := months[0], months[1], months[2]; {
	case soonest == 0:
		return trendText + " The line has met it."
	case math.IsInf(soonest, 1):
		return trendText + " It does not grow."
	case math.IsInf(middle, 1):
		return trendText + fmt.Sprintf(" Whether it grows cannot be told: at the upper end of the interval it meets the threshold in %.1f months, else never.", soonest)
	case math.IsInf(latest, 1):
		return trendText + fmt.Sprintf(" It meets the threshold in %.1f months; the interval goes from %.1f months to never.", middle, soonest)
	default:
		return trendText + fmt.Sprintf(" It meets the threshold in %.1f months (%.1f to %.1f).", middle, soonest, latest)
	}
}

// panelRecord says how whole the record is that all of this was counted from.
func (m *month) panelRecord() section {
	starts := newTable("starts", "Starts of a gateway", cAt, cNode, cVersion, cEnvironment, cCrashes, cNotRunning, cPosition)
	for _, s := range m.starts {
		crashed, pause := count(0), cell{}
		if s.Crashed {
			crashed = count(1)
		}
		if s.Before != 0 {
			pause = span(time.Duration(s.At - s.Before))
		}
		starts.add(at(s.At), words(s.Node), words(s.Version), words(s.Environment), crashed, pause, position(s.Position))
	}
	gaps := newTable("gaps", "Records that could not be kept", cAt, cFrom, cTo, cWhy, cDecisions, cOutcomes, cFirstPosition, cLastPosition)
	for _, g := range m.gaps {
		gaps.add(at(g.At), at(g.From), at(g.To), words(g.Cause), count(g.Decisions), count(g.Outcomes), position(g.First), position(g.Last))
	}
	gaps.page.wide = []name{cFirstPosition, cLastPosition}
	damages := newTable("damages", "Parts of the journal that cannot be read", cAt, cFile, cWhat, cPosition)
	for _, d := range m.damages {
		damages.add(at(d.At), words(d.File), words(d.What), position(d.After))
	}
	clock := newTable("clock", "Clock", cAt, cOffset, cPosition)
	if c, ok := m.worstClock(); ok {
		clock.add(at(c.At), span(c.Offset), position(c.Position))
	}
	clock.note = "The greatest of the month, either way."
	sec := section{title: "The record", tables: []*table{absencesTable(m.absences(nil), true), starts, gaps, damages, clock, m.headTable()}, text: m.head,
		words: []string{fmt.Sprintf("From the ledger as it stood at record %d of the journal, of %s UTC.", m.status.Position, time.Unix(0, m.status.At).UTC().Format("2006-01-02 15:04:05"))}}
	sec.after = []string{"The newest signed head of the journal:"}
	if m.head == "" {
		sec.after = []string{"There is no signed head of the journal yet."}
	}
	return sec
}

func (m *month) worstClock() (worst ledger.Clock, ok bool) {
	for _, c := range m.clocks {
		if !ok || c.Offset.Abs() > worst.Offset.Abs() {
			worst, ok = c, true
		}
	}
	return worst, ok
}
