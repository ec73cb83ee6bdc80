// Package policy reads the one file that says everything the mechanism obeys,
// the portfolio, the senders and the annexes beside it, checks them as a whole,
// and says what holds at a time.
//
// The model. A policy is a YAML file; docs/policy.md says what each key means.
// Reading goes in four steps, each in files of its own: the text becomes a tree
// (tree.go), the tree a table of known keys (keys.go, document.go), the keys
// values (values.go, times.go, choices.go, settings.go, lists.go), and the values
// together with the portfolio (table.go, portfolio.go, split.go, senders.go) a
// Policy whose rules are known to work (check.go), at any time (lower.go). A
// Policy is a value that has been checked: whoever holds one need not check it
// again.
//
// What a policy says is not the same at all times: capacity is reserved by time of
// day, and a maintenance or an operator's hand sets another. Policy.Rules is what
// stands; Policy.At is what holds at a time and until when, worked out afresh from
// the time alone (period.go, window.go), so that it is the same after a restart, in
// a replay and in a plan ahead.
//
// Nothing is ignored: an unknown key, and everything in YAML that lets a text
// mean something else than what it looks like (anchors, tags, merge keys, a key
// given twice), are problems. All problems of all files are reported at one go,
// each with its position.
//
// Numbers are exact: whole thousandths as they are written, never floating
// point. Where a division leaves a fraction it is rounded so that nobody gets
// more than the file says and nobody less than its minimum.
//
// The keys, their defaults and the arithmetic are this project's choices. Public
// texts on SECMP0067 give no window, arithmetic, wire form or report layout.
//
// The package does not run the mechanism, watch files for changes, or compare or
// render policies.
package policy
