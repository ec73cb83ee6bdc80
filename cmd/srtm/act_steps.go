package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"text/tabwriter"
	"time"

	"srtm/act"
	"srtm/console"
)

// stepFlags name an act, and who does something about it.
type stepFlags struct {
	ID uint64 `arg:"" name:"id" help:"The act's number; srtm act list shows it."`
	whoFlags
	Reason string `placeholder:"WORDS" help:"Why; it is recorded."`
}

func (f stepFlags) step(a *app, name string) error {
	var made act.Act
	if err := f.ask(http.MethodPost, fmt.Sprintf("acts/%d/%s", f.ID, name), console.ActStep{By: f.By, Why: f.Reason}, &made); err != nil {
		return err
	}
	return sayAct(a.stdout, made)
}

// actEndCmd ends an act.
type actEndCmd struct{ stepFlags }

// Run ends it.
func (c *actEndCmd) Run(a *app) error { return c.step(a, "end") }

// actApproveCmd approves an act.
type actApproveCmd struct{ stepFlags }

// Run approves it.
func (c *actApproveCmd) Run(a *app) error { return c.step(a, "approve") }

// actWithdrawCmd takes back an act.
type actWithdrawCmd struct{ stepFlags }

// Run takes it back.
func (c *actWithdrawCmd) Run(a *app) error { return c.step(a, "withdraw") }

// actReferenceCmd gives a record a reference.
type actReferenceCmd struct {
	About     uint64 `arg:"" help:"The record's position in the journal; of an episode the one that began it, as reports and explain give it."`
	Reference string `arg:"" help:"The reference, such as INC-1234."`
	whoFlags
	Reason string `placeholder:"WORDS" help:"Why; it is recorded."`
}

// Run gives it.
func (c *actReferenceCmd) Run(a *app) error {
	given := console.Referral{By: c.By, Why: c.Reason, About: c.About, Reference: c.Reference}
	if err := c.ask(http.MethodPost, "references", given, &given); err != nil {
		return err
	}
	_, err := fmt.Fprintf(a.stdout, "Record %d refers to %s.\n", given.About, given.Reference)
	return err
}

// actListCmd lists acts.
type actListCmd struct {
	adminFlags
	JSON bool `name:"json" help:"Print everything, as /api/v1/acts gives it."`
}

// Run lists them.
func (c *actListCmd) Run(a *app) error {
	var raw json.RawMessage
	if err := c.ask(http.MethodGet, "acts", nil, &raw); err != nil {
		return err
	}
	if c.JSON {
		_, err := a.stdout.Write(append(raw, '\n'))
		return err
	}
	var s console.ActsState
	if err := json.Unmarshal(raw, &s); err != nil {
		return err
	}
	t := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ACT\tSTATE\tDOES\tFROM\tUNTIL\tBY\tWHY\tREFERENCE")
	for _, list := range [][]act.Act{s.Running, s.Waiting, s.History} {
		for i := range list {
			writeAct(t, &list[i])
		}
	}
	return t.Flush()
}

func writeAct(t io.Writer, a *act.Act) {
	by, until := a.Asked.By, a.Until
	if a.Approved != nil {
		by += ", " + a.Approved.By
	}
	if !a.OverAt.IsZero() {
		until = a.OverAt
	}
	from := "–"
	if !a.From.IsZero() {
		from = a.From.UTC().Format(time.RFC3339)
	}
	fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", a.ID, a.State, oneLine(a.Does), from, until.UTC().Format(time.RFC3339), oneLine(by), oneLine(a.Reason), oneLine(a.Reference))
}

// actPresetsCmd lists what the policy prepared.
type actPresetsCmd struct{ adminFlags }

// Run lists it.
func (c *actPresetsCmd) Run(a *app) error {
	var presets []console.Preset
	if err := c.ask(http.MethodGet, "presets", nil, &presets); err != nil {
		return err
	}
	t := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "PRESET\tDOES\tFOR AT MOST")
	for _, p := range presets {
		fmt.Fprintf(t, "%s\t%s\t%v\n", oneLine(p.Name), oneLine(p.Does), p.For)
	}
	return t.Flush()
}

// writeActs says what runs by hand, and what waits.
func (c *stateCmd) writeActs(out io.Writer) {
	var s console.ActsState
	if c.ask(http.MethodGet, "acts", nil, &s) != nil { // who may see the state may not see this
		return
	}
	var b strings.Builder
	for _, a := range s.Running {
		fmt.Fprintf(&b, "By hand, act %d of %s until %s: %s. %s\n", a.ID, a.Asked.By, a.Until.UTC().Format(inUTC), a.Does, oneLine(a.Reason))
	}
	for _, a := range s.Waiting {
		fmt.Fprintf(&b, "Act %d of %s waits for another person until %s: %s. %s\n", a.ID, a.Asked.By, a.Until.UTC().Format(inUTC), a.Does, oneLine(a.Reason))
	}
	if b.Len() > 0 {
		fmt.Fprintln(out, b.String())
	}
}
