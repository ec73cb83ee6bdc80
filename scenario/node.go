package scenario

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// maxFaults ends the reading of a file that is wrong in more places.
const maxFaults = 20

// reader collects what is wrong in a file, each with its line. Its methods
// return a zero value for what they could not read, so that one fault does not
// hide the next.
type reader struct{ faults []fault }

type fault struct {
	line int
	text string
}

func (r *reader) fault(n *yaml.Node, format string, args ...any) {
	if len(r.faults) <= maxFaults {
		r.faults = append(r.faults, fault{n.Line, fmt.Sprintf(format, args...)})
	}
}

// err returns all faults in the order of their lines.
func (r *reader) err() error {
	slices.SortStableFunc(r.faults, func(a, b fault) int { return a.line - b.line })
	var all []error
	for i, f := range r.faults {
		if i == maxFaults {
			all = append(all, errors.New("and more; correct these first"))
			break
		}
		all = append(all, fmt.Errorf("line %d: %s", f.line, f.text))
	}
	return errors.Join(all...)
}

// pair is a key of a mapping and what it stands for.
type pair struct{ key, value *yaml.Node }

// pairs returns a mapping's entries in their order. Keys are scalars and come
// once.
func (r *reader) pairs(n *yaml.Node, what string) []pair {
	if n.Kind != yaml.MappingNode {
		r.fault(n, "%s is %s; it should be a mapping of keys to values", what, kind(n))
		return nil
	}
	var all []pair
	seen := make(map[string]bool)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case key.Kind != yaml.ScalarNode:
			r.fault(key, "a key of %s is %s; it should be a plain word", what, kind(key))
		case seen[key.Value]:
			r.fault(key, "%s has the key %q twice; keep one of them", what, clip(key.Value))
		default:
			seen[key.Value] = true
			all = append(all, pair{key, value})
		}
	}
	return all
}

// keys returns a mapping's values by key. Only the allowed keys are legal.
func (r *reader) keys(n *yaml.Node, what string, allowed ...string) map[string]*yaml.Node {
	values := make(map[string]*yaml.Node)
	for _, p := range r.pairs(n, what) {
		if !slices.Contains(allowed, p.key.Value) {
			r.fault(p.key, "%s has no key %q; its keys are %s", what, clip(p.key.Value), strings.Join(allowed, ", "))
			continue
		}
		values[p.key.Value] = p.value
	}
	return values
}

// items returns a sequence's elements.
func (r *reader) items(n *yaml.Node, what string, most int) []*yaml.Node {
	if n.Kind != yaml.SequenceNode {
		r.fault(n, "%s is %s; it should be a list", what, kind(n))
		return nil
	}
	if len(n.Content) > most {
		r.fault(n, "%s has %d entries; %d are the most", what, len(n.Content), most)
		return nil
	}
	return n.Content
}

// text returns a scalar as it stands in the file, whatever YAML makes of it.
func (r *reader) text(n *yaml.Node, what string) (string, bool) {
	if n.Kind != yaml.ScalarNode {
		r.fault(n, "%s is %s; it should be one value", what, kind(n))
		return "", false
	}
	return n.Value, true
}

// read turns a scalar into a value by a function that says what is wrong.
func read[T any](r *reader, n *yaml.Node, what string, parse func(string) (T, error)) T {
	var value T
	text, ok := r.text(n, what)
	if !ok {
		return value
	}
	value, err := parse(text)
	if err != nil {
		r.fault(n, "%s: %v", what, err)
	}
	return value
}

func kind(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.ScalarNode:
		return fmt.Sprintf("the single value %q", clip(n.Value))
	case yaml.AliasNode:
		return "an alias (a scenario has none; give several accounts one entry, as in \"ALPHA, BRAVO\", or name a mix under mixes)"
	}
	return "nothing that can be read"
}

// clip keeps a hostile value from filling a screen.
func clip(text string) string {
	if len(text) > 60 {
		return strings.ToValidUTF8(text[:60], "") + "…"
	}
	return text
}
