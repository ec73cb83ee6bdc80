package plot

import (
	"hash/fnv"
	"strconv"
	"strings"
)

// drawn is one drawing, still without its identifier.
type drawn struct {
	width, height float64
	body          string // with the patterns that it uses
}

// drawing is what every plot knows: how to draw itself on a canvas whose width
// is given.
type drawing func(c *canvas)

func (d drawing) on(width float64, title string) drawn {
	c := &canvas{width: width, narrow: width < wideWidth}
	if title != "" {
		c.text(label{x: 0, y: 15, text: title, room: width * 0.75, class: "p-title"})
		c.y = 26
	}
	d(c)
	return drawn{width, c.y, c.defs() + string(c.b)}
}

// html returns both drawings, of which the page's stylesheet shows one. The
// second is hidden even where there is no stylesheet.
func (d drawing) html(caption Caption) string {
	wide, narrow := d.on(wideWidth, ""), d.on(narrowWidth, "")
	id := caption.identifier(wide.body)
	return `<div class="plot">` + wide.element(caption, id, "") +
		narrow.element(caption, id+"-n", ` display="none"`) + "</div>"
}

// file returns the drawing as a file.
func (d drawing) file(caption Caption) string {
	w := d.on(wideWidth, caption.Title)
	attributes := ` xmlns="http://www.w3.org/2000/svg" font-family="system-ui,sans-serif" width="` + strconv.Itoa(wideWidth) + `"`
	w.body = "<style>" + colours + looks + ":root{color:var(--plot-offered);background:var(--plot-ground)}</style>" + w.body
	return w.element(caption, caption.identifier(w.body), attributes) + "\n"
}

func (w drawn) element(caption Caption, id, attributes string) string {
	c := canvas{}
	c.raw(`<svg class="p-svg" role="img"`, attributes, ` viewBox="0 0 `)
	c.num(w.width)
	c.raw(" ")
	c.num(w.height)
	title, description := caption.text()
	c.raw(`" aria-labelledby="`, id, `-t`)
	if description != "" {
		c.raw(`" aria-describedby="`, id, `-d`)
	}
	c.raw(`"><title id="`, id, `-t">`, title, "</title>")
	if description != "" {
		c.raw(`<desc id="`, id, `-d">`, description, "</desc>")
	}
	c.raw(strings.ReplaceAll(w.body, idMark, id), "</svg>")
	return string(c.b)
}

// text returns title and description, escaped. A picture must have a name.
func (c Caption) text() (title, description string) {
	title, description = escape(c.Title), escape(c.Description)
	if title == "" {
		title, description = description, ""
	}
	if title == "" {
		title = "Plot"
	}
	return title, description
}

// identifier returns the caption's ID, without what an identifier cannot hold,
// or one that is made from what was drawn.
func (c Caption) identifier(body string) string {
	id := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return -1
	}, c.ID)
	if id != "" {
		return "p-" + id
	}
	h := fnv.New64a()
	h.Write([]byte(c.Title + idMark + c.Description + idMark + body))
	return "p-" + strconv.FormatUint(h.Sum64(), 36)
}
