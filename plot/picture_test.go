package plot

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// picture is what a test reads out of a drawing: every shape's extent, checked
// against the box that it must lie in.
type picture struct {
	width, height float64
	anchors       []string // of the elements that are open
	inPattern     int
	elements      map[string]int
	classes       map[string]bool
	ids           []string
	texts         []string             // of all <text>
	heights       map[string][]float64 // y of all points of paths, by class
}

// elements that a drawing may hold.
var elements = []string{"div", "svg", "style", "title", "desc", "defs", "pattern", "g", "path", "rect", "circle", "text"}

// read checks that a drawing is well-formed XML of known elements, and that all
// in it lies within its box.
func read(markup string) (*picture, error) {
	p := &picture{elements: map[string]int{}, classes: map[string]bool{}, heights: map[string][]float64{}}
	d := xml.NewDecoder(strings.NewReader(markup))
	var pending *xml.StartElement
	var text strings.Builder
	depth := 0 // of titles within a text
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return p, nil
		}
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			if err := p.start(token); err != nil {
				return nil, err
			}
			if token.Name.Local == "text" {
				copied := token.Copy()
				pending = &copied
				text.Reset()
			} else if pending != nil {
				depth++
			}
		case xml.CharData:
			if pending != nil && depth == 0 {
				text.Write(token)
			}
		case xml.EndElement:
			if token.Name.Local == "text" {
				if err := p.text(*pending, text.String()); err != nil {
					return nil, err
				}
				pending = nil
			} else if pending != nil {
				depth--
			}
			p.end(token.Name.Local)
		default:
			return nil, fmt.Errorf("unexpected %T", token)
		}
	}
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func (p *picture) start(e xml.StartElement) error {
	name := e.Name.Local
	if !slices.Contains(elements, name) {
		return fmt.Errorf("element %q", name)
	}
	p.elements[name]++
	for _, a := range e.Attr {
		if strings.HasPrefix(a.Name.Local, "on") || a.Name.Local == "style" || strings.Contains(a.Name.Local, "href") {
			return fmt.Errorf("attribute %q", a.Name.Local)
		}
	}
	for class := range strings.FieldsSeq(attribute(e, "class")) {
		p.classes[class] = true
	}
	if id := attribute(e, "id"); id != "" {
		p.ids = append(p.ids, id)
	}
	anchor := attribute(e, "text-anchor")
	if anchor == "" && len(p.anchors) > 0 {
		anchor = p.anchors[len(p.anchors)-1]
	}
	p.anchors = append(p.anchors, anchor)
	return p.shape(e)
}

func (p *picture) shape(e xml.StartElement) error {
	n := func(name string) float64 {
		v, err := strconv.ParseFloat(attribute(e, name), 64)
		if err != nil {
			return -1e9 // far outside
		}
		return v
	}
	switch name := e.Name.Local; {
	case name == "svg":
		if _, err := fmt.Sscanf(attribute(e, "viewBox"), "0 0 %g %g", &p.width, &p.height); err != nil {
			return fmt.Errorf("viewBox: %w", err)
		}
	case name == "pattern":
		p.inPattern++
	case p.inPattern > 0:
	case name == "rect":
		return p.inside(box{n("x"), n("y"), n("width"), n("height")}, "rect")
	case name == "circle":
		r := n("r")
		return p.inside(box{n("cx") - r, n("cy") - r, 2 * r, 2 * r}, "circle")
	case name == "path":
		points, err := walk(attribute(e, "d"))
		if err != nil {
			return fmt.Errorf("path %q: %w", attribute(e, "d"), err)
		}
		class := attribute(e, "class")
		for _, q := range points {
			if err := p.inside(box{q[0], q[1], 0, 0}, "path "+class); err != nil {
				return err
			}
			p.heights[class] = append(p.heights[class], q[1])
		}
	}
	return nil
}

func (p *picture) end(name string) {
	p.anchors = p.anchors[:len(p.anchors)-1]
	if name == "pattern" {
		p.inPattern--
	}
}

func (p *picture) text(e xml.StartElement, text string) error {
	p.texts = append(p.texts, text)
	x, err1 := strconv.ParseFloat(attribute(e, "x"), 64)
	y, err2 := strconv.ParseFloat(attribute(e, "y"), 64)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	w := measure(text)
	switch p.anchors[len(p.anchors)-1] {
	case middle:
		x -= w / 2
	case end:
		x -= w
	}
	return p.inside(box{x, y - 11, w, 13}, "text "+text)
}

// inside allows for rounding to a tenth.
func (p *picture) inside(b box, what string) error {
	const slack = 0.21
	if !(b.x >= -slack && b.y >= -slack && b.x+b.w <= p.width+slack && b.y+b.h <= p.height+slack && b.w >= 0 && b.h >= 0) {
		return fmt.Errorf("%s: %+v lies outside of %v × %v", what, b, p.width, p.height)
	}
	return nil
}

// walk returns the points of a path that package plot writes.
func walk(data string) (all [][2]float64, err error) {
	x, y := 0.0, 0.0
	var number func() float64
	i := 0
	number = func() float64 {
		for i < len(data) && data[i] == ' ' {
			i++
		}
		from := i
		for i < len(data) && (data[i] >= '0' && data[i] <= '9' || data[i] == '.' || data[i] == '-' && i == from) {
			i++
		}
		v, e := strconv.ParseFloat(data[from:i], 64)
		err = errors.Join(err, e)
		return v
	}
	for i < len(data) && err == nil {
		command := data[i]
		i++
		switch command {
		case 'M':
			x, y = number(), number()
		case 'l':
			x, y = x+number(), y+number()
		case 'h':
			x += number()
		case 'v':
			y += number()
		case 'z':
			continue
		default:
			return nil, fmt.Errorf("command %q", command)
		}
		all = append(all, [2]float64{x, y})
	}
	return all, err
}
