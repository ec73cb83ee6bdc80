package simulate

import (
	"bufio"
	"io"
	"strconv"
	"time"
)

// resultColumns are those of WriteResults.
const resultColumns = "rule,policy,account,srv,requests,offered,throttled,failed,late,answered,accepted,lost,unfinished,overdue," +
	"within,within_throttled,within_failed,within_lost,p50_ms,p99_ms,max_ms,vends_failed,aborted\n"

// WriteResults writes as CSV what became of each Service User's requests of each
// variant under each rule. A row whose account or srv is * is a sum; offered counts
// messages and requests Service Requests, see Counts. Times are of accepted
// requests, empty where there are none.
func WriteResults(w io.Writer, r *Result) error {
	t := table{out: bufio.NewWriterSize(w, 1<<16)}
	t.out.WriteString(resultColumns)
	for i := range r.Rules {
		o := &r.Rules[i]
		t.fields([]string{o.Rule, o.Policy, "*", "*"}, &o.Counts, o.Times)
		t.numbers(o.Vends.Failed, o.Aborted)
		t.end()
		for n := range o.Users {
			u := &o.Users[n]
			t.fields([]string{o.Rule, o.Policy, u.Account, "*"}, &u.Counts, u.Times)
			t.numbers(u.Vends.Failed, u.Aborted)
			t.end()
			for _, v := range u.Variants {
				vends, aborted := v.lost()
				t.fields([]string{o.Rule, o.Policy, u.Account, v.Variant.String()}, &v.Counts, v.Times)
				t.numbers(vends, aborted)
				t.end()
			}
		}
	}
	return t.out.Flush()
}

// WriteSeconds writes as CSV what became of the messages of each stretch of time
// under each rule: at_s is its begin since the scenario's, seconds its length.
func WriteSeconds(w io.Writer, r *Result) error {
	t := table{out: bufio.NewWriterSize(w, 1<<16)}
	t.out.WriteString("rule,policy,at_s,seconds,offered,throttled,failed,late,answered,backlog_ms,outage_seconds\n")
	for i := range r.Rules {
		o := &r.Rules[i]
		for n, p := range o.Points {
			t.texts(o.Rule, o.Policy)
			t.numbers(uint64(n)*uint64(o.Every/time.Second), uint64(o.Every/time.Second),
				uint64(p.Offered), uint64(p.Throttled), uint64(p.Failed), uint64(p.Late), uint64(p.Answered))
			t.milliseconds(p.Backlog)
			t.numbers(uint64(p.Outage))
			t.end()
		}
	}
	return t.out.Flush()
}

// table writes rows of CSV.
type table struct {
	out  *bufio.Writer
	line []byte
}

// lost is what counts as vends failed and as visits aborted.
func (v *VariantOutcome) lost() (vends, aborted uint64) {
	if v.Variant.String() == topUp {
		vends = v.GaveUp
	}
	if v.Variant.Process() == install {
		aborted = v.GaveUp
	}
	return vends, aborted
}

// fields are those of counts, with more to follow.
func (t *table) fields(names []string, c *Counts, times Times) {
	t.texts(names...)
	t.numbers(c.Requests, c.Sends, c.Throttled, c.Failed, c.Late, c.Answered, c.Finished, c.GaveUp, c.Left, c.Overdue,
		c.Within, c.WithinThrottled, c.WithinFailed, c.WithinLost)
	for _, d := range []time.Duration{times.P50, times.P99, times.Max} {
		if times.Count == 0 {
			t.texts("")
		} else {
			t.milliseconds(d)
		}
	}
}

func (t *table) texts(texts ...string) {
	for _, s := range texts {
		t.line = append(appendField(t.line, s), ',')
	}
}

func (t *table) numbers(numbers ...uint64) {
	for _, n := range numbers {
		t.line = append(strconv.AppendUint(t.line, n, 10), ',')
	}
}

func (t *table) milliseconds(d time.Duration) {
	t.line = append(strconv.AppendFloat(t.line, float64(d)/1e6, 'f', 1, 64), ',')
}

// end writes the row; an error shows when all is flushed.
func (t *table) end() {
	t.line[len(t.line)-1] = '\n'
	t.out.Write(t.line)
	t.line = t.line[:0]
}
