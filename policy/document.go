package policy

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"
)

// document is a policy file as a table of known keys, without their values.
//
// An item of a list has the path of the list and its number, from 1, as
// reserved[1], and then is like a key.
type document struct {
	entries map[string]entry
	lengths map[string]int  // of the lists
	flawed  map[string]bool // keys whose value, or that of a key below, is unusable
	found   *findings
}

type entry struct{ key, value *yaml.Node }

// documentOf reads the keys of a policy file's tree and reports those that are
// unknown or of the wrong form.
func documentOf(root *yaml.Node, found *findings) *document {
	d := &document{map[string]entry{}, map[string]int{}, map[string]bool{}, found}
	d.section("", root)
	return d
}

func (d *document) section(path string, mapping *yaml.Node) {
	known, seen := namesIn(path), map[string]bool{}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		e := entry{mapping.Content[i], mapping.Content[i+1]}
		name := e.key.Value
		if e.key.Kind != yaml.ScalarNode || e.key.Tag == mergeTag || seen[name] {
			continue // reported with the tree
		}
		seen[name] = true
		switch {
		case !known[name] && !(known[accountName] && isAccount(name)):
			d.unknown(path, e.key)
		case path == "":
			d.enter(name, e)
		default:
			d.enter(path+"."+name, e)
		}
	}
}

func isAccount(name string) bool {
	_, f := parseAccount(name)
	return f == nil
}

func (d *document) unknown(section string, key *yaml.Node) {
	wrong := "there is no such key"
	switch section {
	case "allocation.weights":
		wrong = "there is no such User Role"
	case "cost":
		wrong = "there is no such Service Request Variant"
	}
	if namesIn(section)[accountName] {
		d.found.add(placeOf(key), join(section, key.Value), "no account has such a name", "write that of an account of the portfolio")
		return
	}
	right := ""
	if !d.found.full() {
		right = hint(section, key.Value)
	}
	d.found.add(placeOf(key), join(section, key.Value), wrong, right)
}

// enter takes down a known key or an item, and what is below it.
func (d *document) enter(path string, e entry) {
	d.entries[path] = e
	kind := e.value.Kind
	mapping, list := isMapping(path), isList(path)
	switch {
	case kind == yaml.AliasNode:
		d.flawed[path] = true // reported with the tree
	case mapping && kind == yaml.MappingNode:
		d.section(path, e.value)
	case mapping && !(path == "portfolio" && kind == yaml.ScalarNode):
		d.fault(path, &flaw{shown(e.value) + " is not a mapping", "write keys and values, such as " + find(path).example()})
	case list && kind == yaml.SequenceNode:
		d.list(path, e.value)
	case list:
		d.fault(path, &flaw{shown(e.value) + " is not a list", "write one, such as " + find(path).example()})
	case !mapping && kind != yaml.ScalarNode:
		d.fault(path, &flaw{"this is not one value", "write one, such as " + find(path).example()})
	}
}

// maxItems bounds the lists of a policy.
const maxItems = 1000

func (d *document) list(path string, list *yaml.Node) {
	if len(list.Content) > maxItems {
		d.fault(path, &flaw{fmt.Sprintf("the list has %d items, more than %d", len(list.Content), maxItems), "shorten it"})
		return
	}
	d.lengths[path] = len(list.Content)
	for i, item := range list.Content {
		d.enter(itemPath(path, i), entry{item, item})
	}
}

func itemPath(list string, i int) string { return fmt.Sprintf("%s[%d]", list, i+1) }

// items returns the paths of a list's items.
func (d *document) items(list string) []string {
	paths := make([]string, d.lengths[list])
	for i := range paths {
		paths[i] = itemPath(list, i)
	}
	return paths
}

// fault reports that the value at path is unusable.
func (d *document) fault(path string, f *flaw) {
	d.flawed[path] = true
	d.found.add(placeOf(d.entries[path].value), path, f.wrong, f.right)
}

// has tells whether the file gives the key a value.
func (d *document) has(path string) bool {
	_, ok := d.entries[path]
	return ok
}

func shown(value *yaml.Node) string {
	if value.Kind != yaml.ScalarNode {
		return "what is here"
	}
	return quoted(value.Value)
}

// read returns the value at path, or the usual one where the file gives none or
// one that cannot be read.
func read[T any](d *document, path string, parse func(string) (T, *flaw)) T {
	k := find(path)
	if e, ok := d.entries[path]; ok && e.value.Kind == yaml.ScalarNode {
		v, f := parse(e.value.Value)
		if e.value.Value == "" || e.value.Tag == "!!null" {
			f = &flaw{"there is no value", "write one, such as " + k.example()}
		}
		if f == nil {
			return v
		}
		d.fault(path, f)
	}
	var none T
	if k.usual == "" {
		return none
	}
	usual, _ := parse(k.usual)
	return usual
}

// require reports that a key is missing which every policy has, or every mapping
// that is there.
func (d *document) require(path string) {
	if d.has(path) {
		return
	}
	at, name := top(), path
	if i := strings.LastIndexByte(path, '.'); i >= 0 {
		at, name = placeOf(d.entries[path[:i]].key), path[i+1:]
	}
	d.flawed[path] = true
	d.found.add(at, path, "the key is missing", "add "+name+": "+find(path).example())
}
