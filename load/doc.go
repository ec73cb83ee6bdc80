// Package load plays a scenario over HTTP: stand-in Service Users that send
// DUIS requests to a gateway, or to anything that takes them.
//
// # Model
//
// The player is an open loop: every arrival is sent at its time, whether or not
// earlier ones have been answered, because customers and devices do not wait
// for each other either. One send is one HTTP/1.1 request, never repeated by the
// HTTP client itself; sending again is the business of the scenario's clients.
// Each Service User has connections of its own, kept alive, at most one send on
// each at a time. A Service User that has as many sends on the way as it may
// have connections sends nothing until one is answered, and nobody does while
// all together have as many as the player may; what could not be sent is counted
// as crowded, never silently dropped. How late the player itself is, from a
// send's due time until it is handed to the HTTP client, is measured and part of
// the result: a player that is late has not played the scenario.
//
// # Messages
//
// The requests are DUIS messages, valid by the DUIS XML Schema V5.1, from
// templates in the folder messages: the body of each Service Request Variant,
// with a few places that are filled for each request. Critical commands go out
// as Command Variant 4 and, after a good answer, as Command Variant 5 with the
// same RequestID; a Signed Pre-Command's payload is random octets of a plausible
// size. The messages are not signed, which the schema allows; signed ones are
// about 800 bytes longer.
//
// # What it does not do
//
// It has no receive service: results and alerts that the DSP sends to a Service
// User later are not part of it. It does not check answers against the schema;
// it reads the response code.
package load
