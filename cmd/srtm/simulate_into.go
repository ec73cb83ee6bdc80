package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"srtm/scenario"
	"srtm/simulate"
	"srtm/study"
)

// The lines between which the figures of a Markdown page stand.
const (
	figuresBegin = "<!-- begin figures"
	figuresEnd   = "<!-- end figures -->"
)

// opening is the part of a scenario of longer than longDay that its page has a digest
// of, so that a test need not play the whole to see that it would come out otherwise.
const (
	longDay = 6 * time.Hour
	opening = 10 * time.Minute
)

// figuresPage is a Markdown page with a place for the figures of a simulation.
type figuresPage struct {
	before, begin, old, after string   // of its text; begin is the first mark's line
	picture                   string   // its name among study.Pictures, without ending
	accounts                  []string // Service Users with a table of their own
}

// readFigures finds the place.
func readFigures(text string) (*figuresPage, error) {
	help := fmt.Errorf("it needs one line %s --> and below it one %s; what stands between is written anew", figuresBegin, figuresEnd)
	before, rest, found := strings.Cut(text, figuresBegin)
	options, rest, closed := strings.Cut(rest, "-->\n")
	old, after, ended := strings.Cut(rest, figuresEnd)
	if !found || !closed || !ended || strings.Contains(options, "\n") || strings.Contains(old+after, figuresBegin) || strings.Contains(after, figuresEnd) {
		return nil, help
	}
	p := &figuresPage{before: before, begin: figuresBegin + options + "-->\n", old: old, after: figuresEnd + after, picture: "rules"}
	for _, option := range strings.Split(options, ";")[1:] {
		key, value, _ := strings.Cut(option, ":")
		switch value = strings.TrimSpace(value); strings.TrimSpace(key) {
		case "picture":
			p.picture = value
		case "users":
			for _, account := range strings.Split(value, ",") {
				p.accounts = append(p.accounts, strings.TrimSpace(account))
			}
		default:
			return nil, fmt.Errorf("%q is nothing to say there; write picture: NAME or users: ACCOUNT, ACCOUNT", strings.TrimSpace(option))
		}
	}
	return p, nil
}

// renewed returns the page with the figures of a study, and its picture.
func (p *figuresPage) renewed(s *study.Study, origin string) (page, picture []byte, err error) {
	var b bytes.Buffer
	b.WriteString(p.before + p.begin + "\n")
	if err := study.WriteMarkdown(&b, s, p.accounts); err != nil {
		return nil, nil, err
	}
	b.WriteString("\n" + origin + "\n" + p.after)
	var names []string
	for _, one := range study.Pictures(s) {
		name := strings.TrimSuffix(one.Name, ".svg")
		if name == p.picture {
			return b.Bytes(), one.SVG, nil
		}
		names = append(names, name)
	}
	return nil, nil, fmt.Errorf("there is no picture %q of it; choose from %s", p.picture, strings.Join(names, ", "))
}

// origin says what figures were made from, so that whoever has the files can see
// whether they are those.
func origin(file string, config simulate.Config) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	words := fmt.Sprintf("Made with `srtm simulate` from `%s` (SHA-256 begins with `%.8x`)", filepath.Base(file), sha256.Sum256(text))
	for _, p := range config.Policies {
		words += fmt.Sprintf(", policy “%s” (digest begins with `%.16s`)", p.Name, p.Digest)
	}
	words += "."
	if config.Scenario.Length <= longDay {
		return words, nil
	}
	digest, err := openingDigest(config)
	return words + fmt.Sprintf("\nIts first %d minutes, played alone, give figures whose SHA-256 begins with `%.8x`.", int(opening.Minutes()), digest), err
}

// openingDigest is a digest of what comes of the first minutes alone.
func openingDigest(config simulate.Config) (digest []byte, err error) {
	config.Scenario, config.Progress = begun(config.Scenario, opening), nil
	r, err := simulate.Play(config)
	if err != nil {
		return nil, fmt.Errorf("the first %v of it: %w", opening, err)
	}
	h := sha256.New()
	if err := errors.Join(simulate.WriteResults(h, r), simulate.WriteSeconds(h, r)); err != nil {
		return nil, err
	}
	return h.Sum(nil), nil
}

// begun returns the first part of a scenario.
func begun(s *scenario.Scenario, length time.Duration) *scenario.Scenario {
	first := *s
	first.Length = length
	first.Users = slices.Clone(s.Users)
	for i := range first.Users {
		u := &first.Users[i]
		u.Traffic = slices.DeleteFunc(slices.Clone(u.Traffic), func(p scenario.Part) bool { return p.From >= length })
		for j := range u.Traffic {
			u.Traffic[j] = partUntil(u.Traffic[j], length)
		}
	}
	setting := &first.Setting
	setting.DSP.Changes = slices.DeleteFunc(slices.Clone(setting.DSP.Changes), func(c scenario.Change) bool { return c.From >= length })
	for i := range setting.DSP.Changes {
		setting.DSP.Changes[i].To = min(setting.DSP.Changes[i].To, length)
	}
	setting.Background = slices.DeleteFunc(slices.Clone(setting.Background), func(b scenario.Background) bool { return b.Part.From >= length })
	for i := range setting.Background {
		setting.Background[i].Part = partUntil(setting.Background[i].Part, length)
	}
	return &first
}

// partUntil cuts a part that begins before a time off at it.
func partUntil(p scenario.Part, end time.Duration) scenario.Part {
	if p.To > end {
		p.Rise = scenario.Rate(float64(p.Rise) * float64(end-p.From) / float64(p.To-p.From))
		p.To = end
	}
	return p
}

// into is a page whose figures are to be written anew.
type into struct {
	file string
	page *figuresPage
}

// readInto reads the page, before anything is played; nil where none is named.
func readInto(file string) (*into, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("the page for --into: %w", err)
	}
	page, err := readFigures(string(text))
	if err != nil {
		return nil, fmt.Errorf("--into %s: %w", file, err)
	}
	return &into{file, page}, nil
}

// write writes the page, and its picture beside it.
func (i *into) write(stdout io.Writer, s *study.Study, origin func() (string, error)) error {
	if i == nil {
		return nil
	}
	from, err := origin()
	if err != nil {
		return err
	}
	page, picture, err := i.page.renewed(s, from)
	if err != nil {
		return fmt.Errorf("--into %s: %w", i.file, err)
	}
	drawn := strings.TrimSuffix(i.file, filepath.Ext(i.file)) + ".svg"
	for _, f := range []struct {
		name string
		text []byte
	}{{i.file, page}, {drawn, picture}} {
		err := writeWhole(f.name, forAll, stdout, func(w io.Writer) error {
			_, err := w.Write(f.text)
			return err
		})
		if err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(stdout, "The figures in %s are new, and so is %s.\n", i.file, drawn)
	return err
}
