// Package policy reads the one file that says everything the mechanism obeys,
// the portfolio beside it and the senders beside it, and checks them as a whole.
//
// The model. A policy is a YAML file; docs/policy.md says what each key means.
// Reading goes in four steps, each in files of its own: the text becomes a tree
// (tree.go), the tree a table of known keys (keys.go, document.go), the keys
// values (values.go, times.go, settings.go), and the values together with the
// portfolio (table.go, portfolio.go, senders.go) a Policy whose rules are known
// to work (check.go). A Policy is a value that has been checked: whoever holds
// one need not check it again.
//
// Nothing is ignored: an unknown key, a key that is known and not supported yet,
// and everything in YAML that lets a text mean something else than what it looks
// like (anchors, tags, merge keys, a key given twice) are problems. All problems
// of all files are reported at one go, each with its position.
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
