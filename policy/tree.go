package policy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// MaxPolicy is the most bytes that a policy file may have.
const MaxPolicy = 1 << 20

// parseTree reads the one mapping that a policy is and reports all in it by
// which YAML can mean something else than what it looks like. It returns nil
// where there is no mapping to go on with.
func parseTree(text []byte, found *findings) *yaml.Node {
	if len(text) > MaxPolicy {
		found.add(top(), "", fmt.Sprintf("the file is larger than %d bytes", MaxPolicy), "a policy is a page or two; the portfolio is a file of its own")
		return nil
	}
	if at, flaw := unreadable(text); flaw != nil {
		found.add(at, "", flaw.wrong, flaw.right)
		return nil
	}
	root := loadDocument(text, found)
	if root == nil {
		return nil
	}
	if root.Kind != yaml.MappingNode {
		found.add(placeOf(root), "", "the file is not a list of keys and values", "write lines such as capacity: 2000/s")
		return nil
	}
	forbid(root, "", found)
	return root
}

// unreadable finds the first character that no text file has.
func unreadable(text []byte) (place, *flaw) {
	at := top()
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r == utf8.RuneError && size == 1:
			return at, &flaw{"the file is not UTF-8 text here", "save it as UTF-8"}
		case unicode.IsControl(r) && r != '\t' && r != '\n' && r != '\r':
			return at, &flaw{fmt.Sprintf("there is a control character (%U)", r), "remove it"}
		case r == '\n':
			at = place{at.line + 1, 0}
		}
		at.column++
		text = text[size:]
	}
	return at, nil
}

// loadDocument returns the one document of the text, or nil.
func loadDocument(text []byte, found *findings) *yaml.Node {
	loader, err := yaml.NewLoader(bytes.NewReader(text))
	if err != nil {
		addSyntax(err, found)
		return nil
	}
	var first, second yaml.Node
	err = loader.Load(&first)
	if errors.Is(err, io.EOF) || err == nil && len(first.Content) == 0 {
		found.add(top(), "", "the file is empty", "a policy has at least name, capacity and portfolio")
		return nil
	}
	if err != nil {
		addSyntax(err, found)
		return nil
	}
	switch err := loader.Load(&second); {
	case errors.Is(err, io.EOF):
	case err != nil:
		addSyntax(err, found)
	default:
		found.add(placeOf(&second), "", "a second document begins here", "a policy is one document: remove the --- or what is after it")
	}
	return first.Content[0]
}

func addSyntax(err error, found *findings) {
	at, wrong := top(), err.Error()
	var fault *yaml.LoadError
	if errors.As(err, &fault) {
		wrong = fault.Message
		if fault.ContextMsg != "" {
			wrong = fault.ContextMsg + ", " + wrong
		}
		if fault.Mark.Line > 0 {
			at = place{fault.Mark.Line, max(fault.Mark.Column, 1)}
		}
	}
	found.add(at, "", "this is not YAML: "+cutAfter(200, wrong), "correct it here or in the lines above")
}

func placeOf(n *yaml.Node) place { return place{max(n.Line, 1), max(n.Column, 1)} }

// forbid reports, in the whole tree below path, what a policy may not contain.
func forbid(n *yaml.Node, path string, found *findings) {
	if n.Anchor != "" {
		found.add(placeOf(n), path, "anchors (&"+plainly(n.Anchor)+") are not allowed", "write the value in full")
	}
	if n.Kind == yaml.AliasNode {
		found.add(placeOf(n), path, "aliases (*"+plainly(n.Value)+") are not allowed", "write the value in full")
		return
	}
	if n.Style&yaml.TaggedStyle != 0 || n.Tag == "!" {
		found.add(placeOf(n), path, "tags ("+plainly(n.Tag)+") are not allowed", "write the plain value")
	}
	if n.Kind != yaml.MappingNode {
		for i, c := range n.Content {
			forbid(c, itemPath(path, i), found)
		}
		return
	}
	seen := make(map[string]int)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		forbidKey(key, path, seen, found)
		forbid(value, join(path, key.Value), found)
	}
}

func forbidKey(key *yaml.Node, path string, seen map[string]int, found *findings) {
	forbid(key, path, found)
	if key.Kind != yaml.ScalarNode {
		if key.Kind != yaml.AliasNode {
			found.add(placeOf(key), path, "this key is not a word", "keys are words, such as capacity")
		}
		return
	}
	if key.Tag == mergeTag {
		found.add(placeOf(key), path, "merge keys (<<) are not allowed", "write the keys in full")
		return
	}
	if line, twice := seen[key.Value]; twice {
		found.add(placeOf(key), join(path, key.Value), fmt.Sprintf("the key is there twice, first in line %d", line), "keep one of them")
		return
	}
	seen[key.Value] = key.Line
}

const mergeTag = "!!merge"

// join is the name of a key within the key path; it stops growing where a
// hostile file goes deeper than any policy.
func join(path, key string) string {
	if path == "" {
		return plainly(key)
	}
	if len(path) > 200 {
		return path
	}
	return path + "." + plainly(key)
}
