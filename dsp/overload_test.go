package dsp

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"srtm/outage"
)

// callers send requests at even distances, each over a connection of its own if
// need be, and give up after 3 s, as real clients do.
type callers struct {
	t      *testing.T
	client *http.Client
	sent   int

	mu       sync.Mutex
	statuses map[int]int // 0: gave up
	wrong    []string
}

// send sends so many a second for so many seconds, waits for all answers and
// returns how many there were of each status, 0 for those who gave up.
func (c *callers) send(perSecond, seconds int) map[int]int {
	c.statuses = map[int]int{}
	tick := time.NewTicker(time.Second / time.Duration(perSecond))
	defer tick.Stop()
	var waiting sync.WaitGroup
	for range perSecond * seconds {
		<-tick.C
		c.sent++
		body := document(requestID(c.sent%7, c.sent), 1, "4.8.1")
		waiting.Go(func() { c.one(body) })
	}
	waiting.Wait()
	return c.statuses
}

func (c *callers) one(body []byte) {
	got, err := send(c.client, posting("http://dsp"+onS, body))
	c.mu.Lock()
	defer c.mu.Unlock()
	var late net.Error
	switch {
	case err == nil:
		c.statuses[got.status]++
		if got.status == 503 && (got.header.Get("Retry-After") != "" || string(got.body) != "stand-in DSP: overloaded\n") {
			c.wrong = append(c.wrong, string(got.body))
		}
	case errors.As(err, &late) && late.Timeout():
		c.statuses[0]++
	default:
		c.wrong = append(c.wrong, err.Error())
	}
}

// Over HTTP it fails as the finite server does: at three times its capacity
// callers first wait too long and are then refused; afterwards it takes a while
// until all are served again. An outage shows in the measurements.
func TestOverloadOverHTTP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, client, stop := inMemory(t, Config{Model: outage.Config{Capacity: 40 * outage.SR}})
		defer stop()
		client.Timeout = 3 * time.Second
		c := callers{t: t, client: client}

		if got := c.send(36, 10); got[200] != 360 {
			t.Errorf("below its capacity: %v", got)
		}
		if m := s.Measure(0); m.OutageSeconds != 0 || m.Efficiency != 1 || m.Latency.Max > 100 {
			t.Errorf("below its capacity: %+v", m)
		}
		if got := c.send(120, 10); got[200] > 240 || got[0] < 20 || got[503] < 800 {
			t.Errorf("at three times its capacity: %v", got)
		}
		if m := s.Measure(0); m.OutageSeconds < 8 || m.Efficiency > 0.3 || !m.Ailing || m.Peak.Requests < 119 || m.Peak.Requests > 121 {
			t.Errorf("at three times its capacity: %+v", m)
		}
		if got := c.send(20, 3); got[200] != 0 {
			t.Errorf("at half its capacity afterwards: %v", got)
		}
		c.send(20, 10)
		if got := c.send(20, 10); got[200] != 200 {
			t.Errorf("later: %v", got)
		}
		if len(c.wrong) > 0 {
			t.Errorf("%d answers are wrong: %q", len(c.wrong), c.wrong[0])
		}
		<-time.After(time.Second) // until the last second is over
		m := s.Measure(1000)
		if m.Arrived != int64(c.sent) || m.InTime+m.Late+m.Refused != m.Arrived || m.Repeats.Arrived != 0 || len(m.Originators) != 7 {
			t.Errorf("of %d requests: %+v", c.sent, m)
		}
		if m.Latency.Answers != m.InTime+m.Late || m.Answers["acknowledged"] != m.InTime+m.Late || m.Answers["refused"] != m.Refused {
			t.Errorf("answers do not add up: %+v", m)
		}
		checkSeconds(t, m)
	})
}

// checkSeconds sees whether the seconds add up to the totals.
func checkSeconds(t *testing.T, m Measurements) {
	t.Helper()
	var arrived, outages int64
	for _, second := range m.Seconds {
		arrived += second.Arrived
		if second.Outage {
			outages++
		}
	}
	if arrived != m.Arrived || outages != m.OutageSeconds {
		t.Errorf("the seconds add up to %d requests and %d outage seconds, the totals say %d and %d", arrived, outages, m.Arrived, m.OutageSeconds)
	}
}

// Thousands may wait at the same time, and each is answered when it is due.
func TestThousandsWaitAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, client, stop := inMemory(t, Config{Model: outage.Config{Capacity: 100_000 * outage.SR, Latency: time.Second}})
		defer stop()
		c := callers{t: t, client: client, statuses: map[int]int{}}
		begun := time.Now()
		var waiting sync.WaitGroup
		for i := range 3000 {
			waiting.Go(func() { c.one(document(requestID(1, i), 1, "4.8.1")) })
		}
		waiting.Wait()
		if took := time.Since(begun); c.statuses[200] != 3000 || took < time.Second || took > 1100*time.Millisecond {
			t.Errorf("after %v: %v, %q", took, c.statuses, c.wrong)
		}
	})
}

// A change of capacity holds from then on; a closed DSP refuses everybody.
func TestCapacityChangesWhileItRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, client, stop := inMemory(t, Config{Model: outage.Config{Capacity: 40 * outage.SR}})
		defer stop()
		c := callers{t: t, client: client}
		if err := s.SetCapacity(0); err != nil {
			t.Error(err)
		}
		if got := c.send(10, 2); got[503] != 20 || s.Measure(0).Capacity != 0 {
			t.Errorf("closed: %v", got)
		}
		if err := s.SetCapacity(20 * outage.SR); err != nil {
			t.Error(err)
		}
		if got := c.send(18, 10); got[200] != 180 || s.Measure(0).Capacity != 20 {
			t.Errorf("at half its capacity: %v", got)
		}
		if err := s.SetCapacity(-1); err == nil || !strings.Contains(err.Error(), "choose one from") {
			t.Errorf("a negative capacity gives %v", err)
		}
	})
}

// The measurements that GET returns are those that Measure does.
func TestMeasurementsOverHTTP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, client, stop := inMemory(t, Config{Model: outage.Config{Capacity: 40 * outage.SR}})
		defer stop()
		body := document(requestID(3, 1), 1, "4.8.1")
		post(t, client, "http://dsp"+onS, body)
		post(t, client, "http://dsp"+onS, body)
		post(t, client, "http://dsp"+onT, document(requestID(4, 1), 4, "1.1.1"))
		post(t, client, "http://dsp"+onT, []byte("nonsense"))
		<-time.After(5 * time.Second)
		request := posting("http://dsp"+MeasurementsPath+"?seconds=3", nil)
		request.Method = http.MethodGet
		got := mustSend(t, client, request)
		want, err := json.MarshalIndent(s.Measure(3), "", "  ")
		if err != nil || string(got.body) != string(want)+"\n" || got.header.Get("Content-Type") != "application/json" {
			t.Errorf("%v: over HTTP %s\nand not %s", err, got.body, want)
		}
		for _, part := range []string{
			`"capacity_per_s": 40,`, `"arrived": 4,`, `"in_time": 4,`, `"outage_seconds": 0,`, `"p50_ms": 60`,
			"\"answers\": {\n    \"acknowledged\": 2,\n    \"not_duis\": 1,\n    \"pre_command\": 1\n  }",
			"\"Send Command\": {\n      \"4.8.1\": 2\n    }", "\"Transform\": {\n      \"1.1.1\": 1,\n      \"unknown\": 1\n    }",
			`"90-B3-D5-1F-30-01-00-03": 2,`, `"90-B3-D5-1F-30-01-00-04": 1`,
			"\"repeats\": {\n    \"arrived\": 1,\n    \"served\": 1,\n    \"latest\": [\n      \"90-B3-D5-1F-30-01-00-03:00-DB-12-34-56-78-90-A0:1 1\"",
		} {
			if !strings.Contains(string(got.body), part) {
				t.Errorf("they lack %s: %s", part, got.body)
			}
		}
		if n := len(s.Measure(3).Seconds); n != 3 {
			t.Errorf("of three seconds there are %d", n)
		}
	})
}
