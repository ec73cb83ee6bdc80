// Package tmmd writes a policy as people read it: the Service Request part of the
// Traffic Management Mechanism Document, and what changes between two policies.
//
// The model. [Render] and [Compare] make a [Document]: sections of paragraphs,
// rules, tables and texts, without any form. HTML, Markdown and Text write it out,
// and add nothing. The worked example is not written but played: the mechanism of
// package traffic decides about a few requests under the policy itself, and each
// decision is shown with the arithmetic that led to it.
//
// Nothing in a document comes from a clock or from chance, and an anchor or
// heading never depends on a value: two documents differ only where their policies
// do.
//
// The public edition has no figure or name of any Service User: beside the number
// of Service Users it depends on nothing in the portfolio. What the parties wrote
// freely is left out there where it names one.
//
// The package does not read policies, journals or clocks, and decides nothing
// itself. How the document is laid out, and every figure that is not in the policy,
// is this project's own choice: no public text gives the Code's.
package tmmd
