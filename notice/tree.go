package notice

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// MaxFile is the most bytes that a file of notices may have.
const MaxFile = 1 << 20

// mostProblems bounds what is reported of a file that is something else altogether.
const mostProblems = 100

// Problem is one thing that is wrong in a file of notices, or beside it.
type Problem struct {
	File         string
	Line, Column int    // from 1
	Key          string // such as "subscriptions[0].webhook.url"; may be empty
	Wrong, Right string
}

// Error writes "file:line:column: key: wrong; right" in one line.
func (p Problem) Error() string {
	key := p.Key
	if key != "" {
		key += ": "
	}
	return fmt.Sprintf("%s:%d:%d: %s%s; %s", p.File, p.Line, p.Column, key, p.Wrong, p.Right)
}

// Problems are all that was found, in order of position.
type Problems []Problem

// Error writes one problem per line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// reader reads one file and collects what is wrong in it.
type reader struct {
	file     string
	problems Problems
	warnings []string
}

func (r *reader) wrong(n *yaml.Node, key, wrong, right string) {
	line, column := 1, 1
	if n != nil {
		line, column = max(n.Line, 1), max(n.Column, 1)
	}
	if len(r.problems) < mostProblems {
		r.problems = append(r.problems, Problem{r.file, line, column, key, wrong, right})
	}
}

// result is nil, or all problems as one error.
func (r *reader) result() error {
	if len(r.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(r.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return r.problems
}

// tree returns the one mapping that the text is, or nil.
func (r *reader) tree(text []byte) *yaml.Node {
	if len(text) > MaxFile {
		r.wrong(nil, "", fmt.Sprintf("the file is larger than %d bytes", MaxFile), "a file of notices is a page or two")
		return nil
	}
	if !utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0 {
		r.wrong(nil, "", "the file is not UTF-8 text", "save it as UTF-8")
		return nil
	}
	loader, err := yaml.NewLoader(bytes.NewReader(text))
	if err != nil {
		r.syntax(err)
		return nil
	}
	var first, second yaml.Node
	if err := loader.Load(&first); errors.Is(err, io.EOF) || err == nil && len(first.Content) == 0 {
		r.wrong(nil, "", "the file is empty", "it has at least subscriptions")
		return nil
	} else if err != nil {
		r.syntax(err)
		return nil
	}
	if err := loader.Load(&second); err == nil {
		r.wrong(&second, "", "a second document begins here", "remove the --- or what is after it")
	} else if !errors.Is(err, io.EOF) {
		r.syntax(err)
	}
	root := first.Content[0]
	r.forbid(root)
	return root
}

func (r *reader) syntax(err error) {
	at, wrong := yaml.Node{}, err.Error()
	var fault *yaml.LoadError
	if errors.As(err, &fault) {
		wrong, at.Line, at.Column = fault.Message, fault.Mark.Line, fault.Mark.Column
	}
	r.wrong(&at, "", "this is not YAML: "+oneLine(wrong, 200), "correct it here or in the lines above")
}

// forbid reports by what YAML can mean something else than what it looks like.
func (r *reader) forbid(n *yaml.Node) {
	switch {
	case n.Kind == yaml.AliasNode:
		r.wrong(n, "", "aliases are not allowed", "write the value in full")
		return
	case n.Anchor != "":
		r.wrong(n, "", "anchors are not allowed", "write the value in full")
	case n.Style&yaml.TaggedStyle != 0 || n.Tag == "!":
		r.wrong(n, "", "tags are not allowed", "write the plain value")
	case n.Tag == "!!merge":
		r.wrong(n, "", "merge keys (<<) are not allowed", "write the keys in full")
	}
	for _, c := range n.Content {
		r.forbid(c)
	}
}

// mapping returns the values of a mapping by key. Keys that are not in names, or
// there twice, are problems.
func (r *reader) mapping(n *yaml.Node, path string, names ...string) map[string]*yaml.Node {
	values := make(map[string]*yaml.Node)
	if n.Kind != yaml.MappingNode {
		r.wrong(n, path, "this is not a list of keys and values", "the keys here are "+strings.Join(names, ", "))
		return values
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		switch {
		case key.Kind != yaml.ScalarNode || !slices.Contains(names, key.Value):
			r.wrong(key, join(path, key.Value), "there is no such key", meant(key.Value, names))
		case values[key.Value] != nil:
			r.wrong(key, join(path, key.Value), "the key is there twice, first in line "+strconv.Itoa(values[key.Value].Line), "keep one of them")
		default:
			values[key.Value] = n.Content[i+1]
		}
	}
	return values
}

func join(path, key string) string {
	key = strings.Trim(strconv.Quote(cut(key, 60)), `"`)
	if path == "" {
		return key
	}
	return path + "." + key
}

// meant says which key may have been meant.
func meant(word string, names []string) string {
	for _, name := range names {
		if len(word) > 2 && (strings.HasPrefix(name, word) || strings.HasPrefix(word, name)) ||
			strings.EqualFold(strings.ReplaceAll(word, "-", "_"), name) || oneLetterOff(word, name) {
			return "did you mean " + name + "?"
		}
	}
	return "the keys here are " + strings.Join(names, ", ")
}

// oneLetterOff tells whether a letter more, less or other makes a into b.
func oneLetterOff(a, b string) bool {
	front := 0
	for front < min(len(a), len(b)) && a[front] == b[front] {
		front++
	}
	back := 0
	for back < min(len(a), len(b))-front && a[len(a)-1-back] == b[len(b)-1-back] {
		back++
	}
	return max(len(a), len(b))-front-back <= 1 || len(a) == len(b) && len(a)-front-back == 2 // two letters swapped
}

// text returns a value that is one line.
func (r *reader) text(n *yaml.Node, path string) (string, bool) {
	if n == nil {
		return "", false
	}
	if n.Kind != yaml.ScalarNode || n.Value == "" || n.Tag == "!!null" {
		r.wrong(n, path, "there is no value", "write one value, or remove the key")
		return "", false
	}
	if clean := oneLine(n.Value, 4000); clean != n.Value {
		r.wrong(n, path, "the value has line breaks, control characters or doubled spaces", "write it as one plain line")
		return "", false
	}
	return n.Value, true
}

// items returns the items of a list; one value counts as a list of one.
func (r *reader) items(n *yaml.Node, path string, most int) []*yaml.Node {
	switch {
	case n == nil:
		return nil
	case n.Kind == yaml.ScalarNode && n.Tag != "!!null":
		return []*yaml.Node{n}
	case n.Kind != yaml.SequenceNode || len(n.Content) == 0:
		r.wrong(n, path, "this is not a list", "write [one, two], or remove the key")
		return nil
	case len(n.Content) > most:
		r.wrong(n, path, fmt.Sprintf("the list has %d items", len(n.Content)), fmt.Sprintf("at most %d", most))
		return nil
	}
	return n.Content
}
