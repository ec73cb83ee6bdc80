package duis

import (
	"bytes"
	"encoding/binary"
)

// readPlain reads the header of a document as clients write it: one namespace
// prefix throughout, nothing but start tags, end tags and values of printable
// ASCII, the elements in the schema's order. On anything else, right or wrong,
// it says false, and readStrict has the last word. What it takes, readStrict
// takes too and reads the same.
func readPlain(head []byte) (h Header, ok bool) {
	c := cursor{src: head}
	c.skip("\xEF\xBB\xBF")
	if !c.skip(usualDeclaration) && c.at("<?xml") && c.declaration() != nil {
		return h, false
	}
	c.space()
	prefix, ok := c.root()
	if !ok {
		return h, false
	}
	c.space()
	if !c.tag("<", prefix, "Header") {
		return h, false
	}
	if !h.readFields(&c, prefix) || !c.tag("</", prefix, "Header") {
		return h, false
	}
	h.End = c.pos
	return h, true
}

// readFields reads the header's elements and the white space around them.
func (h *Header) readFields(c *cursor, prefix []byte) bool {
	var reference []byte
	for f := range fields {
		c.space()
		if !c.tag("<", prefix, fieldNames[f]) {
			if required&(1<<f) != 0 {
				return false
			}
			continue
		}
		value, ok := c.value(prefix, fieldNames[f])
		if !ok {
			return false
		}
		switch {
		case f >= serviceReference && !isPlain(value): // the other values are right or refused by their syntax
			return false
		case f == serviceReference:
			reference = value
		case h.set(f, value) != nil:
			return false
		}
	}
	c.space()
	// The catalogue's own text, where it is that: so nothing is allocated.
	var ok bool
	h.Reference, ok = knownText(reference, h.Variant.Reference())
	return ok
}

// root reads the start tag of the root element if it is a Request of our
// namespace, and returns its prefix with the colon.
func (c *cursor) root() (prefix []byte, ok bool) {
	if !c.skip("<") {
		return nil, false
	}
	from := c.pos
	if c.name() && c.skip(":") {
		prefix = c.src[from:c.pos]
	} else {
		c.pos = from
	}
	if !c.skip("Request") {
		return nil, false
	}
	space, ok := c.attributes(prefix)
	return prefix, ok && string(space) == Namespace
}

// attribute is one of a start tag; its name has a prefix with a colon, or none.
type attribute struct{ prefix, name, value []byte }

// attributes reads a start tag from just after its name to its end, and returns
// the namespace that prefix stands for in it.
func (c *cursor) attributes(prefix []byte) (space []byte, ok bool) {
	var list [8]attribute
	for n := 0; ; {
		apart := c.space()
		if c.skip(">") {
			return space, true
		}
		if !apart || n == len(list) || !c.attribute(&list[n]) {
			return nil, false
		}
		a := &list[n]
		for _, b := range list[:n] {
			if bytes.Equal(a.name, b.name) && bytes.Equal(a.prefix, b.prefix) {
				return nil, false
			}
		}
		n++
		declares := a.name
		switch {
		case string(a.prefix) == "xmlns:":
		case len(a.prefix) > 0: // whose namespace may be undeclared, or go by two prefixes
			return nil, false
		case string(a.name) == "xmlns":
			declares = nil
		default:
			if !isPlain(a.value) {
				return nil, false
			}
			continue
		}
		if !usualNamespace(declares, a.value) && !plainNamespace(declares, a.value) {
			return nil, false
		}
		if bytes.Equal(declares, bytes.TrimSuffix(prefix, []byte(":"))) {
			space = a.value
		}
	}
}

// attribute reads name="value"; the value has yet to be looked at.
func (c *cursor) attribute(a *attribute) bool {
	from := c.pos
	if !c.name() {
		return false
	}
	a.name = c.src[from:c.pos]
	if c.skip(":") {
		a.prefix = c.src[from:c.pos]
		from = c.pos
		if !c.name() {
			return false
		}
		a.name = c.src[from:c.pos]
	}
	if !c.skip("=") {
		return false
	}
	var ok bool
	a.value, ok = c.quoted()
	return ok
}

// usualNamespace says whether a declaration is one that nearly every request
// has, which is then seen at a glance.
func usualNamespace(prefix, space []byte) bool {
	switch string(space) {
	case Namespace, "http://www.w3.org/2000/09/xmldsig#", "http://www.w3.org/2001/XMLSchema-instance":
		return len(prefix) < 3 || string(prefix[:3]) != "xml"
	}
	return false
}

// plainNamespace says whether the declaration of a prefix, none for the default
// one, is none of those to which XML gives a meaning of their own, or forbids.
func plainNamespace(prefix, space []byte) bool {
	return len(space) > 0 && isPlain(space) && bytes.IndexByte(space, ' ') < 0 &&
		!bytes.HasPrefix(prefix, []byte("xml")) &&
		!bytes.HasPrefix(space, []byte("http://www.w3.org/XML/")) &&
		!bytes.HasPrefix(space, []byte("http://www.w3.org/2000/xmlns/"))
}

// name steps over an ASCII name without a colon.
func (c *cursor) name() bool {
	from := c.pos
	for c.pos < len(c.src) && nameBytes[c.src[c.pos]] {
		c.pos++
	}
	if c.pos == from {
		return false
	}
	return c.src[from] > '9' // no digit, '-' or '.'
}

// nameBytes are the ASCII characters of names, without the colon.
var nameBytes = func() (is [256]bool) {
	for c := range is {
		is[c] = 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '_' || c == '-' || c == '.'
	}
	return is
}()

// tag steps over a tag without attributes and white space. Where it is another
// it stays where it is.
func (c *cursor) tag(open string, prefix []byte, name string) bool {
	rest := c.src[c.pos:]
	at, end := len(open)+len(prefix), len(open)+len(prefix)+len(name)
	if len(rest) <= end || rest[end] != '>' || string(rest[at:end]) != name ||
		string(rest[len(open):at]) != string(prefix) || string(rest[:len(open)]) != open {
		return false
	}
	c.pos += end + 1
	return true
}

// value steps over what follows an element's start tag, and returns the value,
// trimmed.
func (c *cursor) value(prefix []byte, name string) ([]byte, bool) {
	length := bytes.IndexByte(c.src[c.pos:], '<')
	if length < 0 {
		return nil, false
	}
	value := trimmed(c.src[c.pos : c.pos+length])
	c.pos += length
	return value, c.tag("</", prefix, name)
}

// isPlain says whether text is printable ASCII that means itself: no '&', which
// begins a reference, no '<', and no '>', which may end "]]>". It looks at eight
// bytes at once, as most of what is read are long namespaces.
func isPlain(text []byte) bool {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	for len(text) >= 8 {
		x := binary.LittleEndian.Uint64(text)
		wrong := x | (x - ones*' ') | (x + ones) // above 0x7F, below ' ', 0x7F
		// 0 where it is that character; what then borrows from the next is wrong already.
		wrong |= ((x ^ ones*'&') - ones) | ((x ^ ones*'<') - ones) | ((x ^ ones*'>') - ones)
		if wrong&high != 0 {
			return false
		}
		text = text[8:]
	}
	for _, c := range text {
		if c < ' ' || c > '~' || c == '&' || c == '<' || c == '>' {
			return false
		}
	}
	return true
}
