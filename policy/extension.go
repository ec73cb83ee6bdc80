package policy

import (
	"time"

	"srtm/duis"
	"srtm/traffic"
)

// Per says whose the allocations are.
type Per string

// PerAccount gives each of the portfolio's accounts one allocation for all its
// User IDs; PerUser gives each User ID one of its own.
const (
	PerAccount Per = "account"
	PerUser    Per = "user"
)

// Approval says how many persons a change of policy or an act by hand takes.
type Approval string

// With Two the one who approves is not the one who prepared.
const (
	One Approval = "one"
	Two Approval = "two"
)

// VariantCost is what a Service Request Variant costs that is not like all
// others.
type VariantCost struct {
	Variant duis.Variant
	Cost    traffic.Amount
}

// Priority is a part of every assured bucket that is kept for some variants.
type Priority struct {
	Variants []duis.Variant
	Keep     Percent // of the depth
}

// Reserved is capacity that the DSP needs every day for work without an incoming
// request. Times of day are UTC; where To is before From it is on the next day.
type Reserved struct {
	From, To time.Duration // since midnight, below 24 hours
	Rate     Rate          // taken from the operating threshold; where several overlap they add up
	Reason   string
}

// Maintenance is another capacity from Start on and before End, in whole
// seconds. No two overlap.
type Maintenance struct {
	Start, End time.Time
	Capacity   Rate // 0: closed
	Reason     string
	Reference  string // of a change or an incident elsewhere; may be empty
	at         place
}

// Forwarded says which header fields the gateway adds to what it forwards.
type Forwarded struct{ Via, XForwardedFor bool }

// Revision is an entry of the agreed change history.
type Revision struct {
	Date   time.Time // midnight UTC
	Change string
}

// Limits on the extensions.
const (
	MaxNotice      = 60      // Working Days
	MaxAnnex       = 1 << 20 // bytes
	MaxChange      = 1000    // characters of a Revision
	MaxExceptional = 31 * 24 * time.Hour
)
