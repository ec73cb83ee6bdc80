package policy

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// document is a policy file as a table of known keys, without their values.
type document struct {
	entries map[string]entry
	flawed  map[string]bool // keys whose value, or that of a key below, is unusable
	found   *findings
}

type entry struct{ key, value *yaml.Node }

// parseDocument reads the keys of a policy file and reports those that are
// unknown, not supported yet or of the wrong form. It returns nil where the text
// has no keys at all.
func parseDocument(text []byte, found *findings) *document {
	d := &document{map[string]entry{}, map[string]bool{}, found}
	root := parseTree(text, found)
	if root == nil {
		return nil
	}
	d.section("", root)
	return d
}

func (d *document) section(path string, mapping *yaml.Node) {
	known, seen := map[string]key{}, map[string]bool{}
	for _, k := range keys() {
		known[k.path] = k
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		e := entry{mapping.Content[i], mapping.Content[i+1]}
		if e.key.Kind != yaml.ScalarNode || e.key.Tag == mergeTag {
			continue // reported with the tree
		}
		at := e.key.Value
		if path != "" {
			at = path + "." + e.key.Value
		}
		if seen[at] {
			continue // reported with the tree
		}
		seen[at] = true
		if k, ok := known[at]; ok {
			d.enter(k, e)
		} else {
			d.unknown(path, e.key)
		}
	}
}

func (d *document) unknown(section string, key *yaml.Node) {
	wrong := "there is no such key"
	if section == "allocation.weights" {
		wrong = "there is no such User Role"
	}
	right := ""
	if !d.found.full() {
		right = hint(section, key.Value)
	}
	d.found.add(placeOf(key), join(section, key.Value), wrong, right)
}

// enter takes down a known key, and the keys below it.
func (d *document) enter(k key, e entry) {
	d.entries[k.path] = e
	mapping, scalar := e.value.Kind == yaml.MappingNode, e.value.Kind == yaml.ScalarNode
	switch {
	case e.value.Kind == yaml.AliasNode:
		d.flawed[k.path] = true // reported with the tree
	case k.later:
		d.found.add(placeOf(e.key), k.path, "not supported yet", "leave it out")
	case k.only != "" && !(scalar && e.value.Value == k.only):
		d.found.add(placeOf(e.value), k.path, "not supported yet: "+shown(e.value), "leave it out or write "+k.only)
	case isMapping(k.path) && mapping:
		d.section(k.path, e.value)
	case isMapping(k.path) && !(k.path == "portfolio" && scalar):
		d.fault(k.path, &flaw{shown(e.value) + " is not a mapping", "write keys and values, such as " + k.example()})
	case !isMapping(k.path) && !scalar:
		d.fault(k.path, &flaw{"this is not one value", "write one, such as " + k.example()})
	}
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
