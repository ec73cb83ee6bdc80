package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Problem is one thing that is wrong in a policy or in a file beside it or, as a
// warning, doubtful.
type Problem struct {
	File   string // as it was named to Load, or beside that
	Line   int    // from 1
	Column int    // from 1; in characters in a policy, in bytes in a CSV file
	Key    string // the policy's key, such as "allocation.minimum", or the CSV file's column; may be empty
	Wrong  string // what is wrong, with the datum
	Right  string // what would be right; may be empty
}

// Error writes "file:line:column: key: wrong; right" in one line.
func (p Problem) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: ", p.File, p.Line, p.Column)
	if p.Key != "" {
		b.WriteString(p.Key + ": ")
	}
	b.WriteString(p.Wrong)
	if p.Right != "" {
		b.WriteString("; " + p.Right)
	}
	return b.String()
}

// Problems are all that was found in one go: the policy's first, then the
// portfolio's, the senders' and the annexes', each file's in order of position.
type Problems []Problem

// Error writes one problem per line, without a line break at the end.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// place is a position in a file.
type place struct{ line, column int }

// top is where that is reported which a file lacks.
func top() place { return place{1, 1} }

// mostProblems bounds what is reported of one file: a file that is something
// else altogether should not scroll the first problem off the screen.
const mostProblems = 100

// findings collects one file's problems.
type findings struct {
	file string
	list Problems
	more int
}

func (f *findings) add(at place, key, wrong, right string) {
	if f.full() {
		f.more++
		return
	}
	f.list = append(f.list, Problem{f.file, at.line, at.column, key, wrong, right})
}

func (f *findings) full() bool { return len(f.list) >= mostProblems }

func (f *findings) any() bool { return len(f.list) > 0 }

// sorted returns the problems in order of position, and as the last line how
// many more there are.
func (f *findings) sorted() Problems {
	slices.SortStableFunc(f.list, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	if f.more == 0 {
		return f.list
	}
	last := f.list[len(f.list)-1]
	return append(f.list, Problem{f.file, last.Line, last.Column, "", fmt.Sprintf("and %d more problems", f.more), "correct those above first"})
}

// flaw is what is wrong with one value, before it is known where it stands.
type flaw struct{ wrong, right string }

func (f *flaw) Error() string { return f.wrong + "; " + f.right }

// quoted shows a piece of a file in a message: printable, one line, and cut
// after 60 characters, however hostile the file.
func quoted(s string) string { return strconv.Quote(cut(s)) }

// plainly is quoted without the quotes where the text is printable, for keys.
func plainly(s string) string {
	q := quoted(s)
	if inner := q[1 : len(q)-1]; inner == s && s != "" {
		return s
	}
	return q
}

func cut(s string) string { return cutAfter(60, s) }

func cutAfter(most int, s string) string {
	n := 0
	for i := range s {
		if n++; n > most {
			return s[:i] + "…"
		}
	}
	return s
}
