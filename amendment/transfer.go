package amendment

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"srtm/disk"
	"srtm/policy"
)

// ReadPortfolio reads a portfolio file as a policy would, without one. The error
// is policy.Problems where the file can be read and something is wrong in it.
func ReadPortfolio(path string) (text []byte, accounts []policy.Account, err error) {
	if text, err = disk.ReadFile(path, policy.MaxPortfolio); err != nil {
		return nil, nil, fmt.Errorf("reading the portfolio %s: %w", path, withoutPath(err))
	}
	accounts, err = parsePortfolio(path, text)
	return text, accounts, err
}

func withoutPath(err error) error {
	if e := (*fs.PathError)(nil); errors.As(err, &e) {
		return e.Err
	}
	return err
}

// parsePortfolio reads a portfolio with a policy that has room for any.
func parsePortfolio(path string, text []byte) ([]policy.Account, error) {
	const any = "name: portfolio\ncapacity: 1000000/s\nportfolio: portfolio.csv\n"
	p, err := policy.ParseFiles([]policy.File{
		{Name: filepath.Join(filepath.Dir(path), "policy.yaml"), Text: []byte(any)}, {Name: "portfolio.csv", Text: text},
	})
	if problems := (policy.Problems)(nil); errors.As(err, &problems) {
		problems = slices.Clone(problems)
		for i := range problems {
			if problems[i].File = path; problems[i].Key == "portfolio" && problems[i].Line == 3 {
				problems[i].Line, problems[i].Column, problems[i].Key = 1, 1, ""
			}
		}
		return nil, problems
	}
	if err != nil {
		return nil, err
	}
	return p.Accounts, nil
}

// Transfer is that units of one account become another's, as when a supplier
// failed and another takes its meters on.
type Transfer struct {
	From, To string      // accounts
	Role     policy.Role // empty: every one that From plays
	Units    int64       // 0: all that there are
}

// Moved is how much moved in a User Role, and what From and To then have in it.
type Moved struct {
	Role              policy.Role
	Units, Left, Have int64
}

// Apply returns the portfolio's text with the units moved, and nothing else
// changed: lines, their ends, columns, quotes and spaces stay. Units are taken
// from From's rows in their order, which stay with what is left, and are added to
// To's first row in the same User Role.
func (t Transfer) Apply(path string, text []byte) ([]byte, []Moved, error) {
	accounts, err := parsePortfolio(path, text)
	if err != nil {
		return nil, nil, err
	}
	moves, err := t.plan(accounts)
	if err != nil {
		return nil, nil, err
	}
	edited, err := t.edit(text, moves)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	if _, err := parsePortfolio(path, edited); err != nil {
		return nil, nil, fmt.Errorf("the portfolio would not be right: %w", err)
	}
	return edited, moves, nil
}

// plan finds how much moves in each User Role.
func (t Transfer) plan(accounts []policy.Account) ([]Moved, error) {
	from, to := t.account(accounts, t.From), t.account(accounts, t.To)
	switch {
	case from == nil || to == nil:
		name := t.From
		if from != nil {
			name = t.To
		}
		return nil, fmt.Errorf("the portfolio has no account %.100q; write the name of one that it has", name)
	case t.From == t.To:
		return nil, fmt.Errorf("%s and %s are one account; name two", t.From, t.To)
	case t.Units < 0:
		return nil, fmt.Errorf("%d units cannot be moved; write a number above 0", t.Units)
	case t.Role != "" && !slices.Contains(policy.Roles(), t.Role):
		return nil, fmt.Errorf("%.100q is not a User Role; write one of %v", t.Role, policy.Roles())
	}
	var moves []Moved
	for _, role := range policy.Roles() {
		if there, plays := sum(from, role); plays && there > 0 && (t.Role == "" || t.Role == role) {
			moves = append(moves, Moved{Role: role, Units: there})
		}
	}
	if err := t.limit(moves); err != nil {
		return nil, err
	}
	for i := range moves {
		m := &moves[i]
		have, plays := sum(to, m.Role)
		if !plays {
			return nil, fmt.Errorf("%s has no row as %s; add one with its User ID in that User Role and portfolio 0, and repeat", t.To, m.Role)
		}
		there, _ := sum(from, m.Role)
		m.Left, m.Have = there-m.Units, have+m.Units
	}
	return moves, nil
}

// limit applies Units.
func (t Transfer) limit(moves []Moved) error {
	as := ""
	if t.Role != "" {
		as = " as " + string(t.Role)
	}
	switch {
	case len(moves) == 0:
		return fmt.Errorf("%s has nothing%s to transfer; its portfolio is 0 there", t.From, as)
	case t.Units == 0:
		return nil
	case len(moves) > 1:
		return fmt.Errorf("%s has a portfolio in %d User Roles; say in which of them %d units are to move", t.From, len(moves), t.Units)
	case t.Units > moves[0].Units:
		return fmt.Errorf("%s has %d units as %s, fewer than %d; move at most those", t.From, moves[0].Units, moves[0].Role, t.Units)
	}
	moves[0].Units = t.Units
	return nil
}

func (t Transfer) account(accounts []policy.Account, name string) *policy.Account {
	if i := slices.IndexFunc(accounts, func(a policy.Account) bool { return a.Name == name }); i >= 0 {
		return &accounts[i]
	}
	return nil
}

func sum(a *policy.Account, role policy.Role) (units int64, plays bool) {
	for _, r := range a.Rows {
		if r.Role == role {
			units, plays = units+r.Portfolio, true
		}
	}
	return units, plays
}

// edit rewrites the numbers of the rows concerned, in their places.
func (t Transfer) edit(text []byte, moves []Moved) ([]byte, error) {
	take, give := map[policy.Role]int64{}, map[policy.Role]int64{}
	for _, m := range moves {
		take[m.Role], give[m.Role] = m.Units, m.Units
	}
	body := bytes.TrimPrefix(text, []byte("\uFEFF"))
	edited := bytes.NewBuffer(bytes.Clone(text[:len(text)-len(body)]))
	done := 0
	err := eachRow(body, func(row portfolioRow) {
		units := row.units
		switch row.account {
		case t.From:
			n := min(units, take[row.role])
			units, take[row.role] = units-n, take[row.role]-n
		case t.To:
			units, give[row.role] = units+give[row.role], 0
		}
		if units != row.units {
			edited.Write(body[done:row.begin])
			edited.WriteString(strconv.FormatInt(units, 10))
			done = row.end
		}
	})
	edited.Write(body[done:])
	return edited.Bytes(), err
}

// portfolioRow is a row of a portfolio file, and where in the text its number is.
type portfolioRow struct {
	account    string
	role       policy.Role
	units      int64
	begin, end int
}

// eachRow gives the rows of a portfolio that is known to be right.
func eachRow(text []byte, row func(portfolioRow)) error {
	r := csv.NewReader(bytes.NewReader(text))
	header, err := r.Read()
	if err != nil {
		return err
	}
	column := map[string]int{}
	for i, name := range header {
		column[strings.TrimSpace(name)] = i
	}
	lines := []int{0, 0} // where each begins; they count from 1
	for i, b := range text {
		if b == '\n' {
			lines = append(lines, i+1)
		}
	}
	for {
		record, err := r.Read()
		if record == nil {
			return nil
		}
		if err != nil {
			return err
		}
		at := func(name string) string { return strings.TrimSpace(record[column[name]]) }
		units, err := strconv.ParseInt(at("portfolio"), 10, 64)
		if err != nil {
			return err
		}
		line, col := r.FieldPos(column["portfolio"])
		begin, end := number(text, lines[line]+col-1)
		row(portfolioRow{at("account"), policy.Role(at("role")), units, begin, end})
	}
}

// number finds the digits of the field that begins at a place.
func number(text []byte, at int) (begin, end int) {
	digit := func(b byte) bool { return b >= '0' && b <= '9' }
	for begin = at; begin < len(text) && !digit(text[begin]); begin++ {
	}
	for end = begin; end < len(text) && digit(text[end]); end++ {
	}
	return begin, end
}
