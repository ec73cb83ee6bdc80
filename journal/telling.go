package journal

import "time"

// Telling is what came of one attempt to tell somebody something by e-mail or by
// a webhook, or that it is not attempted any more.
type Telling struct {
	ID       string // of what is told: the webhook-id. Attempts and targets share it
	Kind     string // such as active or act
	Concerns string // the account that it is about; empty: everybody
	Happened int64  // nanoseconds since 1970 UTC
	Sentence string // what happened

	Subscription string // by its name; empty: none is configured
	Who          string // an account or operators
	Means        string // mail or webhook
	Address      string // the e-mail address, or the webhook's scheme and host

	Attempt uint64 // from 1; 0: there was none
	Began   int64  // nanoseconds since 1970 UTC
	Took    time.Duration
	Outcome string // delivered, failed, given-up, coalesced, superseded or nobody
	Detail  string // the receiver's answer, or why not
	SHA256  string // of the body that was sent, in hexadecimal; empty: none was
}

// Delivery is a Telling to an account, or one about an account that reached
// nobody.
type Delivery struct {
	Own
	Telling
}

// CommonDelivery is a Telling to somebody who is no account: to the operators.
type CommonDelivery struct{ Telling }

func appendTelling(b []byte, t *Telling) []byte {
	b = appendStrings(b, t.ID, t.Kind, t.Concerns, t.Sentence, t.Subscription, t.Who, t.Means, t.Address, t.Outcome, t.Detail, t.SHA256)
	return appendSigned(appendNumbers(b, t.Attempt), t.Happened, t.Began, int64(t.Took))
}

func readTelling(c *cursor) Telling {
	t := Telling{ID: c.string(), Kind: c.string(), Concerns: c.string(), Sentence: c.string(), Subscription: c.string(), Who: c.string(), Means: c.string(),
		Address: c.string(), Outcome: c.string(), Detail: c.string(), SHA256: c.string()}
	t.Attempt, t.Happened, t.Began, t.Took = c.number(), c.signed(), c.signed(), time.Duration(c.signed())
	return t
}
