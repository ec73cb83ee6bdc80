// Package duis reads the header of a DUIS request, writes DUIS responses and
// knows the 129 Service Request Variants. DUIS, the DCC User Interface
// Specification, is how a Service User speaks to the Data Service Provider
// (DSP): an XML document in the body of an HTTP request.
//
// # Reading
//
// ReadHeader answers one question: who sent what. What it reads decides whose
// allocation is spent, so it must never read another originator than the DSP's
// own XML parser will. Where documents could be read in two ways it refuses
// them. There are two readers. The plain one (fast.go) is written by hand for
// documents as clients write them, allocates nothing, and gives up on
// everything unusual. The strict one (slow.go, on encoding/xml) then has the
// last word: namespaces by the book, and each point on which encoding/xml is
// more lenient than XML closed in scanner.go. A fuzz test holds the two
// together.
//
// These are read, besides plain documents: any prefix, comments and processing
// instructions between elements, character references, any order of the
// header's elements, attributes on them, and, skipped whole, elements of the
// DUIS namespace that this package does not know, so that a later schema does
// not shut the door. These are refused, though some of them are XML: a
// DOCTYPE, an encoding other than UTF-8, XML 1.1, and comments, CDATA sections
// or elements within a value, because programs that take a value's first piece
// for the whole would read another one.
//
// # What it does not do
//
// Whatever follows the header's end tag is not looked at: schema, signature and
// sense of a request are the DSP's to judge, and so is whether a variant is on
// the right web service. A charset in the HTTP Content-Type is the caller's to
// judge: it would overrule what the document says. Responses are written
// without a signature, which the schema allows.
//
// The package is pure: no clock, file, socket or random number. All functions
// may be called from several goroutines at once.
//
// Terms and value lists are those of the DUIS XML Schema V5.4. Which variants
// are critical, in which modes they run and for which User Roles, is from the
// public tables of DUIS; the grouping into processes is this project's own.
package duis
