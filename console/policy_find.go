package console

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"srtm/policy"
)

// findPolicy returns a policy by its digest, or by in-force: one that is in force,
// to come, waiting or past, or a draft.
func (s *Server) findPolicy(ctx context.Context, digest string) (*policy.Policy, error) {
	if digest == "in-force" || digest == "" {
		return s.source.Policy(), nil
	}
	if d := s.drafts.find(digest, s.source.Now()); d != nil {
		return d.policy, nil
	}
	among := func(known []PolicyChoice) *PolicyChoice {
		if i := slices.IndexFunc(known, func(k PolicyChoice) bool { return k.Digest == digest }); i >= 0 {
			return &known[i]
		}
		return nil
	}
	if k := among(s.registered()); k != nil {
		return k.policy()
	}
	known, err := s.choices(ctx) // with what was before the register, and takes longer
	if err != nil {
		return nil, err
	}
	if k := among(known); k != nil {
		return k.policy()
	}
	return nil, fail(http.StatusNotFound, "no policy has the digest %.80q, or its files are no longer kept; /policy lists those that there are", digest)
}

// The bounds of drafts, which are kept in memory only.
const (
	mostDrafts      = 20
	mostDraftOctets = 128 << 20
	draftLife       = time.Hour
)

// drafts are policies that somebody gave to be looked at before they are proposed.
// The oldest go where there are too many.
type drafts struct {
	mu  sync.Mutex
	all []draftPolicy
}

type draftPolicy struct {
	policy *policy.Policy
	from   string // where it comes from, in words
	until  time.Time
}

func (d *draftPolicy) octets() (n int) {
	for _, f := range d.policy.Files {
		n += len(f.Text)
	}
	return n
}

// keep keeps a policy for a while.
func (d *drafts) keep(p *policy.Policy, from string, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.drop(func(o *draftPolicy) bool { return o.policy.Digest == p.Digest || now.After(o.until) })
	d.all = append(d.all, draftPolicy{p, from, now.Add(draftLife)})
	sum := 0
	for i := len(d.all) - 1; i >= 0; i-- {
		if sum += d.all[i].octets(); sum > mostDraftOctets || len(d.all)-i > mostDrafts {
			d.all = slices.Clone(d.all[i+1:])
			return
		}
	}
}

// find returns a draft; nil: there is none, or not any more.
func (d *drafts) find(digest string, now time.Time) *draftPolicy {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.drop(func(o *draftPolicy) bool { return now.After(o.until) })
	for _, o := range d.all {
		if o.policy.Digest == digest {
			return &o
		}
	}
	return nil
}

func (d *drafts) drop(old func(*draftPolicy) bool) {
	d.all = slices.DeleteFunc(d.all, func(o draftPolicy) bool { return old(&o) })
}
