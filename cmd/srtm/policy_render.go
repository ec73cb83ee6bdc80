package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"srtm/journal"
	"srtm/policy"
	"srtm/tmmd"
)

// policyRenderCmd writes a policy as a document.
type policyRenderCmd struct {
	File   string `arg:"" help:"The policy file."`
	Public bool   `help:"Nothing confidential: no Service User, no portfolio, no allocation; an invented example."`
	Format string `enum:"html,markdown,text," default:"" help:"html, markdown or text; default: what --out ends in, otherwise markdown."`
	Out    string `default:"-" placeholder:"FILE" help:"Where it goes; - is stdout."`
	Data   string `placeholder:"DIR" help:"A gateway's data folder: its policies that came into force are listed too."`
}

// Help shows examples.
func (policyRenderCmd) Help() string {
	return `Examples:
  srtm policy render tmmd.yaml --out tmmd.html
  srtm policy render tmmd.yaml --public --out tmmd-public.md
  srtm policy render tmmd.yaml --data /var/lib/srtm --out tmmd.html

The Service Request part of the Traffic Management Mechanism Document: every parameter, the method with its formulas, an
example that the mechanism itself works out, the allocation table, history and annexes. The same policy gives the same bytes.`
}

// Run writes it.
func (c *policyRenderCmd) Run(a *app) error {
	p, err := policy.Load(c.File)
	if err != nil {
		return err
	}
	options := tmmd.Options{Public: c.Public}
	if c.Data != "" && !c.Public {
		if options.InForce, err = c.inForce(a, p); err != nil {
			return err
		}
	}
	mode := forOwner
	if c.Public {
		mode = forAll
	}
	return writeDocument(a, tmmd.Render(p, options), written{c.Out, c.Format, "markdown", mode})
}

// inForce reads from the journal which policies came into force; one that did
// again, as at every start of a gateway, is listed once.
func (c *policyRenderCmd) inForce(a *app, p *policy.Policy) (versions []tmmd.Version, err error) {
	found, err := findJournal(c.Data)
	if err != nil {
		return nil, err
	}
	if err := found.suits(p, c.File); err != nil {
		return nil, err
	}
	r, err := journal.OpenReader(found.journal, 0)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	bar := newProgress(a.stderr, "journal", 1)
	defer bar.end()
	for e, err := range r.All() {
		if damage := (*journal.DamageError)(nil); errors.As(err, &damage) {
			fmt.Fprintf(a.stderr, "srtm: warning: a policy that came into force there may be missing: %v\n", damage)
			continue
		}
		if err != nil {
			return nil, err
		}
		bar.reach(int64(e.Position), int64(found.last))
		if v, is := e.Record.(*journal.Policy); is && (len(versions) == 0 || versions[len(versions)-1].Digest != v.Digest) {
			versions = append(versions, tmmd.Version{Name: v.Name, Digest: v.Digest, From: time.Unix(0, e.At), Who: v.Who, Why: v.Why})
		}
	}
	return versions, nil
}

// written says where a document goes and how it looks.
type written struct {
	out    string
	format string // html, markdown or text; empty: what out ends in
	usual  string // the format where that says nothing
	mode   fs.FileMode
}

func writeDocument(a *app, d *tmmd.Document, w written) error {
	format := w.format
	if format == "" {
		format = formatOf(w.out, w.usual)
	}
	write := d.Text
	switch format {
	case "html":
		write = d.HTML
	case "markdown":
		write = d.Markdown
	}
	return writeWhole(w.out, w.mode, a.stdout, func(out io.Writer) error {
		_, err := io.WriteString(out, write())
		return err
	})
}

func formatOf(path, usual string) string {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".html", ".htm":
		return "html"
	case ".md", ".markdown":
		return "markdown"
	case ".txt":
		return "text"
	}
	return usual
}
