package console

import (
	"net/http"
	"strings"
	"testing"

	"srtm/access"
	"srtm/browsertest"
)

// From the one-time link that a first start prints to what is happening, and out
// again, as a person does it.
func TestSigningInInABrowser(t *testing.T) {
	w := town(t)
	g := gated(t, w)
	s, addr := running(t, w)
	live(w, s)
	token, first := g.FirstLink()
	if !first {
		t.Fatal("there is somebody already")
	}
	tab := browsertest.Start(t).Open(t, addr+access.LinkPath(token))
	picture(t, tab, "link")
	tab.Well(t)
	tab.Fill(t, "#password", "something long enough")
	tab.Fill(t, "#again", "something else entirely")
	tab.Click(t, "main button")
	tab.Await(t, `document.querySelector("[role=alert]")?.textContent.includes("not the same")`)
	tab.Forget() // the browser says that it was answered 422
	tab.Fill(t, "#password", "something long enough")
	tab.Fill(t, "#again", "something long enough")
	tab.Click(t, "main button")
	tab.Await(t, `location.pathname === "/" && document.querySelector("tr#u-BRAVO")`)
	picture(t, tab, "town")
	tab.Well(t)

	tab.Click(t, "details.person summary")
	tab.Click(t, `form[action="/sign-out"] button`)
	tab.Await(t, `location.pathname === "/sign-in"`)
	tab.Forget() // nor is a watcher answered any more
	tab.Go(t, addr+"/users/BRAVO")
	tab.Await(t, `location.search === "?to=%2Fusers%2FBRAVO"`)
	picture(t, tab, "sign-in")
	tab.Well(t)
	tab.Fill(t, "#name", access.FirstName)
	tab.Fill(t, "#password", "something else entirely")
	tab.Click(t, "main button")
	tab.Await(t, `document.querySelector("[role=alert]")?.textContent.includes("wrong")`)
	tab.Forget()
	tab.Fill(t, "#password", "something long enough")
	tab.Click(t, "main button")
	tab.Await(t, `location.pathname === "/users/BRAVO" && document.querySelectorAll(".refusals li").length === 20`)

	// An act by hand stands on every page, and ends on a page of its own.
	tab.Await(t, `document.querySelector(".banner")?.textContent.includes("BRAVO held to 7.531/s")`)
	tab.Click(t, ".banner button")
	tab.Await(t, `location.pathname.startsWith("/acts/")`)
	picture(t, tab, "end")
	tab.Well(t)
	tab.Fill(t, "#why", "mended")
	tab.Click(t, "main button")
	tab.Await(t, `location.pathname === "/acts"`)
	for _, a := range w.source.Acts.History() {
		if a.Over == nil || a.Over.By != access.FirstName || a.Over.Why != "mended" {
			t.Errorf("it was ended so: %+v", a.Over)
		}
	}
	if len(w.source.Acts.Running()) > 0 {
		t.Error("it runs on")
	}
}

// A Service User sees itself.
func TestAServiceUsersPages(t *testing.T) {
	w := town(t)
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
	tab.Click(t, "main button")
	tab.Await(t, `location.pathname === "/" && document.documentElement.dataset.state`)
	picture(t, tab, "service-user")
	tab.Well(t)
	tab.Click(t, "tr#u-ALPHA a")
	tab.Await(t, `location.pathname === "/users/ALPHA"`)
	tab.Well(t)
	if text := browsertest.Ask[string](t, tab, `document.documentElement.outerHTML`); strings.Contains(strings.ToLower(text), "bravo") {
		t.Error("the page names BRAVO")
	}
}

// The keyboard does what the page says it does.
func TestTheKeyboard(t *testing.T) {
	w := town(t)
	s, addr := running(t, w)
	live(w, s)
	tab := browsertest.Start(t).Open(t, addr+"/")
	press := func(key string) {
		browsertest.Ask[bool](t, tab, `document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key: "`+key+`", bubbles: true, cancelable: true}))`)
	}
	focused := func() string {
		return browsertest.Ask[string](t, tab, `document.activeElement.id || document.activeElement.textContent`)
	}
	for _, row := range []struct{ key, want string }{{"j", "BRAVO"}, {"j", "CHARLIE"}, {"k", "BRAVO"}, {"k", "BRAVO"}, {"/", "q"}, {"j", "q"}} {
		press(row.key)
		if got := focused(); got != row.want {
			t.Errorf("after %s the focus is on %q, not on %q", row.key, got, row.want)
		}
	}
}

// A wrong password says no more than that, and too many of them are refused.
func TestWrongPasswords(t *testing.T) {
	w := town(t)
	g := gated(t, w)
	_, addr := running(t, w)
	signIn(t, g, addr, access.Grant{Name: "viewer", Roles: []access.Role{access.Viewer}})
	status := 0
	for range 50 {
		resp, err := http.PostForm(addr+"/sign-in", map[string][]string{"name": {"viewer"}, "password": {"wrong"}})
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if status = resp.StatusCode; status == http.StatusTooManyRequests {
			if resp.Header.Get("Retry-After") == "" {
				t.Error("nobody is told when to try again")
			}
			return
		}
		if status != http.StatusForbidden {
			t.Fatalf("a wrong password is answered %d", status)
		}
	}
	t.Errorf("the fiftieth is answered %d", status)
}
