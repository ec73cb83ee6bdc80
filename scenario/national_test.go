package scenario

import (
	"encoding/csv"
	"flag"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
)

var write = flag.Bool("write", false, "write scenarios/national/portfolio.csv anew: go test ./scenario -run TestNationalPortfolio -write")

const nationalPortfolio = "../scenarios/national/portfolio.csv"

// portfolioRow is what one User ID looks after, before it is rounded.
type portfolioRow struct {
	role  string
	units float64
}

// family is a row of accounts of one kind, the largest first. Units fall by a
// constant factor from the first account to the last.
type family struct {
	stem, trade string
	digits, n   int
	rows        func(i int, share float64) []portfolioRow // share: 0 for the first, 1 for the last
}

// fall is a number that falls from one to another by a constant factor.
func fall(from, to, share float64) float64 { return from * math.Pow(to/from, share) }

// families are the 200 Service Users. No public file gives portfolios: the shape
// is meant to be like Great Britain's (few giants, a long tail, networks that
// cover everybody, users without a portfolio) and the figures are invented.
func families() []family {
	nobody := func(role string) func(int, float64) []portfolioRow {
		return func(int, float64) []portfolioRow { return []portfolioRow{{role, 0}} }
	}
	return []family{
		{"LARGE-", "Energy", 1, 7, func(_ int, x float64) []portfolioRow {
			imports := fall(7e6, 1.5e6, x)
			return []portfolioRow{{"IS", imports}, {"GS", fall(5e6, 1e6, x)}, {"ES", imports / 10}}
		}},
		{"SUPPLIER-", "Supply", 3, 100, func(i int, x float64) []portfolioRow {
			imports := fall(800e3, 500, x)
			rows := []portfolioRow{{"IS", imports}, {"GS", imports * 0.7}}
			if i%5 == 0 {
				rows = append(rows, portfolioRow{"ES", imports / 20})
			}
			return rows
		}},
		{"POWER-", "Power Networks", 2, 14, func(_ int, x float64) []portfolioRow { return []portfolioRow{{"ED", fall(3.9e6, 1e6, x)}} }},
		{"GAS-", "Gas Networks", 1, 8, func(_ int, x float64) []portfolioRow { return []portfolioRow{{"GT", fall(4e6, 1.5e6, x)}} }},
		{"AGENT-", "Metering", 2, 25, nobody("RSA")},
		{"OTHER-", "Services", 2, 46, nobody("OU")},
	}
}

// name is an invented one, another for each of 200.
func name(i int) string {
	first := strings.Fields("Alder Bram Carrow Dun Ember Farn Glaze Hollin Isen Jarrow Kestle Lark Marl Nether Orrin Pell Quarn Ryd Stell Thorn")
	second := strings.Fields("mere ford wick holt dale combe hurst beck moor stow")
	return first[i%20] + second[(i/20+i)%10]
}

// portfolio writes the national portfolio.
func portfolio() string {
	var b strings.Builder
	b.WriteString("account,name,user_id,role,portfolio\n")
	number := 0
	for _, f := range families() {
		for i := range f.n {
			for role, r := range f.rows(i, float64(i)/float64(f.n-1)) {
				label := ""
				if role == 0 {
					label = name(number) + " " + f.trade
				}
				fmt.Fprintf(&b, "%s%0*d,%s,90-B3-D5-1F-31-%02X-%02X-00,%s,%.0f\n", f.stem, f.digits, i+1, label, number, role, r.role, r.units)
			}
			number++
		}
	}
	return b.String()
}

func TestNationalPortfolio(t *testing.T) {
	want := portfolio()
	if *write {
		if err := os.WriteFile(nationalPortfolio, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(nationalPortfolio)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what this test makes; write it anew with -write", nationalPortfolio)
	}
}

// units adds up each account's metering points in the roles of a supplier of
// imports and gas, or of a network.
func units(t *testing.T) map[string]float64 {
	rows, err := csv.NewReader(strings.NewReader(portfolio())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	sum := map[string]float64{}
	names := map[string]bool{}
	for _, row := range rows[1:] {
		var n float64
		if _, err := fmt.Sscan(row[4], &n); err != nil {
			t.Fatal(err)
		}
		if row[3] == "ES" {
			n = 0
		}
		sum[row[0]] += n
		if row[1] != "" && names[row[1]] {
			t.Errorf("two accounts have the name %s", row[1])
		}
		names[row[1]] = true
	}
	return sum
}
