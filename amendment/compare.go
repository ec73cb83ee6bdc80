package amendment

import (
	"fmt"
	"strings"

	"srtm/policy"
)

// Comparison is in what a portfolio differs from the one before it.
type Comparison struct {
	Questions []Question // what may be a mistake
	Came      []string   // Service Users that were not there, in the new one's order
	Totals    []Total    // of every User Role that either has, in the order of policy.Roles
}

// Total is what all accounts have together in a User Role.
type Total struct {
	Role     policy.Role
	Old, New int64
}

// ComparePortfolios asks about what is seldom meant: a Service User or a User ID
// that vanished; a User ID that moved to another; a Service User's portfolio in a
// User Role that changed by half or more, up or down, also from or to nothing; a
// User Role's total that changed by a tenth or more, or from nothing. A Service
// User is all its User IDs, however allocations are divided.
func ComparePortfolios(old, new []policy.Account) Comparison {
	was, is := holders(old), holders(new)
	var c Comparison
	for _, name := range was.names {
		if is.units[name] == nil {
			c.ask(name, "%s vanished; it had %s", name, was.units[name])
			continue
		}
		for _, role := range policy.Roles() {
			if a, b := was.units[name][role], is.units[name][role]; changedBy(a, b, 2) {
				c.ask(name, "the portfolio of %s as %s goes from %d to %d", name, role, a, b)
			}
		}
	}
	c.users(was, is)
	for _, name := range is.names {
		if was.units[name] == nil {
			c.Came = append(c.Came, name)
		}
	}
	for _, role := range policy.Roles() {
		if !was.all.plays(role) && !is.all.plays(role) {
			continue
		}
		t := Total{role, was.all[role], is.all[role]}
		c.Totals = append(c.Totals, t)
		if changedBy(t.Old, t.New, 10) {
			c.ask("", "all portfolios as %s together go from %d to %d", role, t.Old, t.New)
		}
	}
	return c
}

// users asks about User IDs that moved, or went while their Service User stayed.
func (c *Comparison) users(was, is *portfolio) {
	for _, user := range was.users {
		owner, now := was.owners[user], is.owners[user]
		switch {
		case now == "" && is.units[owner] != nil:
			c.ask(owner, "the User ID %s of %s is not listed any more", user, owner)
		case now != "" && now != owner:
			c.ask(owner, "the User ID %s moves from %s to %s", user, owner, now)
		}
	}
}

func (c *Comparison) ask(account, format string, args ...any) {
	c.Questions = append(c.Questions, Question{account, fmt.Sprintf(format, args...)})
}

// changedBy tells whether a number changed by at least a part of what it was.
func changedBy(old, new, part int64) bool {
	return old != new && max(old-new, new-old)*part >= old // 10¹⁶ units at most: no overflow
}

// portfolio is a portfolio by Service User.
type portfolio struct {
	names  []string // in its order
	units  map[string]units
	users  []string // User IDs, in its order
	owners map[string]string
	all    units
}

// units is how much there is in each User Role.
type units map[policy.Role]int64

func (u units) plays(role policy.Role) bool {
	_, ok := u[role]
	return ok
}

// String writes them in the order of policy.Roles.
func (u units) String() string {
	var parts []string
	for _, role := range policy.Roles() {
		if u.plays(role) {
			parts = append(parts, fmt.Sprintf("%d as %s", u[role], role))
		}
	}
	return strings.Join(parts, ", ")
}

func holders(accounts []policy.Account) *portfolio {
	p := &portfolio{units: map[string]units{}, owners: map[string]string{}, all: units{}}
	for _, a := range accounts {
		if p.units[a.ServiceUser] == nil {
			p.units[a.ServiceUser] = units{}
			p.names = append(p.names, a.ServiceUser)
		}
		for _, r := range a.Rows {
			user := r.UserID.String()
			if _, seen := p.owners[user]; !seen {
				p.users = append(p.users, user)
			}
			p.owners[user] = a.ServiceUser
			p.units[a.ServiceUser][r.Role] += r.Portfolio
			p.all[r.Role] += r.Portfolio
		}
	}
	return p
}
