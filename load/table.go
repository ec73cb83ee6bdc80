package load

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// columns are those of the results of a simulation, so that both can be laid side by
// side. What the load program does not know stays empty: who is within its allocation.
const columns = "rule,policy,account,srv,requests,offered,throttled,failed,late,answered,accepted,lost,unfinished,overdue," +
	"within,within_throttled,within_failed,within_lost,p50_ms,p99_ms,max_ms"

// WriteResults writes as CSV what became of each Service User's requests, and of all,
// in the columns of a simulation's results: rule is load, policy the name that is
// given, srv always *. Failed counts all that was answered neither well nor with a
// refusal for traffic, late what was not answered within the client's time-out. Times
// are of accepted requests, from when they came; empty where there are none. Where
// the scenario was not stopped, offered = throttled + failed + late + answered, and
// requests = accepted + lost + unfinished.
func WriteResults(w io.Writer, policy string, r Result) error {
	out := csv.NewWriter(w)
	rows := [][]string{strings.Split(columns, ","), row([]string{"load", policy, "*", "*"}, &r.Total, r.Took)}
	for i := range r.Users {
		u := &r.Users[i]
		rows = append(rows, row([]string{"load", policy, u.Account, "*"}, &u.Counts, u.Took))
	}
	if err := out.WriteAll(rows); err != nil {
		return fmt.Errorf("write the results of %s: %w", r.Scenario, err)
	}
	return nil
}

func row(cells []string, c *Counts, took Times) []string {
	failed := c.Failed + c.Rejected + c.Broken + c.Abandoned
	for _, n := range []uint64{c.Arrivals, c.Sends, c.Throttled, failed, c.TimedOut, c.Forwarded, c.Finished, c.GaveUp + c.Crowded, c.Left, c.Overdue} {
		cells = append(cells, strconv.FormatUint(n, 10))
	}
	cells = append(cells, "", "", "", "")
	for _, d := range []time.Duration{took.P50, took.P99, took.Max} {
		if took.Count == 0 {
			cells = append(cells, "")
		} else {
			cells = append(cells, strconv.FormatFloat(float64(d)/1e6, 'f', 1, 64))
		}
	}
	return cells
}
