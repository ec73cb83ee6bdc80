package console

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"srtm/browsertest"
)

// picture keeps a screenshot where SRTM_PICTURES names a folder, for a person to
// look at.
func picture(t *testing.T, tab *browsertest.Tab, name string) {
	t.Helper()
	dir := os.Getenv("SRTM_PICTURES")
	if dir == "" {
		return
	}
	for _, look := range []struct {
		width  int64
		scheme string
	}{{1280, "light"}, {1280, "dark"}, {360, "light"}} {
		tab.Look(t, look.width, "screen", look.scheme)
		tab.Screenshot(t, filepath.Join(dir, name+"-"+look.scheme+"-"+map[int64]string{1280: "wide", 360: "small"}[look.width]+".png"))
	}
	tab.Look(t, 1280, "screen", "light")
}

// lively is a world in which something has happened for a while: ALPHA sends
// within its allocation, BRAVO far beyond it.
func lively(t *testing.T) (*world, *Server, string) {
	t.Helper()
	w := newWorld(t)
	w.source.Recent = NewRecent()
	s, addr := running(t, w)
	for i := range 120 {
		w.set(func() { w.now = w.now.Add(time.Second) })
		w.send(alpha, 30+i%7)
		if i > 40 {
			w.send(bravo, 80+i%11)
		} else {
			w.send(bravo, 20)
		}
		s.beat()
	}
	return w, s, addr
}

// Every page, in a real Chromium.
func TestPagesInABrowser(t *testing.T) {
	_, _, addr := lively(t)
	b := browsertest.Start(t)
	for name, path := range map[string]string{"now": "/", "users": "/users", "none": "/users?q=nobody", "user": "/users/BRAVO", "error": "/nowhere"} {
		t.Run(name, func(t *testing.T) {
			tab := b.Open(t, addr+path)
			if name == "error" { // the browser says that itself
				tab.Forget()
			} else {
				tab.Await(t, `document.documentElement.dataset.state`)
			}
			picture(t, tab, name)
			tab.Well(t)
		})
	}
}

// Without scripts the pages say the same.
func TestPagesWithoutScripts(t *testing.T) {
	_, _, addr := lively(t)
	tab := browsertest.Start(t).Open(t, addr+"/healthz")
	tab.Scripts(t, false)
	tab.Go(t, addr+"/")
	picture(t, tab, "now-without-script")
	tab.Go(t, addr+"/users/BRAVO")
	picture(t, tab, "user-without-script")
	for _, what := range tab.Said() {
		t.Errorf("the page %s", what)
	}
}
