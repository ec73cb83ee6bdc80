package scenario

import (
	"sort"
	"strings"

	"go.yaml.in/yaml/v4"

	"srtm/duis"
)

// maxNamed is how many mixes, or shapes, a file may name.
const maxNamed = 1000

// ownMixes reads the mixes that a file names. One may be made of others that
// exist already or stand above it.
func (p *parser) ownMixes(n *yaml.Node) {
	for i, entry := range p.pairs(n, "mixes") {
		name := entry.key.Value
		if _, taken := NamedMix(name); taken || !p.newName(entry.key, i) {
			p.fault(entry.key, "the name %q cannot be given to a mix; choose one that is not taken", clip(name))
			continue
		}
		p.mixes[name] = p.mix(entry.value)
	}
}

// newName reports whether a name can be told from a variant or a list.
func (p *parser) newName(key *yaml.Node, before int) bool {
	_, variant := duis.ParseVariant(key.Value)
	return !variant && key.Value != "" && len(key.Value) <= 64 && before < maxNamed
}

// mix reads the name of a mix, or variants and mixes with weights. A mix within
// a mix counts as a whole: its own weights are its variants' shares of it.
func (p *parser) mix(n *yaml.Node) Mix {
	if n.Kind == yaml.ScalarNode {
		return p.knownMix(n)
	}
	weights := make(map[duis.Variant]float64)
	for _, entry := range p.pairs(n, "a mix") {
		weight := read(&p.reader, entry.value, "the weight of "+clip(entry.key.Value), parseFactor)
		if v, known := duis.ParseVariant(entry.key.Value); known {
			weights[v] += weight
			continue
		}
		part := p.knownMix(entry.key)
		sum := 0.0
		for _, share := range part {
			sum += share.Weight
		}
		for _, share := range part {
			weights[share.Variant] += weight * share.Weight / sum
		}
	}
	mix := make(Mix, 0, len(weights))
	for v, weight := range weights {
		mix = append(mix, Share{v, weight})
	}
	sort.Slice(mix, func(i, j int) bool { return mix[i].Variant < mix[j].Variant })
	if err := mix.check(); err != nil && len(p.faults) == 0 {
		p.fault(n, "%v", err)
	}
	return mix
}

func (p *parser) knownMix(n *yaml.Node) Mix {
	name, _ := p.text(n, "a mix")
	if mix, known := p.mixes[name]; known {
		return mix
	}
	if v, known := duis.ParseVariant(name); known {
		return Mix{{v, 1}}
	}
	mix, known := NamedMix(name)
	if !known {
		var own []string
		for name := range p.mixes {
			own = append(own, clip(name))
		}
		sort.Strings(own)
		p.fault(n, "%q is neither a Service Request Variant nor a mix; mixes are %s", clip(name), strings.Join(append(MixNames(), own...), ", "))
	}
	return mix
}

func (p *parser) ownShapes(n *yaml.Node) {
	for i, entry := range p.pairs(n, "shapes") {
		name := entry.key.Value
		if _, taken := NamedShape(name); taken || !p.newName(entry.key, i) {
			p.fault(entry.key, "the name %q cannot be given to a shape; choose one that is not taken", clip(name))
			continue
		}
		p.shapes[name] = p.shape(entry.value)
	}
}

// shape reads the name of a shape, 24 factors, or factors for hours and days.
func (p *parser) shape(n *yaml.Node) Shape {
	shape := Shape{Days: everyDay()}
	switch n.Kind {
	case yaml.ScalarNode:
		return p.knownShape(n)
	case yaml.SequenceNode:
		p.factors(n, "shape", shape.Hours[:])
	default:
		keys := p.keys(n, "shape", "hours", "days")
		if v := keys["days"]; v != nil {
			p.factors(v, "days", shape.Days[:])
		}
		if v := keys["hours"]; v != nil {
			p.factors(v, "hours", shape.Hours[:])
		} else {
			for i := range shape.Hours {
				shape.Hours[i] = 1
			}
		}
	}
	if err := shape.check(); err != nil && len(p.faults) == 0 {
		p.fault(n, "%v", err)
	}
	return shape
}

func (p *parser) knownShape(n *yaml.Node) Shape {
	if shape, known := p.shapes[n.Value]; known {
		return shape
	}
	shape, known := NamedShape(n.Value)
	if !known {
		names := ShapeNames()
		for name := range p.shapes {
			names = append(names, clip(name))
		}
		sort.Strings(names)
		p.fault(n, "there is no shape %q; there are %s; or write 24 factors, one for each hour from midnight UTC", clip(n.Value), strings.Join(names, ", "))
	}
	return shape
}

func (p *parser) factors(n *yaml.Node, what string, into []float64) {
	items := p.items(n, what, len(into))
	if n.Kind == yaml.SequenceNode && len(items) < len(into) && len(items) == len(n.Content) {
		p.fault(n, "%s has %d factors; it needs %d", what, len(items), len(into))
	}
	for i, item := range items {
		into[i] = read(&p.reader, item, what, parseFactor)
	}
}
