package console

import (
	"bytes"
	"errors"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"srtm/access"
	"srtm/act"
	"srtm/policy"
)

// twoPersons is a running town in whose policy two persons stand behind what is
// done, and one client for each role.
func twoPersons(t *testing.T) (w *world, addr string, operator, approver *http.Client) {
	t.Helper()
	w = town(t)
	withOffice(t, w)
	files := townFiles("Town", "1000/s")
	files[0].Text = append(files[0].Text, "approval: two\n"...)
	p, err := policy.ParseFiles(files)
	if err != nil {
		t.Fatal(err)
	}
	w.source.Policy = func() *policy.Policy { return p }
	acts, err := act.Open(t.TempDir(), act.Options{Clock: w.source.Now, Policy: w.source.Policy, Record: func(act.Event) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	w.source.Acts = handy{acts, p, w}
	g := gated(t, w)
	_, addr = running(t, w)
	operator = signIn(t, g, addr, access.Grant{Name: "olga", Roles: []access.Role{access.Operator}})
	approver = signIn(t, g, addr, access.Grant{Name: "anna", Roles: []access.Role{access.Approver}})
	return w, addr, operator, approver
}

// submit sends a form, and returns the status and where it leads to.
func submit(t *testing.T, client *http.Client, address string, fields ...string) (int, string) {
	t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	resp, err := client.PostForm(address, form)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode, resp.Header.Get("Location")
}

// An act waits for another person, who approves it on its page; and is withdrawn.
func TestAnActTakesTwoPersons(t *testing.T) {
	w, addr, operator, approver := twoPersons(t)
	const what = "/acts/new?what=capacity&capacity=500&for=1h"
	if _, page := body(t, operator, addr+what); !strings.Contains(page, "Ask another person to approve it") {
		t.Error("the page does not say that another person is needed")
	}
	for range 2 {
		if status, to := submit(t, operator, addr+what, "reason", "one site"); status != http.StatusSeeOther || to != "/acts" {
			t.Fatalf("asking: %d %s", status, to)
		}
	}
	if running, waiting := w.source.Acts.Running(), w.source.Acts.Waiting(); len(running) != 0 || len(waiting) != 2 {
		t.Fatalf("%d run and %d wait", len(running), len(waiting))
	}
	if status, _ := submit(t, operator, addr+"/acts/1/approve", "why", "x"); status != http.StatusForbidden {
		t.Errorf("the operator approves it: %d", status)
	}
	if _, page := body(t, approver, addr+"/acts/1/approve"); !strings.Contains(page, "Capacity 1,000/s → 500/s") || len(w.source.Acts.Running()) != 0 {
		t.Error("the page does not say what it does, or did it")
	}
	if status, _ := submit(t, approver, addr+"/acts/1/approve", "why", "yes"); status != http.StatusSeeOther || len(w.source.Acts.Running()) != 1 {
		t.Errorf("approving: %d", status)
	}
	if status, _ := submit(t, operator, addr+"/acts/2/withdraw", "why", "not needed"); status != http.StatusSeeOther || len(w.source.Acts.Waiting()) != 0 {
		t.Errorf("withdrawing: %d", status)
	}
	if _, page := body(t, approver, addr+"/acts"); !strings.Contains(page, "approved by anna") || !strings.Contains(page, "withdrawn by olga: not needed") || strings.Contains(page, "End now") {
		t.Errorf("the list: %s", page)
	}
}

// A policy from files waits for what is asked about it and for another person, each
// answered on its page; and another is withdrawn.
func TestAPolicyTakesTwoPersons(t *testing.T) {
	w, addr, operator, approver := twoPersons(t)
	files := townFiles("Second", "1200/s")
	var form bytes.Buffer
	m := multipart.NewWriter(&form)
	for field, text := range map[string][]byte{"policy": append(files[0].Text, "approval: two\n"...), "portfolio": bytes.Replace(files[1].Text, []byte("500000"), []byte("900000"), 1)} {
		name := map[string]string{"policy": "policy.yaml", "portfolio": "portfolio.csv"}[field]
		part, err := m.CreateFormFile(field, name)
		if err == nil {
			_, err = part.Write(text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	resp, err := operator.Post(addr+"/policy/new", m.FormDataContentType(), &form)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		t.Fatal(err)
	}
	draft := resp.Header.Get("Location")
	if _, page := body(t, operator, addr+draft); !strings.Contains(page, "The portfolio of ALPHA as IS goes from 500000 to 900000.") || !strings.Contains(page, "approval by another person than olga") {
		t.Errorf("the draft %s: %s", draft, page)
	}
	status, to := submit(t, operator, addr+draft, "why", "new portfolio")
	if status != http.StatusSeeOther || len(w.source.Amendments.Pending()) != 1 {
		t.Fatalf("proposing: %d %s", status, to)
	}
	if status, _ := submit(t, operator, addr+draft, "why", "again"); status != http.StatusUnprocessableEntity {
		t.Errorf("proposing it again: %d", status)
	}
	if _, page := body(t, approver, addr+to); strings.Contains(page, to+"/withdraw") || !strings.Contains(page, to+"/approve") {
		t.Error("the approver is offered what only an operator may, or not what it may")
	}
	if status, _ := submit(t, operator, addr+to+"/confirm", "why", "it is so", "confirm", "yes"); status != http.StatusSeeOther {
		t.Errorf("confirming: %d", status)
	}
	if status, _ := submit(t, approver, addr+to+"/approve"); status != http.StatusUnprocessableEntity {
		t.Errorf("approving without a reason: %d", status)
	}
	if status, _ := submit(t, approver, addr+to+"/approve", "why", "seen"); status != http.StatusSeeOther || len(w.source.Amendments.Pending()) != 0 {
		t.Errorf("approving: %d", status)
	}
	if in := w.source.Amendments.InForce(w.source.Now()); in == nil || in.Name != "Second" {
		t.Errorf("in force is %+v", in)
	}
	if status, _ := body(t, approver, addr+to+"/withdraw"); status != http.StatusForbidden {
		t.Errorf("withdrawing what is in force, by who may not: %d", status)
	}
	if status, _ := body(t, operator, addr+to+"/withdraw"); status != http.StatusConflict {
		t.Errorf("withdrawing what is in force: %d", status)
	}
}

// A challenge is said by a Service User and answered by an operator, on pages.
func TestAChallengeIsAnswered(t *testing.T) {
	w, addr, operator, _ := twoPersons(t)
	own := signIn(t, w.source.Gate, addr, access.Grant{Name: "alpha", Roles: []access.Role{access.ServiceUser}, Account: "ALPHA"})
	if status, _ := submit(t, own, addr+"/policy/challenges/new", "text", "we have more meters"); status != http.StatusSeeOther {
		t.Fatalf("saying it: %d", status)
	}
	if status, _ := submit(t, own, addr+"/policy/challenges/new", "text", "x", "account", "BRAVO"); status == http.StatusSeeOther && len(w.source.Amendments.Challenges()) != 2 {
		t.Error("it was said in another's name")
	}
	all := w.source.Amendments.Challenges()
	id := all[1].ID
	path := addr + "/policy/challenges/" + strings.TrimSpace(count(id)) + "/answer"
	if status, _ := submit(t, operator, path, "text", "not in the portfolio of October"); status != http.StatusSeeOther {
		t.Errorf("answering: %d", status)
	}
	if _, page := body(t, own, addr+"/policy"); !strings.Contains(page, "not in the portfolio of October") || strings.Contains(page, "31337") {
		t.Errorf("what it finds then: %s", page)
	}
}
