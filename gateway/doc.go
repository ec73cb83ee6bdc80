// Package gateway carries Service Requests: from the wire, past the mechanism's
// decision, on to the Data Service Provider (DSP), and its answer back.
//
// # The way
//
// way.go is the whole of it on one page: identify the sender, read the request,
// decide, and forward or refuse. A refusal is one line of text, but for the one
// for traffic, whose form the policy chooses; refuse.go alone knows status codes
// and Retry-After.
//
// A request is written to the DSP at most once. Before the first byte the
// connection is looked at, without writing: one that the DSP has closed
// meanwhile is replaced by another. After the first byte nothing is tried again,
// whatever happens, because a repeated top-up is worse than a failed one; 502
// and 504 then say that the outcome is not known. A client that leaves does not
// stop the exchange with the DSP.
//
// What goes on is what came, and nothing is added unless the policy says so: the
// body byte for byte, each header line as it stood. Only what concerns a single connection stays behind (RFC 9110, 7.6.1),
// and Host is the DSP's. The answer goes back in the same way.
//
// # Why its own HTTP
//
// Both ends of HTTP/1.1 are written here, with Go's library for chunks, TLS and
// media types. net/http rewrites the case of header names. A port of this
// package to fasthttp v1.78, which serves the stand-ins well, was written and
// measured: it saved a twentieth of the lines, was no faster and held three
// times the memory for an idle connection, and it took what is refused here,
// lines that end in LF alone in a request line and in the trailer of a chunked
// body, where another reader may see another request. Answers of the DSP came
// back changed unless the library's own output was thrown away.
// TestWhatFasthttpKeeps shows what an ordinary proxy on it keeps and what not,
// and fails on the day when that changes; docs/decisions/0003 has the figures.
// The reader here is small because it is strict: what two readers could take for
// different requests is refused and the connection closed.
//
// # Model
//
// One goroutine serves one connection from a client (session) and on it one
// request after the other (exchange), over connections to the DSP that are kept
// between requests (pool). Nothing queues: where there is no room the answer is
// a refusal. All that a stranger sends is bounded in size and time.
//
// # Change of policy
//
// What a policy says of the door is its Conduct; who may carry whom is in it a
// Directory. Both are values that never change and are replaced whole, and each
// request keeps the one that it met. Server.Change takes a plan of what is to hold
// when. Whoever comes first to a boundary of the plan, a decision or Advance, passes
// it under the recorder's lock (adopt.go): the mechanism obeys its new Rules,
// release, Policy and Terms are recorded, the Conduct is replaced. All others pay
// for it with one look at the time of the next boundary.
//
// # What is recorded
//
// Every decision goes to the journal in the order in which it was made, under one
// lock with the decision itself (record.go), and no answer leaves before it is
// durable there. A request that goes on does so meanwhile: only its answer waits.
// What became of it is a second record, which nobody waits for.
//
// # What it does not do
//
// It keeps no state of requests and judges nothing after the header: schema,
// signature, web service and sense are the DSP's. It speaks no HTTP/2, reads no
// policy and checks no revocation lists.
package gateway
