package console

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strings"
)

// Problem is what a request is answered that cannot be met (RFC 9457).
type Problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"` // what is wrong, and what would be right
}

// isAPI says whether whoever asks for this wants JSON.
func isAPI(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/api/") }

// refuse answers with what went wrong: a problem for programs, a page with a way
// out for people.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if own, is := asShown(err); is {
		c, _ := s.newCall(w, r)
		s.show(c, own.page, own.view, own.status)
		return
	}
	status, detail := statusOf(err)
	if status == http.StatusInternalServerError {
		s.log.Error("a request to the console failed", "path", r.URL.Path, "error", err)
	}
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="srtm"`)
	}
	if isAPI(r) {
		s.problem(w, status, detail)
		return
	}
	s.errorPage(w, r, Problem{http.StatusText(status), status, detail})
}

// problem answers as RFC 9457 has it.
func (s *Server) problem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(Problem{http.StatusText(status), status, detail}); err != nil {
		s.log.Debug("write a problem", "error", err)
	}
}

// write answers with a value as JSON, with a status; 0: 200.
func (s *Server) write(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(cmp.Or(status, http.StatusOK))
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	if err := out.Encode(v); err != nil {
		s.log.Debug("write an answer", "error", err)
	}
}

// orEmpty has an empty list written as one, and not as null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
