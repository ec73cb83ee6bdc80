package console

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"srtm/access"
	"srtm/plot"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed assets
var assetFiles embed.FS

// looks are what pages are made of.
type looks struct {
	pages  map[string]*template.Template // by file
	assets map[string]asset              // by path below /assets/
}

// asset is a file that pages need.
type asset struct {
	text []byte
	mark string // begins its SHA-256
	kind string
}

// newLooks reads what is built in; it panics where that is broken, which a test
// finds.
func newLooks() *looks {
	l := &looks{pages: map[string]*template.Template{}, assets: map[string]asset{}}
	must(fs.WalkDir(assetFiles, "assets", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := assetFiles.ReadFile(name)
		l.add(strings.TrimPrefix(name, "assets/"), text)
		return err
	}))
	l.add("plot.css", []byte(plot.CSS()))
	frame := template.Must(template.New("frame").Funcs(l.functions()).Funcs(officeFunctions()).ParseFS(templateFiles, "templates/layout.html", "templates/*parts.html"))
	names, err := fs.Glob(templateFiles, "templates/*.html")
	must(err)
	for _, name := range names {
		if base := path.Base(name); base != "layout.html" && !strings.HasSuffix(base, "parts.html") {
			l.pages[base] = template.Must(template.Must(frame.Clone()).ParseFS(templateFiles, name))
		}
	}
	return l
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func (l *looks) add(name string, text []byte) {
	sum := sha256.Sum256(text)
	kind := mime.TypeByExtension(path.Ext(name))
	if kind == "" || path.Ext(name) == ".js" {
		kind = map[string]string{".js": "text/javascript; charset=utf-8"}[path.Ext(name)]
	}
	if kind == "" {
		kind = "text/plain; charset=utf-8"
	}
	l.assets[name] = asset{text, hex.EncodeToString(sum[:6]), kind}
}

// functions are those that templates may call.
func (l *looks) functions() template.FuncMap {
	return template.FuncMap{
		"asset": func(name string) (string, error) {
			a, there := l.assets[name]
			if !there {
				return "", fmt.Errorf("there is no asset %q", name)
			}
			return "/assets/" + name + "?v=" + a.mark, nil
		},
		"rate": rate, "exact": exact, "clock": clock, "age": age, "upper": upper, "join": strings.Join,
		"count": func(n any) string { return thousands(fmt.Sprint(n)) },
		"full":  func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") },
		"iso":   func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"since": func(now, then time.Time) string { return age(now.Sub(then)) },
		"share": func(f *float64) string {
			if f == nil {
				return "–"
			}
			return fmt.Sprintf("%.2f", *f)
		},
		"part":    func(of, whole Exact) string { return part(float64(of), float64(whole)) },
		"percent": func(share float64) string { return part(share, 1) },
		"words":   wordsOf, "bar": barOf, "scale": scaleOf, "may": func(p access.Person, right string) bool { return p.May(access.Right(right)) },
	}
}

func upper(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// wordsOf says a standing to people.
func wordsOf(standing string) string {
	return map[string]string{refused: "refused", inShadow: "would be refused", over: "over, not refused", near: "near its allocation", within: "within", quiet: "quiet"}[standing]
}

// The bar of a Service User, in hundredths of its width.
type bar struct{ Within, Beyond, Refused, Tick float64 }

// scaleOf is the rate that fills the bars of a list.
func scaleOf(lines []UserLine) float64 {
	most := 1.0
	for _, u := range lines {
		most = max(most, u.Forwarded+u.Shadowed, float64(u.Allocation)/1e9)
	}
	return most
}

// barOf is dark up to the allocation, light beyond it, with a tick at the
// allocation.
func barOf(u UserLine, scale float64) bar {
	allocation := float64(u.Allocation) / 1e9
	forwarded := u.Forwarded + u.Shadowed
	of := func(v float64) float64 { return tenth(min(v/scale, 1) * 100) }
	return bar{Within: of(min(forwarded, allocation)), Beyond: of(max(0, forwarded-allocation)), Tick: of(allocation)}
}

// frame is what the layout shows around a page.
type frame struct {
	Title   string
	View    any
	Nav     []navEntry
	Signed  bool // somebody is signed in, or nobody needs to be
	Open    bool
	Person  access.Person
	State   State
	Banners []Banner
	Now     time.Time
	Version string
}

type navEntry struct {
	Path, Word string
	Here       bool
}

// servePage answers with a page.
func (s *Server) servePage(c *call, p page) {
	view, err := p.view(s, c)
	if err != nil {
		s.refuse(c.w, c.r, err)
		return
	}
	s.show(c, p, view, http.StatusOK)
}

// show writes a page.
func (s *Server) show(c *call, p page, view any, status int) {
	f := frame{Title: p.title, View: view, Open: c.open, Person: c.person, Now: s.source.Now().UTC(), Version: s.source.Version}
	if own, is := view.(interface{ Heading() string }); is {
		f.Title = own.Heading()
	}
	if f.Signed = c.person.May(access.See); f.Signed {
		f.State = s.meter.latest()
		f.Nav, f.Banners = s.navigation(c, p), s.banners(c.person, &f.State)
	}
	var text bytes.Buffer
	t := s.looks.pages[p.template]
	if t == nil {
		s.log.Error("a page has no template", "template", p.template)
		http.Error(c.w, "this page cannot be shown; the log of the gateway says why", http.StatusInternalServerError)
		return
	}
	if err := t.ExecuteTemplate(&text, "layout", f); err != nil {
		s.log.Error("a page cannot be shown", "path", c.r.URL.Path, "error", err)
		http.Error(c.w, "this page cannot be shown; the log of the gateway says why", http.StatusInternalServerError)
		return
	}
	c.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	c.w.WriteHeader(status)
	if _, err := c.w.Write(text.Bytes()); err != nil {
		s.log.Debug("write a page", "error", err)
	}
}

// navigation lists the pages that somebody may open.
func (s *Server) navigation(c *call, here page) []navEntry {
	var nav []navEntry
	for _, p := range s.pages() {
		to := strings.TrimSuffix(p.path, "{$}")
		if p.nav == "" || !c.person.May(p.need) || p.only != nil && !p.only(c) {
			continue
		}
		is := here.path == p.path || to != "/" && strings.HasPrefix(here.path, to+"/")
		nav = append(nav, navEntry{to, p.nav, is})
	}
	slices.SortStableFunc(nav, func(a, b navEntry) int { return cmp.Compare(rankOfPage(a.Word), rankOfPage(b.Word)) })
	return nav
}

// rankOfPage orders the navigation; what it does not name comes last.
func rankOfPage(word string) int {
	order := []string{"Now", "Service Users", "Episodes", "Policy", "By hand", "What if", "Reports", "Drills", "Explain", "Audit", "System"}
	if i := slices.Index(order, word); i >= 0 {
		return i
	}
	return len(order)
}

// errorPage says what went wrong, with a way out.
func (s *Server) errorPage(w http.ResponseWriter, r *http.Request, p Problem) {
	c, _ := s.newCall(w, r)
	s.show(c, page{title: upper(p.Title), template: "error.html"}, p, p.Status)
}

// asset answers with a file. Its address has its mark in it, so it may be kept.
func (s *Server) asset(c *call) error {
	a, there := s.looks.assets[c.path("file")]
	if !there {
		return fail(http.StatusNotFound, "there is no such asset")
	}
	h := c.w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", "no-cache")
	if c.query.Get("v") == a.mark {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	h.Set("ETag", `"`+a.mark+`"`)
	http.ServeContent(c.w, c.r, "", time.Time{}, bytes.NewReader(a.text))
	return nil
}

// icon leads browsers that ask for it where they always did to the icon.
func (s *Server) icon(c *call) error {
	http.Redirect(c.w, c.r, "/assets/icon.svg", http.StatusMovedPermanently)
	return nil
}

// asShown says whether an error is answered by a page of its own.
func asShown(err error) (*shown, bool) {
	var page *shown
	return page, errors.As(err, &page)
}
