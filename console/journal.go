package console

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
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

func (s *Server) head(w http.ResponseWriter, _ *http.Request) {
	head, key := s.source.Head()
	if head == nil {
		http.Error(w, "no head has been signed yet; one is signed every hour, and when the gateway stops", http.StatusNotFound)
		return
	}
	out := HeadState{Key: key, Head: head.Text}
	if verifier, err := note.NewVerifier(key); err == nil {
		if claims, err := journal.ParseHead(head.Text, note.VerifierList(verifier)); err == nil {
			out.At, out.Position = time.Unix(0, claims.At).UTC(), claims.Position
		}
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(out); err != nil {
		s.log.Debug("write head", "error", err)
	}
}

// journalMetrics are the journal's metrics, whose names do not change.
var journalMetrics = struct{ records, durable, failing, failures, missing, written, commits *prometheus.Desc }{
	records:  metric("journal_position", "Position of the journal's last record."),
	durable:  metric("journal_durable_position", "Position up to which the journal is on the disk."),
	failing:  metric("journal_failing", "1 while nothing can be recorded."),
	failures: metric("journal_failures_total", "How often the journal began to fail."),
	missing:  metric("journal_missing_decisions", "Decisions that could not be recorded since the journal began to fail."),
	written:  metric("journal_written_bytes_total", "Octets written to the journal, before compression."),
	commits:  metric("journal_commit_seconds", "How long it took to make records durable, for all that were waiting together."),
}

// clockOffset is about the time of the journal's records.
var clockOffset = metric("clock_offset_seconds", "By how much the wall clock is ahead of the time that decisions are made and recorded by, which never goes back.")

func collectJournal(out chan<- prometheus.Metric, s journal.Stats) {
	d := &journalMetrics
	gauge := func(desc *prometheus.Desc, v float64) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, v)
	}
	gauge(d.records, float64(s.Position))
	gauge(d.durable, float64(s.Durable))
	gauge(d.failing, map[bool]float64{true: 1}[s.Failing != ""])
	counter(out, d.failures, s.Failures)
	gauge(d.missing, float64(s.Missing))
	counter(out, d.written, s.Octets)
	buckets := make(map[float64]uint64, len(s.Commits.Bounds))
	for i, b := range s.Commits.Bounds {
		buckets[b.Seconds()] = s.Commits.Counts[i]
	}
	out <- prometheus.MustNewConstHistogram(d.commits, s.Commits.Count, s.Commits.Sum.Seconds(), buckets)
}
