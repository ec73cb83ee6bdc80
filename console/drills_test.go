package console

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"srtm/access"
	"srtm/act"
	"srtm/browsertest"
	"srtm/drill"
	"srtm/duis"
)

func init() {
	maps.Copy(cases, map[string][]string{
		"GET /api/v1/drills": {"", "?account={x}"}, "POST /api/v1/drills": {`{"account":"{x}","reason":"x"}`, `{"for":"5m"}`},
		"GET /api/v1/drills/{id}/report": {"2", "3", "99"}, "POST /api/v1/drills/{id}/end": {"2 {}", "99 {}"},
		"GET /drills": {""}, "GET /drills/{id}": {"2", "3"}, "POST /drills": {"account={x}&for=5m", "for=no"}, "POST /drills/{id}/end": {"2 "},
	})
}

// drillAPICases are calls of the routes of drills.
func drillAPICases() map[string][]apiCase {
	return map[string][]apiCase{
		"GET /drills":             {{"", "", 200}, {"", "?account=CHARLIE", 200}},
		"POST /drills":            {{"", `{"account":"ALPHA","by":"O","for":"5m"}`, 200}, {"", `{"by":"O"}`, 422}, {"", `{"account":"ALPHA","by":"O","for":"2h"}`, 422}},
		"GET /drills/{id}/report": {{"2", "", 200}, {"99", "", 404}},
		"POST /drills/{id}/end":   {{"2", `{"by":"O"}`, 200}, {"2", `{"by":"O"}`, 422}, {"99", `{"by":"O"}`, 404}},
	}
}

// withDrills gives a world a judge, and a drill of CHARLIE that runs: act 2, after
// the one that the town has. Messages are CHARLIE's, in the seconds before now.
func withDrills(t testing.TB, w *world) {
	t.Helper()
	w.source.Judge = judgeOf(map[string]int{"CHARLIE": 20})
	if _, err := w.source.Acts.Ask(act.OrderDrill("CHARLIE", 0, "ordered by the Service User itself"), "charlie"); err != nil {
		t.Fatal(err)
	}
}

// judgeOf judges Service Users whose adapters send so many requests a second, one
// of them a second again after a second: all before now, refused in the drill.
func judgeOf(rates map[string]int) Judge {
	return func(_ context.Context, s drill.Span) (drill.Report, error) {
		j := drill.NewJudge(s)
		from := s.From.Add(-drill.Before)
		for second := 0; from.Add(time.Duration(second) * time.Second).Before(s.Now); second++ {
			at := from.Add(time.Duration(second) * time.Second)
			held := !at.Before(s.From) && at.Before(s.To)
			for i := range rates[s.Account] {
				m := drill.Message{At: at.UnixNano() + int64(i), Command: 1, Variant: "4.8.1", Refused: held, Held: held, RetryAfter: time.Minute}
				m.ID = duis.RequestID{Originator: charlie, Target: duis.EUI64(second*100 + i), Counter: uint64(second)}
				if i == 0 && second > 0 {
					m.ID.Target, m.ID.Counter = duis.EUI64(second*100-99), uint64(second-1)
				}
				j.See(m)
			}
		}
		return j.Report(), nil
	}
}

// A Service User orders a drill for itself, sees it, and ends it; others do not.
func TestAServiceUserOrdersItsOwnDrill(t *testing.T) {
	w := town(t)
	g := gated(t, w)
	withDrills(t, w)
	_, addr := running(t, w)
	grant := func(name string, role access.Role, account string) visitor {
		return visitor{addr, signIn(t, g, addr, access.Grant{Name: name, Roles: []access.Role{role}, Account: account})}
	}
	alpha, viewer, operator := grant("alpha", access.ServiceUser, "ALPHA"), grant("vera", access.Viewer, ""), grant("olga", access.Operator, "")
	order := entry{method: "POST", path: base + "/drills"}
	asks := func(v visitor, e entry, how string, status int, says string) string {
		t.Helper()
		got, body := v.ask(t, e, how)
		if got != status || !strings.Contains(body, says) {
			t.Errorf("%s %s: %d %s, want %d and %q", e.path, how, got, body, status, says)
		}
		return body
	}
	asks(viewer, order, `{"account":"ALPHA"}`, http.StatusForbidden, "operate")
	asks(alpha, order, `{"account":"CHARLIE"}`, http.StatusNotFound, "there is no Service User")
	asks(alpha, order, `{"by":"somebody"}`, http.StatusForbidden, "signed in as")
	var made Drill
	if err := json.Unmarshal([]byte(asks(alpha, order, `{"for":"5m","reason":"adapter 4.2"}`, http.StatusOK, "itself, adapter 4.2")), &made); err != nil {
		t.Fatal(err)
	}
	if made.Account != "ALPHA" || made.By != "" || made.To.Sub(made.From) != 5*time.Minute || made.State != act.Running {
		t.Errorf("%+v", made)
	}
	asks(alpha, order, `{}`, http.StatusUnprocessableEntity, "is a drill of ALPHA already")
	list := entry{method: "GET", path: base + "/drills"}
	if body := asks(alpha, list, "", http.StatusOK, `"account": "ALPHA"`); strings.Contains(body, "CHARLIE") {
		t.Errorf("ALPHA sees %s", body)
	}
	asks(viewer, list, "", http.StatusOK, "CHARLIE")
	end := entry{method: "POST", path: base + "/drills/{id}/end"}
	asks(alpha, end, "2 {}", http.StatusNotFound, "there is no drill")
	asks(viewer, end, "2 {}", http.StatusForbidden, "operate")
	asks(operator, end, "2 {}", http.StatusOK, "ended")
	id := strconv.FormatUint(made.ID, 10)
	asks(alpha, entry{method: "GET", path: base + "/drills/{id}/report"}, id, http.StatusOK, `"style": "too-few"`)
	asks(alpha, end, id+" {}", http.StatusOK, "ended")
	asks(alpha, entry{method: "GET", path: base + "/drills/{id}/report"}, "2", http.StatusNotFound, "there is no drill")
	asks(operator, order, `{"account":"ALPHA"}`, http.StatusOK, "ordered by the operator")
}

// An act that is none is not shown as a drill, and cannot be ended as one.
func TestAnActIsNoDrill(t *testing.T) {
	w := town(t)
	withDrills(t, w)
	_, get := served(t, w)
	if status, body := get(base + "/drills/1/report"); status != http.StatusNotFound {
		t.Errorf("%d %s", status, body)
	}
}

// The pages, clicked through in a real Chromium: order, countdown, report, end.
func TestDrillsInABrowser(t *testing.T) {
	w := town(t)
	w.source.Judge = judgeOf(map[string]int{"ALPHA": 20, "CHARLIE": 3})
	g := gated(t, w)
	s, addr := running(t, w)
	live(w, s)
	token, err := g.Add(access.Grant{Name: "alpha", Roles: []access.Role{access.ServiceUser}, Account: "ALPHA"})
	if err != nil {
		t.Fatal(err)
	}
	tab := browsertest.Start(t).Open(t, addr+access.LinkPath(token))
	tab.Fill(t, "#password", password)
	tab.Fill(t, "#again", password)
	tab.Click(t, "main form button")
	tab.Await(t, `document.querySelector("nav")`)
	tab.Go(t, addr+"/drills")
	picture(t, tab, "drills")
	tab.Well(t)
	tab.Fill(t, "#reason", "adapter 4.2")
	tab.Click(t, "#order")
	tab.Await(t, `document.querySelector("#end")`)
	w.set(func() { w.now = w.now.Add(4 * time.Minute) })
	tab.Go(t, addr+"/drills/2")
	tab.Await(t, `document.body.textContent.includes("The drill runs")`)
	picture(t, tab, "drill-running")
	tab.Well(t)
	tab.Click(t, "#end")
	tab.Await(t, `!document.querySelector("#end")`)
	w.set(func() { w.now = w.now.Add(drill.After) })
	tab.Go(t, addr+"/drills/2")
	tab.Await(t, `document.querySelector("#h-findings")`)
	picture(t, tab, "drill-report")
	tab.Well(t)
	tab.Go(t, addr+"/drills")
	picture(t, tab, "drills-over")
	tab.Well(t)
}

// Where there are no drills the page says why, and has nothing to order one with.
func TestNoDrillsInProduction(t *testing.T) {
	w := newWorld(t) // its policy names no environment, which is production
	acts, err := act.Open(t.TempDir(), act.Options{Clock: w.source.Now, Policy: w.source.Policy})
	if err != nil {
		t.Fatal(err)
	}
	w.source.Acts, w.source.Judge = handy{acts, w.source.Policy(), w}, judgeOf(nil)
	_, get := served(t, w)
	if status, body := get("/drills"); status != http.StatusOK || !strings.Contains(body, "There are no throttle drills here") || strings.Contains(body, "<form class=\"fields\"") {
		t.Errorf("%d %s", status, body)
	}
}
