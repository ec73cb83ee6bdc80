package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"

	"srtm/access"
	"srtm/console"
	"srtm/duis"
	"srtm/evidence"
	"srtm/journal"
)

// office gives the console what Audit, Explain and System show.
func (d *door) office(s *console.Source) {
	found := recorded{data: d.books.data, journal: journalFolder(d.books.data)}
	s.Archive = &console.Archive{Dir: found.journal, RequestID: found.requestID, Pseudonym: func(target duis.EUI64) string {
		p, err := found.pseudonyms()
		if err != nil {
			return "…"
		}
		return evidence.Pseudonymous(p)(target)
	}}
	s.Shown = d.books.shown
	s.Verify = d.verifyJournal
	m := &machine{door: d, started: time.Unix(0, d.clock()).UTC()}
	m.node, _ = os.Hostname()
	s.Machine = m.state
}

// verifyJournal checks the journal, and has it recorded who wanted it and what was
// found.
func (d *door) verifyJournal(by string, progress func(done, segments int)) (*journal.Verification, error) {
	found, err := journal.Verify(journalFolder(d.books.data), journal.Checks{Key: d.books.journal.Key(), Progress: progress})
	what := "the journal was verified"
	switch {
	case err != nil:
		what += ", and could not be read"
	case len(found.Problems) > 0:
		what += fmt.Sprintf(", and is not as it was written: %d problems", len(found.Problems))
	default:
		what += fmt.Sprintf(", and is as it was written: %d records", found.Records)
	}
	d.books.journal.Append(d.clock(), &journal.Act{Who: by, What: console.RecordsMark + what})
	return found, err
}

// shown is what the records beside the journal tell of who was shown targets.
func (b *books) shown(from, to time.Time) ([]console.Happening, error) {
	r, err := journal.OpenReader(auditFolder(b.data), 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if err := r.SeekTime(from.UnixNano()); err != nil {
		return nil, err
	}
	var all []console.Happening
	for e, err := range r.All() {
		var damage *journal.DamageError
		if errors.As(err, &damage) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if e.At >= to.UnixNano() {
			break
		}
		if act, is := evidence.DeedOf(e.Record); is && e.At >= from.UnixNano() {
			all = append(all, console.Happening{At: time.Unix(0, e.At).UTC(), Kind: "records", Who: act.Who, What: act.What, Why: act.Why, Account: act.Account, Reference: act.Reference})
		}
	}
	return all, nil
}

// accessRecorder has the journal keep who signed in, and what became of users. It
// waits for no disk. Of attempts that are refused it keeps so many in a minute, and
// says of the others how many they were.
type accessRecorder struct {
	books   *books
	mu      sync.Mutex
	minute  int64
	refused int
	left    int // refused attempts that were not recorded
}

// mostRefused is how many refused attempts are recorded in a minute.
const mostRefused = 30

// record keeps one event.
func (a *accessRecorder) record(e access.Event) {
	at := a.books.clock()
	why, keep := a.counted(e, at/int64(time.Minute))
	if !keep {
		return
	}
	what := map[access.Kind]string{
		access.SignedIn: "signed in", access.SignInRefused: "was refused to sign in", access.SignedOut: "signed out", access.LinkUsed: "set a password by a one-time link",
		access.LinkRefused: "was refused a one-time link", access.UserAdded: "the user was added", access.UserRemoved: "the user was removed", access.UserInvited: "a one-time link was made for the user",
		access.RolesChanged: "the user's roles were changed", access.TokenMade: "an API token was made", access.TokenRemoved: "an API token was removed",
	}[e.Kind]
	if what == "" {
		what = string(e.Kind)
	}
	if e.By != "" {
		what += ", by " + string(e.By)
	}
	if e.From != "" {
		what += ", from " + e.From
	}
	a.books.journal.Append(at, &journal.Act{Who: e.Name, What: console.AccessMark + what, Why: why})
}

// counted says whether an event is kept, and why it happened.
func (a *accessRecorder) counted(e access.Event, minute int64) (why string, keep bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if minute != a.minute {
		a.minute, a.refused = minute, 0
	}
	if e.Kind == access.SignInRefused || e.Kind == access.LinkRefused {
		if a.refused++; a.refused > mostRefused {
			a.left++
			return "", false
		}
	}
	why = e.Why
	if a.left > 0 {
		why += fmt.Sprintf(" (%d attempts that were refused before are not recorded one by one)", a.left)
		a.left = 0
	}
	return why, true
}

// machine is what the process knows of itself.
type machine struct {
	door    *door
	node    string
	started time.Time

	mu     sync.Mutex
	looked time.Time // when perDay was measured
	perDay uint64
}

func (m *machine) state() console.Machine {
	d := m.door
	out := console.Machine{
		Node: m.node, Started: m.started, Data: d.books.data, PerDay: m.grows(time.Now()), Certificates: d.certificates, PolicyFile: d.policyFile,
		Ledger: console.LedgerKeeping{Kind: "SQLite"},
	}
	out.Free, out.Size = spaceOf(d.books.data)
	if c := d.books.counts; c != nil {
		if c.flags.Postgres != "" {
			out.Ledger.Kind = "PostgreSQL"
		}
		if wrong := c.failing.Load(); wrong != nil {
			out.Ledger.Wrong = *wrong
		}
	}
	if wrong := d.amendments.fileWrong.Load(); wrong != nil {
		out.PolicyWrong = *wrong
	}
	return out
}

// grows is how many octets a day the journal grows by: what was written in the
// last day, or as much as that would be at the rate of a younger journal. It is
// measured once a minute.
func (m *machine) grows(now time.Time) uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now.Sub(m.looked) < time.Minute {
		return m.perDay
	}
	m.looked, m.perDay = now, grownIn(journalFolder(m.door.books.data), now, m.started)
	return m.perDay
}

// grownIn adds up the files that were written to in the last day, from the oldest
// of them on.
func grownIn(dir string, now, started time.Time) uint64 {
	const day, least = 24 * time.Hour, time.Minute
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0
	}
	var sum uint64
	whole := false
	for _, e := range entries {
		info, err := e.Info()
		switch {
		case err != nil || !info.Mode().IsRegular():
		case now.Sub(info.ModTime()) < day:
			sum += uint64(info.Size())
		default:
			whole = true // there is more from before: what was added up is a day's
		}
	}
	length := now.Sub(started)
	if whole || length >= day {
		return sum
	}
	if length < least {
		return 0
	}
	return uint64(float64(sum) * day.Hours() / length.Hours())
}
