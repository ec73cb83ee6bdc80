package gateway

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"srtm/duis"
)

// Conduct is what a policy says of the door. It changes with the policy while
// the Server runs; each request meets one Conduct from beginning to end.
type Conduct struct {
	Services []string // the paths that are served, such as /api/v1/serviceS; matched exactly
	// Directory says whose requests are carried for whom.
	Directory *Directory
	// RefuseUnrecorded has requests answered 503 while the journal fails. Without
	// it they go on within the mechanism.
	RefuseUnrecorded bool
	Refusal          Refusal // how requests are refused for traffic
	// LimitHeaders adds RateLimit-Policy and RateLimit
	// (draft-ietf-httpapi-ratelimit-headers) to the answer of every request that
	// was decided about and whose account has an allocation.
	LimitHeaders bool
	Via          bool // requests go on with a Via header that names the gateway
	ForwardedFor bool // and with the client's address in X-Forwarded-For
}

// Refusal is the form of a refusal for traffic. Each has a Retry-After.
type Refusal struct {
	Status int    // 503 or 429, without a body; or 200 with a DUIS response; 0: 503
	Code   string // of that response, an E code of the DUIS schema; empty with any other status
}

// Check reports every reason why a Server could not conduct itself so.
func (c Conduct) Check() error {
	errs := []error{c.checkServices(), c.Refusal.check()}
	if c.Directory == nil {
		errs = append(errs, errors.New("directory: there is none; make one with NewDirectory"))
	}
	return errors.Join(errs...)
}

func (c Conduct) checkServices() error {
	if len(c.Services) == 0 {
		return errors.New("services: there are none; name at least one path, such as /api/v1/serviceS")
	}
	var errs []error
	for _, path := range c.Services {
		if !strings.HasPrefix(path, "/") || strings.ContainsFunc(path, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '?' || r == '#' }) {
			errs = append(errs, fmt.Errorf("service path %q: a path begins with / and has no space, ? or #, such as /api/v1/serviceS", path))
		}
	}
	return errors.Join(errs...)
}

func (r Refusal) check() error {
	if _, known := forms[cmp.Or(r.Status, usualForm)]; !known {
		return fmt.Errorf("refusal: status %d is not one that tells of traffic; choose 503, 429 or 200", r.Status)
	}
	if r.Status != 200 {
		if r.Code != "" {
			return fmt.Errorf("refusal: code %s goes with status 200 only; leave it out", r.Code)
		}
		return nil
	}
	code, err := duis.ParseResponseCode(r.Code)
	switch {
	case err != nil:
		return fmt.Errorf("refusal: %w", err)
	case !code.IsError():
		return fmt.Errorf("refusal: code %s does not report an error; choose an E code, such as E100", r.Code)
	}
	return nil
}

// equal says whether two Conducts are one, whatever they are kept in.
func (c Conduct) equal(o Conduct) bool {
	same := slices.Equal(c.Services, o.Services) && c.Refusal == o.Refusal && c.RefuseUnrecorded == o.RefuseUnrecorded &&
		c.LimitHeaders == o.LimitHeaders && c.Via == o.Via && c.ForwardedFor == o.ForwardedFor
	return same && (c.Directory == o.Directory || c.Directory.equal(o.Directory))
}

// manners are a Conduct made ready for use. They never change.
type manners struct {
	Conduct
	services    map[string]struct{}
	serviceList string
	form        kind              // of a refusal for traffic
	code        duis.ResponseCode // with codedAnswer
}

// newManners prepares a Conduct that has been checked.
func newManners(c Conduct) *manners {
	c.Services = slices.Clone(c.Services)
	m := &manners{
		Conduct: c, services: make(map[string]struct{}, len(c.Services)), serviceList: strings.Join(c.Services, ", "),
		form: forms[cmp.Or(c.Refusal.Status, usualForm)],
	}
	for _, path := range c.Services {
		m.services[path] = struct{}{}
	}
	if m.form == codedAnswer {
		m.code, _ = duis.ParseResponseCode(c.Refusal.Code)
	}
	return m
}
