package simulate

import (
	"bufio"
	"io"
	"strconv"
	"strings"

	"srtm/traffic"
)

const sweepColumns = "setting,value,unit,rule,policy,account,requests,offered,throttled,failed,late,answered,accepted,lost,unfinished,overdue," +
	"within,within_throttled,within_failed,within_lost,p50_ms,p99_ms,max_ms,vends_failed,vends_overdue,aborted," +
	"allocation,outage_seconds,active_seconds,fairness,measure,knee,dsp_capacity\n"

// WriteSweep writes as CSV what became of each Service User's requests at each value
// under each rule. The columns up to max_ms are those of WriteResults. A row whose
// account is * is the sum; only it has outage_seconds, active_seconds, fairness,
// measure (SweepPoint.Harm) and knee, which is yes at the rule's Knee; only the others
// have allocation, in Service Requests a second. All have dsp_capacity, likewise: what
// the DSP can do at that value when nothing changes it.
func WriteSweep(w io.Writer, s *Sweep) error {
	t := table{out: bufio.NewWriterSize(w, 1<<16)}
	t.out.WriteString(sweepColumns)
	knees := make(map[string]float64)
	for _, k := range s.Knees {
		knees[k.Label] = k.Value
	}
	for i := range s.Points {
		p := &s.Points[i]
		for n := range p.Rules {
			o := &p.Rules[n]
			names := []string{s.Setting, plain(p.Value), s.Unit, o.Rule, o.Policy}
			t.fields(append(names, "*"), &o.Counts, o.Times)
			t.numbers(o.Vends.Failed, o.Vends.Overdue, o.Aborted)
			t.texts("", strconv.FormatInt(o.OutageSeconds, 10), plain(o.Active.Seconds()), evenness(o.Fairness))
			t.numbers(p.Harm[n])
			at, is := knees[o.Label]
			t.texts(map[bool]string{true: "yes"}[is && at == p.Value], inRate(p.Capacity))
			t.end()
			for m := range o.Users {
				u := &o.Users[m]
				t.fields(append(names, u.Account), &u.Counts, u.Times)
				t.numbers(u.Vends.Failed, u.Vends.Overdue, u.Aborted)
				t.texts(inRate(u.Allocation), "", "", "", "", "", inRate(p.Capacity))
				t.end()
			}
		}
	}
	return t.out.Flush()
}

const needColumns = "rule,service,found,capacity,times_given,short,highest_tried,uneven," +
	"within_throttled,within_failed,within_lost,lost,vends_failed,overdue,outage_seconds,short_wants,half,half_wants\n"

// WriteNeed writes as CSV what the policy gives with the given capacity, in the first
// row, and which capacity every other rule needs for that: for those within their
// allocation, and for all. Rates are in Service Requests a second. Where found is no,
// capacity is empty and the counts are those at highest_tried.
func WriteNeed(w io.Writer, n *Need) error {
	t := table{out: bufio.NewWriterSize(w, 1<<16)}
	t.out.WriteString(needColumns)
	t.texts(rulePolicy, "given", "yes", inRate(n.Given), "1", "", "", "")
	t.service(&n.Service)
	t.texts("", "", "")
	t.end()
	for i := range n.Rules {
		r := &n.Rules[i]
		for _, row := range []struct {
			service string
			need    *CapacityNeed
		}{{"within", &r.Within}, {"all", &r.All}} {
			c := row.need
			capacity, times, short := "", "", ""
			if c.Found {
				capacity, times = inRate(c.Capacity), strconv.FormatFloat(float64(c.Capacity)/float64(n.Given), 'f', 3, 64)
			}
			if c.Short > 0 {
				short = inRate(c.Short)
			}
			t.texts(r.Label, row.service, yesNo(c.Found), capacity, times, short, inRate(c.Tried), yesNo(c.Uneven))
			t.service(&c.Service)
			half := ""
			if c.Half > 0 {
				half = inRate(c.Half)
			}
			t.texts(strings.Join(c.ShortWants, "; "), half, strings.Join(c.HalfWants, "; "))
			t.end()
		}
	}
	return t.out.Flush()
}

func (t *table) service(s *Service) {
	t.numbers(s.WithinThrottled, s.WithinFailed, s.WithinLost, s.Lost, s.VendsFailed, s.Overdue, uint64(s.OutageSeconds))
}

func yesNo(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}

// inRate writes a rate as a number.
func inRate(r traffic.Rate) string { return plain(float64(r) / float64(traffic.PerSecond)) }

func plain(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// evenness is empty where nobody could be treated unevenly.
func evenness(f Fairness) string {
	if f.Windows == 0 {
		return ""
	}
	return strconv.FormatFloat(f.Jain, 'f', 4, 64)
}
