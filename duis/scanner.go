package duis

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds on what the strict reader goes through, so that a hostile document
// costs little.
const (
	maxDepth      = 32
	maxElements   = 256
	maxAttributes = 64 // of one start tag
	maxBindings   = 64 // namespace declarations in force
)

const (
	xmlSpace   = "http://www.w3.org/XML/1998/namespace"
	xmlnsSpace = "http://www.w3.org/2000/xmlns/"
)

// scanner gives a document's tags and texts with their namespaces. It is
// encoding/xml's RawToken, which leaves namespaces and nesting alone, with
// both, and with what encoding/xml lets pass although XML does not:
//
//   - names with an empty part before or after the colon, or whose local part
//     begins as a name may not
//   - undeclared prefixes; the same attribute twice, also by two prefixes
//   - xmlns:p="", and new meanings for xml and xmlns
//   - attributes without white space before them
//   - characters that XML forbids, and bytes that are not UTF-8, in comments
//     and processing instructions
//   - references to surrogates, which become U+FFFD
//   - an XML declaration that is not at the start; directives of all kinds
type scanner struct {
	dec   *xml.Decoder
	src   []byte
	base  int  // offset of src in the message
	whole bool // src goes on to the end of the message
	tags  int  // start tags so far
	open  []element
	bound []binding
}

// element is a start tag whose end tag has not come yet.
type element struct {
	name  xml.Name // as it stands, with the prefix for Space
	bound int      // how many bindings there were before it
}

// binding is the meaning of a prefix; the last one for a prefix is in force.
type binding struct{ prefix, space string }

type tokenKind int

const (
	startTag tokenKind = iota
	endTag
	text
	aside // a comment or processing instruction
)

type token struct {
	kind tokenKind
	name xml.Name // of a start tag, with the namespace for Space
	text []byte   // of a text, valid until the next token
	raw  []byte   // as it stands in the message
}

func newScanner(head []byte, base int, whole bool) *scanner {
	src := head[base:]
	return &scanner{dec: xml.NewDecoder(bytes.NewReader(src)), src: src, base: base, whole: whole}
}

// offset is where in the message the next token begins.
func (s *scanner) offset() int { return s.base + int(s.dec.InputOffset()) }

func (s *scanner) next() (token, error) {
	from := s.dec.InputOffset()
	rest := s.src[from:]
	if len(rest) > 2 && string(rest[:2]) == "<!" && rest[2] != '-' && rest[2] != '[' {
		return token{}, Fault{"the body has a DOCTYPE or another directive", "leave it out: DUIS has none"}
	}
	tok, err := s.dec.RawToken()
	if err != nil {
		return token{}, s.broken(err)
	}
	t := token{raw: s.src[from:s.dec.InputOffset()]}
	if !validCharacters(t.raw) {
		return token{}, s.malformed("there are bytes that are not UTF-8, or characters that XML forbids")
	}
	switch tok := tok.(type) {
	case xml.StartElement:
		t.kind, t.name, err = s.start(tok, t.raw)
	case xml.EndElement:
		t.kind, err = s.end(tok)
	case xml.CharData:
		t.kind, t.text = text, tok
		if bytes.ContainsRune(tok, utf8.RuneError) {
			err = s.malformed("there is a U+FFFD")
		}
	case xml.ProcInst:
		t.kind, err = s.instruction(tok, t.raw)
	default:
		t.kind = aside
	}
	return t, err
}

func (s *scanner) start(tag xml.StartElement, raw []byte) (kind tokenKind, name xml.Name, err error) {
	s.tags++
	switch {
	case s.tags > maxElements:
		return 0, name, Fault{fmt.Sprintf("there are more than %d elements up to the header's end", maxElements), wantRequest}
	case len(s.open) == maxDepth:
		return 0, name, Fault{fmt.Sprintf("elements lie more than %d deep", maxDepth), wantRequest}
	case len(tag.Attr) > maxAttributes:
		return 0, name, Fault{fmt.Sprintf("a start tag has more than %d attributes", maxAttributes), wantRequest}
	case !spacedAttributes(raw):
		return 0, name, s.malformed("there is no white space between two attributes")
	}
	s.open = append(s.open, element{tag.Name, len(s.bound)})
	if err := s.declare(tag.Attr); err != nil {
		return 0, name, err
	}
	if err := s.checkAttributes(tag.Attr); err != nil {
		return 0, name, err
	}
	name, err = s.resolve(tag.Name, s.lookup(""))
	return startTag, name, err
}

func (s *scanner) end(tag xml.EndElement) (tokenKind, error) {
	if len(s.open) == 0 {
		return 0, s.malformed("an end tag comes before any start tag")
	}
	last := s.open[len(s.open)-1]
	if last.name != tag.Name {
		return 0, s.malformed("the end tag " + shown(tag.Name.Local) + " is not that of " + shown(last.name.Local))
	}
	s.open = s.open[:len(s.open)-1]
	s.bound = s.bound[:last.bound]
	return endTag, nil
}

// declare puts a start tag's namespace declarations into force.
func (s *scanner) declare(attributes []xml.Attr) error {
	for _, a := range attributes {
		prefix := a.Name.Local
		if a.Name.Space == "" && prefix == "xmlns" {
			prefix = ""
		} else if a.Name.Space != "xmlns" {
			continue
		}
		wrong := prefix == "xmlns" || a.Value == xmlnsSpace ||
			(prefix == "xml") != (a.Value == xmlSpace) ||
			prefix != "" && a.Value == "" ||
			strings.ContainsAny(a.Value, " \t\r\n\uFFFD")
		if wrong {
			return s.malformed("the namespace declaration of prefix " + shown(prefix) + " is forbidden")
		}
		if len(s.bound) == maxBindings {
			return Fault{fmt.Sprintf("more than %d namespaces are declared", maxBindings), wantRequest}
		}
		s.bound = append(s.bound, binding{prefix, a.Value})
	}
	return nil
}

// checkAttributes refuses an attribute that is there twice.
func (s *scanner) checkAttributes(attributes []xml.Attr) error {
	seen := make([]xml.Name, 0, len(attributes))
	for _, a := range attributes {
		name := a.Name
		if name.Space != "xmlns" {
			var err error
			if name, err = s.resolve(name, ""); err != nil {
				return err
			}
		} else if !isLocal(name.Local) {
			return s.malformed("the attribute name " + shown(name.Local) + " is malformed")
		}
		if slices.Contains(seen, name) {
			return Fault{"the attribute " + shown(name.Local) + " is there twice", "write each attribute once"}
		}
		if strings.ContainsRune(a.Value, utf8.RuneError) {
			return s.malformed("there is a U+FFFD")
		}
		seen = append(seen, name)
	}
	return nil
}

// resolve puts the namespace in the place of the prefix; unprefixed is that of
// names without one.
func (s *scanner) resolve(name xml.Name, unprefixed string) (xml.Name, error) {
	if !isLocal(name.Local) {
		return name, s.malformed("the name " + shown(name.Local) + " is malformed")
	}
	if name.Space == "" {
		return xml.Name{Space: unprefixed, Local: name.Local}, nil
	}
	space := s.lookup(name.Space)
	if space == "" {
		return name, s.malformed("the prefix " + shown(name.Space) + " is not declared")
	}
	return xml.Name{Space: space, Local: name.Local}, nil
}

// lookup returns the namespace of a prefix, or "".
func (s *scanner) lookup(prefix string) string {
	if prefix == "xml" {
		return xmlSpace
	}
	for i := len(s.bound) - 1; i >= 0; i-- {
		if s.bound[i].prefix == prefix {
			return s.bound[i].space
		}
	}
	return ""
}

func (s *scanner) instruction(pi xml.ProcInst, raw []byte) (tokenKind, error) {
	if strings.EqualFold(pi.Target, "xml") {
		return 0, s.malformed("an XML declaration is not at the start of the body")
	}
	after := bytes.TrimPrefix(raw, []byte("<?"+pi.Target))
	if !isLocal(pi.Target) || !isSpace(after[0]) && string(after) != "?>" {
		return 0, s.malformed("a processing instruction is malformed")
	}
	return aside, nil
}

// broken says what an error of encoding/xml means.
func (s *scanner) broken(err error) error {
	atEnd := int(s.dec.InputOffset()) >= len(s.src)
	var syntax *xml.SyntaxError
	switch {
	case atEnd && !s.whole:
		return Fault{fmt.Sprintf("the header does not end within the first %d bytes", MaxHeader), "send a header that does"}
	case err == io.EOF || atEnd && errors.As(err, &syntax) && strings.HasPrefix(syntax.Msg, "unexpected EOF"):
		return Fault{"the body is cut short: it ends within the header", "send the whole of it"}
	case errors.As(err, &syntax):
		return s.malformed(printable(syntax.Msg))
	default:
		return s.malformed(printable(err.Error()))
	}
}

func (s *scanner) malformed(what string) error {
	return Fault{fmt.Sprintf("the body is not well-formed XML near byte %d: %s", s.offset(), what), wantRequest}
}

// isLocal says whether the name, which is one to encoding/xml, is one without
// its prefix too.
func isLocal(name string) bool {
	return !strings.Contains(name, ":") && !strings.ContainsAny(name[:1], "-.0123456789")
}

// spacedAttributes says whether white space, or the tag's end, follows each
// attribute's value in a start tag.
func spacedAttributes(tag []byte) bool {
	c := cursor{src: tag}
	for {
		next := bytes.IndexAny(c.src[c.pos:], `"'`)
		if next < 0 {
			return true
		}
		c.pos += next
		if _, ok := c.quoted(); !ok || !isSpace(c.next()) && c.next() != '/' && c.next() != '>' {
			return false
		}
	}
}

// validCharacters says whether raw is UTF-8 and has only characters of XML 1.0.
func validCharacters(raw []byte) bool {
	for len(raw) > 0 {
		r, size := utf8.DecodeRune(raw)
		if r == utf8.RuneError && size == 1 || r < ' ' && !isSpace(raw[0]) || r == 0xFFFE || r == 0xFFFF {
			return false
		}
		raw = raw[size:]
	}
	return true
}
