package main

import (
	"fmt"
	"sync"

	"srtm/amendment"
	"srtm/journal"
	"srtm/policy"
)

// records have the journal keep the steps on the way of a policy.
type records struct {
	books *books

	mu      sync.Mutex
	tickets []journal.Ticket // of what was added and not waited for
}

// mostTickets is far fewer than may wait for the journal, which has decisions to
// keep too.
const mostTickets = 10_000

// add has told a step, and the journal keep it, and returns its position. That it
// is durable is known after wait.
func (r *records) add(e amendment.Event) (uint64, error) {
	if n, is := noticeOfPolicy(e); is {
		r.books.notices.put(n)
	}
	record := recordOf(e)
	if record == nil {
		return 0, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	ticket := r.books.journal.Append(r.books.clock(), record)
	r.tickets = append(r.tickets, ticket)
	if len(r.tickets) >= mostTickets || r.books.journal.Failing() != nil {
		if err := r.settle(); err != nil {
			return 0, fmt.Errorf("recording that %s was %s: %w", e.Name, e.Kind, err)
		}
	}
	return uint64(ticket.Position()), nil
}

// wait waits until what was added is durable.
func (r *records) wait() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.settle()
}

func (r *records) settle() error {
	tickets := r.tickets
	r.tickets = nil
	for _, t := range tickets {
		if err := t.Wait(); err != nil {
			return err
		}
	}
	return nil
}

// recordOf is how the journal keeps an event; nil: it does so otherwise.
func recordOf(e amendment.Event) journal.Record {
	steps := map[amendment.Kind]journal.Step{
		amendment.Prepared: journal.Prepared, amendment.Confirmed: journal.Confirmed, amendment.Approved: journal.Approved,
		amendment.Refused: journal.Refused, amendment.Withdrawn: journal.Withdrawn, amendment.Planned: journal.Planned,
	}
	switch e.Kind {
	case amendment.Adopted: // the Policy record says so
		return nil
	case amendment.Noticed:
		n := e.Notice
		return &journal.Notice{
			Own: journal.Own{Account: n.Account}, Policy: n.Policy, PolicyName: n.PolicyName, Effective: n.Effective.UnixNano(), Old: n.Old, New: n.New,
			OldWeight: n.OldWeight, Weight: n.Weight, Weights: n.Weights, Source: n.Source, Shortened: n.Shortened,
		}
	case amendment.Challenged:
		c := e.Challenge
		return &journal.Challenge{Own: journal.Own{Account: c.Account}, Notice: journal.Position(c.Reference), Who: c.Said.By, Text: c.Said.Why}
	case amendment.Answered:
		c := e.Challenge
		return &journal.Challenge{Own: journal.Own{Account: c.Account}, Notice: journal.Position(c.Reference), Answer: true, Who: c.Answer.By, Text: c.Answer.Why}
	}
	p := &journal.Proposal{Step: steps[e.Kind], Name: e.Name, Digest: e.Digest, Who: e.By, Why: e.Why, Files: journalFiles(e.Files)}
	if !e.Effective.IsZero() {
		p.Effective = e.Effective.UnixNano()
	}
	return p
}

func journalFiles(files []policy.File) []journal.File {
	var kept []journal.File
	for _, f := range files {
		kept = append(kept, journal.File{Name: f.Name, Text: string(f.Text)})
	}
	return kept
}
