package duis

import (
	"encoding/xml"
	"fmt"
	"slices"
)

// readStrict reads the header of any document; whole says that head is the
// whole message.
func readStrict(head []byte, whole bool) (Header, error) {
	s, err := openDocument(head, whole, "Request")
	if err != nil {
		return Header{}, err
	}
	var h Header
	seen := 0
	for {
		name, more, err := s.child()
		if err != nil {
			return Header{}, err
		}
		if !more {
			break
		}
		f := field(slices.Index(fieldNames[:], name))
		if f < 0 {
			if err := s.skipElement(); err != nil {
				return Header{}, err
			}
			continue
		}
		if seen&(1<<f) != 0 {
			return Header{}, Fault{"the header has " + name + " twice", "write it once"}
		}
		seen |= 1 << f
		value, err := s.value(name)
		if err != nil {
			return Header{}, err
		}
		if err := h.set(f, value); err != nil {
			return Header{}, err
		}
	}
	for f := range fields {
		if required&^seen&(1<<f) != 0 {
			return Header{}, Fault{"the header has no " + fieldNames[f], "write one"}
		}
	}
	h.End = s.offset()
	return h, nil
}

// openDocument reads up to just after the start tag of the Header, the root's
// first child element.
func openDocument(head []byte, whole bool, root string) (*scanner, error) {
	base, err := readProlog(head)
	if err != nil {
		return nil, err
	}
	s := newScanner(head, base, whole)
	name, err := s.rootTag()
	if err != nil {
		return nil, err
	}
	if want := (xml.Name{Space: Namespace, Local: root}); name != want {
		return nil, Fault{fmt.Sprintf("the root element is %s of namespace %s", shown(name.Local), shown(name.Space)),
			"send a " + root + " of namespace " + Namespace}
	}
	first, more, err := s.child()
	if err != nil {
		return nil, err
	}
	switch {
	case !more:
		return nil, Fault{"the " + root + " is empty", "begin it with a Header"}
	case first != "Header":
		return nil, Fault{"the " + root + " begins with " + shown(first), "begin it with a Header"}
	}
	return s, nil
}

// rootTag reads up to just after the root's start tag.
func (s *scanner) rootTag() (xml.Name, error) {
	for {
		t, err := s.next()
		if err != nil {
			return xml.Name{}, err
		}
		switch {
		case t.kind == startTag:
			return t.name, nil
		case t.kind == text && !isBlank(t.raw):
			return xml.Name{}, Fault{"there is text before the root element", wantRequest}
		}
	}
}

// child reads up to just after the next child's start tag and returns its name;
// or, with more false, to just after the end tag of the element it is in.
func (s *scanner) child() (name string, more bool, err error) {
	for {
		t, err := s.next()
		switch {
		case err != nil:
			return "", false, err
		case t.kind == endTag:
			return "", false, nil
		case t.kind == startTag && t.name.Space != Namespace:
			return "", false, Fault{fmt.Sprintf("element %s is of namespace %s", shown(t.name.Local), shown(t.name.Space)),
				"write it in namespace " + Namespace}
		case t.kind == startTag:
			return t.name.Local, true, nil
		case t.kind == text && (t.raw[0] == '<' || !isBlank(t.text)):
			return "", false, Fault{"there is text between elements: " + shown(t.raw), "have nothing but white space there"}
		}
	}
}

// value reads the rest of an element that has nothing but text, and returns
// that, trimmed.
func (s *scanner) value(name string) ([]byte, error) {
	var value []byte
	for {
		t, err := s.next()
		switch {
		case err != nil:
			return nil, err
		case t.kind == endTag:
			return trimmed(value), nil
		case t.kind != text || t.raw[0] == '<':
			return nil, Fault{"there is more than text in " + name + ": " + shown(t.raw), "have nothing but its value there"}
		}
		value = append(value, t.text...)
	}
}

// skipElement reads the rest of an element that is not known. What is known
// must not be in it: a program that looks for it by name alone would find it.
func (s *scanner) skipElement() error {
	depth := len(s.open)
	for len(s.open) >= depth {
		t, err := s.next()
		if err != nil {
			return err
		}
		if t.kind == startTag && (slices.Contains(fieldNames[:], t.name.Local) || t.name.Local == "Header" || t.name.Local == "Request") {
			return Fault{"there is a " + t.name.Local + " within another element of the header", "write it in its place only"}
		}
	}
	return nil
}

func isBlank(text []byte) bool { return len(trimmed(text)) == 0 }
