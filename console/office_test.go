package console

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"srtm/access"
	"srtm/act"
	"srtm/journal"
	"srtm/policy"
)

// body gets a path and returns status and body.
func body(t *testing.T, client *http.Client, url string) (int, string) {
	t.Helper()
	r, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(text)
}

// A Service User has its own requests explained; another's is answered as one that
// is not there, by RequestID and by position. A viewer has none explained.
func TestARequestIsExplainedToWhoseItIs(t *testing.T) {
	w := town(t)
	withOffice(t, w)
	g := gated(t, w)
	_, addr := running(t, w)
	own := signIn(t, g, addr, access.Grant{Name: "alpha", Roles: []access.Role{access.ServiceUser}, Account: "ALPHA"})
	viewer := signIn(t, g, addr, access.Grant{Name: "viewer", Roles: []access.Role{access.Viewer}})
	investigator := signIn(t, g, addr, access.Grant{Name: "ivo", Roles: []access.Role{access.Investigator}})
	nobodys := strings.Replace(requestOf(bravo), ":7", ":8", 1)
	ask := func(client *http.Client, what string) (int, string) {
		status, text := body(t, client, addr+base+"/explain/"+what)
		return status, strings.ReplaceAll(text, what, "X")
	}
	if status, text := ask(own, requestOf(alpha)); status != 200 || !strings.Contains(text, "of ALPHA: throttled") {
		t.Errorf("its own: %d %s", status, text)
	}
	for _, pair := range [][2]string{{requestOf(bravo), nobodys}, {"8", "99999"}} {
		status, text := ask(own, pair[0])
		other, none := ask(own, pair[1])
		if status != 200 || status != other || text != none {
			t.Errorf("%s is told from %s: %d %s, %d %s", pair[0], pair[1], status, text, other, none)
		}
	}
	if status, _ := ask(viewer, requestOf(alpha)); status != http.StatusForbidden {
		t.Errorf("a viewer: %d", status)
	}
	if status, text := ask(investigator, requestOf(bravo)); status != 200 || !strings.Contains(text, "of BRAVO: throttled") {
		t.Errorf("an investigator: %d %s", status, text)
	}
	if status, _ := body(t, own, addr+base+"/explain/1?days=400"); status != http.StatusBadRequest {
		t.Errorf("a Service User looks back 400 days: %d", status)
	}
}

func TestWhatAServiceUserMayKnowOfAnAct(t *testing.T) {
	rate := func(text string) policy.Rate {
		r, err := policy.ParseRate(text)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	less := rate("500/s")
	for sentence, row := range map[string]struct {
		order act.Order
		does  string // empty: it is not seen
		why   bool
	}{
		"what concerns everybody, and why":        {act.Order{Activate: true, Capacity: &less}, "active, capacity 500/s", true},
		"what concerns itself, and why":           {act.Order{Hold: map[string]policy.Rate{"ALPHA": rate("5/s")}}, "ALPHA held to 5/s", true},
		"nothing of another":                      {act.Order{Hold: map[string]policy.Rate{"BRAVO": rate("5/s")}, Exempt: []string{"CHARLIE"}}, "", false},
		"its own part, and not why, beside other": {act.Order{Capacity: &less, Hold: map[string]policy.Rate{"ALPHA": rate("5/s"), "BRAVO": rate("7/s")}, Exempt: []string{"CHARLIE"}}, "capacity 500/s, ALPHA held to 5/s", false},
	} {
		t.Run(sentence, func(t *testing.T) {
			row.order.Reason, row.order.Reference, row.order.Preset = "bravo broke it", "INC-1", "bravo out"
			a := act.Act{ID: 3, Order: row.order, Asked: act.Assent{By: "Olga", Why: "bravo"}, Approved: &act.Assent{By: "Bob"}, Over: &act.Assent{By: "Olga", Why: "bravo"}}
			seen, is := actSeenBy(a, "ALPHA")
			if is != (row.does != "") || seen.Does != row.does || (seen.Order.Reason != "") != row.why {
				t.Errorf("%v %+v", is, seen)
			}
			if seen.Asked.By != "" || seen.Approved != nil || seen.Over != nil && seen.Over.By+seen.Over.Why != "" || len(seen.Exempt) > 0 || len(seen.Hold) > 1 {
				t.Errorf("it has too much: %+v", seen)
			}
			if len(a.Exempt) != len(row.order.Exempt) || len(a.Hold) != len(row.order.Hold) {
				t.Error("the act itself was changed")
			}
		})
	}
}

func TestDraftsAreBoundedAndForgotten(t *testing.T) {
	var d drafts
	now := time.Unix(1_800_000_000, 0)
	name := func(i int) string { return strings.Repeat("x", i+1) }
	for i := range mostDrafts + 5 {
		d.keep(&policy.Policy{Digest: name(i)}, "", now)
	}
	d.keep(&policy.Policy{Digest: name(mostDrafts)}, "again", now)
	if len(d.all) != mostDrafts || d.find(name(0), now) != nil || d.find(name(mostDrafts), now).from != "again" {
		t.Errorf("%d drafts", len(d.all))
	}
	large := []policy.File{{Text: make([]byte, mostDraftOctets/2+1)}}
	d.keep(&policy.Policy{Digest: "large", Files: large}, "", now)
	d.keep(&policy.Policy{Digest: "larger", Files: large}, "", now)
	if d.find("large", now) != nil || d.find("larger", now) == nil {
		t.Error("two large drafts are kept")
	}
	if d.find("larger", now.Add(draftLife+time.Second)) != nil {
		t.Error("a draft is kept for ever")
	}
}

// What people did is found by kind and by person, on the page, in the API and as
// CSV.
func TestTheAuditFindsWhoDidWhat(t *testing.T) {
	w := newWorld(t)
	withOffice(t, w)
	_, addr := running(t, w)
	for query, want := range map[string]string{
		"?kind=sign-in": "signed in by password, from 10.1.2.3", "?who=Planner": "the policy Second of abc was prepared", "?kind=by-hand": "act 1 began",
		"?kind=records&who=Ivo": "explain with targets", "?kind=gateway": "the gateway started, version test on one; it is the first", "?account=BRAVO": "act 1 began",
	} {
		status, text := body(t, http.DefaultClient, addr+"/audit.csv"+query)
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil || status != 200 || len(rows) != 2 || !strings.HasPrefix(rows[1][3], want) {
			t.Errorf("%s: %v %d %q", query, err, status, rows)
		}
		if _, page := body(t, http.DefaultClient, addr+"/audit"+query); !strings.Contains(page, want) {
			t.Errorf("%s: the page has no %q", query, want)
		}
	}
	if status, text := body(t, http.DefaultClient, addr+"/audit?from=2020-01-01&to=2020-01-02"); status != 200 || !strings.Contains(text, "Nothing of that kind") {
		t.Errorf("a time of which nothing is known: %d", status)
	}
}

// The page System says in its first sentence what is wrong, and what to do.
func TestTheSystemSaysWhatIsWrong(t *testing.T) {
	for sentence, row := range map[string]struct {
		change func(*Machine)
		says   []string
	}{
		"a disk that is nearly full":      {func(m *Machine) { m.Free = m.PerDay * 2 }, []string{"Somebody must act", "lasts 2 days", "larger disk"}},
		"a disk that fills in ten days":   {func(m *Machine) { m.Free = m.PerDay * 10 }, []string{"something is to be looked at", "lasts 10 days"}},
		"a certificate that ends soon":    {func(m *Machine) { m.Certificates[0].NotAfter = m.Started.AddDate(0, 0, 20) }, []string{"--tls-cert ends in 19 days", "Renew it"}},
		"a certificate that has ended":    {func(m *Machine) { m.Certificates[0].NotAfter = m.Started }, []string{"Somebody must act", "--tls-cert ended"}},
		"a policy file that is no policy": {func(m *Machine) { m.PolicyWrong = "policy.yaml:3: no" }, []string{"policy.yaml:3: no", "Correct the file"}},
		"a ledger that fails":             {func(m *Machine) { m.Ledger.Wrong = "no connection" }, []string{"no connection", "Nothing is lost"}},
		"nothing":                         {func(*Machine) {}, []string{"srtm is well", "the disk lasts 100 days"}},
	} {
		t.Run(sentence, func(t *testing.T) {
			w := newWorld(t)
			withOffice(t, w)
			w.source.Journal, w.source.Offset = func() journal.Stats { return journal.Stats{Position: 12, Durable: 12} }, func() time.Duration { return 0 }
			machine := w.source.Machine
			w.source.Machine = func() Machine { m := machine(); row.change(&m); return m }
			_, addr := running(t, w)
			_, text := body(t, http.DefaultClient, addr+base+"/system")
			for _, says := range row.says {
				if !strings.Contains(text, says) {
					t.Errorf("it does not say %q: %s", says, text)
				}
			}
		})
	}
}

// Files are taken of those who operate, and of nobody else; and no more than may
// be.
func TestWhoMayGiveFiles(t *testing.T) {
	w := town(t)
	withOffice(t, w)
	g := gated(t, w)
	_, addr := running(t, w)
	operator := signIn(t, g, addr, access.Grant{Name: "olga", Roles: []access.Role{access.Operator}})
	var form bytes.Buffer
	m := multipart.NewWriter(&form)
	part, err := m.CreateFormFile("portfolio", `C:\files\portfolio.csv`)
	if err == nil {
		_, err = part.Write(bytes.Replace(townFiles("x", "1/s")[1].Text, []byte("500000"), []byte("500001"), 1))
	}
	if err := errors.Join(err, m.Close()); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{"/policy/new": http.StatusSeeOther, "/policy/challenges/new": http.StatusUnsupportedMediaType, "/sign-in": http.StatusUnsupportedMediaType} {
		r, err := operator.Post(addr+path, m.FormDataContentType(), bytes.NewReader(form.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if r.StatusCode != want {
			t.Errorf("%s: %s", path, r.Status)
		}
	}
}
