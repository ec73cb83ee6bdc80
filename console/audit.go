package console

import (
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"srtm/evidence"
	"srtm/journal"
	"srtm/ledger"
)

// Audit is who did what in some days: the page of that name, and /api/v1/audit.
type Audit struct {
	From         time.Time     `json:"from"`
	To           time.Time     `json:"to"` // the last day, which is in it
	Sentence     []Phrase      `json:"sentence"`
	Deeds        []Happening   `json:"deeds"` // the newest first
	More         int           `json:"more"`  // that are left out, for there are too many
	People       []string      `json:"people"`
	Folded       uint64        `json:"folded_to_position"`
	Verification *Verification `json:"verification,omitempty"` // absent: the journal cannot be verified here
}

// Happening is one thing that happened.
type Happening struct {
	At        time.Time `json:"at"`
	Kind      string    `json:"kind"` // one of AuditKinds
	Who       string    `json:"who,omitempty"`
	What      string    `json:"what"`
	Why       string    `json:"why,omitempty"`
	Account   string    `json:"account,omitempty"`
	Reference string    `json:"reference,omitempty"`
	Position  uint64    `json:"position,omitempty"` // of the journal's record
}

// The kinds of what happened.
const (
	kindByHand    = "by-hand"
	kindPolicy    = "policy"
	kindSignIn    = "sign-in"
	kindChallenge = "challenge"
	kindGateway   = "gateway" // starts and stops, also without order
	kindRecords   = "records" // gaps, damage, verification, who was shown targets
)

// auditKinds are all kinds.
func auditKinds() []string {
	return []string{kindByHand, kindPolicy, kindSignIn, kindChallenge, kindGateway, kindRecords}
}

// AccessMark begins what the journal says of signing in and of users.
const AccessMark = "access: "

// RecordsMark begins what the journal says of those who looked at it.
const RecordsMark = "records: "

// auditParams are the query parameters of the audit.
type auditParams struct {
	inDays
	Who     string `query:"who" description:"Only what this person did."`
	Kind    string `query:"kind" description:"Only by-hand, policy, sign-in, challenge, gateway or records."`
	Account string `query:"account" description:"Only what concerns this Service User."`
}

// mostDeeds is how many a page or an answer has.
const mostDeeds = 1000

func (s *Server) audit(c *call) (any, error) { return s.auditFor(c, mostDeeds) }

func (s *Server) auditFor(c *call, most int) (*Audit, error) {
	d, err := s.daysOf(c)
	if err != nil {
		return nil, err
	}
	kind, who, account := c.query.Get("kind"), c.query.Get("who"), c.query.Get("account")
	if kind != "" && !slices.Contains(auditKinds(), kind) {
		return nil, fail(http.StatusBadRequest, "kind is one of %s, and not %.32q", strings.Join(auditKinds(), ", "), kind)
	}
	v := &Audit{From: d.From, To: d.To, Deeds: []Happening{}, People: []string{}}
	var all []Happening
	err = s.counted(c, func(ctx context.Context, l Ledger) (err error) {
		var status ledger.Status
		if status, err = l.Status(ctx); err != nil {
			return err
		}
		v.Folded = uint64(status.Position)
		all, err = deedsOf(ctx, l, d.span())
		return err
	})
	if err != nil {
		return nil, err
	}
	if s.source.Shown != nil {
		shown, err := s.source.Shown(d.From, d.To.Add(aDay))
		if err != nil {
			return nil, err
		}
		all = append(all, shown...)
	}
	for _, deed := range all {
		if deed.Who != "" && !slices.Contains(v.People, deed.Who) {
			v.People = append(v.People, deed.Who)
		}
		if (kind == "" || deed.Kind == kind) && (who == "" || deed.Who == who) && (account == "" || deed.Account == account) {
			v.Deeds = append(v.Deeds, deed)
		}
	}
	slices.Sort(v.People)
	slices.SortStableFunc(v.Deeds, func(a, b Happening) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.Position, a.Position))
	})
	v.Sentence = sentenceOfDeeds(v, s.source.Now())
	if v.More = max(0, len(v.Deeds)-most); v.More > 0 {
		v.Deeds = v.Deeds[:most]
	}
	if s.source.Verify != nil {
		state := s.verifier.state()
		v.Verification = &state
	}
	return v, nil
}

func sentenceOfDeeds(v *Audit, now time.Time) []Phrase {
	var out sentence
	kinds := map[string]int{}
	for _, d := range v.Deeds {
		kinds[d.Kind]++
	}
	if len(v.Deeds) == 0 {
		out.say("Nothing of that kind happened from %s to %s.", v.From.Format(time.DateOnly), v.To.Format(time.DateOnly))
		return out
	}
	last := v.Deeds[0]
	out.say("From %s to %s ", v.From.Format(time.DateOnly), v.To.Format(time.DateOnly))
	out.stress("%s %s", count(len(v.Deeds)), map[bool]string{true: "thing was done or happened", false: "things were done or happened"}[len(v.Deeds) == 1])
	out.say(": %s by hand, %s about policies, %s of signing in and users. The last was at %s.", count(kinds[kindByHand]), count(kinds[kindPolicy]), count(kinds[kindSignIn]), clock(last.At, now))
	return out
}

// deedsOf reads from the ledger what happened in a Span.
func deedsOf(ctx context.Context, l Ledger, span ledger.Span) ([]Happening, error) {
	var all []Happening
	take := func(at int64, p journal.Position, r journal.Record, kind string) {
		if d, is := evidence.DeedOf(r); is {
			all = append(all, Happening{time.Unix(0, at).UTC(), kind, d.Who, d.What, d.Why, d.Account, d.Reference, uint64(p)})
		}
	}
	acts, err := l.Acts(ctx, span)
	if err != nil {
		return nil, err
	}
	for _, a := range acts {
		kind, what := kindOf(a.What)
		a.Act.What = what
		take(a.At, a.Position, &a.Act, kind)
	}
	proposals, err := l.Proposals(ctx, span)
	if err != nil {
		return nil, err
	}
	for _, p := range proposals {
		take(p.At, p.Position, &p.Proposal, kindPolicy)
	}
	policies, err := l.Policies(ctx, span)
	if err != nil {
		return nil, err
	}
	for _, p := range policies {
		if p.At >= span.From {
			take(p.At, p.Position, &p.Policy, kindPolicy)
		}
	}
	challenges, err := l.Challenges(ctx, span)
	if err != nil {
		return nil, err
	}
	for _, c := range challenges {
		if c.At >= span.From {
			take(c.At, c.Position, &c.Challenge, kindChallenge)
		}
	}
	rest, err := runsOf(ctx, l, span)
	return append(all, rest...), err
}

// kindOf says what kind of deed an act in the journal is, and what it says without
// the mark by which that is known.
func kindOf(what string) (kind, plain string) {
	if rest, is := strings.CutPrefix(what, AccessMark); is {
		return kindSignIn, rest
	}
	if rest, is := strings.CutPrefix(what, RecordsMark); is {
		return kindRecords, rest
	}
	return kindByHand, what
}

// runsOf reads how the gateway and its journal fared in a Span.
func runsOf(ctx context.Context, l Ledger, span ledger.Span) ([]Happening, error) {
	var all []Happening
	add := func(at int64, p journal.Position, kind, what string, args ...any) {
		all = append(all, Happening{At: time.Unix(0, at).UTC(), Kind: kind, What: fmt.Sprintf(what, args...), Position: uint64(p)})
	}
	starts, err := l.Starts(ctx, span)
	if err != nil {
		return nil, err
	}
	for _, r := range starts {
		how := "the gateway started, version %s on %s"
		switch {
		case r.Before == 0:
			how += "; it is the first"
		case r.Crashed:
			how += "; the one before did not stop in order, and its last record is of " + at(r.Before).Format("2006-01-02 15:04:05") + " UTC"
		default:
			how += "; the one before stopped in order at " + at(r.Before).Format("2006-01-02 15:04:05") + " UTC"
		}
		add(r.At, r.Position, kindGateway, how, r.Version, r.Node)
	}
	gaps, err := l.Gaps(ctx, span)
	if err != nil {
		return nil, err
	}
	for _, g := range gaps {
		add(g.At, g.Position, kindRecords, "%s decisions and %s outcomes could not be recorded: %s", count(g.Decisions), count(g.Outcomes), g.Cause)
	}
	damages, err := l.Damages(ctx, span)
	if err != nil {
		return nil, err
	}
	for _, d := range damages {
		add(d.At, d.After, kindRecords, "a part of the journal cannot be read: %s at octet %d, %s", d.File, d.Offset, d.What)
	}
	return all, nil
}

// auditPage is what the page shows.
type auditPage struct {
	*Audit
	Kinds              []string
	Kind, Who, Account string
	Query              string
}

// shownDeeds is how many a page has.
const shownDeeds = 200

func (s *Server) auditPage(c *call) (any, error) {
	v, err := s.auditFor(c, shownDeeds)
	return auditPage{v, auditKinds(), c.query.Get("kind"), c.query.Get("who"), c.query.Get("account"), c.r.URL.RawQuery}, err
}

// auditCSV is the same, to be kept.
func (s *Server) auditCSV(c *call) error {
	const mostRows = 1_000_000
	v, err := s.auditFor(c, mostRows)
	if err != nil {
		return err
	}
	c.w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	c.w.Header().Set("Content-Disposition", `attachment; filename="audit-`+v.From.Format(time.DateOnly)+"-"+v.To.Format(time.DateOnly)+`.csv"`)
	out := csv.NewWriter(c.w)
	rows := [][]string{{"at", "kind", "who", "what", "why", "account", "reference", "position"}}
	for _, d := range v.Deeds {
		rows = append(rows, []string{d.At.Format(time.RFC3339Nano), d.Kind, evidence.Cell(d.Who), evidence.Cell(d.What), evidence.Cell(d.Why), evidence.Cell(d.Account), evidence.Cell(d.Reference), strconv.FormatUint(d.Position, 10)})
	}
	return out.WriteAll(rows)
}
