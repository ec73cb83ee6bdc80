// Package dsp is a stand-in for the Data Service Provider: an HTTP/1.1 server
// that takes DUIS requests on three service paths, answers them with responses
// that the DUIS schema accepts, and can be overloaded. It is for demonstrations
// and tests: nothing behind it does what a request asks for.
//
// # What becomes of a request
//
// In this order:
//
//  1. The path names a service, or is [MeasurementsPath]; otherwise 404. A
//     service takes POST; otherwise 405.
//
//  2. The whole body is read, sent with a Content-Length or chunked, and the
//     request has arrived. It is counted, and the finite server of package
//     outage says when its answer is due.
//
//  3. A request that the finite server refuses gets 503 at once, with a line of
//     text and no Retry-After, by which it can be told from srtm's own refusal.
//
//  4. All others wait until their answer is due, also when nobody is left who
//     would read it, and then get
//
//     | request | answer |
//     |---|---|
//     | not a DUIS request, or of a variant that the schema does not have | 400, a line of text |
//     | a Command Variant on another service than its own | 200, E13 |
//     | Send Command | 200, acknowledgement, I99 |
//     | Non-Device (DCC Only) | 200, result, I0 |
//     | Transform | 200, Pre-Command, I0 |
//
// # What it does not do
//
// It does not validate a request's body or signature, check who the sender is
// (beyond a client certificate, where TLS asks for one), send results or alerts
// to a receive service, keep an inventory, refuse a RequestID that it has seen,
// or sign its responses. How it fails under load is a model of this project:
// no public figure says how the real one does.
//
// # Measurements
//
// It measures what reached it, from where it can be measured best: see
// [Measurements]. Everything is bounded, whatever is sent to it.
package dsp
