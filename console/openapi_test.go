package console

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"srtm/journal"
)

// apiCase is one call of a route: what stands for the path's wildcard, the query
// or the body, and the status that comes of it.
type apiCase struct {
	wild, sent string
	status     int
}

// apiCases call every route, so that it does what it is for and so that it is
// refused. Routes are called in the order of the list; steps of policies and acts
// are about what the town has.
func apiCases(t *testing.T, challenge uint64) map[string][]apiCase {
	t.Helper()
	var files []PolicyFile
	for _, f := range townFiles("Second", "1200/s") {
		files = append(files, PolicyFile{f.Name, string(f.Text)})
	}
	proposal, err := json.Marshal(Deed{By: "Planner", Why: "more", Files: files})
	if err != nil {
		t.Fatal(err)
	}
	by := `{"by":"Planner","why":"so"}`
	return map[string][]apiCase{
		"GET /openapi.json": {{"", "", 200}}, "GET /me": {{"", "", 200}}, "GET /state": {{"", "", 200}}, "GET /now": {{"", "", 200}, {"", "?q=bra", 200}},
		"GET /history": {{"", "", 200}, {"", "?account=BRAVO", 200}, {"", "?account=NOBODY", 404}}, "GET /limits": {{"", "", 200}, {"", "?account=BRAVO", 200}, {"", "?account=x", 404}},
		"GET /users": {{"", "", 200}, {"", "?q=zzz", 200}}, "GET /users/{account}": {{"BRAVO", "", 200}, {"NOBODY", "", 404}},
		"GET /events": {{"", "", 200}}, "GET /journal/head": {{"", "", 200}},
		"GET /policies": {{"", "", 200}}, "GET /policies/{digest}": {{"in-force", "", 200}, {"none", "", 404}},
		"POST /policies":                   {{"", string(proposal), 200}, {"", `{"by":"P"}`, 422}, {"", `{}{}`, 400}, {"", `[`, 400}},
		"POST /policies/{digest}/confirm":  {{"None", by, 409}},
		"POST /policies/{digest}/approve":  {{"None", by, 409}},
		"POST /policies/{digest}/withdraw": {{"None", by, 409}},
		"POST /policies/{digest}/rollback": {{"Town", by, 200}, {"None", by, 409}},
		"GET /notices":                     {{"", "", 200}, {"", "?account=ALPHA", 200}}, "GET /challenges": {{"", "", 200}},
		"POST /challenges":             {{"", `{"account":"ALPHA","by":"Alpha","text":"more"}`, 200}, {"", `{"account":"ALPHA","by":"Alpha","what":"more"}`, 400}},
		"POST /challenges/{id}/answer": {{fmt.Sprint(challenge), `{"by":"Planner","text":"no"}`, 200}, {"x", `{"by":"Planner","text":"no"}`, 404}},
		"GET /acts":                    {{"", "", 200}}, "GET /presets": {{"", "", 200}},
		"POST /acts":               {{"?preview=true", `{"capacity":"500/s","for":"1h"}`, 200}, {"", `{"by":"O","capacity":"500/s","for":"1h","reason":"drill"}`, 200}, {"", `{"by":"O","for":"1h","reason":"x"}`, 422}},
		"POST /acts/{id}/approve":  {{"1", `{"by":"A","why":"yes"}`, 422}},
		"POST /acts/{id}/end":      {{"1", `{"by":"A","why":"over"}`, 200}, {"99", `{"by":"A","why":"over"}`, 422}},
		"POST /acts/{id}/withdraw": {{"1", `{"by":"A","why":"over"}`, 422}},
		"POST /references":         {{"", `{"by":"A","about":1,"reference":"INC-1","why":"x"}`, 200}},
	}
}

// Every answer of every route is what the document that is served says.
func TestAPIAnswers(t *testing.T) {
	w := town(t)
	withOffice(t, w)
	withDrills(t, w)
	j, err := journal.Open(t.TempDir(), journal.Options{Environment: "test"})
	if err != nil {
		t.Fatal(err)
	}
	j.Append(w.now.UnixNano(), &journal.Stop{Reason: "test"})
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	w.head, w.key = j.Head(), j.Key()
	s, addr := running(t, w)
	live(w, s)
	document := newDocument(t, addr)
	cases := apiCases(t, w.source.Amendments.Challenges()[0].ID)
	for name, more := range drillAPICases() {
		cases[name] = append(cases[name], more...)
	}
	for name, more := range officeAPICases() {
		cases[name] = append(cases[name], more...)
	}
	for name, more := range pastAPICases(t, s) {
		cases[name] = append(cases[name], more...)
	}
	for _, r := range s.routes() {
		name := r.method + " " + r.path
		if len(cases[name]) == 0 {
			t.Errorf("%s has no case here", name)
		}
		for _, c := range cases[name] {
			path := addr + base + wildcard.ReplaceAllString(r.path, c.wild)
			if r.method == "POST" && !strings.Contains(r.path, "{") {
				path += c.wild
			}
			body := io.Reader(nil)
			if r.method == "GET" {
				path += c.sent
			} else {
				body = strings.NewReader(c.sent)
			}
			req, err := http.NewRequestWithContext(t.Context(), r.method, path, body)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != c.status {
				t.Errorf("%s %s: %d, want %d", name, c.sent, resp.StatusCode, c.status)
			}
			document.check(t, r, resp)
			resp.Body.Close()
		}
	}
}

// document is the served description, as JSON Schema knows it.
type document struct{ compiler *jsonschema.Compiler }

func newDocument(t *testing.T, addr string) document {
	t.Helper()
	resp, err := http.Get(addr + base + "/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	parsed, err := jsonschema.UnmarshalJSON(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if version := parsed.(map[string]any)["openapi"]; version != "3.1.0" {
		t.Errorf("it is OpenAPI %v", version)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource("file:///openapi.json", parsed); err != nil {
		t.Fatal(err)
	}
	return document{c}
}

// check finds what the document says of an answer, and whether it is so.
func (d document) check(t *testing.T, r route, resp *http.Response) {
	t.Helper()
	status, kind := strconv.Itoa(cmp.Or(r.status, http.StatusOK)), resp.Header.Get("Content-Type")
	if resp.StatusCode != cmp.Or(r.status, http.StatusOK) {
		status = "default"
	}
	if r.kind == "*/*" && resp.StatusCode == http.StatusOK {
		return
	}
	if kind == "text/event-stream" {
		d.events(t, resp.Body)
		return
	}
	escape := strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D", "+", "%2B").Replace
	schema, err := d.compiler.Compile("file:///openapi.json#/paths/" + escape(base+r.path) + "/" + strings.ToLower(r.method) + "/responses/" + status + "/content/" + escape(kind) + "/schema")
	if err != nil {
		t.Errorf("%s %s answers %s with %s, which the document does not have: %v", r.method, r.path, resp.Status, kind, err)
		return
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err == nil {
		err = schema.Validate(v)
	}
	if err != nil {
		t.Errorf("%s %s answers what the document does not say: %v\n%.500s", r.method, r.path, err, text)
	}
}

// events checks the first event's data.
func (d document) events(t *testing.T, from io.Reader) {
	t.Helper()
	_, data, _ := strings.Cut(firstEvent(t, from), "event: state\ndata: ")
	schema, err := d.compiler.Compile("file:///openapi.json#/components/schemas/ConsoleNow")
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(data))
	if err == nil {
		err = schema.Validate(v)
	}
	if err != nil {
		t.Errorf("the event state: %v in %.300s", err, data)
	}
}
