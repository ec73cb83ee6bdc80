package plot

// Plot is anything that this package draws. All of them are plain values, and
// drawing one changes nothing, so several goroutines may.
type Plot interface {
	// HTML is the plot as a part of a page whose stylesheet contains CSS. It is
	// safe to include as it is: every text in it is escaped.
	HTML() string
	// SVG is the plot as a file, with its visible title and its own style.
	SVG() string
}

// Caption says what a plot shows to those who do not see it.
type Caption struct {
	// Title is a short name, as "Offered by day, October 2026". HTML gives it to
	// screen readers only, as the page has its own headings; SVG prints it.
	Title string
	// Description says in a sentence what a reader sees at a glance.
	Description string
	// ID is unique in the page and begins the identifiers in the plot. Where it
	// is empty it is made from the plot's contents.
	ID string
}

// Ink says what a mark stands for, and so how it looks.
type Ink uint8

// The inks. The word of each is what the key says where no name is given.
const (
	Plain      Ink = iota // anything else
	Offered               // all that arrived
	Forwarded             // what went on to the DSP
	Throttled             // what was refused for traffic; hatched
	Spare                 // what went on beyond the allocation; light with an edge
	Peak                  // the most in a short time
	Allocation            // a level: a Service User's allocation
	Threshold             // a level: the operating threshold; dashed
	Capacity              // a level: the maximum capacity; dotted
	Failed                // what failed for want of the DSP; crossed
)

// String returns the ink's word.
func (i Ink) String() string {
	switch i {
	case Offered:
		return "offered"
	case Forwarded:
		return "forwarded"
	case Throttled:
		return "throttled"
	case Spare:
		return "beyond the allocation"
	case Peak:
		return "peak"
	case Allocation:
		return "allocation"
	case Threshold:
		return "operating threshold"
	case Capacity:
		return "maximum capacity"
	case Failed:
		return "failed"
	}
	return "value"
}

// Kind is how a Series is drawn.
type Kind uint8

const (
	// Line joins the points.
	Line Kind = iota
	// Area is a line with what lies below it filled.
	Area
	// Bars are one bar a point, from At on. Several Series of Bars are stacked,
	// the first at the bottom.
	Bars
	// Dots are one dot a point. Where a Level of ink Allocation is given, those
	// above it are open diamonds, and the key says so.
	Dots
)

// Point is a value at a time.
type Point struct {
	At    int64 // nanoseconds since 1970 UTC
	Value float64
}

// Series is one quantity over time.
type Series struct {
	Name   string // for the key; the ink's word where empty
	Kind   Kind
	Ink    Ink
	Points []Point
}

// Level is a line across a Timeline that others are compared with. It is
// labelled with its name and value.
type Level struct {
	Name  string // the ink's word where empty
	Ink   Ink
	Value float64 // until the first step
	Steps []Point // from At on it is Value; for what changes within the time
}

// Span is a time that is shaded, such as one in which traffic management was
// active.
type Span struct {
	From, To int64  // nanoseconds since 1970 UTC
	Name     string // for the key, where spans of the same name are one; "active" where empty
}

// Timeline draws series over time, from 0 upwards.
type Timeline struct {
	Caption
	From, To int64   // what the axis shows, [From, To), nanoseconds since 1970 UTC
	Unit     string  // of all values, as "SR/s"; stands at the top of the axis
	Bar      int64   // nanoseconds that a bar stands for; a day where 0
	Height   int     // of the plot within its axes, in pixels; 160 where 0
	Top      float64 // the axis reaches at least this, so that several plots can share a scale
	Series   []Series
	Levels   []Level
	Spans    []Span
	Outages  []Span // when the DSP failed: shaded otherwise than Spans; "outage" where there is no name
}

// Part is a piece of a row's bar.
type Part struct {
	Ink   Ink
	Value float64
}

// Row is one horizontal bar.
type Row struct {
	Name  string
	Parts []Part  // one after the other, from 0
	Mark  float64 // a tick across the bar, such as the allocation; none where 0
	Note  string  // stands at the right; the sum of the parts where empty
}

// Against returns the row of a Service User: dark up to its allocation, light
// beyond it, a tick at the allocation.
func Against(name string, value, allocation float64) Row {
	r := Row{Name: name, Mark: allocation, Parts: []Part{{Forwarded, min(value, allocation)}}}
	if value > allocation {
		r.Parts = append(r.Parts, Part{Spare, value - allocation})
	}
	return r
}

// Rows draws one horizontal bar a category, on one scale from 0. A page of A4
// holds about 35.
type Rows struct {
	Caption
	Unit string  // of all values
	Top  float64 // the axis reaches at least this, so that several plots can share a scale
	Rows []Row
	// Names replace the inks' words in the key.
	Names map[Ink]string
	// Mark is what the ticks are in the key; "allocation" where empty.
	Mark string
}

// Quantile is the latency of one category, in seconds.
type Quantile struct {
	Name          string
	P50, P95, P99 float64
	Note          string // stands at the right; the three in figures where empty
}

// Quantiles draws the quantiles of latencies, one line a category: a dot at the
// median, a bar to p95, a tick at p99. The scale is logarithmic.
type Quantiles struct {
	Caption
	Rows []Quantile
}

// Bucket is a count of what lay in [From, To).
type Bucket struct{ From, To, Count float64 }

// Mark is a labelled place on a histogram's axis, such as a quantile.
type Mark struct {
	Name string
	At   float64
}

// Histogram draws how often which values were met.
type Histogram struct {
	Caption
	Unit    string // of the values, along the axis; "s" is printed as µs, ms or s
	Counted string // what the counts count, as "Service Requests"
	Log     bool   // the values' axis is logarithmic; what is ≤ 0 is left out
	Buckets []Bucket
	Marks   []Mark
}
