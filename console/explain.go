package console

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"srtm/access"
	"srtm/duis"
	"srtm/evidence"
	"srtm/journal"
)

// Archive is the journal, as single decisions are looked up in it.
type Archive struct {
	Dir       string
	RequestID func(text string) (id duis.RequestID, pseudonymous bool, err error) // reads one, whose target may be a pseudonym
	Pseudonym func(duis.EUI64) string                                             // how a target is written that whoever asks did not name
}

// Explanation says what was decided about a request, and why: the page Explain, and
// /api/v1/explain/{request}.
type Explanation struct {
	Request   string      `json:"request"`
	Since     time.Time   `json:"since"`     // how far back it was looked for
	Decisions []Explained `json:"decisions"` // the newest first; a refused request may be sent again
	Damaged   int         `json:"damaged"`   // parts of the journal that cannot be read
}

// Explained is one decision.
type Explained struct {
	At       time.Time  `json:"at"`
	Account  string     `json:"account"`
	Position uint64     `json:"position"`
	Sentence string     `json:"sentence"`
	Numbers  []NameText `json:"numbers"` // every one, exactly
}

// NameText is a name and what it stands for.
type NameText struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// explainParams are its query parameters.
type explainParams struct {
	Days string `query:"days" description:"How many days to look back, 1 to 400; default 7."`
}

// The bounds of a search.
const (
	usualBack   = 7
	mostBack    = 400
	mostBackOwn = 31 // of a Service User
	mostFound   = 50
	atOnce      = 2
)

func (s *Server) explain(c *call) (any, error) { return s.explained(c, c.path("request")) }

// mayExplain says whether somebody may have single requests explained: those of
// everybody, or a Service User its own.
func mayExplain(c *call) error {
	if !c.person.May(access.Investigate) && c.person.Account == "" {
		return fail(http.StatusForbidden, "%s", lacking(c.person, access.Investigate))
	}
	return nil
}

// back says how far back is looked.
func (c *call) back() (int, error) {
	most := mostBack
	if !c.person.May(access.Investigate) {
		most = mostBackOwn
	}
	text := c.query.Get("days")
	if text == "" {
		return usualBack, nil
	}
	days, err := strconv.Atoi(text)
	if err != nil || days < 1 || days > most {
		return 0, fail(http.StatusBadRequest, "days is a number from 1 to %d, and not %.20q", most, text)
	}
	return days, nil
}

// explained looks for the decisions about a request. Of a Service User's search
// another's are not found.
func (s *Server) explained(c *call, request string) (*Explanation, error) {
	if err := mayExplain(c); err != nil {
		return nil, err
	}
	days, err := c.back()
	if err != nil {
		return nil, err
	}
	select {
	case s.searches <- struct{}{}:
		defer func() { <-s.searches }()
	default:
		return nil, fail(http.StatusServiceUnavailable, "%d searches of the journal are running, and no more may; try again when one has ended", atOnce)
	}
	own := func(account string) bool { return c.person.May(access.Investigate) || account == c.person.Account }
	v := &Explanation{Request: request, Since: s.source.Now().UTC().AddDate(0, 0, -days), Decisions: []Explained{}}
	if position, err := strconv.ParseUint(request, 10, 64); err == nil {
		f, err := evidence.FindAt(s.source.Archive.Dir, journal.Position(position))
		if err == nil && own(f.Decision.Account) {
			v.Decisions = append(v.Decisions, s.explainedAs(&f, s.source.Archive.Pseudonym))
		}
		return v, nil
	}
	return v, s.search(c.r.Context(), v, own)
}

// search looks a RequestID up.
func (s *Server) search(ctx context.Context, v *Explanation, own func(string) bool) error {
	a := s.source.Archive
	id, pseudonymous, err := a.RequestID(strings.TrimSpace(v.Request))
	if err != nil {
		return fail(http.StatusBadRequest, "%w", err)
	}
	target := func(t duis.EUI64) string {
		if t == id.Target && !pseudonymous { // who asks has it already
			return t.String()
		}
		return a.Pseudonym(t)
	}
	for f, err := range evidence.Find(a.Dir, id, evidence.Search{From: v.Since.UnixNano()}) {
		var damage *journal.DamageError
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(err, &damage):
			v.Damaged++
			continue
		case err != nil:
			return err
		}
		if own(f.Decision.Account) {
			v.Decisions = append(v.Decisions, s.explainedAs(&f, target))
		}
		if len(v.Decisions) >= mostFound {
			break
		}
	}
	return nil
}

// explainedAs says it in the words of srtm explain.
func (s *Server) explainedAs(f *evidence.Found, target func(duis.EUI64) string) Explained {
	o := evidence.Options{Target: target, Outcome: f.Outcome, Terms: f.Terms, Since: f.Since}
	out := Explained{
		At: time.Unix(0, f.Entry.At).UTC(), Account: f.Decision.Account, Position: uint64(f.Entry.Position), Sentence: evidence.Sentence(&f.Decision, o), Numbers: []NameText{},
	}
	for _, field := range evidence.Fields(&f.Entry, &f.Decision, o) {
		out.Numbers = append(out.Numbers, NameText{field.Name, field.Value})
	}
	return out
}

// explainPage is what the page shows.
type explainPage struct {
	*Explanation // nil: nothing was asked yet
	Asked        string
	Days         int
	Most         int
	Wrong        string
	Own          bool
}

func (s *Server) explainPage(c *call) (any, error) {
	if err := mayExplain(c); err != nil {
		return nil, err
	}
	v := explainPage{Asked: strings.TrimSpace(c.query.Get("request")), Days: usualBack, Most: mostBack, Own: !c.person.May(access.Investigate)}
	if v.Own {
		v.Most = mostBackOwn
	}
	if days, err := c.back(); err == nil {
		v.Days = days
	}
	if v.Asked == "" {
		return v, nil
	}
	var err error
	v.Explanation, err = s.explained(c, v.Asked)
	var known *failure
	if errors.As(err, &known) && known.status == http.StatusBadRequest {
		v.Wrong, v.Explanation, err = upper(known.detail)+".", nil, nil
	}
	return v, err
}
