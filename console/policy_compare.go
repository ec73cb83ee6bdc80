package console

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"srtm/policy"
	"srtm/tmmd"
)

// Compared is what changes from one policy to another: the page of that, and
// /api/v1/policies/{digest}/compare.
type Compared struct {
	Old      PolicyName `json:"old"`
	New      PolicyName `json:"new"`
	Sentence []Phrase   `json:"sentence"`
	Changes  []string   `json:"changes"`  // a sentence for each key that is another
	Accounts []Gain     `json:"accounts"` // that gain or lose, the most first
	Gain     int        `json:"gain"`     // accounts
	Lose     int        `json:"lose"`
	Same     int        `json:"same"`
}

// PolicyName names a policy.
type PolicyName struct {
	Digest string `json:"digest"`
	Name   string `json:"name"`
}

// Gain is what an account gains, or loses, in allocation.
type Gain struct {
	Account    string `json:"account"`
	Name       string `json:"name"`
	Old        Exact  `json:"old_per_s"`
	New        Exact  `json:"new_per_s"`
	Difference Exact  `json:"difference_per_s"`
}

// comparedOf says what changes.
func comparedOf(before, after *policy.Policy) Compared {
	v := Compared{Old: PolicyName{before.Digest, before.Name}, New: PolicyName{after.Digest, after.Name}, Changes: orEmpty(tmmd.Changes(before, after)), Accounts: []Gain{}}
	old := map[string]*policy.Account{}
	for i := range before.Accounts {
		old[before.Accounts[i].Name] = &before.Accounts[i]
	}
	add := func(g Gain) {
		g.Difference = g.New - g.Old
		switch {
		case g.Difference > 0:
			v.Gain++
		case g.Difference < 0:
			v.Lose++
		default:
			v.Same++
			return
		}
		v.Accounts = append(v.Accounts, g)
	}
	for i := range after.Accounts {
		a := &after.Accounts[i]
		g := Gain{Account: a.Name, Name: a.DisplayName, New: allocationOf(a)}
		if was := old[a.Name]; was != nil {
			g.Old = allocationOf(was)
			delete(old, a.Name)
		}
		add(g)
	}
	for i := range before.Accounts {
		if a := &before.Accounts[i]; old[a.Name] != nil {
			add(Gain{Account: a.Name, Name: a.DisplayName, Old: allocationOf(a)})
		}
	}
	slices.SortStableFunc(v.Accounts, func(a, b Gain) int { return int(min(1, max(-1, magnitude(b.Difference)-magnitude(a.Difference)))) })
	v.Sentence = sentenceOfChange(&v, before, after)
	return v
}

func magnitude(e Exact) Exact { return max(e, -e) }

func sentenceOfChange(v *Compared, before, after *policy.Policy) []Phrase {
	var out sentence
	out.say("From %s to ", before.Name)
	if before.Name == after.Name && before.Digest != after.Digest {
		out.say("another ")
	}
	out.stress("%s", after.Name)
	if a, b := before.Rules().Threshold, after.Rules().Threshold; a == b {
		out.say(" the operating threshold stays %s per second; ", exact(Exact(a)))
	} else {
		out.say(" the operating threshold goes from %s to %s per second; ", exact(Exact(a)), exact(Exact(b)))
	}
	many := func(n int, verb string) string {
		if n == 0 {
			return "nobody " + verb + "s"
		}
		if n == 1 {
			return "1 Service User " + verb + "s"
		}
		return count(n) + " Service Users " + verb
	}
	if v.Gain+v.Lose == 0 {
		out.stress("no allocation changes")
	} else {
		out.stress("%s, %s", many(v.Gain, "gain"), many(v.Lose, "lose"))
		if v.Same > 0 {
			out.say(", %s the same", many(v.Same, "keep"))
		}
	}
	out.say(".")
	return out
}

// compared reads which two are meant.
func (s *Server) compared(c *call, old, new string) (before, after *policy.Policy, err error) {
	if before, err = s.findPolicy(c.r.Context(), old); err != nil {
		return nil, nil, err
	}
	after, err = s.findPolicy(c.r.Context(), new)
	return before, after, err
}

// comparePolicies answers for the API.
func (s *Server) comparePolicies(c *call) (any, error) {
	before, after, err := s.compared(c, c.query.Get("with"), c.path("digest"))
	if err != nil {
		return nil, err
	}
	return comparedOf(before, after), nil
}

// comparePage is the page on which two policies are compared.
type comparePage struct {
	Compared
	Known []PolicyChoice
}

func (s *Server) comparePage(c *call) (any, error) {
	before, after, err := s.compared(c, c.query.Get("old"), c.query.Get("new"))
	if err != nil {
		return nil, err
	}
	return comparePage{comparedOf(before, after), s.registered()}, nil
}

// compareDocument is the whole comparison, as a document of its own.
func (s *Server) compareDocument(c *call) error {
	before, after, err := s.compared(c, c.query.Get("old"), c.query.Get("new"))
	if err != nil {
		return err
	}
	return writeDocument(c, tmmd.Compare(before, after).HTML())
}

// publicPolicy is a policy of which a Service User may read the public edition:
// in-force, or one to come as v and its number.
func (s *Server) publicPolicy(which string) (*policy.Policy, error) {
	if which == "in-force" {
		return s.source.Policy(), nil
	}
	for _, v := range s.source.Amendments.Coming() {
		if which == "v"+strconv.FormatUint(v.Number, 10) && v.Policy != nil {
			return v.Policy, nil
		}
	}
	return nil, fail(http.StatusNotFound, "this is no policy in force or to come; /policy lists them")
}

// renderPolicy is a policy as a document of its own. A Service User gets the public
// edition, of what is in force and what is to come.
func (s *Server) renderPolicy(c *call) error {
	find := s.publicPolicy
	if c.all() {
		find = func(digest string) (*policy.Policy, error) { return s.findPolicy(c.r.Context(), digest) }
	}
	p, err := find(c.path("digest"))
	if err != nil {
		return err
	}
	o := tmmd.Options{Public: !c.all() || c.query.Get("edition") == "public"}
	if a := s.source.Amendments; !o.Public && a != nil {
		for _, v := range a.History() {
			if !v.Adopted.IsZero() {
				o.InForce = append(o.InForce, tmmd.Version{Name: v.Name, Digest: v.Digest, From: v.From, Who: v.Prepared.By, Why: v.Prepared.Why})
			}
		}
	}
	return writeDocument(c, tmmd.Render(p, o).HTML())
}

// writeDocument writes a page that has its own style in it, which its content
// policy lets it have, and nothing else.
func writeDocument(c *call, page string) error {
	var styles strings.Builder
	for rest := page; ; {
		_, after, found := strings.Cut(rest, "<style>")
		if !found {
			break
		}
		text, more, _ := strings.Cut(after, "</style>")
		sum := sha256.Sum256([]byte(text))
		styles.WriteString(" 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'")
		rest = more
	}
	h := c.w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src"+styles.String()+"; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("Content-Type", "text/html; charset=utf-8")
	_, err := c.w.Write([]byte(page))
	return err
}
