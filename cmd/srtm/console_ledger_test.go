package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"srtm/console"
	"srtm/policy"
)

// pastOf is a running gateway on a folder in which another one recorded ten
// minutes, and a function that asks its API until the answer is fit.
func pastOf(t *testing.T) func(method, path, body string, fit func(status int, text string) bool) string {
	t.Helper()
	r := recording{data: t.TempDir()}
	if err := r.open(); err != nil {
		t.Fatal(err)
	}
	for minute := range int64(10) {
		if err := r.minute(minute); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.journal.Close(); err != nil {
		t.Fatal(err)
	}
	p, err := policy.Parse("policy.yaml", []byte("name: Next\nenvironment: test\nportfolio: portfolio.csv\ncapacity: 40/s\n"),
		fstest.MapFS{"portfolio.csv": {Data: []byte("account,name,user_id,role,portfolio\nALPHA,Alpha,90-B3-D5-1F-30-01-00-00,IS,500\nBRAVO,Bravo,90-B3-D5-1F-30-02-00-00,IS,500\n")}})
	if err != nil {
		t.Fatal(err)
	}
	s := &system{data: r.data}
	s.open(t, p, "http://127.0.0.1:1")
	return func(method, path, body string, fit func(status int, text string) bool) string {
		t.Helper()
		again := time.NewTicker(20 * time.Millisecond)
		defer again.Stop()
		late := time.After(time.Minute)
		for {
			status, text := asked(t, method, "http://"+s.door.admin.Addr().String()+"/api/v1"+path, body)
			if fit(status, text) {
				return text
			}
			select {
			case <-again.C:
			case <-late:
				t.Fatalf("%s %s does not become fit: %d %s", method, path, status, text)
			}
		}
	}
}

func asked(t *testing.T, method, address, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func answered(want int) func(int, string) bool {
	return func(status int, _ string) bool { return status == want }
}

// A running gateway shows the episodes that its journal has, tries changes on it,
// and makes the reports of its months in its folder.
func TestConsoleOfThePast(t *testing.T) {
	ask := pastOf(t)
	var all console.Episodes
	text := ask("GET", "/episodes?from=2026-10-14&to=2026-10-14", "", func(status int, text string) bool {
		return status == http.StatusOK && strings.Contains(text, `"id"`) // before it is counted there are none, or 503
	})
	if err := json.Unmarshal([]byte(text), &all); err != nil || len(all.Episodes) == 0 {
		t.Fatalf("the episodes are %s", text)
	}
	var began, done console.Trial
	text = ask("POST", "/what-if", `{"by":"Vera","threshold":"50%","from":"2026-10-14T02:00:00Z","to":"2026-10-14T02:10:00Z"}`, answered(http.StatusAccepted))
	if err := json.Unmarshal([]byte(text), &began); err != nil {
		t.Fatal(err)
	}
	text = ask("GET", "/what-if/"+began.ID, "", func(_ int, text string) bool { return !strings.Contains(text, `"state": "running"`) })
	if err := json.Unmarshal([]byte(text), &done); err != nil || done.Result == nil {
		t.Fatalf("it came to %s", text)
	}
	if b, a := done.Result.Before.Counts, done.Result.After.Counts; b.Offered < 900 || b.Offered != a.Offered || b.Throttled >= a.Throttled {
		t.Errorf("before %+v, after %+v", b, a)
	}
	text = ask("POST", "/what-if", `{"by":"Vera","threshold":"50%","from":"2026-10-01T00:00:00Z","to":"2026-10-02T00:00:00Z"}`, answered(http.StatusAccepted))
	if err := json.Unmarshal([]byte(text), &began); err != nil {
		t.Fatal(err)
	}
	ask("GET", "/what-if/"+began.ID, "", func(_ int, text string) bool {
		return strings.Contains(text, `"state": "failed"`) && strings.Contains(text, "the journal has")
	})
	ask("POST", "/reports", `{"by":"Olga","month":"2026-10"}`, answered(http.StatusAccepted))
	var months console.Months
	text = ask("GET", "/reports", "", func(_ int, text string) bool { return !strings.Contains(text, `"state": "running"`) })
	if err := json.Unmarshal([]byte(text), &months); err != nil || months.Making == nil || months.Making.State != "done" {
		t.Fatalf("the reports came to %s", text)
	}
	last := months.Months[len(months.Months)-1]
	if last.Month != "2026-10" || last.State != "final" || last.Due != "2026-11-13" || len(last.Files) < 12 {
		t.Errorf("October is %+v", last)
	}
	ask("GET", fmt.Sprintf("/reports/files/%s", last.Files[0].Name), "", answered(http.StatusOK))
}
