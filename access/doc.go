// Package access knows who may see and do what, and signs people in.
//
// # Model
//
// A Person has a name, roles and, when it belongs to a Service User, that one
// account. What a role may do is one table, in person.go. Whoever asks the
// console for something is identified by one of four Means, in this order: an API
// token in the Authorization header, a session's cookie, a client certificate
// that TLS has verified. A session begins with a password, a one-time link or
// OpenID Connect. Identify puts the Person into the request's context and refuses
// nobody: what is refused to whom is decided where the answer is made.
//
// Names never mean two: a person with a password here has a bare name, all others
// carry their Means, as in "openid:a.planner" or "token:nightly".
//
// # The folder
//
// users.json has persons and API tokens, without any secret in the clear: of
// passwords it has argon2id hashes, of tokens and links SHA-256. It is written
// whole and renamed, under a lock, and read again when it was replaced, so that a
// person who is removed by another process is out at the next request. If it
// cannot be read any more, what was read last holds, and Trouble says so.
// local.token is for the command line on the same machine: whoever may read the
// data folder may act as an operator.
//
// Sessions are in memory only, a restart ends them.
//
// # What it does not do
//
// It makes no pages and refuses no requests. It does not protect from requests
// that other sites make a browser send: whoever serves does, with
// http.CrossOriginProtection; cookies are SameSite=Strict beside that. It does
// not verify certificates: TLS does before. It does not write the journal: each
// Event goes to Options.Record.
package access
