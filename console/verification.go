package console

import (
	"net/http"
	"sync"
	"time"

	"srtm/journal"
)

// Verification is how a check of the whole journal goes, or went.
type Verification struct {
	Running  bool       `json:"running"`
	Done     int        `json:"segments_done"`
	Segments int        `json:"segments"`
	Began    *time.Time `json:"began,omitempty"` // absent: none was run since the gateway started
	Ended    *time.Time `json:"ended,omitempty"`
	By       string     `json:"by,omitempty"`
	Sound    bool       `json:"sound"` // the last one that ended found the journal as it was written
	Says     string     `json:"says"`
	Problems []string   `json:"problems"`
}

// verifier runs one check of the journal at a time.
type verifier struct {
	mu   sync.Mutex
	last Verification
}

func (v *verifier) state() Verification {
	v.mu.Lock()
	defer v.mu.Unlock()
	out := v.last
	out.Problems = orEmpty(out.Problems)
	return out
}

// begin says that a check begins; false: one is running.
func (v *verifier) begin(by string, now time.Time) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.last.Running {
		return false
	}
	v.last = Verification{Running: true, Began: &now, By: by}
	return true
}

func (v *verifier) progress(done, segments int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.last.Done, v.last.Segments = done, segments
}

// end takes what a check found.
func (v *verifier) end(found *journal.Verification, err error, now time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.last.Running, v.last.Ended = false, &now
	if err != nil {
		v.last.Says = "The journal could not be read: " + err.Error() + "."
		return
	}
	v.last.Sound = len(found.Problems) == 0
	for _, p := range found.Problems {
		if len(v.last.Problems) < 100 {
			v.last.Problems = append(v.last.Problems, p.Error())
		}
	}
	if v.last.Says = "The journal is as it was written"; !v.last.Sound {
		v.last.Says = "The journal is NOT as it was written"
	}
	v.last.Says += ": " + count(found.Records) + " records, positions " + count(uint64(found.First)) + " to " + count(uint64(found.Last)) + ", " +
		"signed heads: " + count(found.Heads) + "; " + count(found.Unproved) + " records after the last head are proved by none yet."
}

func (s *Server) verification(*call) (any, error) { return s.verifier.state(), nil }

// verify begins a check of the journal, which goes on behind.
func (s *Server) verify(c *call) (any, error) {
	by, now := c.person.Name, s.source.Now().UTC()
	if !s.verifier.begin(by, now) {
		return nil, fail(http.StatusConflict, "the journal is being verified already; wait for that")
	}
	go func() {
		found, err := s.source.Verify(by, s.verifier.progress)
		s.verifier.end(found, err, s.source.Now().UTC())
	}()
	return s.verifier.state(), nil
}

// verifyByForm does it from the page.
func (s *Server) verifyByForm(c *call) (string, error) {
	_, err := s.verify(c)
	return "/audit#verification", err
}
