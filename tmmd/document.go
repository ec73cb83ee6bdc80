package tmmd

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"srtm/plot"
)

// Document is a text in sections, without a form yet. It is not changed once it is
// made; it may then be written by several goroutines.
type Document struct {
	Title          string
	classification string
	facts          []fact
	sections       []section
}

// fact is something that the head of a document says.
type fact struct{ name, value string }

// section is a part with a heading of its own.
type section struct {
	anchor string
	title  string
	blocks []block
}

// block is a paragraph, points, rules, a formula, a table, a verbatim text or a
// picture.
type block any

// The words in all of these may have code in them, see code.
type (
	paragraph string
	points    []string
	heading   struct{ anchor, title string }
	formula   []string // one line each
	// rule is a part of the method that has a name.
	rule struct {
		anchor string
		title  string
		blocks []block
	}
	verbatim string
	picture  struct {
		title string
		plot  plot.Plot
	}
)

// table is rows of cells under headings.
type table struct {
	anchor  string
	title   string
	columns []column
	rows    [][]string
	anchors []string // of the rows; empty: none has one
	foot    []string // the sums; nil: there are none
}

// column is a heading; figures stand at the right.
type column struct {
	title  string
	figure bool
}

// texts are columns of words, figures of numbers.
func texts(titles ...string) []column   { return columnsOf(false, titles) }
func figures(titles ...string) []column { return columnsOf(true, titles) }

func columnsOf(figure bool, titles []string) []column {
	columns := make([]column, len(titles))
	for i, t := range titles {
		columns[i] = column{t, figure}
	}
	return columns
}

// Code is marked in words by two characters that no word of a policy has.
const (
	codeBegins = '\x01'
	codeEnds   = '\x02'
)

// code marks what is written for the machine: keys and values.
func code(s string) string { return string(codeBegins) + clean(s) + string(codeEnds) }

// clean keeps what comes from outside from being anything but words: it has no
// control characters, none that turn the direction of writing, and is UTF-8.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t', r == '\r':
			return ' '
		case !unicode.IsPrint(r), r == utf8.RuneError:
			return utf8.RuneError
		}
		return r
	}, s)
}

// cleanLines is clean for a text of several lines.
func cleanLines(s string) string {
	s = strings.TrimSuffix(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || unicode.IsPrint(r) || r == 0x200D || r == 0xA0 {
			return r
		}
		return utf8.RuneError
	}, s)
}

// spans cuts words into what is code and what is not, in turn; the first is not.
func spans(words string) []string {
	var all []string
	for {
		before, rest, found := strings.Cut(words, string(codeBegins))
		all = append(all, before)
		if !found {
			return all
		}
		inside, after, _ := strings.Cut(rest, string(codeEnds))
		all, words = append(all, inside), after
	}
}
