package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"srtm/duis"
	"srtm/evidence"
	"srtm/journal"
	"srtm/policy"
)

// targetFlags are those of verbs that may show targets, which are personal data.
type targetFlags struct {
	Targets bool   `help:"Show targets (Device IDs) themselves, not pseudonyms; needs --as and --reason, which are recorded."`
	As      string `placeholder:"NAME" help:"Who sees the targets."`
	Reason  string `placeholder:"TEXT" help:"Why."`
}

// check says what is missing.
func (f *targetFlags) check() error {
	switch {
	case f.Targets && (f.As == "" || f.Reason == ""):
		return usageError{errors.New("--targets needs --as NAME and --reason TEXT: who sees personal data, and why, is recorded")}
	case !f.Targets && (f.As != "" || f.Reason != ""):
		return usageError{errors.New("--as and --reason are for --targets; did you forget it?")}
	}
	return nil
}

// writer returns how targets are written. Before it lets them be shown, who sees
// them and why is on record.
func (f *targetFlags) writer(data recorded, what, account string) (func(duis.EUI64) string, error) {
	if !f.Targets {
		p, err := data.pseudonyms()
		if err != nil {
			return nil, err
		}
		return evidence.Pseudonymous(p), nil
	}
	act := journal.Act{Who: f.As, What: what, Why: f.Reason, Account: account}
	if err := data.record(&act); err != nil {
		return nil, fmt.Errorf("no target is shown, for it could not be recorded who sees them: %w", err)
	}
	return evidence.AsItIs, nil
}

// recorded is where a gateway has its journal: the folder that it was given as
// --data, and the journal in it, with its first and last record's positions.
type recorded struct {
	data, journal string
	first, last   journal.Position
}

// findJournal finds a data folder's journal; dir is the one or the other.
func findJournal(dir string) (recorded, error) {
	const right = "name the folder that the gateway has as --data"
	switch there, err := os.Stat(dir); {
	case err != nil:
		return recorded{}, fmt.Errorf("there is no folder %s: %w; %s", dir, cause(err), right)
	case !there.IsDir():
		return recorded{}, fmt.Errorf("%s is a file, and has no journal in it; %s", dir, right)
	}
	for _, r := range []recorded{{data: dir, journal: journalFolder(dir)}, {data: filepath.Dir(filepath.Clean(dir)), journal: dir}} {
		var err error
		if r.first, r.last, err = journal.Bounds(r.journal); err == nil && r.first > 0 {
			return r, nil
		}
		if errors.Is(err, fs.ErrPermission) {
			return recorded{}, fmt.Errorf("%w; read it as the user who runs the gateway", err)
		}
	}
	return recorded{}, fmt.Errorf("there is no journal in %s; %s", dir, right)
}

func (d recorded) keys() string { return keysFolder(d.data) }

// pseudonyms returns the key of pseudonyms, which must be there.
func (d recorded) pseudonyms() (*journal.Pseudonyms, error) {
	if _, err := os.Stat(d.keys()); err != nil {
		return nil, fmt.Errorf("targets cannot be given their pseudonyms without the keys: %w; name the gateway's own data folder", err)
	}
	return journal.LoadPseudonyms(pseudonymKey(d.data))
}

// requestID reads a RequestID, whose target may be the pseudonym that stands for
// it; then it says so.
func (d recorded) requestID(text string) (id duis.RequestID, pseudonymous bool, err error) {
	id, plain := duis.ParseRequestID(text)
	originator, rest, _ := strings.Cut(text, ":")
	target, counter, _ := strings.Cut(rest, ":")
	q, is := journal.ParsePseudonym(target)
	if plain == nil || !is {
		return id, false, plain
	}
	if id, err = duis.ParseRequestID(originator + ":" + duis.EUI64(0).String() + ":" + counter); err != nil {
		return id, true, fmt.Errorf("%q is not a RequestID; write originator:target:counter, where the target may be a pseudonym", text)
	}
	p, err := d.pseudonyms()
	if err != nil {
		return id, true, err
	}
	if id.Target, is = p.Target(q); !is {
		return id, true, fmt.Errorf("the pseudonym %s was not made with the key in %s; name the data folder of the gateway whose report or export has it", target, d.keys())
	}
	return id, true, nil
}

// environment is that of the journal.
func (d recorded) environment() (string, error) {
	r, err := journal.OpenReader(d.journal, 0)
	if err != nil {
		return "", err
	}
	defer r.Close()
	if _, err := r.Next(); err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return r.Checkpoint().Environment, nil
}

// suits says why a policy, read from a file, is none for the journal: it is
// another environment's.
func (d recorded) suits(p *policy.Policy, file string) error {
	environment, err := d.environment()
	if err != nil {
		return err
	}
	if environment != p.Environment {
		return fmt.Errorf("the journal in %s is of the environment %q, and the policy %s is for %q; a policy goes with the journal of its own environment", d.journal, environment, file, p.Environment)
	}
	return nil
}

// record puts an act on record, beside the gateway's journal, which only the
// gateway writes.
func (d recorded) record(act *journal.Act) error {
	environment, err := d.environment()
	if err != nil {
		return err
	}
	j, err := openWaiting(auditFolder(d.data), journal.Options{Environment: environment, Keys: d.keys()})
	if err != nil {
		return err
	}
	err = j.Append(time.Now().UnixNano(), act).Wait()
	return errors.Join(err, j.Close())
}

// openWaiting opens a journal that another process may have for a moment.
func openWaiting(dir string, o journal.Options) (*journal.Journal, error) {
	const patience, pause = 10 * time.Second, 50 * time.Millisecond
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for began := time.Now(); ; <-ticker.C {
		j, err := journal.Open(dir, o)
		if !errors.Is(err, journal.ErrInUse) || time.Since(began) > patience {
			return j, err
		}
	}
}
