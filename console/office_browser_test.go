package console

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"srtm/access"
	"srtm/act"
	"srtm/amendment"
	"srtm/browsertest"
	"srtm/policy"
)

// officeTown is a running town in which everything of the office can be seen.
func officeTown(t *testing.T) (*world, *Server, string) {
	t.Helper()
	w := town(t)
	withOffice(t, w)
	s, addr := running(t, w)
	for range 5 {
		live(w, s)
	}
	return w, s, addr
}

// Every page of the office, in a real Chromium.
func TestOfficePagesInABrowser(t *testing.T) {
	w, _, addr := officeTown(t)
	digest, challenge := w.source.Policy().Digest, fmt.Sprint(w.source.Amendments.Challenges()[0].ID)
	b := browsertest.Start(t)
	for name, path := range map[string]string{
		"policy": "/policy", "policy-one": "/policy/" + digest, "policy-new": "/policy/new", "challenge": "/policy/challenges/new", "answer": "/policy/challenges/" + challenge + "/answer",
		"acts": "/acts", "acts-new": "/acts/new", "acts-preview": "/acts/new?what=capacity&capacity=500&for=1h", "acts-wrong": "/acts/new?what=hold&account=BRAVO&rate=-1&for=1h",
		"acts-end": "/acts/1/end", "audit": "/audit", "explain": "/explain", "explained": "/explain?days=400&request=" + requestOf(bravo), "system": "/system",
	} {
		t.Run(name, func(t *testing.T) {
			tab := b.Open(t, addr+path)
			tab.Await(t, `document.documentElement.dataset.state`)
			picture(t, tab, "office-"+name)
			tab.Well(t)
		})
	}
}

// The document that a policy is has its own style, which its content policy lets
// it have.
func TestThePolicyAsADocument(t *testing.T) {
	_, _, addr := officeTown(t)
	tab := browsertest.Start(t).Open(t, addr+"/policy/in-force/tmmd")
	tab.Await(t, `getComputedStyle(document.querySelector("body")).maxWidth !== "none" || document.styleSheets[0].cssRules.length > 10`)
	picture(t, tab, "office-tmmd")
	tab.Well(t)
	tab.Go(t, addr+"/policy/compare/document?old=in-force&new=in-force")
	tab.Well(t)
}

// An act by hand: chosen, looked at, refused without a reason, done, seen on every
// page, ended.
func TestAnActByHandIsClickedThrough(t *testing.T) {
	w, s, addr := officeTown(t)
	tab := browsertest.Start(t).Open(t, addr+"/acts")
	tab.Click(t, `a[href="/acts/new"]`)
	tab.Await(t, `location.pathname === "/acts/new" && document.querySelector("#show")`)
	tab.Fill(t, `input[name="capacity"]`, "500")
	tab.Fill(t, `#for`, "2h")
	tab.Click(t, "#show")
	tab.Await(t, `document.querySelector("#do") && document.querySelector("#preview").textContent.includes("Capacity 1,000/s → 500/s for 2 h")`)
	if n := len(w.source.Acts.Running()); n != 1 {
		t.Fatalf("looking did something: %d acts run", n)
	}
	tab.Fill(t, "#by", "Olga")
	tab.Fill(t, "#reason", "one site is down")
	tab.Fill(t, "#reference", "INC-7")
	tab.Click(t, "#do")
	tab.Await(t, `location.pathname === "/acts" && document.querySelector("#acts").textContent.includes("INC-7")`)
	picture(t, tab, "office-acts-running")
	s.beat()
	tab.Go(t, addr+"/")
	tab.Await(t, `document.documentElement.dataset.state && [...document.querySelectorAll(".banner")].some(b => b.textContent.includes("one site is down"))`)
	tab.Click(t, `.banner form[action="/acts/2/end"] button`)
	tab.Await(t, `location.pathname === "/acts/2/end" && document.querySelector("#why")`)
	tab.Well(t)
	tab.Fill(t, "#by", "Olga")
	tab.Fill(t, "#why", "it is up again")
	s.beat()
	tab.Click(t, "form.sign button")
	tab.Await(t, `location.pathname === "/acts" && document.querySelector("main").textContent.includes("ended by Olga: it is up again")`)
	tab.Well(t)
	for _, said := range tab.Said() {
		t.Errorf("the page %s", said)
	}
}

// A prepared act takes one confirmation.
func TestAPreparedActIsClickedThrough(t *testing.T) {
	w, _, addr := officeTown(t)
	tab := browsertest.Start(t).Open(t, addr+"/acts")
	tab.Click(t, `a[href^="/acts/new?preset="]`)
	tab.Await(t, `document.querySelector("#do")`)
	tab.Fill(t, "#by", "Olga")
	tab.Fill(t, "#reason", "as prepared")
	tab.Click(t, "#do")
	tab.Await(t, `location.pathname === "/acts"`)
	if n := len(w.source.Acts.Running()); n != 2 {
		t.Fatalf("%d acts run", n)
	}
}

// A change of policy: varied, looked at, proposed, in force; then rolled back. And
// one from files with a fault, and without.
func TestAPolicyIsClickedThrough(t *testing.T) {
	w, _, addr := officeTown(t)
	tab := browsertest.Start(t).Open(t, addr+"/policy")
	tab.Click(t, `a[href="/policy/new"]`)
	tab.Await(t, `document.querySelector("#vary")`)
	tab.Fill(t, "#capacity", "1500/s")
	tab.Click(t, "#vary")
	tab.Await(t, `location.pathname.startsWith("/policy/new/draft/") && document.querySelector("#do")`)
	picture(t, tab, "office-draft")
	tab.Well(t)
	if n := len(w.source.Amendments.History()); n != 1 {
		t.Fatalf("looking proposed something: %d versions", n)
	}
	w.set(func() { w.now = w.now.Add(time.Second) })
	tab.Fill(t, "#by", "Planner")
	tab.Fill(t, "#why", "more hardware")
	tab.Click(t, "#do")
	tab.Await(t, `/^\/policy\/[0-9a-f]+$/.test(location.pathname)`)
	picture(t, tab, "office-proposed")
	tab.Well(t)
	w.set(func() { w.now = w.now.Add(time.Minute) })
	first := w.source.Amendments.History()[0].Digest
	tab.Go(t, addr+"/policy/"+first+"/rollback")
	tab.Await(t, `document.querySelector("#do")`)
	picture(t, tab, "office-rollback")
	tab.Well(t)
	tab.Fill(t, "#by", "Planner")
	tab.Fill(t, "#why", "the hardware failed")
	tab.Click(t, "#do")
	tab.Await(t, `/^\/policy\/[0-9a-f]+$/.test(location.pathname)`)
	if v := w.source.Amendments.InForce(w.source.Now()); v == nil || v.Digest != first {
		t.Errorf("in force is %+v", v)
	}
	tab.Go(t, addr+"/policy")
	picture(t, tab, "office-policy-past")
	tab.Click(t, `form[action="/policy/compare"] button`)
	tab.Await(t, `location.pathname === "/policy/compare" && document.querySelector("main table, main ul")`)
	picture(t, tab, "office-compare")
	tab.Well(t)
	uploads(t, tab, addr)
}

// uploads gives files in the browser.
func uploads(t *testing.T, tab *browsertest.Tab, addr string) {
	t.Helper()
	dir := t.TempDir()
	tab.Go(t, addr+"/policy/new")
	for _, step := range []struct{ rows, await string }{
		{"account,name,user_id,role,portfolio\nALPHA,Alpha,90-B3,IS,1\n", `document.querySelector(".wrong") && document.querySelector(".wrong").textContent.includes("portfolio.csv:2")`},
		{strings.Replace(string(townFiles("x", "1/s")[1].Text), "500000", "900000", 1), `location.pathname.startsWith("/policy/new/draft/") && document.querySelector("main").textContent.includes("the portfolio of ALPHA as IS goes from 500000 to 900000")`},
	} {
		file := filepath.Join(dir, "portfolio.csv")
		if err := os.WriteFile(file, []byte(step.rows), 0o600); err != nil {
			t.Fatal(err)
		}
		tab.Choose(t, "#portfolio", file)
		tab.Click(t, "#upload")
		tab.Await(t, step.await)
		tab.Forget() // the browser says that a page was answered 422
	}
	picture(t, tab, "office-questions")
	tab.Well(t)
}

// The journal is verified from the page.
func TestTheJournalIsVerifiedFromThePage(t *testing.T) {
	_, _, addr := officeTown(t)
	tab := browsertest.Start(t).Open(t, addr+"/audit")
	tab.Click(t, "#verify")
	tab.Await(t, `document.querySelector("#verification") && document.querySelector("#verification").textContent.includes("as it was written")`)
	tab.Well(t)
	picture(t, tab, "office-verified")
}

// A Service User finds its own.
func TestOfficePagesOfAServiceUser(t *testing.T) {
	w := town(t)
	withOffice(t, w)
	g := gated(t, w)
	s, addr := running(t, w)
	live(w, s)
	token, err := g.Add(access.Grant{Name: "alpha", Roles: []access.Role{access.ServiceUser}, Account: "ALPHA"})
	if err != nil {
		t.Fatal(err)
	}
	tab := browsertest.Start(t).Open(t, addr+"/sign-in/link?token="+token)
	tab.Fill(t, "#password", password)
	tab.Fill(t, "#again", password)
	tab.Click(t, "form.sign button")
	tab.Await(t, `location.pathname === "/" && document.querySelector("nav")`)
	for name, path := range map[string]string{"policy": "/policy", "acts": "/acts", "explain": "/explain?days=31&request=" + requestOf(alpha), "challenge": "/policy/challenges/new"} {
		tab.Go(t, addr+path)
		tab.Await(t, `document.documentElement.dataset.state`)
		picture(t, tab, "office-own-"+name)
		tab.Well(t)
	}
}

// What waits, and the pages on which it is answered, approved and withdrawn.
func TestWhatWaitsInABrowser(t *testing.T) {
	w, _, _, _ := twoPersons(t)
	w.source.Gate = nil
	s, addr := running(t, w)
	live(w, s)
	files := townFiles("Second", "1200/s")
	files[1].Text = bytes.Replace(files[1].Text, []byte("500000"), []byte("900000"), 1)
	p, err := policy.ParseFiles(append(files[:1:1], files[1]))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.source.Amendments.Propose(p, amendment.Person{Name: "Planner"}, "a new portfolio", amendment.ProposeOptions{ShortenNotice: true, Reason: "it is urgent"}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.source.Acts.Ask(act.Order{Suspend: true, For: act.Length(time.Hour), Reason: "the DSP is replaced"}, "Olga"); err != nil {
		t.Fatal(err)
	}
	b := browsertest.Start(t)
	for name, path := range map[string]string{
		"policy": "/policy", "one": "/policy/" + p.Digest, "confirm": "/policy/" + p.Digest + "/confirm", "approve": "/policy/" + p.Digest + "/approve",
		"withdraw": "/policy/" + p.Digest + "/withdraw", "acts": "/acts", "act": "/acts/1/approve",
	} {
		t.Run(name, func(t *testing.T) {
			tab := b.Open(t, addr+path)
			tab.Await(t, `document.documentElement.dataset.state`)
			picture(t, tab, "office-waiting-"+name)
			tab.Well(t)
		})
	}
}
