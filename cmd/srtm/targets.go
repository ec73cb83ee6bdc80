package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"srtm/duis"
	"srtm/evidence"
	"srtm/journal"
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
		return data.pseudonyms()
	}
	act := journal.Act{Who: f.As, What: what, Why: f.Reason, Account: account}
	if err := data.record(&act); err != nil {
		return nil, fmt.Errorf("no target is shown, for it could not be recorded who sees them: %w", err)
	}
	return evidence.AsItIs, nil
}

// recorded is where a gateway has its journal: the folder that it was given as
// --data, and the journal in it.
type recorded struct{ data, journal string }

// findJournal finds a data folder's journal; dir is the one or the other.
func findJournal(dir string) (recorded, error) {
	for _, r := range []recorded{{dir, journalFolder(dir)}, {filepath.Dir(filepath.Clean(dir)), dir}} {
		if first, _, err := journal.Bounds(r.journal); err == nil && first > 0 {
			return r, nil
		}
	}
	if _, err := os.Stat(dir); err != nil {
		return recorded{}, err
	}
	return recorded{}, fmt.Errorf("there is no journal in %s; name the folder that the gateway has as --data", dir)
}

func (d recorded) keys() string { return keysFolder(d.data) }

// pseudonyms returns how targets are written for who may not see them.
func (d recorded) pseudonyms() (func(duis.EUI64) string, error) {
	if _, err := os.Stat(d.keys()); err != nil {
		return nil, fmt.Errorf("targets cannot be given their pseudonyms without the keys: %w; name the gateway's own data folder", err)
	}
	p, err := journal.LoadPseudonyms(filepath.Join(d.keys(), "pseudonym.key"))
	if err != nil {
		return nil, err
	}
	return evidence.Pseudonymous(p), nil
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
