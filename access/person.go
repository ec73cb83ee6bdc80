package access

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Role is what somebody is to this system.
type Role string

// The roles. ServiceUser stands alone and belongs to one account; all others see
// every account's numbers.
const (
	Viewer       Role = "viewer"
	Operator     Role = "operator"
	Approver     Role = "approver"
	Investigator Role = "investigator"
	ServiceUser  Role = "service-user"
)

// Right is something that a Person may or may not.
type Right string

// The rights.
const (
	See         Right = "see"         // totals, the state, and the numbers of one's own account
	SeeAll      Right = "see-all"     // every Service User's numbers
	Operate     Right = "operate"     // act by hand, propose policies
	Approve     Right = "approve"     // approve what another person proposed
	Investigate Right = "investigate" // single Service Requests: explanations, RequestIDs, targets, bundles
)

// grants says what each role may, and is the only place that does.
func grants(r Role) []Right {
	switch r {
	case Viewer:
		return []Right{See, SeeAll}
	case Operator:
		return []Right{See, SeeAll, Operate}
	case Approver:
		return []Right{See, SeeAll, Approve}
	case Investigator:
		return []Right{See, SeeAll, Investigate}
	case ServiceUser:
		return []Right{See}
	}
	return nil
}

// Roles returns all roles.
func Roles() []Role { return []Role{Viewer, Operator, Approver, Investigator, ServiceUser} }

// Means is how a Person was identified.
type Means string

// The means.
const (
	ByPassword    Means = "password"
	ByOpenID      Means = "openid"
	ByCertificate Means = "certificate"
	ByToken       Means = "token"
)

// Person is somebody, or a program, that was identified. The zero Person may
// nothing.
type Person struct {
	Name    string // unique over all Means; goes into records
	Roles   []Role
	Account string // whose numbers a ServiceUser sees; empty for all others
	By      Means
}

// May says whether one of the person's roles grants right.
func (p Person) May(right Right) bool {
	if !p.sound() {
		return false
	}
	return slices.ContainsFunc(p.Roles, func(r Role) bool { return slices.Contains(grants(r), right) })
}

// MaySee says whether the person may see account's numbers: anybody's with
// SeeAll, and else its own.
func (p Person) MaySee(account string) bool {
	return p.May(SeeAll) || p.May(See) && account != "" && account == p.Account
}

// sound says whether roles and account fit together; a Person of whom they do
// not, however it came to be, may nothing.
func (p Person) sound() bool { return checkRoles(p.Roles, p.Account) == nil }

// checkRoles says what is wrong with roles and account of one person or token.
func checkRoles(roles []Role, account string) error {
	if len(roles) == 0 {
		return fmt.Errorf("no role: give at least one of %s", roleList())
	}
	for i, r := range roles {
		if grants(r) == nil {
			return fmt.Errorf("no role %.40q: give %s", r, roleList())
		}
		if slices.Contains(roles[:i], r) {
			return fmt.Errorf("the role %s is given twice", r)
		}
	}
	switch own := slices.Contains(roles, ServiceUser); {
	case own && len(roles) > 1:
		return fmt.Errorf("the role %s goes with no other: it sees one account, all others see every account", ServiceUser)
	case own && account == "":
		return fmt.Errorf("the role %s needs an account: whose numbers are seen?", ServiceUser)
	case !own && account != "":
		return fmt.Errorf("the account %.40q goes with the role %s only", account, ServiceUser)
	case own:
		return checkAccount(account)
	}
	return nil
}

func roleList() string {
	var all []string
	for _, r := range Roles() {
		all = append(all, string(r))
	}
	return strings.Join(all, ", ")
}

// seat is what the context has: a Person and by what it was identified, so that
// it can be asked again whether that still holds.
type seat struct {
	person Person
	proof  func() bool // nil: nothing to ask
}

type seatKey struct{}

// From returns the Person that Identify, or With, put into a context.
func From(ctx context.Context) (Person, bool) {
	s, ok := ctx.Value(seatKey{}).(seat)
	return s.person, ok
}

// With returns a context in which From finds p.
func With(ctx context.Context, p Person) context.Context {
	return context.WithValue(ctx, seatKey{}, seat{person: p})
}

// Still says whether the Person in ctx would be identified again: its session or
// token has neither ended nor expired since. It renews nothing. Whoever answers a
// request for long, such as with a stream of events, asks it again and again.
// Without a Person it is false; for one put there by With, true.
func Still(ctx context.Context) bool {
	s, ok := ctx.Value(seatKey{}).(seat)
	return ok && (s.proof == nil || s.proof())
}
