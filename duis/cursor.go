package duis

import "bytes"

// cursor is a place in a message.
type cursor struct {
	src []byte
	pos int
}

// at says whether text comes next.
func (c *cursor) at(text string) bool {
	return len(c.src)-c.pos >= len(text) && string(c.src[c.pos:c.pos+len(text)]) == text
}

// skip steps over text if that comes next.
func (c *cursor) skip(text string) bool {
	if !c.at(text) {
		return false
	}
	c.pos += len(text)
	return true
}

// space steps over white space and says whether there was any.
func (c *cursor) space() bool {
	from := c.pos
	for c.pos < len(c.src) && isSpace(c.src[c.pos]) {
		c.pos++
	}
	return c.pos > from
}

// next is the byte that comes next, 0 at the end.
func (c *cursor) next() byte {
	if c.pos >= len(c.src) {
		return 0
	}
	return c.src[c.pos]
}

// quoted steps over a value in quotation marks of either kind.
func (c *cursor) quoted() ([]byte, bool) {
	mark := c.next()
	if mark != '"' && mark != '\'' {
		return nil, false
	}
	rest := c.src[c.pos+1:]
	length := bytes.IndexByte(rest, mark)
	if length < 0 {
		return nil, false
	}
	c.pos += length + 2
	return rest[:length], true
}
