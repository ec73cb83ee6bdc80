package console

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"net/http"
	"slices"
	"time"

	"srtm/journal"
	"srtm/ledger"
	"srtm/policy"
)

// Ledger is what is counted of the past. A *ledger.Ledger is one.
type Ledger interface {
	Accounts(ctx context.Context) ([]journal.Account, error)
	Acts(ctx context.Context, s ledger.Span) ([]ledger.Act, error)
	Episodes(ctx context.Context, s ledger.Span) ([]ledger.Episode, error)
	EpisodeAccounts(ctx context.Context, s ledger.Span) ([]ledger.EpisodeAccount, error)
	EpisodeSeconds(ctx context.Context, episode int64) iter.Seq2[ledger.EpisodeSecond, error]
	EpisodeVariants(ctx context.Context, s ledger.Span) ([]ledger.EpisodeVariant, error)
	Policies(ctx context.Context, s ledger.Span) ([]ledger.Policy, error)
	Proposals(ctx context.Context, s ledger.Span) ([]ledger.Proposal, error)
	Challenges(ctx context.Context, s ledger.Span) ([]ledger.Challenge, error)
	Gaps(ctx context.Context, s ledger.Span) ([]ledger.Gap, error)
	Damages(ctx context.Context, s ledger.Span) ([]ledger.Damage, error)
	Starts(ctx context.Context, s ledger.Span) ([]ledger.Start, error)
	Status(ctx context.Context) (ledger.Status, error)
}

// ErrUncounted says that there is no ledger to look at yet.
var ErrUncounted = errors.New("nothing has been counted yet: it is begun a few seconds after the gateway, and where that fails the gateway's log says why")

// counted has use look at the ledger. Nothing of it may be used afterwards.
func (s *Server) counted(c *call, use func(context.Context, Ledger) error) error {
	return s.ledger(c.r.Context(), func(l Ledger) error { return use(c.r.Context(), l) })
}

func (s *Server) ledger(ctx context.Context, use func(Ledger) error) error {
	err := s.source.Ledger(ctx, use)
	if errors.Is(err, ErrUncounted) {
		return fail(http.StatusServiceUnavailable, "%w", err)
	}
	return err
}

// always is all the time that there is.
func always() ledger.Span { return ledger.Span{To: math.MaxInt64} }

// days is a time of whole days, as the query's from and to say it: both dates, of
// which to is in it.
type days struct{ From, To time.Time }

// inDays are the query parameters of days.
type inDays struct {
	From string `query:"from" description:"The first day, such as 2026-10-01; default 30 days before the last."`
	To   string `query:"to" description:"The last day, such as 2026-10-31; default today."`
}

const (
	usualDays = 31
	mostDays  = 400
	aDay      = 24 * time.Hour
)

func (s *Server) daysOf(c *call) (days, error) {
	var d days
	var err error
	d.To = s.source.Now().UTC().Truncate(aDay)
	if text := c.query.Get("to"); text != "" {
		if d.To, err = time.Parse(time.DateOnly, text); err != nil {
			return d, fail(http.StatusBadRequest, "to is a date such as 2026-10-31, and not %.32q", text)
		}
	}
	d.From = d.To.AddDate(0, 0, 1-usualDays)
	if text := c.query.Get("from"); text != "" {
		if d.From, err = time.Parse(time.DateOnly, text); err != nil {
			return d, fail(http.StatusBadRequest, "from is a date such as 2026-10-01, and not %.32q", text)
		}
	}
	switch {
	case d.To.Before(d.From):
		return d, fail(http.StatusBadRequest, "from is after to; did you mean them the other way round?")
	case d.To.Sub(d.From) >= mostDays*aDay:
		return d, fail(http.StatusBadRequest, "from and to are more than %d days apart; ask for less at a time", mostDays)
	case d.From.Year() < 1970 || d.To.Year() > 2199:
		return d, fail(http.StatusBadRequest, "from and to are in the years from 1970 to 2199")
	}
	return d, nil
}

func (d days) span() ledger.Span {
	return ledger.Span{From: d.From.UnixNano(), To: d.To.Add(aDay).UnixNano()}
}

func at(nanoseconds int64) time.Time {
	if nanoseconds == 0 {
		return time.Time{}
	}
	return time.Unix(0, nanoseconds).UTC()
}

// people are the accounts by their numbers in the journal.
type people map[uint32]string

func peopleOf(ctx context.Context, l Ledger) (people, error) {
	all, err := l.Accounts(ctx)
	p := people{}
	for _, a := range all {
		p[a.ID] = a.Name
	}
	return p, err
}

// nameOf is what an account of the policy in force is called.
func (s *Server) nameOf(account string) string {
	for _, a := range s.source.Policy().Accounts {
		if a.Name == account {
			return a.DisplayName
		}
	}
	return ""
}

// PolicyChoice is a policy that something can be tried under.
type PolicyChoice struct {
	Digest   string `json:"digest"`
	Name     string `json:"name"`
	Standing string `json:"standing"` // in force, to come, waiting, or from when it was
	policy   func() (*policy.Policy, error)
}

// choices lists the policies that are known with all their files: the one in force,
// those to come and waiting, and those that were. Digests differ.
func (s *Server) choices(ctx context.Context) ([]PolicyChoice, error) {
	all := s.registered()
	if s.source.Ledger == nil {
		return all, nil
	}
	err := s.ledger(ctx, func(l Ledger) error {
		now := s.source.Now()
		past, err := l.Policies(ctx, ledger.Span{From: now.AddDate(0, 0, -mostDays).UnixNano(), To: now.UnixNano()})
		slices.SortStableFunc(past, func(a, b ledger.Policy) int { return cmp.Compare(b.At, a.At) })
		for _, p := range past {
			if !has(all, p.Digest) && len(p.Files) > 0 {
				all = append(all, PolicyChoice{p.Digest, p.Name, "from " + at(p.At).Format("2006-01-02 15:04"), func() (*policy.Policy, error) { return recordedPolicy(p) }})
			}
		}
		return err
	})
	if errors.Is(err, ErrUncounted) {
		err = nil
	}
	return all, err
}

// registered lists those that the register of policies knows.
func (s *Server) registered() []PolicyChoice {
	var all []PolicyChoice
	add := func(p *policy.Policy, standing string) {
		if p != nil && len(p.Files) > 0 && !has(all, p.Digest) {
			all = append(all, PolicyChoice{p.Digest, p.Name, standing, func() (*policy.Policy, error) { return p, nil }})
		}
	}
	add(s.source.Policy(), "in force")
	if a := s.source.Amendments; a != nil {
		for _, v := range a.Coming() {
			add(v.Policy, "to come "+v.From.UTC().Format("2006-01-02 15:04"))
		}
		for _, p := range a.Pending() {
			add(p.Policy, "waiting")
		}
		all = s.accepted(all)
	}
	return all
}

// accepted adds the versions that were in force, the last first, whose files are
// read only when they are asked for.
func (s *Server) accepted(all []PolicyChoice) []PolicyChoice {
	for _, v := range slices.Backward(s.source.Amendments.History()) {
		if v.Withdrawn != nil || v.Replaced != 0 || v.Dropped || has(all, v.Digest) {
			continue
		}
		all = append(all, PolicyChoice{v.Digest, v.Name, "from " + v.From.UTC().Format("2006-01-02 15:04"), func() (*policy.Policy, error) {
			if then := s.source.Amendments.InForce(v.From); then != nil && then.Digest == v.Digest && then.Policy != nil {
				return then.Policy, nil
			}
			return nil, fail(http.StatusNotFound, "the files of %q cannot be read any more", v.Name)
		}})
	}
	return all
}

func has(all []PolicyChoice, digest string) bool {
	return slices.ContainsFunc(all, func(p PolicyChoice) bool { return p.Digest == digest })
}

// recordedPolicy reads a policy as the journal kept it.
func recordedPolicy(r ledger.Policy) (*policy.Policy, error) {
	var files []policy.File
	for _, f := range r.Files {
		files = append(files, policy.File{Name: f.Name, Text: []byte(f.Text)})
	}
	p, err := policy.ParseFiles(files)
	if err != nil {
		return nil, fail(http.StatusUnprocessableEntity, "the policy %q, as it was recorded at %s, cannot be read any more: %w", r.Name, at(r.At).Format(time.RFC3339), err)
	}
	return p, nil
}

// policyThen is the policy that was in force at a time.
func policyThen(ctx context.Context, l Ledger, then int64) (*policy.Policy, error) {
	all, err := l.Policies(ctx, ledger.Span{From: then, To: then + 1})
	if err != nil {
		return nil, err
	}
	for _, r := range slices.Backward(all) {
		if r.At <= then {
			return recordedPolicy(r)
		}
	}
	return nil, errNoPolicy
}

var errNoPolicy = errors.New("the policy that was in force then is not in the ledger")

// part writes a part of a whole in per cent.
func part(of, whole float64) string {
	if whole <= 0 {
		return "–"
	}
	return fmt.Sprintf("%.0f %%", of/whole*100)
}
