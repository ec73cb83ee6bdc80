package console

import (
	"net/http"
	"time"

	"golang.org/x/mod/sumdb/note"

	"srtm/journal"
)

// JournalState is how the journal fares.
type JournalState struct {
	Position   journal.Position `json:"position"` // of the last record
	Durable    journal.Position `json:"durable"`  // up to which everything is on the disk
	Failing    string           `json:"failing"`  // why nothing can be recorded at present; empty: it can
	Missing    uint64           `json:"missing"`  // decisions that could not be recorded since it began to fail
	Unrecorded uint64           `json:"unrecorded"`
	MeanMS     float64          `json:"mean_commit_ms"`
}

func journalState(s journal.Stats, unrecorded uint64) JournalState {
	out := JournalState{Position: s.Position, Durable: s.Durable, Failing: s.Failing, Missing: s.Missing, Unrecorded: unrecorded}
	if n := s.Commits.Count; n > 0 {
		out.MeanMS = float64(s.Commits.Sum.Microseconds()) / 1000 / float64(n)
	}
	return out
}

// HeadState is what /api/v1/journal/head answers: the last signed head of the
// journal, for whoever wants to be able to tell later that the journal was not
// written anew.
type HeadState struct {
	At       time.Time        `json:"at"`
	Position journal.Position `json:"position"` // of the last record that it covers
	Key      string           `json:"key"`      // verifier key, as golang.org/x/mod/sumdb/note has it
	Head     string           `json:"head"`     // the signed text, to be kept as it is
}

func (s *Server) head(*call) (any, error) {
	head, key := s.source.Head()
	if head == nil {
		return nil, fail(http.StatusNotFound, "no head has been signed yet; one is signed every hour, and when the gateway stops")
	}
	out := HeadState{Key: key, Head: head.Text}
	if verifier, err := note.NewVerifier(key); err == nil {
		if claims, err := journal.ParseHead(head.Text, note.VerifierList(verifier)); err == nil {
			out.At, out.Position = time.Unix(0, claims.At).UTC(), claims.Position
		}
	}
	return out, nil
}
