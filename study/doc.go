// Package study turns a simulation into what people read: one HTML page that
// needs nothing else, pictures as SVG files, and the conclusion in sentences, which
// WriteMarkdown puts with a table into a page of a library.
//
// # Model
//
// A Study is what was played: a simulate.Result and, where there are any, sweeps
// and the business case, with the scenario and the policies that they come from.
// WritePage answers first what happened, then shows every rule over time, compares
// the rules, says what the guarantee and the weighted max-min are worth and where
// another rule does better, goes through Service Users and variants, and ends with
// how all of it was made. Every figure is taken from the Study or computed from it
// in plain sight; docs/simulate.md says how.
//
// The same Study always gives the same bytes. The page has no script, is light or
// dark as its reader likes it, prints on A4 and fits a telephone. Every text that
// comes from outside is escaped, and names in Sentences hold nothing that Markdown
// takes for markup.
//
// # What it does not do
//
// It plays nothing, reads no clock and no file, and judges no policy: it says what
// came of it in one scenario, whose figures are assumptions.
package study
