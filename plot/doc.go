// Package plot draws numbers as SVG: the rates, counts and latencies of
// traffic management, as reports print them and as pages show them.
//
// # Model
//
// A plot is a value: a Timeline (lines, areas, stacked bars and dots over UTC
// time), Rows (one horizontal bar a category), Quantiles (p50, p95 and p99 of a
// latency, one line a category), a Histogram, or Curves (a figure against a
// setting, one line each). Each is drawn in two ways:
//
//   - HTML is a part of a page. It holds the plot twice, laid out for a page
//     and for a telephone; the page's stylesheet must contain CSS, which shows
//     the one that fits. On paper it is always the first.
//   - SVG is a file of its own, with its title and its colours in it.
//
// The same value always gives the same bytes.
//
// What is drawn is said by an Ink: forwarded traffic looks the same wherever it
// stands. No Ink differs from another by colour alone: hatching, dashes and
// the form of a dot tell them apart on a photocopy, and a key or a label names
// every one. Colours are CSS custom properties, named --plot-…, that follow the
// reader's choice of dark or light and that a page may set; text has the colour
// of the page's text.
//
// # What is kept of the numbers
//
// Where a line has more points than an eye can tell apart, they are gathered
// over a round length of time, at least two pixels wide: a line of the means
// runs through a band from the least value to the greatest, and the key says
// over how long. So a spike of one second is seen in a picture of a month, and
// what is filled below an area is the true amount.
//
// NaN and both infinities are gaps; what is negative is drawn as 0. Points may
// come in any order. What is not 0 is a pixel high at least. Text is escaped,
// and shortened where it has no room; its whole is in the text's tooltip, and
// numbers belong in a table beside the plot.
//
// # What it does not do
//
// It reads no clock and no file, runs no script in the page, loads no font, and
// knows nothing of policies or ledgers. Values must be in the unit that is to
// be printed.
package plot
