// Package console shows people and programs what is happening at the door.
//
// What there is so far is the admin listener: /healthz and /readyz for whoever
// keeps the process running, /metrics for Prometheus, and /api/v1/state with all
// numbers as JSON. It takes its numbers as function values, so that it knows
// neither the gateway nor how it is wired.
//
// It listens on loopback only, and answers nobody who names another host, so
// that no page in a browser can read it: there is no sign-in yet, and Service
// Users' volumes are confidential.
package console
