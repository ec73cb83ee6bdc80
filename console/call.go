package console

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"srtm/access"
	"srtm/amendment"
)

// call is one request and whose it is.
type call struct {
	w      http.ResponseWriter
	r      *http.Request
	person access.Person
	open   bool // nobody signs in here: a name in a body is taken on trust
	query  url.Values
	in     any // the body, a pointer to a value of the route's type; nil: it has none
}

// anybody is the right that everybody has, signed in or not.
const anybody access.Right = ""

// everybody is who asks where nobody signs in.
func everybody() access.Person {
	return access.Person{Roles: []access.Role{access.Viewer, access.Operator, access.Approver, access.Investigator}}
}

// newCall says whose request it is. It returns false where that is not known.
func (s *Server) newCall(w http.ResponseWriter, r *http.Request) (*call, bool) {
	c := &call{w: w, r: r, query: r.URL.Query(), open: s.source.Gate == nil}
	if c.open {
		c.person = everybody()
		return c, true
	}
	var known bool
	c.person, known = access.From(r.Context())
	return c, known
}

// path is a part of the path.
func (c *call) path(name string) string { return c.r.PathValue(name) }

// all says whether every Service User may be seen, or only the person's own.
func (c *call) all() bool { return c.person.May(access.SeeAll) }

// account is whose numbers are asked for: the path's or the query's account where
// it names one, otherwise the person's own; empty: everybody's.
func (c *call) account() (string, error) {
	name := c.path("account")
	if name == "" {
		name = c.query.Get("account")
	}
	if name == "" && !c.all() {
		name = c.person.Account
	}
	if name != "" && !c.person.MaySee(name) {
		return "", noAccount(name)
	}
	return name, nil
}

// noAccount is also the answer about accounts that may not be seen: that one is
// there is nobody else's business.
func noAccount(name string) error {
	return fail(http.StatusNotFound, "there is no Service User %.64q among those you may see; its account is its name in the portfolio, in the same case", name)
}

// as is who does something: the person who is signed in. A body may repeat that
// name, and no other. Where nobody signs in it is the name in the body.
func (c *call) as(stated string) (amendment.Person, error) {
	if c.open {
		return amendment.Person{Name: stated}, nil
	}
	if stated != "" && stated != c.person.Name {
		return amendment.Person{}, fail(http.StatusForbidden, "you are signed in as %q and the request says that %q does this; leave the name out, or sign in under it", c.person.Name, stated)
	}
	return amendment.Person{Name: c.person.Name}, nil
}

// failure is an error that says what it is answered with.
type failure struct {
	status int
	detail string
	cause  error
}

func (f *failure) Error() string { return f.detail }
func (f *failure) Unwrap() error { return f.cause }

// fail returns an error with a status: what is wrong, and what would be right.
func fail(status int, format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	return &failure{status, err.Error(), errors.Unwrap(err)}
}

// conflict gives an error of somebody who was asked to do something the status
// that it has for a caller.
func conflict(err error) error {
	var refused *amendment.Refusal
	var known *failure
	switch {
	case err == nil || errors.As(err, &known):
		return err
	case errors.As(err, &refused):
		return &failure{http.StatusUnprocessableEntity, refused.Error(), err}
	}
	return &failure{http.StatusConflict, err.Error(), err}
}

// statusOf is what an error is answered with, and what the caller is told.
func statusOf(err error) (status int, detail string) {
	var f *failure
	if errors.As(err, &f) {
		return f.status, f.detail
	}
	return http.StatusInternalServerError, "this could not be answered; the log of the gateway says why"
}

// mostBody is the most that a body may have: a national portfolio has about a
// tenth.
const mostBody = 64 << 20

// readBody reads a JSON body, that and nothing else, into a new value of the type
// of example, and returns a pointer to it.
func readBody(w http.ResponseWriter, r *http.Request, example any) (any, error) {
	if kind := r.Header.Get("Content-Type"); kind != "" && !strings.HasPrefix(kind, "application/json") {
		return nil, fail(http.StatusUnsupportedMediaType, "the body is %.64q; application/json is wanted here", kind)
	}
	into := reflect.New(reflect.TypeOf(example)).Interface()
	body := json.NewDecoder(http.MaxBytesReader(w, r.Body, mostBody))
	body.DisallowUnknownFields()
	err := body.Decode(into)
	if err == nil {
		if _, more := body.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("something follows the value; send one JSON value and no more")
		}
	}
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, fail(http.StatusRequestEntityTooLarge, "the body has more than %d octets, which is the most that is taken", large.Limit)
	case err != nil:
		return nil, fail(http.StatusBadRequest, "the body is not the JSON that is wanted here: %v", err)
	}
	return into, nil
}
