package console

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"srtm/amendment"
	"srtm/policy"
)

// office is a console over a real register, of two accounts in the environment
// "test".
func office(t *testing.T) *Server {
	t.Helper()
	w := newWorld(t)
	register, err := amendment.Open(t.TempDir(), amendment.Options{Clock: func() time.Time { return w.now }, Environment: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := register.Start(parsed(t, "One", "100/s")); err != nil {
		t.Fatal(err)
	}
	w.source.Amendments = register
	return New(w.source, slog.New(slog.DiscardHandler))
}

func filesOf(name, capacity string) []PolicyFile {
	return []PolicyFile{
		{"policy.yaml", "name: " + name + "\nenvironment: test\ncapacity: " + capacity + "\nallocation: {notice: 0}\nportfolio: portfolio.csv\n"},
		{"portfolio.csv", portfolio},
	}
}

func parsed(t *testing.T, name, capacity string) *policy.Policy {
	t.Helper()
	var files []policy.File
	for _, f := range filesOf(name, capacity) {
		files = append(files, policy.File{Name: f.Name, Text: []byte(f.Text)})
	}
	p, err := policy.ParseFiles(files)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// ask sends a request and returns status, content type and body.
func ask(t *testing.T, s *Server, r *http.Request) (int, string, string) {
	t.Helper()
	w := httptest.NewRecorder()
	s.http.Handler.ServeHTTP(w, r)
	return w.Code, w.Header().Get("Content-Type"), w.Body.String()
}

func post(t *testing.T, path string, body any) *http.Request {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return httptest.NewRequest(http.MethodPost, "http://127.0.0.1:9101/api/v1/"+path, bytes.NewReader(text))
}

func get(path string) *http.Request {
	return httptest.NewRequest(http.MethodGet, "http://127.0.0.1:9101/api/v1/"+path, nil)
}

func TestAPolicyIsProposedAndSeen(t *testing.T) {
	s := office(t)
	status, _, body := ask(t, s, post(t, "policies", Deed{By: "Planner", Why: "more", Files: filesOf("Two", "200/s")}))
	if status != http.StatusOK || !strings.Contains(body, `"accepted": true`) || !strings.Contains(body, `"prepared": {`) {
		t.Fatalf("proposing: %d %s", status, body)
	}
	status, _, body = ask(t, s, get("policies"))
	var all Policies
	if err := json.Unmarshal([]byte(body), &all); status != http.StatusOK || err != nil {
		t.Fatalf("%d %v %s", status, err, body)
	}
	if all.InForce == nil || all.InForce.Name != "Two" || len(all.History) != 2 || len(all.Pending) != 0 {
		t.Errorf("in force %+v, %d versions, %d waiting", all.InForce, len(all.History), len(all.Pending))
	}
	status, _, body = ask(t, s, get("policies/in-force"))
	if status != http.StatusOK || !strings.Contains(body, "capacity: 200/s") || !strings.Contains(body, "Bravo Energy") {
		t.Errorf("its files: %d %s", status, body)
	}
	if _, _, body := ask(t, s, get("notices?account=ALPHA")); !strings.Contains(body, `"account": "ALPHA"`) || strings.Contains(body, "BRAVO") {
		t.Errorf("ALPHA's notices: %s", body)
	}
	for _, step := range []string{"approve", "confirm", "withdraw"} {
		if status, _, body := ask(t, s, post(t, "policies/Nobody/"+step, Deed{By: "Planner", Why: "why"})); status != http.StatusConflict {
			t.Errorf("%s of a policy that is not there: %d %s", step, status, body)
		}
	}
	status, _, body = ask(t, s, post(t, "policies/One/rollback", Deed{By: "Planner", Why: "back"}))
	if status != http.StatusOK || !strings.Contains(body, `"accepted": true`) {
		t.Errorf("roll-back: %d %s", status, body)
	}
}

func TestChallengesAreAnswered(t *testing.T) {
	s := office(t)
	_, _, body := ask(t, s, post(t, "challenges", Saying{Account: "ALPHA", By: "Alpha Energy", Text: "larger"}))
	var c amendment.Challenge
	if err := json.Unmarshal([]byte(body), &c); err != nil || c.Said.Why != "larger" {
		t.Fatalf("%v %s", err, body)
	}
	path := "challenges/" + jsonNumber(c.ID) + "/answer"
	if status, _, body := ask(t, s, post(t, path, Saying{By: "Planner", Text: "as registered"})); status != http.StatusOK {
		t.Errorf("answering: %d %s", status, body)
	}
	if _, _, body := ask(t, s, get("challenges")); !strings.Contains(body, "as registered") {
		t.Errorf("challenges: %s", body)
	}
	if status, _, _ := ask(t, s, post(t, "challenges/x/answer", Saying{By: "Planner", Text: "?"})); status != http.StatusNotFound {
		t.Errorf("a challenge without a number: %d", status)
	}
}

func jsonNumber(n uint64) string { text, _ := json.Marshal(n); return string(text) }

// What cannot be is answered with what is wrong, as RFC 9457 has it, and changes
// nothing.
func TestPoliciesThatAreRefused(t *testing.T) {
	s := office(t)
	broken := filesOf("Two", "lots")
	elsewhere := filesOf("Two", "200/s")
	elsewhere[0].Text = strings.Replace(elsewhere[0].Text, "environment: test", "environment: production", 1)
	crossOrigin := post(t, "policies", Deed{By: "Planner", Why: "why", Files: filesOf("Two", "200/s")})
	crossOrigin.Header.Set("Sec-Fetch-Site", "cross-site")
	for _, row := range []struct {
		sentence, want string
		status         int
		request        *http.Request
	}{
		{"a file that cannot be read", "capacity", 422, post(t, "policies", Deed{By: "Planner", Why: "why", Files: broken})},
		{"no file", "policy", 422, post(t, "policies", Deed{By: "Planner", Why: "why"})},
		{"another environment", "environment", 422, post(t, "policies", Deed{By: "Planner", Why: "why", Files: elsewhere})},
		{"nobody's name", "name", 409, post(t, "policies", Deed{Why: "why", Files: filesOf("Two", "200/s")})},
		{"no reason", "reason", 409, post(t, "policies", Deed{By: "Planner", Why: "  ", Files: filesOf("Two", "200/s")})},
		{"a key that is not known", "JSON", 400, post(t, "policies", map[string]string{"who": "Planner"})},
		{"a step that is not known", "nothing at", 404, post(t, "policies/One/burn", Deed{By: "Planner", Why: "why"})},
		{"files of a policy that is not there", "policies", 404, get("policies/0000")},
		{"a page from elsewhere in a browser", "cross-origin", 403, crossOrigin},
	} {
		t.Run(row.sentence, func(t *testing.T) {
			status, kind, body := ask(t, s, row.request)
			if status != row.status || !strings.Contains(body, row.want) {
				t.Errorf("%d %s, want %d and %q", status, body, row.status, row.want)
			}
			if kind != "application/problem+json" {
				t.Errorf("it is %s", kind)
			}
		})
	}
	if _, _, body := ask(t, s, get("policies")); strings.Contains(body, `"name": "Two"`) {
		t.Errorf("something changed: %s", body)
	}
}
