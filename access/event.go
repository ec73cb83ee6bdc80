package access

import "time"

// Kind is what happened.
type Kind string

// The kinds of Event.
const (
	SignedIn      Kind = "signed-in"
	SignInRefused Kind = "sign-in-refused"
	SignedOut     Kind = "signed-out"
	LinkUsed      Kind = "link-used" // a password was set by a one-time link
	LinkRefused   Kind = "link-refused"
	UserAdded     Kind = "user-added"
	UserRemoved   Kind = "user-removed"
	UserInvited   Kind = "user-invited" // a one-time link was made
	RolesChanged  Kind = "roles-changed"
	TokenMade     Kind = "token-made"
	TokenRemoved  Kind = "token-removed"
)

// Event is something to be recorded. No secret is ever in it, and no name that
// somebody typed and nobody has: that may be a password in the wrong field.
type Event struct {
	At   time.Time `json:"at"`
	Kind Kind      `json:"kind"`
	Name string    `json:"name,omitempty"` // whom it is about; empty: nobody that is known
	By   Means     `json:"by,omitempty"`
	From string    `json:"from,omitempty"` // network address, without the port; empty: changed in the data folder
	Why  string    `json:"why,omitempty"`  // of a refusal: the true reason, which the one who was refused is not told; else what changed
}

func (g *Gate) record(e Event) {
	e.At = g.now()
	if g.options.Record != nil {
		g.options.Record(e)
	}
	g.log.Info("access", "kind", string(e.Kind), "name", e.Name, "by", string(e.By), "from", e.From, "why", e.Why)
}
