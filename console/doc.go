// Package console shows people and programs what is happening at the door, and
// takes what they do about it.
//
// # Model
//
// routes.go lists all there is: the API below /api/v1, the pages, what forms do,
// and the rest. A call is one request and the access.Person whose it is. What it
// is answered with is a view: a struct made for that person, in which what it
// may not see is not. A page and its route show the same view.
//
// Once a second the meter takes the counters, keeps the rates of ten minutes, and
// the hub tells everybody who watches: rendered once for all who see everybody
// and once for each account, never for each watcher.
//
// Pages are made here and complete without scripts; live.js takes the events and
// changes what is on the page.
//
// It takes its numbers as function values, a Source, so that it knows neither the
// gateway nor how it is wired. Without a Gate nobody signs in, and everybody
// may do everything: then it must listen on loopback only, and it answers nobody
// who names another host, so that no page in a browser can reach it.
//
// # What it does not do
//
// It decides nothing about requests, keeps nothing on a disk, and knows
// no passwords: those are access's. Who a person is in records is the name with
// which it signed in; where nobody signs in it is taken on trust.
package console
