package console

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"srtm/access"
	"srtm/browsertest"
)

// pastAPICases are those of TestAPIAnswers about what was.
func pastAPICases(t *testing.T, s *Server) map[string][]apiCase {
	t.Helper()
	c := &call{r: &http.Request{}, person: everybody(), open: true}
	all, err := s.choices(t.Context())
	if err != nil || len(all) == 0 {
		t.Fatal(all, err)
	}
	tried, err := s.try(c, &Change{By: "Vera", Capacity: "2000/s"})
	if err != nil {
		t.Fatal(err)
	}
	awaitTrial(t, s)
	made(t, s, "2023-11")
	months, err := s.months(c)
	if err != nil {
		t.Fatal(err)
	}
	file := months.Months[0].Files[0].Name
	episode := "0"
	if err := s.counted(c, func(ctx context.Context, l Ledger) error {
		list, err := l.Episodes(ctx, always())
		episode = fmt.Sprint(list[0].ID)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return map[string][]apiCase{
		"GET /episodes": {{"", "", 200}, {"", "?from=2023-11-15&to=2023-11-16", 200}, {"", "?to=x", 400}}, "GET /episodes/{id}": {{episode, "", 200}, {"1", "", 404}},
		"GET /episodes/{id}/seconds": {{episode, "", 200}, {episode, "?account=BRAVO", 200}, {episode, "?account=NOBODY", 404}},
		"POST /what-if":              {{"", `{"by":"Vera","threshold":"50%"}`, 202}, {"", `{"by":"Vera","policy":"none"}`, 422}, {"", `{"by":"Vera","episode":1,"threshold":"50%"}`, 404}},
		"GET /what-if":               {{"", "", 200}}, "GET /what-if/{id}": {{tried.ID, "", 200}, {"none", "", 404}}, "DELETE /what-if/{id}": {{tried.ID, "", 409}, {"none", "", 404}},
		"GET /reports": {{"", "", 200}}, "POST /reports": {{"", `{"by":"Olga","month":"2023-10"}`, 202}, {"", `{"by":"Olga","month":"2030-10"}`, 422}},
		"GET /reports/files/{name}": {{file, "", 200}, {"none", "", 404}},
	}
}

// made has a month's reports made.
func made(t testing.TB, s *Server, month string) *Making {
	t.Helper()
	c := &call{r: &http.Request{}, person: everybody(), open: true}
	if _, err := s.orderReports(c, ReportOrder{By: "Olga", Month: month}); err != nil {
		t.Fatal(err)
	}
	s.making.beside.Wait()
	done := s.making.state()
	if done.State != isDone {
		t.Fatalf("the reports of %s came to %+v", month, done)
	}
	return done
}

// A Service User finds its own edition and no other, nor that there is one.
func TestReportsOfAServiceUser(t *testing.T) {
	w := town(t)
	g := gated(t, w)
	s, addr := running(t, w)
	made(t, s, "2023-11")
	client := signIn(t, g, addr, access.Grant{Name: "alpha", Roles: []access.Role{access.ServiceUser}, Account: "ALPHA"})
	own := jsonAs[Months](t, fetched(t, client, addr+base+"/reports")).Months[0]
	if len(own.Files) != 3 || own.State != provisional {
		t.Fatalf("ALPHA finds %+v", own)
	}
	for _, f := range own.Files {
		if f.Account != "ALPHA" {
			t.Errorf("ALPHA finds %+v", f)
		}
		if text := strings.ToLower(fetched(t, client, addr+"/reports/files/"+f.Name)); strings.Contains(text, "bravo") || strings.Contains(text, "charlie") {
			t.Errorf("%s names others", f.Name)
		}
	}
	viewer := signIn(t, g, addr, access.Grant{Name: "vera", Roles: []access.Role{access.Viewer}})
	all := jsonAs[Months](t, fetched(t, viewer, addr+base+"/reports")).Months[0]
	if len(all.Files) <= 9 {
		t.Errorf("vera finds %d files", len(all.Files))
	}
	for _, f := range all.Files {
		for _, path := range []string{"/reports/files/", base + "/reports/files/"} {
			resp, err := client.Get(addr + path + f.Name)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if want := map[bool]int{true: 200, false: 404}[f.Account == "ALPHA"]; resp.StatusCode != want {
				t.Errorf("%s of %q is answered ALPHA %s", f.Name, f.Account, resp.Status)
			}
		}
	}
	if resp, err := viewer.PostForm(addr+"/reports", url.Values{"month": {"2023-11"}}); err != nil || resp.StatusCode != http.StatusForbidden {
		t.Errorf("vera makes reports: %v %v", resp.Status, err)
	}
}

// The months since the first start are there, with when they are due.
func TestMonths(t *testing.T) {
	w := town(t)
	w.now = time.Date(2024, 1, 20, 12, 0, 0, 0, time.UTC)
	s, get := served(t, w)
	_, text := get("/api/v1/reports")
	v := jsonAs[Months](t, text)
	said := wordsIn(v.Sentence)
	if len(v.Months) != 3 || v.Months[2].Month != "2023-11" || v.Months[2].Due != "2023-12-14" || !v.Months[2].Late || v.Months[0].Over || v.Months[0].Late {
		t.Errorf("the months are %s", text)
	}
	if !strings.Contains(said, "November 2023 and December 2023 are late") || !strings.Contains(said, "of January 2024 are due on") {
		t.Errorf("it says %q", said)
	}
	if v.Months[1].Due != "2024-01-15" {
		t.Errorf("December is due %s", v.Months[1].Due)
	}
	made(t, s, "2023-11")
	_, text = get("/api/v1/reports")
	if m := jsonAs[Months](t, text).Months[2]; m.State != final || m.Late || m.Version != 1 {
		t.Errorf("made: %+v", m)
	}
}

// Making them, clicked through.
func TestReportsInABrowser(t *testing.T) {
	w := town(t)
	s, addr := running(t, w)
	live(w, s)
	tab := browsertest.Start(t).Open(t, addr+"/reports")
	picture(t, tab, "reports-empty")
	tab.Well(t)
	tab.Fill(t, "#by", "Olga")
	tab.Click(t, "form.fields button")
	tab.Await(t, `document.querySelector("#making")?.textContent.includes("were made at")`)
	tab.Go(t, addr+"/reports")
	if n := browsertest.Ask[int](t, tab, `document.querySelectorAll(".editions a").length`); n < 12 {
		t.Errorf("%d files are offered", n)
	}
	picture(t, tab, "reports")
	tab.Well(t)
	tab.Click(t, "details summary")
	tab.Well(t)
}
