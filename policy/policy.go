package policy

import (
	"slices"
	"time"

	"srtm/allocate"
	"srtm/duis"
	"srtm/traffic"
)

// Policy is everything that the mechanism obeys, read and checked. It is not to
// be changed once it is read; it may then be read from several goroutines.
type Policy struct {
	Name        string
	Environment string
	Effective   time.Time // from when it holds, the portfolio's own counted in; zero: at once
	Capacity    Rate      // C, the maximum capacity
	Threshold   Percent   // of Capacity
	Release     Percent   // of Capacity
	Hold        time.Duration
	Burst       time.Duration
	Slot        time.Duration
	Portfolio   Portfolio
	Weights     map[Role]allocate.Thousandths // of one portfolio unit; every Role is there
	Minimum     allocate.Thousandths          // a second; what the file says, rounded up
	Accounts    []Account                     // in the portfolio's order
	Unknown     Unknown
	Refusal     Refusal
	Services    Services
	SendersFile string   // beside the policy; empty: there is none
	Senders     []Sender // in the file's order

	Journal Journal

	Mode           traffic.Mode // ModeEnforce, ModeShadow or ModeOff
	Withhold       bool         // spare: withhold
	Per            Per
	Shadow         []string       // accounts, in the file's order
	Cost           traffic.Amount // of variants that Costs does not name
	Costs          []VariantCost  // in the file's order
	Exempt         []duis.Variant // in the file's order
	Priority       []Priority     // the first keeps its part from all after it; a variant is in one only
	FinishCritical time.Duration  // 0: off
	Reserved       []Reserved     // in the file's order
	Maintenance    []Maintenance  // in the file's order
	Presets        []Preset       // in the file's order
	Approval       Approval
	LimitHeaders   bool
	Forward        Forwarded
	Notice         int           // Working Days ahead that a Service User is told of a new allocation
	Exceptional    time.Duration // for how long in a month traffic management may be active before the report raises the alarm
	Annexes        []File        // in the file's order; also among Files
	History        []Revision    // in order of date

	Files    []File   // the policy file, then those that it names, as they were read
	Digest   string   // of all files together; see Digest in docs/policy.md
	Warnings Problems // what is allowed and probably not meant; see WarningsAt
	file     string   // as it was named to Load or Parse
}

// Portfolio says where the portfolio comes from.
type Portfolio struct {
	File      string // beside the policy
	Unit      string // what is counted
	AsOf      time.Time
	Source    string
	Effective time.Time
}

// Role is a User Role of the Smart Energy Code.
type Role string

// The User Roles; their meaning is in docs/policy.md.
const (
	ImportSupplier          Role = "IS"
	GasSupplier             Role = "GS"
	ExportSupplier          Role = "ES"
	ElectricityDistributor  Role = "ED"
	GasTransporter          Role = "GT"
	OtherUser               Role = "OU"
	RegisteredSupplierAgent Role = "RSA"
	MeterDataRetriever      Role = "MDR"
)

// Roles returns all User Roles, in the order in which they are always listed.
func Roles() []Role {
	return []Role{ImportSupplier, GasSupplier, ExportSupplier, ElectricityDistributor, GasTransporter,
		OtherUser, RegisteredSupplierAgent, MeterDataRetriever}
}

// Account is whoever has an allocation: a Service User with all its rows of the
// portfolio or, with PerUser, one of its User IDs.
type Account struct {
	Name        string // the portfolio's, or with PerUser that, a dot and the User ID
	ServiceUser string // the portfolio's account
	DisplayName string // the portfolio's name, or ServiceUser where that is empty; with PerUser also the User ID
	Rows        []Row  // in the portfolio's order
	Weight      allocate.Weight
	Allocation  allocate.Thousandths // of a Service Request per second
	at          place
}

// Row is one User ID in one User Role.
type Row struct {
	UserID    duis.EUI64
	Role      Role
	Portfolio int64
	Party     string
	at        place
}

// Users returns the account's User IDs, each once, in the portfolio's order.
func (a Account) Users() []uint64 {
	users := make([]uint64, 0, len(a.Rows))
	seen := make(map[duis.EUI64]bool, len(a.Rows))
	for _, r := range a.Rows {
		if !seen[r.UserID] {
			users = append(users, uint64(r.UserID))
		}
		seen[r.UserID] = true
	}
	return users
}

// Unknown says what becomes of an originator that the portfolio does not list.
type Unknown string

// Refuse answers such an originator 403; Admit lets it draw on an account named
// Unlisted that has no allocation.
const (
	Refuse Unknown = "refuse"
	Admit  Unknown = "admit"
)

// Unlisted is the name of the account that Admit adds.
const Unlisted = "unlisted"

// Refusal says how a request is refused for traffic.
type Refusal struct {
	Status     int               // HTTP: 503, 429 or 200
	Code       duis.ResponseCode // of the DUIS response that goes with 200; otherwise none
	RetryLeast time.Duration     // bounds of Retry-After, whole seconds
	RetryMost  time.Duration
}

// Journal says how decisions are kept.
type Journal struct {
	OnFailure OnFailure
	Keep      time.Duration // how long a decision is kept at least
}

// OnFailure says what becomes of requests while decisions cannot be recorded.
type OnFailure string

// ForwardOnFailure goes on within the mechanism, with an alarm, and marks the
// gap; RefuseOnFailure answers 503.
const (
	ForwardOnFailure OnFailure = "forward"
	RefuseOnFailure  OnFailure = "refuse"
)

// File is one of the files that a policy is made of.
type File struct {
	Name string // as the policy names it
	Text []byte
}

// Services are the paths of the three DUIS web services.
type Services struct {
	SendCommand string
	NonDevice   string
	Transform   string
}

// Sender is a certificate that may carry requests of accounts beside its own.
// Either Fingerprint or Subject is set.
type Sender struct {
	Fingerprint string // SHA-256 of the certificate, 64 lower-case hex digits
	Subject     string // as crypto/x509/pkix.Name.String writes it
	Accounts    []string
}

// InForce tells whether the policy holds at a time; if not, it will from
// Effective on.
func (p *Policy) InForce(at time.Time) bool { return !at.Before(p.Effective) }

// PortfolioWeights returns what each account's portfolio weighs, by its name, and
// what all weigh together, as decimal numbers: an account's allocation is in
// proportion to it, above the minimum.
func (p *Policy) PortfolioWeights() (each map[string]string, all string) {
	each = make(map[string]string, len(p.Accounts))
	var rows []allocate.Row
	for _, a := range p.Accounts {
		each[a.Name] = a.Weight.String()
		rows = append(rows, p.weighed(a.Rows)...)
	}
	sum, _ := allocate.Weigh(rows) // too many rows were refused when the policy was read
	return each, sum.String()
}

// MinimumRate returns the least that the policy gives to anyone.
func (p *Policy) MinimumRate() traffic.Rate { return perSecond(p.Minimum) }

func perSecond(t allocate.Thousandths) traffic.Rate {
	return traffic.Rate(t) * (traffic.PerSecond / 1000)
}

// RoleShare is what an account has in one User Role.
type RoleShare struct {
	Role       Role
	Portfolio  int64
	Weight     allocate.Weight
	Allocation allocate.Thousandths // the part of the account's allocation attributed to the role
}

// ByRole attributes the allocation of one of the policy's accounts to its User
// Roles, in the order of Roles, in proportion to weight; all of it to the first
// where nothing weighs anything. The attribution is for reading: the mechanism
// knows accounts only.
func (p *Policy) ByRole(a Account) ([]RoleShare, error) {
	var shares []RoleShare
	var parts [][]allocate.Row
	for _, role := range Roles() {
		rows := slices.DeleteFunc(slices.Clone(a.Rows), func(r Row) bool { return r.Role != role })
		if len(rows) == 0 {
			continue
		}
		weighed := p.weighed(rows)
		weight, err := allocate.Weigh(weighed)
		if err != nil {
			return nil, err
		}
		share := RoleShare{Role: role, Weight: weight}
		for _, r := range rows {
			share.Portfolio += r.Portfolio
		}
		shares, parts = append(shares, share), append(parts, weighed)
	}
	allocations, err := allocate.Attribute(a.Allocation, parts)
	if err != nil {
		return nil, err
	}
	for i := range shares {
		shares[i].Allocation = allocations[i]
	}
	return shares, nil
}

func (p *Policy) weighedAll() [][]allocate.Row {
	all := make([][]allocate.Row, len(p.Accounts))
	for i, a := range p.Accounts {
		all[i] = p.weighed(a.Rows)
	}
	return all
}

func (p *Policy) weighed(rows []Row) []allocate.Row {
	weighed := make([]allocate.Row, len(rows))
	for i, r := range rows {
		weighed[i] = allocate.Row{Portfolio: r.Portfolio, Weight: p.Weights[r.Role]}
	}
	return weighed
}
