package plot

// HTML implements Plot.
func (r Rows) HTML() string { return drawing(r.draw).html(r.Caption) }

// SVG implements Plot.
func (r Rows) SVG() string { return drawing(r.draw).file(r.Caption) }

// table is how rows are laid out: names at the left, notes at the right, and
// the field between them; on a telephone the field lies below them.
type table struct {
	field
	pitch     float64
	name      float64 // room of the names
	note      float64 // room of the notes
	bar       float64 // the height of a bar
	textBelow float64 // from a row's top to its text's baseline
	barBelow  float64 // from a row's top to its bar
}

// newTable lays out rows with those names and notes, below c.y.
func (c *canvas) newTable(names, notes []string) table {
	widest := func(texts []string) float64 {
		w := 0.0
		for _, t := range texts {
			w = max(w, measure(clean(t)))
		}
		return w
	}
	t := table{name: min(widest(names), 190) + 8, note: min(widest(notes), 250) + 8}
	if c.narrow {
		t.note = min(t.note, c.width*0.7)
		t.name = c.width - t.note
		t.field = field{x: 0, y: c.y, w: c.width - 12}
		t.pitch, t.bar, t.textBelow, t.barBelow = 36, 11, 13, 18
	} else {
		t.field = field{x: t.name, y: c.y, w: c.width - t.name - t.note - 6}
		t.pitch, t.bar, t.textBelow, t.barBelow = 21, 13, 14.5, 4
	}
	t.field.h = t.pitch*float64(len(names)) + 2
	return t
}

// texts writes the names and the notes.
func (c *canvas) texts(t table, names, notes []string) {
	class := ""
	if c.narrow { // the lines of the scale run through
		class = "p-halo"
	}
	for i, name := range names {
		c.text(label{x: 0, y: t.top(i) + t.textBelow, text: name, room: t.name - 8, class: class})
	}
	c.raw(`<g class="p-dim" text-anchor="end">`)
	for i, note := range notes {
		c.text(label{x: c.width, y: t.top(i) + t.textBelow, text: note, room: t.note - 8, class: class})
	}
	c.raw("</g>")
}

func (t table) top(row int) float64 { return t.field.y + t.pitch*float64(row) }

func (r Rows) draw(c *canvas) {
	if len(r.Rows) == 0 {
		c.empty(60)
		return
	}
	names, notes := make([]string, len(r.Rows)), make([]string, len(r.Rows))
	marked := false
	for i, row := range r.Rows {
		names[i], notes[i] = row.Name, row.Note
		if notes[i] == "" {
			notes[i] = Figure(row.total())
			if len(r.Unit) <= 6 { // a longer one is read once, at the axis
				notes[i] += " " + r.Unit
			}
		}
		marked = marked || row.mark() > 0
	}
	c.key(r.entries(marked))
	t := c.newTable(names, notes)
	most := int(min(t.field.w/70, 6))
	d := rows{r, c, t, newLinear(r.top(), max(most, 1), false)}
	d.rules()
	c.texts(t, names, notes)
	d.bars()
	var marks []box
	for i, row := range r.Rows {
		if mark := row.mark(); mark > 0 {
			marks = append(marks, box{d.x(mark), t.top(i) + t.barBelow - 2, 0, t.bar + 4})
		}
	}
	c.ticks(marks)
}

// mark returns where the row's tick is; 0 where there is none.
func (r Row) mark() float64 {
	v, _ := tame(r.Mark)
	return v
}

func (r Row) total() float64 {
	sum := 0.0
	for _, p := range r.Parts {
		v, _ := tame(p.Value)
		sum += v
	}
	return sum
}

// top returns the greatest value that must have room.
func (r Rows) top() float64 {
	top, _ := tame(r.Top)
	for _, row := range r.Rows {
		top = max(top, row.total(), row.mark())
	}
	return min(top, largest)
}

// entries returns the key: the inks that are used, in their order.
func (r Rows) entries(marked bool) []entry {
	used := [inks]bool{}
	for _, row := range r.Rows {
		for _, p := range row.Parts {
			used[p.Ink.known()] = used[p.Ink.known()] || p.Value > 0
		}
	}
	var all []entry
	for i := Plain; i < inks; i++ {
		if !used[i] {
			continue
		}
		name := clean(r.Names[i])
		switch {
		case name != "":
		case i == Forwarded && marked:
			name = "within the allocation"
		default:
			name = i.String()
		}
		all = append(all, entry{keyFill, i, name})
	}
	if marked {
		name := clean(r.Mark)
		if name == "" {
			name = Allocation.String()
		}
		all = append(all, entry{keyTick, Allocation, name})
	}
	return all
}

// rows are Rows in the course of being drawn.
type rows struct {
	Rows
	*canvas
	table table
	scale linear
}

// x returns where a value lies.
func (d rows) x(v float64) float64 {
	return d.table.field.x + min(max(v/d.scale.top, 0), 1)*d.table.field.w
}

// rules draws the lines of the scale with their numbers, below the rows.
func (d rows) rules() {
	f := d.table.field
	texts, word := d.scale.labels()
	d.raw(`<path class="p-grid" d="`)
	p := path{c: d.canvas}
	for i := range texts {
		x := d.x(d.scale.step * float64(i))
		p.moveTo(x, f.y)
		p.lineTo(x, f.y+f.h)
	}
	p.flush()
	d.raw(`"/>`)
	d.raw(`<g class="p-dim" text-anchor="middle">`)
	for i, text := range texts {
		d.centred(d.x(d.scale.step*float64(i)), f.y+f.h+14, text)
	}
	d.raw("</g>")
	d.text(label{x: f.x + f.w/2, y: f.y + f.h + 29, text: unit(word, d.Unit), anchor: middle, room: f.w, class: "p-dim"})
	d.y = f.y + f.h + 34
}

// bars draws the parts, ink by ink.
func (d rows) bars() {
	for i := Plain; i < inks; i++ {
		opened := false
		for n, row := range d.Rows.Rows {
			for _, r := range d.parts(row, i) {
				if !opened {
					d.open(i)
					d.raw(`<path d="`)
					opened = true
				}
				r.y = d.table.top(n) + d.table.barBelow
				r.h = d.table.bar
				p := path{c: d.canvas}
				p.box(r)
			}
		}
		if opened {
			d.raw(`"/></g>`)
		}
	}
}

// parts returns where the parts of a row lie that have that ink, each a pixel
// wide at least.
func (d rows) parts(row Row, ink Ink) []box {
	var all []box
	sum, x := 0.0, d.x(0)
	for _, p := range row.Parts {
		v, _ := tame(p.Value)
		if v == 0 {
			continue
		}
		sum += v
		right := d.table.field.x + d.table.field.w
		until := min(max(d.x(sum), x+leastBar), right)
		if p.Ink.known() == ink {
			all = append(all, box{x: min(x, right-leastBar), w: max(until-x, leastBar)})
		}
		x = until
	}
	return all
}
