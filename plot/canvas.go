package plot

import (
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Widths that plots are laid out for, in pixels: an A4 page or a screen, and a
// telephone of 360 with its margins.
const (
	wideWidth   = 720
	narrowWidth = 344
)

// fontSize of all text but a file's title, in pixels, and the height of a line.
const (
	fontSize   = 12.0
	lineHeight = 16.0
)

// idMark stands in a drawing for its identifier, which is only known when all
// has been drawn. No text can contain it.
const idMark = "\x00"

// canvas collects the markup of one drawing.
type canvas struct {
	b        []byte
	width    float64
	y        float64 // where the next thing goes: all above is taken
	narrow   bool
	patterns uint16 // bit i: the pattern of Ink i is used
}

// raw writes markup as it is.
func (c *canvas) raw(s ...string) {
	for _, s := range s {
		c.b = append(c.b, s...)
	}
}

// attr writes an attribute with a coordinate or a length.
func (c *canvas) attr(name string, v float64) {
	c.raw(" ", name, `="`)
	c.num(v)
	c.raw(`"`)
}

// num writes v to a tenth of a pixel, as short as it can be.
func (c *canvas) num(v float64) { c.tenths(tenths(v)) }

// tenths returns v in whole tenths.
func tenths(v float64) int64 { return int64(math.Round(v * 10)) }

func (c *canvas) tenths(n int64) {
	if n < 0 {
		c.b = append(c.b, '-')
		n = -n
	}
	if n >= 10 || n == 0 {
		c.b = strconv.AppendInt(c.b, n/10, 10)
	}
	if n%10 != 0 {
		c.b = append(c.b, '.', byte('0'+n%10))
	}
}

// rect writes a rectangle; a tip is its tooltip.
func (c *canvas) rect(r box, tip string) {
	c.raw("<rect")
	c.attr("x", r.x)
	c.attr("y", r.y)
	c.attr("width", r.w)
	c.attr("height", r.h)
	if tip == "" || c.narrow { // a telephone has no pointer to hover with
		c.raw("/>")
		return
	}
	c.raw("><title>", escape(tip), "</title></rect>")
}

// box is a rectangle.
type box struct{ x, y, w, h float64 }

func (r box) overlaps(o box) bool {
	return r.x < o.x+o.w && o.x < r.x+r.w && r.y < o.y+o.h && o.y < r.y+r.h
}

// Where a text stands against its x.
const (
	start  = ""
	middle = "middle"
	end    = "end"
)

// label is a text in a drawing. Its y is the baseline.
type label struct {
	x, y   float64
	text   string
	anchor string
	room   float64 // the text is shortened to this width
	class  string
}

func (c *canvas) text(l label) {
	short := shorten(l.text, l.room)
	if short == "" {
		return
	}
	c.raw("<text")
	c.attr("x", l.x)
	c.attr("y", l.y)
	if l.anchor != start {
		c.raw(` text-anchor="`, l.anchor, `"`)
	}
	if l.class != "" {
		c.raw(` class="`, l.class, `"`)
	}
	c.raw(">")
	if short != clean(l.text) && !c.narrow {
		c.raw("<title>", escape(l.text), "</title>")
	}
	c.raw(escape(short), "</text>")
}

// centred writes a short text around x, but within the drawing.
func (c *canvas) centred(x, y float64, text string) {
	text = shorten(text, c.width)
	half := measure(text) / 2
	c.text(label{x: max(min(x, c.width-half), half), y: y, text: text, room: c.width})
}

// clean returns s in one line and without what XML cannot hold or what turns
// the direction of the text around it.
func clean(s string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r < ' ', r >= 0x7f && r < 0xa0, r == 0xfffe, r == 0xffff, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))), " ")
}

// escape returns s, cleaned, as text in XML and in HTML.
func escape(s string) string {
	s = clean(s)
	if !strings.ContainsAny(s, `<>&"'`) {
		return s
	}
	return strings.NewReplacer("<", "&lt;", ">", "&gt;", "&", "&amp;", `"`, "&quot;", "'", "&#39;").Replace(s)
}

// shorten returns s cleaned and, where it is wider than room, cut with an
// ellipsis.
func shorten(s string, room float64) string {
	s = clean(s)
	if measure(s) <= room {
		return s
	}
	room -= measure("…")
	used, cut := 0.0, 0
	for i, r := range s {
		if used += runeWidth(r); used > room {
			break
		}
		cut = i + utf8.RuneLen(r)
	}
	if cut == 0 {
		return ""
	}
	return strings.TrimRight(s[:cut], " ") + "…"
}

// measure returns about how wide s is, rather too wide than too narrow: the
// reader's font is not known.
func measure(s string) float64 {
	w := 0.0
	for _, r := range s {
		w += runeWidth(r)
	}
	return w
}

func runeWidth(r rune) float64 {
	switch {
	case strings.ContainsRune(" .,:;'|!ilj()[]/", r):
		return fontSize * 0.4
	case strings.ContainsRune("mwMW@%—", r):
		return fontSize * 0.98
	case unicode.IsUpper(r):
		return fontSize * 0.74
	case r < 0x300:
		return fontSize * 0.62
	case r < 0x1100:
		return fontSize * 0.8
	}
	return fontSize * 1.1
}
