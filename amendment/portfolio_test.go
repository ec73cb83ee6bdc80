package amendment

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"srtm/policy"
)

const columns = "account,name,user_id,role,portfolio\n"

func read(t testing.TB, rows string) []policy.Account {
	t.Helper()
	accounts, err := parsePortfolio("portfolio.csv", []byte(columns+rows))
	if err != nil {
		t.Fatal(err)
	}
	return accounts
}

// row writes a row for the n-th User ID.
func row(account string, n int, role string, units int) string {
	return fmt.Sprintf("%s,,90-B3-D5-1F-30-00-00-%02X,%s,%d\n", account, n, role, units)
}

// TestQuestions has a row for each thing that is asked, and for what is just
// below it.
func TestQuestions(t *testing.T) {
	big := row("BIG", 99, "IS", 1_000_000) + row("BIG", 98, "GS", 1_000_000) // so that totals hardly change
	for _, c := range []struct {
		rule, old, new string
		want           []string
	}{
		{"nothing changed", row("A", 1, "IS", 10), row("A", 1, "IS", 10), nil},
		{"an account vanished", row("A", 1, "IS", 10) + row("A", 2, "GS", 3), "", []string{"A vanished; it had 10 as IS, 3 as GS"}},
		{"half as many", row("A", 1, "IS", 10), row("A", 1, "IS", 5), []string{"the portfolio of A as IS goes from 10 to 5"}},
		{"a little less than that", row("A", 1, "IS", 10), row("A", 1, "IS", 6), nil},
		{"half as many again", row("A", 1, "IS", 10), row("A", 1, "IS", 15), []string{"the portfolio of A as IS goes from 10 to 15"}},
		{"not quite", row("A", 1, "IS", 10), row("A", 1, "IS", 14), nil},
		{"to nothing", row("A", 1, "IS", 1), row("A", 1, "IS", 0), []string{"the portfolio of A as IS goes from 1 to 0"}},
		{"from nothing", row("A", 1, "IS", 0), row("A", 1, "IS", 1), []string{"the portfolio of A as IS goes from 0 to 1"}},
		{"in one of two roles", row("A", 1, "IS", 100) + row("A", 1, "GS", 4), row("A", 1, "IS", 100) + row("A", 1, "GS", 8), []string{"the portfolio of A as GS goes from 4 to 8"}},
		{"another role", row("A", 1, "IS", 100), row("A", 1, "GS", 100), []string{"the portfolio of A as IS goes from 100 to 0", "the portfolio of A as GS goes from 0 to 100"}},
		{"between User IDs of one account", row("A", 1, "IS", 10) + row("A", 2, "IS", 0), row("A", 1, "IS", 0) + row("A", 2, "IS", 10), nil},
		{"a User ID moved", row("A", 1, "IS", 10) + row("A", 2, "IS", 0) + row("B", 3, "IS", 10), row("A", 1, "IS", 10) + row("B", 3, "IS", 10) + row("B", 2, "IS", 0),
			[]string{"the User ID 90-B3-D5-1F-30-00-00-02 moves from A to B"}},
		{"a User ID went", row("A", 1, "IS", 10) + row("A", 2, "IS", 0), row("A", 1, "IS", 10), []string{"the User ID 90-B3-D5-1F-30-00-00-02 of A is not listed any more"}},
		{"an account came", "", row("A", 1, "IS", 10), nil},
		{"a total changed by a tenth", row("A", 1, "ED", 80) + row("B", 2, "ED", 20), row("A", 1, "ED", 71) + row("B", 2, "ED", 19), []string{"all portfolios as ED together go from 100 to 90"}},
		{"a total changed by less", row("A", 1, "ED", 80) + row("B", 2, "ED", 20), row("A", 1, "ED", 71) + row("B", 2, "ED", 20), nil},
	} {
		t.Run(c.rule, func(t *testing.T) {
			var got []string
			for _, q := range ComparePortfolios(read(t, big+c.old), read(t, big+c.new)).Questions {
				got = append(got, q.Text)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%q", got)
			}
		})
	}
}

func TestComparisonIsTheSameHoweverAllocationsAreDivided(t *testing.T) {
	rows := row("A", 1, "IS", 10) + row("A", 2, "IS", 20)
	user := made(t, "per user", "allocation: {per: user}", rows).Accounts
	if len(user) != 2 {
		t.Fatal(len(user))
	}
	if c := ComparePortfolios(read(t, rows), user); len(c.Questions)+len(c.Came) > 0 || len(c.Totals) != 1 || c.Totals[0] != (Total{"IS", 30, 30}) {
		t.Errorf("%+v", c)
	}
}

// TestTransfer has a row for each thing that a transfer does or refuses.
func TestTransfer(t *testing.T) {
	both := row("A", 1, "IS", 100) + row("A", 2, "GS", 30) + row("B", 3, "GS", 0) + row("B", 4, "IS", 7)
	for _, c := range []struct {
		rule, rows string
		Transfer
		want string // rows; or
		err  string
	}{
		{rule: "all that there is, in every role", rows: both, want: row("A", 1, "IS", 0) + row("A", 2, "GS", 0) + row("B", 3, "GS", 30) + row("B", 4, "IS", 107)},
		{rule: "in one role", rows: both, Transfer: Transfer{Role: "GS"}, want: row("A", 1, "IS", 100) + row("A", 2, "GS", 0) + row("B", 3, "GS", 30) + row("B", 4, "IS", 7)},
		{rule: "so many", rows: both, Transfer: Transfer{Role: "IS", Units: 99}, want: row("A", 1, "IS", 1) + row("A", 2, "GS", 30) + row("B", 3, "GS", 0) + row("B", 4, "IS", 106)},
		{rule: "from several rows to the first", rows: row("B", 1, "IS", 1) + row("A", 2, "IS", 10) + row("A", 3, "IS", 20) + row("B", 4, "IS", 2), Transfer: Transfer{Units: 15},
			want: row("B", 1, "IS", 16) + row("A", 2, "IS", 0) + row("A", 3, "IS", 15) + row("B", 4, "IS", 2)},
		{rule: "a role of which there is nothing needs no row", rows: row("A", 1, "IS", 1) + row("A", 1, "GS", 0) + row("B", 2, "IS", 0), want: row("A", 1, "IS", 0) + row("A", 1, "GS", 0) + row("B", 2, "IS", 1)},
		{rule: "no row to add to", rows: row("A", 1, "IS", 1) + row("B", 2, "GS", 0), err: "B has no row as IS; add one with its User ID in that User Role and portfolio 0, and repeat"},
		{rule: "more than there is", rows: both, Transfer: Transfer{Role: "IS", Units: 101}, err: "A has 100 units as IS, fewer than 101"},
		{rule: "so many of which", rows: both, Transfer: Transfer{Units: 5}, err: "A has a portfolio in 2 User Roles; say in which of them 5 units are to move"},
		{rule: "less than nothing", rows: both, Transfer: Transfer{Units: -5}, err: "-5 units cannot be moved"},
		{rule: "nothing", rows: both, Transfer: Transfer{Role: "ED"}, err: "A has nothing as ED to transfer"},
		{rule: "no such role", rows: both, Transfer: Transfer{Role: "XX"}, err: `"XX" is not a User Role`},
		{rule: "nobody's", rows: both, Transfer: Transfer{From: "C"}, err: `has no account "C"`},
		{rule: "to nobody", rows: both, Transfer: Transfer{To: "C"}, err: `has no account "C"`},
		{rule: "to itself", rows: both, Transfer: Transfer{To: "A"}, err: "are one account"},
		{rule: "more than a row can hold", rows: row("A", 1, "IS", 10_000_000_000) + row("B", 2, "IS", 1), err: "the portfolio would not be right"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if c.From == "" {
				c.From = "A"
			}
			if c.To == "" {
				c.To = "B"
			}
			got, _, err := c.Apply("portfolio.csv", []byte(columns+c.rows))
			if c.err != "" {
				if err == nil {
					t.Fatal("it was done")
				}
				containsAll(t, err.Error(), c.err)
				return
			}
			if err != nil || string(got) != columns+c.want {
				t.Errorf("%v\n%s", err, got)
			}
		})
	}
}

func TestTransferChangesNothingElse(t *testing.T) {
	text := "\uFEFFportfolio, account ,\"user_id\",role,name,party\r\n\r\n\"100\",A,90-B3-D5-1F-30-00-00-01,IS,\"Alpha, \"\"the\"\" 100\",P\r\n 0020 , A ,90-B3-D5-1F-30-00-00-02,GS,\"Alpha, \"\"the\"\" 100\",P\r\n7,B,90-b3-d5-1f-30-00-00-03,IS,,Q\r\n0,B,90-b3-d5-1f-30-00-00-03,GS,,Q"
	want := strings.NewReplacer("\"100\",A", "\"0\",A", " 0020 ,", " 0 ,", "7,B", "107,B", "\r\n0,B", "\r\n20,B").Replace(text)
	got, moves, err := Transfer{From: "A", To: "B"}.Apply("portfolio.csv", []byte(text))
	if err != nil || string(got) != want {
		t.Errorf("%v\n%q", err, got)
	}
	if !slices.Equal(moves, []Moved{{"IS", 100, 0, 107}, {"GS", 20, 0, 20}}) {
		t.Errorf("%+v", moves)
	}
}

func TestReadPortfolio(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "mine.csv")
	if _, _, err := ReadPortfolio(path); err == nil || !strings.Contains(err.Error(), "reading the portfolio "+path) {
		t.Error(err)
	}
	if _, _, err := ReadPortfolio(dir); err == nil || !strings.Contains(err.Error(), "it is not a file") {
		t.Error(err)
	}
	for rows, want := range map[string]string{
		row("A", 1, "XX", 1): path + ":2:28: role: \"XX\" is not a User Role",
		row("A", 1, "IS", 0): path + ":1:1: every account weighs nothing",
	} {
		if err := os.WriteFile(path, []byte(columns+rows), 0o600); err != nil {
			t.Fatal(err)
		}
		_, _, err := ReadPortfolio(path)
		if err == nil {
			t.Fatal("it was read")
		}
		containsAll(t, err.Error(), want)
	}
}

// FuzzTransfer: whatever is in a portfolio, a transfer is an error or leaves the
// sum in each User Role and everybody else's rows as they were.
func FuzzTransfer(f *testing.F) {
	f.Add([]byte(columns+row("A", 1, "IS", 100)+row("A", 2, "GS", 30)+row("B", 3, "GS", 0)+row("B", 4, "IS", 7)+row("C", 5, "IS", 1)), int64(0))
	f.Add([]byte("\uFEFFportfolio, account ,\"user_id\",role,name\r\n\r\n\"100\",A,90-B3-D5-1F-30-00-00-01,IS,\"Alpha, 100\"\r\n 7 ,B,90-B3-D5-1F-30-00-00-03,IS,"), int64(40))
	f.Fuzz(func(t *testing.T, text []byte, units int64) {
		edited, moves, err := Transfer{From: "A", To: "B", Units: units}.Apply("portfolio.csv", text)
		if err != nil {
			return
		}
		old, err := parsePortfolio("portfolio.csv", text)
		if err != nil {
			t.Fatal(err)
		}
		new, err := parsePortfolio("portfolio.csv", edited)
		if err != nil {
			t.Fatal(err)
		}
		was, is := holders(old), holders(new)
		for _, m := range moves {
			if was.all[m.Role] != is.all[m.Role] || is.units["A"][m.Role] != m.Left || is.units["B"][m.Role] != m.Have || m.Left != was.units["A"][m.Role]-m.Units || m.Units <= 0 {
				t.Errorf("%+v: %v, then %v", m, was.units, is.units)
			}
		}
		for i := range old {
			if a, b := old[i], new[i]; a.Name != "A" && a.Name != "B" && fmt.Sprint(a.Rows) != fmt.Sprint(b.Rows) {
				t.Errorf("%v became %v", a, b)
			}
		}
		digits := []byte("0123456789")
		strip := func(text []byte) string {
			return string(bytes.Map(func(r rune) rune {
				if bytes.ContainsRune(digits, r) {
					return -1
				}
				return r
			}, text))
		}
		if strip(text) != strip(edited) {
			t.Errorf("more than numbers changed: %q, then %q", text, edited)
		}
	})
}
