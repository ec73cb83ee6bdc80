// Package person says which names persons may have and what words they may
// give, and which two names are one person's.
//
// Where two persons are wanted, one must not pass for two: names that differ only
// in spaces, signs, accents, capitals or how Unicode writes them are one person's,
// and what mixes scripts, hides a character or looks like two names is none. What
// a person writes as a reason is bounded and printable, because it is shown
// wherever its deed is.
//
// It does not know who anybody is, nor what anybody may do.
package person
