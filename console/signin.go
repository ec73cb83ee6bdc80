package console

import (
	"errors"
	"net/http"
	"strconv"

	"srtm/access"
)

// signInView is the page on which somebody signs in.
type signInView struct {
	To     string // where to go then
	Name   string // as it was given
	Wrong  string // why the last attempt was refused
	OpenID bool
}

func (s *Server) signInPage(c *call) (any, error) {
	if s.source.Gate == nil {
		return nil, fail(http.StatusNotFound, "nobody signs in here: the gateway was started with --admin-open, so everybody on this machine may see and do everything")
	}
	return signInView{To: back(c.query.Get("to")), OpenID: s.source.Gate.HasOpenID()}, nil
}

// signIn signs somebody in. What is refused is shown on the same page.
func (s *Server) signIn(c *call) (string, error) {
	if s.source.Gate == nil {
		return "/", nil
	}
	name, to := c.r.PostFormValue("name"), back(c.r.PostFormValue("to"))
	_, err := s.source.Gate.SignIn(c.w, c.r, name, c.r.PostFormValue("password"))
	if err == nil {
		return to, nil
	}
	return "", s.again(c, err, "signin.html", signInView{To: to, Name: name, OpenID: s.source.Gate.HasOpenID(), Wrong: upper(err.Error()) + "."})
}

// again shows a page with what was wrong, instead of what its form would have led to.
func (s *Server) again(c *call, err error, template string, view any) error {
	status := http.StatusUnprocessableEntity
	var many access.TooManyError
	switch {
	case errors.As(err, &many):
		status = http.StatusTooManyRequests
		c.w.Header().Set("Retry-After", strconv.Itoa(int(many.After.Seconds())+1))
	case errors.Is(err, access.ErrRefused), errors.Is(err, access.ErrOpenID), errors.Is(err, access.ErrNoRole):
		status = http.StatusForbidden
	}
	return &shown{status: status, page: page{title: "Sign in", template: template}, view: view}
}

// shown is an error that is answered by a page of its own.
type shown struct {
	status int
	page   page
	view   any
}

func (*shown) Error() string { return "it was refused, and a page says why" }

// linkView is the page on which somebody sets a password by a one-time link.
type linkView struct {
	Token string
	Name  string
	First bool // it may choose the name
	Wrong string
	Least int // octets that a password has at least
}

func (s *Server) linkPage(c *call) (any, error) {
	if s.source.Gate == nil {
		return nil, fail(http.StatusNotFound, "nobody signs in here; / leads to every page")
	}
	view := linkView{Token: c.query.Get("token"), Least: access.MinPassword}
	var err error
	if view.Name, view.First, err = s.source.Gate.Whose(c.r, view.Token); err != nil {
		return nil, s.noLink(c, err)
	}
	return view, nil
}

// noLink is the answer to a one-time link that does not open, or not now.
func (s *Server) noLink(c *call, err error) error {
	var many access.TooManyError
	if errors.As(err, &many) {
		c.w.Header().Set("Retry-After", strconv.Itoa(int(many.After.Seconds())+1))
		return fail(http.StatusTooManyRequests, "%w", err)
	}
	return fail(http.StatusForbidden, "%w", err)
}

// redeem sets the password.
func (s *Server) redeem(c *call) (string, error) {
	if s.source.Gate == nil {
		return "/", nil
	}
	given := access.Redemption{Token: c.r.PostFormValue("token"), Password: c.r.PostFormValue("password"), Name: c.r.PostFormValue("name")}
	view := linkView{Token: given.Token, Name: given.Name, Least: access.MinPassword}
	name, first, err := s.source.Gate.Whose(c.r, given.Token)
	switch {
	case err != nil:
		return "", s.noLink(c, err)
	case !first:
		view.Name = name
	}
	view.First = first
	if given.Password != c.r.PostFormValue("again") {
		err = errors.New("the two are not the same")
	} else {
		_, err = s.source.Gate.RedeemAs(c.w, c.r, given)
	}
	if err == nil {
		return "/", nil
	}
	if errors.Is(err, access.ErrLink) {
		return "", fail(http.StatusForbidden, "%w", err)
	}
	view.Wrong = upper(err.Error()) + "."
	return "", s.again(c, err, "link.html", view)
}

func (s *Server) signOut(c *call) (string, error) {
	if s.source.Gate != nil {
		s.source.Gate.SignOut(c.w, c.r)
	}
	return "/", nil
}

func (s *Server) beginOpenID(c *call) error {
	if s.source.Gate == nil || !s.source.Gate.HasOpenID() {
		return fail(http.StatusNotFound, "people do not sign in by OpenID Connect here; /sign-in is where they do")
	}
	if err := s.source.Gate.BeginOpenID(c.w, c.r); err != nil {
		return s.again(c, err, "signin.html", signInView{To: "/", OpenID: true, Wrong: upper(err.Error()) + "."})
	}
	return nil
}

func (s *Server) finishOpenID(c *call) error {
	if s.source.Gate == nil || !s.source.Gate.HasOpenID() {
		return fail(http.StatusNotFound, "people do not sign in by OpenID Connect here; /sign-in is where they do")
	}
	if _, err := s.source.Gate.FinishOpenID(c.w, c.r); err != nil {
		return s.again(c, err, "signin.html", signInView{To: "/", OpenID: true, Wrong: upper(err.Error()) + "."})
	}
	return &shown{status: http.StatusOK, page: page{title: "Signed in", template: "in.html"}}
}
