package main

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// A claim stands in a page behind the sentence that it is of, as
//
//	<!-- holds: [The policy: lost] < 0.5 × [No mechanism: lost]; [LARGE-1, The policy: lost] = 0 -->
//
// In brackets is a cell of the page's tables: the rule, and the column; before them
// the Service User whose table it is. Where claims hold of the tables and the tables
// are what comes of the scenario, the prose says nothing that is not so.
var claimed = regexp.MustCompile(`<!-- holds: (.*?) -->`)

// cells are the figures of a page's tables.
type cells map[string]float64

// readCells reads the tables between the marks.
func readCells(block string) cells {
	all := cells{}
	of, head := "", []string(nil)
	for line := range strings.Lines(block) {
		line = strings.TrimSpace(line)
		if rest, found := strings.CutPrefix(line, "Of these "); found {
			account, _, _ := strings.Cut(rest, ",")
			of = account + ", "
		}
		if !strings.HasPrefix(line, "|") {
			head = nil
			continue
		}
		row := strings.Split(strings.Trim(line, "| "), " | ")
		if head == nil {
			head = row
			continue
		}
		for i, cell := range row[1:] {
			if x, err := strconv.ParseFloat(strings.ReplaceAll(strings.TrimSuffix(cell, " s"), ",", ""), 64); err == nil && i+1 < len(head) {
				all[of+row[0]+": "+head[i+1]] = x
			}
		}
	}
	return all
}

// value is a number, a cell, or so many times a cell.
func (c cells) value(text string) (float64, error) {
	factor := 1.0
	if times, cell, found := strings.Cut(text, " × "); found {
		x, err := strconv.ParseFloat(times, 64)
		if err != nil {
			return 0, err
		}
		factor, text = x, cell
	}
	if strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]") {
		x, found := c[text[1:len(text)-1]]
		if !found {
			return 0, fmt.Errorf("there is no cell %s", text)
		}
		return factor * x, nil
	}
	x, err := strconv.ParseFloat(text, 64)
	return factor * x, err
}

// check says why a claim does not hold, or nil.
func (c cells) check(claim string) error {
	for _, sign := range []string{" < ", " > ", " = "} {
		left, right, found := strings.Cut(claim, sign)
		if !found {
			continue
		}
		a, err := c.value(left)
		b, wrong := c.value(right)
		switch {
		case err != nil || wrong != nil:
			return errors.Join(err, wrong)
		case sign == " < " && a < b, sign == " > " && a > b, sign == " = " && a == b:
			return nil
		}
		return fmt.Errorf("it is %v against %v", a, b)
	}
	return errors.New("write a comparison with <, > or = between blanks")
}

// What the prose of a page says about its figures is so.
func TestLibraryClaims(t *testing.T) {
	for _, name := range libraryNames(t) {
		page, err := readFigures(libraryFile(t, libraryPages+name+".md"))
		if err != nil {
			t.Fatal(err)
		}
		all, n := readCells(page.old), 0
		for _, match := range claimed.FindAllStringSubmatch(page.before+page.after, -1) {
			for _, claim := range strings.Split(match[1], "; ") {
				n++
				if err := all.check(claim); err != nil {
					t.Errorf("%s.md says, and it is not so: %s: %v", name, claim, err)
				}
			}
		}
		if n < 4 || strings.Count(page.before+page.after, "holds:") != len(claimed.FindAllString(page.before+page.after, -1)) {
			t.Errorf("%s.md has %d claims that can be checked", name, n)
		}
	}
}

func TestLibraryClaimsThatDoNotHold(t *testing.T) {
	all := readCells("| rule | lost | outage |\n|---|--:|--:|\n| The policy | 1,200 | 3 s |\n\nOf these A, with an allocation:\n\n| rule | lost |\n|---|--:|\n| The policy | 7 |\n")
	for claim, holds := range map[string]bool{
		"[The policy: lost] = 1200":                        true,
		"[A, The policy: lost] < 0.1 × [The policy: lost]": true,
		"[The policy: outage] > 2":                         true,
		"[The policy: outage] > 3":                         false,
		"[The policy: lost] < [A, The policy: lost]":       false,
		"[No mechanism: lost] = 0":                         false,
		"[The policy: lost] is good":                       false,
	} {
		if err := all.check(claim); (err == nil) != holds {
			t.Errorf("%s: %v", claim, err)
		}
	}
}

// A figure in the prose is one of the scenario, of its policies or of the tables.
func TestLibraryProse(t *testing.T) {
	figure := regexp.MustCompile(`[0-9]+(?:[.,:][0-9]+)*`)
	aside := regexp.MustCompile("(?s)<!--.*?-->|`[^`]*`|\\]\\([^)]*\\)")
	for _, name := range libraryNames(t) {
		page, err := readFigures(libraryFile(t, libraryPages+name+".md"))
		if err != nil {
			t.Fatal(err)
		}
		known := map[string]bool{}
		command := &simulateCmd{Scenario: "../../scenarios/" + name + ".yaml"}
		if name == "one-supplier-bursts" {
			command.Policy = []string{"../../examples/policy.yaml"}
		}
		config, err := command.config()
		if err != nil {
			t.Fatal(err)
		}
		sources := libraryFile(t, command.Scenario) + page.old
		for _, p := range config.Policies {
			sources += string(p.Files[0].Text)
		}
		for _, x := range figure.FindAllString(sources, -1) {
			known[x] = true
		}
		for _, x := range figure.FindAllString(aside.ReplaceAllString(page.before+page.after, ""), -1) {
			if !known[x] {
				t.Errorf("%s.md: %s stands neither in the scenario and its policies nor in the tables", name, x)
			}
		}
	}
}
