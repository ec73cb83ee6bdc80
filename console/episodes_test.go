package console

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"srtm/access"
	"srtm/browsertest"
)

// awaitTrial waits until a trial does not run any more.
func awaitTrial(t testing.TB, s *Server) {
	t.Helper()
	s.trials.beside.Wait()
}

// An episode says whose doing it was, with the ledger's numbers.
func TestEpisode(t *testing.T) {
	w := town(t)
	s, get := served(t, w)
	status, text := get("/api/v1/episodes")
	all := jsonAs[Episodes](t, text)
	if status != 200 || len(all.Episodes) != 1 {
		t.Fatalf("the list is %d %s", status, text)
	}
	e := all.Episodes[0]
	if e.Account != "BRAVO" || e.Peak == nil || len(e.Throttled) != 1 || e.Throttled[0].Account != "BRAVO" || e.Throttled[0].Throttled != e.Counts.Throttled || e.Counts.Throttled == 0 {
		t.Errorf("the episode is %+v", e)
	}
	if said := wordsIn(all.Sentence); !strings.Contains(said, "active once") || !strings.Contains(said, "of BRAVO in that time") {
		t.Errorf("the list says %q", said)
	}
	_, text = get(fmt.Sprintf("/api/v1/episodes/%d", e.ID))
	one := jsonAs[Episode](t, text)
	sum := EpisodeCounts{}
	for _, u := range one.Accounts {
		sum.Offered, sum.Throttled = sum.Offered+u.Counts.Offered, sum.Throttled+u.Counts.Throttled
	}
	if len(one.Accounts) != 3 || sum.Offered != one.Counts.Offered || sum.Throttled != one.Counts.Throttled || one.System == nil || one.System.P99 == 0 {
		t.Errorf("the accounts do not make up the whole: %s", text)
	}
	variants := uint64(0)
	for _, v := range one.Variants {
		variants += v.Counts.Offered
	}
	if variants != one.Counts.Offered {
		t.Errorf("the variants have %d of %d", variants, one.Counts.Offered)
	}
	_, text = get(fmt.Sprintf("/api/v1/episodes/%d/seconds", e.ID))
	if series := jsonAs[EpisodeSeries](t, text); len(series.At) < 5 || len(series.At) != len(series.Throttled) {
		t.Errorf("the seconds are %s", text)
	}
	if status, text = get("/api/v1/episodes?from=2023-11-15&to=2023-11-16"); status != 200 || !strings.Contains(text, "not active") {
		t.Errorf("another day is %d %s", status, text)
	}
	for query, want := range map[string]int{"?from=x": 400, "?from=2023-11-16&to=2023-11-15": 400, "?from=2020-01-01": 400} {
		if status, text = get("/api/v1/episodes" + query); status != want {
			t.Errorf("%s is %d %s", query, status, text)
		}
	}
	_ = s
}

func wordsIn(all []Phrase) string {
	text := ""
	for _, p := range all {
		text += p.Text
	}
	return text
}

// A Service User finds when it was and its own numbers, which are those that the
// operator sees of it.
func TestEpisodeOfAServiceUser(t *testing.T) {
	w := town(t)
	g := gated(t, w)
	_, addr := running(t, w)
	client := signIn(t, g, addr, access.Grant{Name: "bravo", Roles: []access.Role{access.ServiceUser}, Account: "BRAVO"})
	list := jsonAs[Episodes](t, fetched(t, client, addr+"/api/v1/episodes"))
	if len(list.Episodes) != 1 || list.Episodes[0].Counts.Throttled == 0 || !strings.Contains(wordsIn(list.Sentence), "of your requests") {
		t.Fatalf("BRAVO finds %+v", list)
	}
	one := jsonAs[Episode](t, fetched(t, client, fmt.Sprintf("%s/api/v1/episodes/%d", addr, list.Episodes[0].ID)))
	if len(one.Accounts) != 1 || one.Accounts[0].Account != "BRAVO" || one.Counts != one.Accounts[0].Counts || one.System != nil || one.Cause == "" {
		t.Errorf("BRAVO finds %+v", one)
	}
	other := signIn(t, g, addr, access.Grant{Name: "charlie", Roles: []access.Role{access.ServiceUser}, Account: "CHARLIE"})
	text := fetched(t, other, fmt.Sprintf("%s/api/v1/episodes/%d", addr, one.ID))
	if theirs := jsonAs[Episode](t, text); strings.Contains(text, "BRAVO") || theirs.Peak == nil || theirs.Counts.Throttled != 0 || theirs.Cause != "" ||
		strings.Contains(text, fmt.Sprint(one.Counts.Throttled)) {
		t.Errorf("CHARLIE finds %s", text)
	}
	for _, path := range []string{"/episodes", fmt.Sprintf("/episodes/%d", one.ID), fmt.Sprintf("%s/episodes/%d/seconds", base, one.ID)} {
		page := strings.ToLower(fetched(t, other, addr+path))
		for _, secret := range []string{"bravo", "alpha", fmt.Sprint(one.Counts.Throttled), count(one.Counts.Throttled), fmt.Sprint(one.Counts.Offered), count(one.Counts.Offered)} {
			if strings.Contains(page, secret) {
				t.Errorf("%s gives CHARLIE %q: %s", path, secret, around(page, secret))
			}
		}
	}
	resp, err := other.Get(fmt.Sprintf("%s%s/episodes/%d/seconds?account=BRAVO", addr, base, one.ID))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNotFound {
		t.Errorf("BRAVO's seconds are answered CHARLIE %s", resp.Status)
	}
}

// What one person tries is done by the core, side by side, and one at a time.
func TestWhatIf(t *testing.T) {
	w := town(t)
	g := gated(t, w)
	s, addr := running(t, w)
	client := signIn(t, g, addr, access.Grant{Name: "vera", Roles: []access.Role{access.Viewer}})
	post := func(form url.Values) *http.Response {
		t.Helper()
		resp, err := client.PostForm(addr+"/what-if", form)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp
	}
	for what, form := range map[string]url.Values{
		"nothing": {}, "no rate": {"capacity": {"much"}}, "no policy": {"threshold": {"300%"}}, "unknown": {"policy": {"abc"}},
		"too long": {"capacity": {"900/s"}, "from": {"2023-11-01T00:00"}}, "no factor": {"account": {"BRAVO"}, "factor": {"x"}}, "turned round": {"capacity": {"9/s"}, "to": {"2023-11-01T00:00"}, "from": {"2023-11-02T00:00"}},
	} {
		if resp := post(form); resp.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s is answered %s", what, resp.Status)
		}
	}
	resp := post(url.Values{"capacity": {"2000/s"}})
	at := resp.Header.Get("Location")
	if resp.StatusCode != http.StatusSeeOther || !strings.HasPrefix(at, "/what-if/") {
		t.Fatalf("it is answered %s, to %s", resp.Status, at)
	}
	awaitTrial(t, s)
	one := jsonAs[Trial](t, fetched(t, client, addr+base+at))
	if one.State != isDone || one.Result == nil || one.By != "vera" {
		t.Fatalf("it came to %+v", one)
	}
	if b, a := one.Result.Before.Counts, one.Result.After.Counts; b.Offered == 0 || b.Throttled == 0 || a.Throttled >= b.Throttled || a.Forwarded+a.Throttled != a.Offered {
		t.Errorf("before %+v, after %+v", b, a)
	}
	total, course := uint64(0), TrialCounts{}
	for i, n := range one.Result.Offered {
		total += n
		course.Throttled += one.Result.Afters[i].Throttled
		course.Forwarded += one.Result.Afters[i].Forwarded
	}
	if course.Throttled != one.Result.After.Counts.Throttled || course.Forwarded != one.Result.After.Counts.Forwarded {
		t.Errorf("the course has %+v of %+v", course, one.Result.After.Counts)
	}
	if first := one.Result.Accounts[0]; first.Account != "BRAVO" || first.Effect != "gains" || total != one.Result.Before.Counts.Offered {
		t.Errorf("first is %+v, and the course has %d", first, total)
	}
	if list := jsonAs[[]Trial](t, fetched(t, client, addr+base+"/what-if")); len(list) != 1 || list[0].Result != nil {
		t.Errorf("the list is %+v", list)
	}
}

// The past replays to the same decisions as were made in it.
func TestEpisodeReplay(t *testing.T) {
	w := town(t)
	s, get := served(t, w)
	_, text := get("/api/v1/episodes")
	e := jsonAs[Episodes](t, text).Episodes[0]
	c := &call{r: &http.Request{}, person: everybody(), open: true}
	began, err := s.try(c, &Change{Episode: e.ID, Threshold: "50%"})
	if err != nil {
		t.Fatal(err)
	}
	awaitTrial(t, s)
	one, err := s.trials.get(began.ID)
	if err != nil || one.State != isDone {
		t.Fatalf("%+v %v", one, err)
	}
	if one.Result.Before.Counts.Throttled != e.Counts.Throttled || one.Result.After.Counts.Throttled <= e.Counts.Throttled || one.Result.Before.Activations != 1 {
		t.Errorf("the episode had %d throttled; the replay has %+v beside %+v", e.Counts.Throttled, one.Result.Before, one.Result.After)
	}
}

// One runs for each person, two in all; they are cancelled by hand and when the
// gateway stops.
func TestTrialsAreBounded(t *testing.T) {
	w := town(t)
	s, _ := served(t, w)
	begin := func(by string) (Trial, error) {
		return s.trials.begin(work{Trial: Trial{By: by, From: w.now.Add(-time.Hour), To: w.now}, before: w.source.Policy(), after: w.source.Policy(), now: w.source.Now,
			arrivals: endless(w.now.Add(-time.Hour))})
	}
	one, err := begin("ann")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := begin("ann"); err == nil || !strings.Contains(err.Error(), one.ID) {
		t.Errorf("a second of ann: %v", err)
	}
	if _, err := begin("bob"); err != nil {
		t.Error(err)
	}
	if _, err := begin("cid"); err == nil {
		t.Error("a third runs")
	}
	if _, err := s.trials.stop(one.ID, access.Person{Name: "cid", Roles: []access.Role{access.Viewer}}); err == nil {
		t.Error("cid cancelled what ann asked for")
	}
	if stopped, err := s.trials.stop(one.ID, access.Person{Name: "ann", Roles: []access.Role{access.Viewer}}); err != nil || stopped.State != isStopped {
		t.Errorf("ann's own: %+v %v", stopped, err)
	}
	if _, err := begin("ann"); err != nil {
		t.Error(err)
	}
	s.trials.close() // as the gateway does that stops
	for _, other := range s.trials.list() {
		if other.State != isStopped {
			t.Errorf("%s is %s", other.By, other.State)
		}
	}
	if _, err := begin("dan"); err == nil {
		t.Error("one begins in a gateway that stops")
	}
}

// Episodes and what they may be tried under, clicked through.
func TestPastInABrowser(t *testing.T) {
	w := town(t)
	s, addr := running(t, w)
	live(w, s)
	tab := browsertest.Start(t).Open(t, addr+"/what-if")
	picture(t, tab, "what-if-empty")
	tab.Well(t)
	tab.Go(t, addr+"/episodes?from=2023-11-01&to=2023-11-02")
	tab.Well(t)
	tab.Go(t, addr+"/episodes")
	picture(t, tab, "episodes")
	tab.Well(t)
	tab.Click(t, "tbody th a")
	tab.Await(t, `document.querySelector("#h-accounts")`)
	picture(t, tab, "episode")
	tab.Well(t)
	tab.Fill(t, "#by", "Olga")
	tab.Fill(t, "#reference", "INC-4711")
	tab.Click(t, ".tile form button")
	tab.Await(t, `document.querySelector("#ref")?.textContent.startsWith("Kept")`)
	tab.Fill(t, "#threshold", "50%")
	tab.Click(t, "form.fields button")
	tab.Await(t, `document.querySelector("#h-who")`)
	picture(t, tab, "trial")
	tab.Well(t)
	tab.Go(t, addr+"/what-if")
	tab.Fill(t, "#capacity", "nonsense")
	tab.Click(t, "form.fields button")
	tab.Await(t, `document.querySelector(".wrong")`)
	tab.Forget() // the browser says that it was answered 422
	tab.Well(t)
	tab.Fill(t, "#capacity", "")
	if got := browsertest.Ask[string](t, tab, `document.querySelector("#from").value`); !strings.HasPrefix(got, "2023-11-13T") {
		t.Errorf("the form forgot the time: %q", got)
	}
	picture(t, tab, "what-if")
}
