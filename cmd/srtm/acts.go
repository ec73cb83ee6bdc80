package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"srtm/evidence"
	"srtm/journal"
)

// auditFolder is where verbs record what persons did with them.
func auditFolder(data string) string { return filepath.Join(data, "audit") }

// journalActsCmd lists what persons did.
type journalActsCmd struct {
	Dir string `arg:"" help:"The gateway's data folder."`
}

// Help shows examples.
func (journalActsCmd) Help() string {
	return `Examples:
  srtm journal acts /var/lib/srtm

What persons did, as CSV: acts by hand that the gateway recorded, policies and their way into force,
notices of coming allocations, challenges and answers, and who was shown targets, when and why.`
}

// Run lists them.
func (c *journalActsCmd) Run(a *app) error {
	found, err := findJournal(c.Dir)
	if err != nil {
		return err
	}
	out := csv.NewWriter(a.stdout)
	if err := out.Write([]string{"at", "who", "what", "why", "account", "until", "journal", "position", "kind", "reference", "about"}); err != nil {
		return err
	}
	for _, dir := range []string{found.journal, auditFolder(found.data)} {
		if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err := writeActs(out, dir); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func writeActs(out *csv.Writer, dir string) error {
	r, err := journal.OpenReader(dir, 0)
	if err != nil {
		return err
	}
	defer r.Close()
	for e, err := range r.All() {
		if err != nil {
			return err
		}
		deed, is := evidence.DeedOf(e.Record)
		if !is {
			continue
		}
		until := ""
		if deed.Until != 0 {
			until = rfc3339(deed.Until)
		}
		about := ""
		if deed.About != 0 {
			about = fmt.Sprint(deed.About)
		}
		if err := out.Write([]string{rfc3339(e.At), evidence.Cell(deed.Who), evidence.Cell(deed.What), evidence.Cell(deed.Why), evidence.Cell(deed.Account),
			until, filepath.Base(dir), fmt.Sprint(e.Position), deed.Kind, evidence.Cell(deed.Reference), about}); err != nil {
			return err
		}
	}
	return nil
}
