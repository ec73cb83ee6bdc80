package duis

import (
	"bytes"
	"fmt"
	"strings"
)

const (
	wantRequest = "send a DUIS request, an XML document in UTF-8"
	wantUTF8    = "send it in UTF-8"

	usualDeclaration = `<?xml version="1.0" encoding="UTF-8"?>`
)

// readProlog returns the offset just after the byte order mark and the XML
// declaration, both of which may be absent. It refuses what is not XML 1.0 in
// UTF-8 as far as that can be seen here.
func readProlog(head []byte) (int, error) {
	if err := checkEncoding(head); err != nil {
		return 0, err
	}
	c := cursor{src: head}
	c.skip("\xEF\xBB\xBF")
	if !c.at("<?xml") || c.at("<?xml-") {
		return c.pos, nil
	}
	if err := c.declaration(); err != nil {
		return 0, err
	}
	return c.pos, nil
}

// checkEncoding finds the encodings that show in the first bytes.
func checkEncoding(head []byte) error {
	marks := []struct{ start, encoding string }{
		{"\x00\x00\xFE\xFF", "UTF-32"}, {"\xFF\xFE\x00\x00", "UTF-32"},
		{"\x00\x00\x00<", "UTF-32"}, {"<\x00\x00\x00", "UTF-32"},
		{"\xFE\xFF", "UTF-16"}, {"\xFF\xFE", "UTF-16"},
		{"\x00<", "UTF-16"}, {"<\x00", "UTF-16"},
		{"\x4C\x6F\xA7\x94", "EBCDIC"},
	}
	for _, m := range marks {
		if bytes.HasPrefix(head, []byte(m.start)) {
			return Fault{"the body is in " + m.encoding, wantUTF8}
		}
	}
	text := trimmed(bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF")))
	switch {
	case len(text) == 0:
		return Fault{"the body is empty", wantRequest}
	case text[0] != '<':
		return Fault{"the body is not XML: it begins with " + shown(text[:min(len(text), 20)]), wantRequest}
	}
	return nil
}

// declaration reads the XML declaration by its grammar. encoding/xml only looks
// for pieces of it and misses, for one, encoding = 'utf-7'.
func (c *cursor) declaration() error {
	broken := Fault{"the XML declaration is malformed", "write " + usualDeclaration + " or leave it out"}
	c.skip("<?xml")
	version, ok := c.pseudo("version")
	if !ok {
		return broken
	}
	if string(version) != "1.0" {
		return Fault{"the body is XML " + shown(version), "send XML 1.0"}
	}
	if encoding, ok := c.pseudo("encoding"); ok && !strings.EqualFold(string(encoding), "UTF-8") {
		return Fault{fmt.Sprintf("the XML declaration says encoding %s", shown(encoding)), wantUTF8}
	}
	if alone, ok := c.pseudo("standalone"); ok && string(alone) != "yes" && string(alone) != "no" {
		return broken
	}
	c.space()
	if !c.skip("?>") {
		return broken
	}
	return nil
}

// pseudo reads white space, name = "value"; where that is not what comes it
// stays where it is.
func (c *cursor) pseudo(name string) ([]byte, bool) {
	from := c.pos
	if c.space() && c.skip(name) {
		c.space()
		if c.skip("=") {
			c.space()
			if value, ok := c.quoted(); ok {
				return value, true
			}
		}
	}
	c.pos = from
	return nil, false
}
