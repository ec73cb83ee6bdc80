package policy

import (
	"fmt"

	"srtm/allocate"
	"srtm/duis"
)

// portfolioFile collects the accounts of a portfolio file.
type portfolioFile struct {
	table    *table
	accounts []Account
	byName   map[string]int
	owners   map[duis.EUI64]int // the account of each User ID
	lines    map[userRole]int   // where each User ID in a User Role stands
}

type userRole struct {
	user duis.EUI64
	role Role
}

func portfolioColumns() columns {
	return columns{[]string{"account", "name", "user_id", "role", "portfolio"}, []string{"party"}}
}

// parsePortfolio reads a portfolio file and returns its accounts, in order of
// first appearance, without weights and allocations.
func parsePortfolio(text []byte, found *findings) []Account {
	t := openTable(text, portfolioColumns(), found)
	if t == nil {
		return nil
	}
	f := &portfolioFile{t, nil, make(map[string]int), make(map[duis.EUI64]int), make(map[userRole]int)}
	rows := 0
	for t.next() {
		if rows++; rows > allocate.MaxRows || len(f.accounts) > allocate.MaxAccounts {
			t.found.add(t.at(0), "", fmt.Sprintf("there are more than %d rows or %d accounts", allocate.MaxRows, allocate.MaxAccounts), "shorten the file")
			return nil
		}
		f.row()
	}
	if rows == 0 && !found.any() {
		found.add(top(), "", "the portfolio lists nobody", "write one row for each User ID in a User Role")
	}
	for i := range f.accounts {
		if f.accounts[i].DisplayName == "" {
			f.accounts[i].DisplayName = f.accounts[i].Name
		}
	}
	return f.accounts
}

// row reads one line. A line with a fault counts as far as it can be read, so
// that it does not make others look wrong.
func (f *portfolioFile) row() {
	t := f.table
	name, named := cellOf(t, "account", parseAccount)
	display, _ := cellOf(t, "name", optional(parseLabel))
	user, known := cellOf(t, "user_id", parseUserID)
	role, played := cellOf(t, "role", parseRole)
	units, _ := cellOf(t, "portfolio", parseUnits)
	party, _ := cellOf(t, "party", optional(parseLabel))
	if !named {
		return
	}
	i := f.account(name)
	f.display(&f.accounts[i], display)
	if known && f.claim(user, i) && played && f.once(userRole{user, role}) {
		a := &f.accounts[i]
		a.Rows = append(a.Rows, Row{user, role, units, party, t.at(t.columns["user_id"])})
	}
}

func (f *portfolioFile) account(name string) int {
	i, ok := f.byName[name]
	if !ok {
		i = len(f.accounts)
		f.byName[name] = i
		f.accounts = append(f.accounts, Account{Name: name, ServiceUser: name, at: f.table.at(f.table.columns["account"])})
	}
	return i
}

func (f *portfolioFile) display(a *Account, name string) {
	if a.DisplayName == "" {
		a.DisplayName = name
	}
	if name != "" && name != a.DisplayName {
		f.table.wrong("name", &flaw{fmt.Sprintf("account %s is called %s here and %s before", a.Name, quoted(name), quoted(a.DisplayName)),
			"give it the same name in all its rows, or leave it empty"})
	}
}

// claim takes a User ID for account i and reports it where another has it.
func (f *portfolioFile) claim(user duis.EUI64, i int) bool {
	owner, taken := f.owners[user]
	if taken && owner != i {
		f.table.wrong("user_id", &flaw{fmt.Sprintf("%v belongs to account %s already", user, f.accounts[owner].Name),
			"a User ID belongs to one account"})
		return false
	}
	f.owners[user] = i
	return true
}

func (f *portfolioFile) once(key userRole) bool {
	if line, twice := f.lines[key]; twice {
		f.table.wrong("role", &flaw{fmt.Sprintf("%v in User Role %s is there twice, first in line %d", key.user, key.role, line), "keep one row and add the portfolios up"})
		return false
	}
	f.lines[key] = f.table.at(0).line
	return true
}

func parseUserID(s string) (duis.EUI64, *flaw) {
	id, err := duis.ParseEUI64(s)
	if err != nil {
		return 0, &flaw{quoted(s) + " is not a User ID", "write eight hexadecimal octets joined by -, such as 90-B3-D5-1F-30-01-00-00"}
	}
	return id, nil
}

func parseUnits(s string) (int64, *flaw) {
	if digits(s, 11) && atoi(s) <= allocate.MaxPortfolio {
		return atoi(s), nil
	}
	return 0, &flaw{quoted(s) + " is not a portfolio", fmt.Sprintf("write a whole number from 0 to %d", int64(allocate.MaxPortfolio))}
}

// optional makes of a parser one that takes nothing for the zero value.
func optional[T any](parse func(string) (T, *flaw)) func(string) (T, *flaw) {
	return func(s string) (v T, f *flaw) {
		if s == "" {
			return v, nil
		}
		return parse(s)
	}
}
