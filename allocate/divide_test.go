package allocate_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"srtm/allocate"
)

// units gives each account one row of so many units of weight 1.
func units(portfolios ...int64) [][]allocate.Row {
	accounts := make([][]allocate.Row, len(portfolios))
	for i, p := range portfolios {
		accounts[i] = []allocate.Row{{Portfolio: p, Weight: 1000}}
	}
	return accounts
}

func TestDivide(t *testing.T) {
	type th = []allocate.Thousandths
	for _, c := range []struct {
		rule     string
		total    allocate.Thousandths
		minimum  allocate.Thousandths
		accounts [][]allocate.Row
		want     th
	}{
		{"allocations are in proportion to portfolio", 1_800_000, 0, units(6, 3, 1), th{1_080_000, 540_000, 180_000}},
		{"one account has all", 1234, 0, units(5), th{1234}},
		{"an account without a portfolio gets nothing", 1000, 0, units(1, 0), th{1000, 0}},
		{"an account without rows gets nothing", 1000, 0, [][]allocate.Row{{}, {{Portfolio: 1, Weight: 1}}}, th{0, 1000}},
		{"an account without a portfolio gets the minimum", 1000, 100, units(1, 0), th{900, 100}},
		{"what is left over goes to the largest fraction", 100, 0, units(1, 2), th{33, 67}},
		{"among equal fractions the earlier account gets it", 100, 0, units(1, 1, 1), th{34, 33, 33}},
		{"equal fractions of unequal accounts count as equal", 2, 0, units(1, 3), th{1, 1}},
		{"who would fall below the minimum is raised to it", 100, 10, units(1, 49, 50), th{10, 45, 45}},
		{"who comes below it because others were raised is raised too", 100, 20, units(1, 1, 22, 76), th{20, 20, 20, 40}},
		{"who comes out at just the minimum is not a special case", 100, 25, units(1, 1, 1, 1), th{25, 25, 25, 25}},
		{"when all must have the minimum the heaviest gets no more", 100, 50, units(1, 1_000_000), th{50, 50}},
		{"a weight of a tenth counts a tenth", 1100, 0, [][]allocate.Row{{{Portfolio: 10, Weight: 100}}, {{Portfolio: 10, Weight: 1000}}}, th{100, 1000}},
		{"an account is all its rows", 100, 0, [][]allocate.Row{{{Portfolio: 1, Weight: 1000}, {Portfolio: 2, Weight: 500}}, {{Portfolio: 2, Weight: 1000}}}, th{50, 50}},
		{"nothing divided is nothing for everybody", 0, 0, units(1, 2), th{0, 0}},
		{"the largest portfolios and weights are exact", 9, 0, [][]allocate.Row{
			slices.Repeat([]allocate.Row{{Portfolio: allocate.MaxPortfolio, Weight: allocate.MaxWeight}}, 100_000),
			slices.Repeat([]allocate.Row{{Portfolio: allocate.MaxPortfolio, Weight: allocate.MaxWeight}}, 200_000),
		}, th{3, 6}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			got, err := allocate.Divide(c.total, c.minimum, c.accounts)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("Divide gives %v, want %v", got, c.want)
			}
		})
	}
}

func TestDivideRefuses(t *testing.T) {
	for _, c := range []struct {
		rule     string
		total    allocate.Thousandths
		minimum  allocate.Thousandths
		accounts [][]allocate.Row
		is       error
		says     string
	}{
		{"more minimum than there is", 100, 34, units(1, 1, 1), allocate.ErrMinimum, "3 accounts cannot each get 0.034/s; lower the minimum to 0.033/s or less"},
		{"a minimum whose sum does not fit in an integer", 1 << 62, 1 << 62, units(1, 1, 1, 1), allocate.ErrMinimum, "4 accounts"},
		{"only weights of zero", 100, 0, units(0, 0), allocate.ErrWeightless, "every weight is zero"},
		{"only weights of zero, though the minimum would use up all", 100, 50, units(0, 0), allocate.ErrWeightless, "every weight is zero"},
		{"nobody", 100, 0, nil, nil, "0 accounts; there may be 1 to 100000"},
		{"too many accounts", 100, 0, make([][]allocate.Row, allocate.MaxAccounts+1), nil, "100001 accounts; there may be 1 to 100000"},
		{"too many rows of one account", 100, 0, [][]allocate.Row{make([]allocate.Row, allocate.MaxRows+1)}, nil, "more than 1000000 rows"},
		{"too many rows together", 100, 0, [][]allocate.Row{make([]allocate.Row, allocate.MaxRows), make([]allocate.Row, 1)}, nil, "more than 1000000 rows"},
		{"a negative total", -1, 0, units(1), nil, "the total is negative"},
		{"a negative minimum", 1, -1, units(1), nil, "the minimum of -0.001/s is negative"},
		{"a negative portfolio", 1, 0, units(1, -1), nil, "number 2: row 1: a portfolio of -1 is out of range"},
		{"too large a portfolio", 1, 0, units(allocate.MaxPortfolio + 1), nil, "a portfolio of 10000000001 is out of range"},
		{"a negative weight", 1, 0, [][]allocate.Row{{{Portfolio: 1, Weight: -1}}}, nil, "a weight of -0.001 is out of range"},
		{"too large a weight", 1, 0, [][]allocate.Row{{{Portfolio: 1, Weight: allocate.MaxWeight + 1}}}, nil, "a weight of 1000.001 is out of range"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			got, err := allocate.Divide(c.total, c.minimum, c.accounts)
			if err == nil {
				t.Fatalf("Divide gives %v, want an error", got)
			}
			if !strings.Contains(err.Error(), c.says) {
				t.Errorf("the error is %q, want %q in it", err, c.says)
			}
			if c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("the error %q is not %q", err, c.is)
			}
		})
	}
}

func TestAttribute(t *testing.T) {
	row := func(portfolio int64, weight allocate.Thousandths) []allocate.Row {
		return []allocate.Row{{Portfolio: portfolio, Weight: weight}}
	}
	type th = []allocate.Thousandths
	for _, c := range []struct {
		rule       string
		allocation allocate.Thousandths
		parts      [][]allocate.Row
		want       th
	}{
		{"in proportion to weight × portfolio", 1000, [][]allocate.Row{row(3, 1000), row(10, 100)}, th{750, 250}},
		{"by largest remainder, ties to the earlier part", 101, [][]allocate.Row{row(1, 1), row(1, 1)}, th{51, 50}},
		{"to the first part where all are zero", 7, [][]allocate.Row{row(0, 1), row(5, 0)}, th{7, 0}},
		{"a part is all its rows", 100, [][]allocate.Row{slices.Concat(row(1, 1000), row(1, 1000)), row(2, 1000)}, th{50, 50}},
		{"to the first part also where it has no rows", 7, [][]allocate.Row{nil}, th{7}},
		{"nothing is nothing", 0, [][]allocate.Row{row(1, 1), row(1, 1)}, th{0, 0}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			got, err := allocate.Attribute(c.allocation, c.parts)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("Attribute gives %v, want %v", got, c.want)
			}
		})
	}
	for _, c := range []struct {
		rule       string
		allocation allocate.Thousandths
		parts      [][]allocate.Row
		says       string
	}{
		{"no parts", 1, nil, "has no rows"},
		{"a negative allocation", -1, [][]allocate.Row{row(1, 1)}, "-0.001 is negative"},
		{"a row out of range", 1, [][]allocate.Row{row(-1, 1)}, "a portfolio of -1"},
	} {
		t.Run("refuses "+c.rule, func(t *testing.T) {
			if got, err := allocate.Attribute(c.allocation, c.parts); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("Attribute gives %v, %v; want an error with %q", got, err, c.says)
			}
		})
	}
}

func TestNumbersAreWrittenWithThreeDecimals(t *testing.T) {
	heavy, err := allocate.Weigh(slices.Repeat([]allocate.Row{{Portfolio: allocate.MaxPortfolio, Weight: allocate.MaxWeight}}, 10_000))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		number fmt.Stringer
		want   string
	}{
		{allocate.Thousandths(540_000), "540.000"},
		{allocate.Thousandths(1), "0.001"},
		{allocate.Thousandths(-1), "-0.001"},
		{allocate.Thousandths(-1 << 63), "-9223372036854775.808"},
		{allocate.Weight{}, "0.000"},
		{heavy, "100000000000000000.000"},
	} {
		if got := c.number.String(); got != c.want {
			t.Errorf("String gives %q, want %q", got, c.want)
		}
	}
}

// The memory that Divide holds for 100,000 accounts of four rows is a few
// megabytes and its time a fraction of a second; see BenchmarkDivide.
func TestDivideAmongTheMostAccounts(t *testing.T) {
	got, err := allocate.Divide(1_800_000, 15, national(allocate.MaxAccounts))
	if err != nil {
		t.Fatal(err)
	}
	var sum allocate.Thousandths
	for _, a := range got {
		if a < 15 {
			t.Fatalf("an allocation of %v is below the minimum", a)
		}
		sum += a
	}
	if sum != 1_800_000 {
		t.Errorf("the allocations add up to %v, want 1800.000", sum)
	}
}

func BenchmarkDivide(b *testing.B) {
	accounts := national(allocate.MaxAccounts)
	for b.Loop() {
		if _, err := allocate.Divide(1_800_000, 15, accounts); err != nil {
			b.Fatal(err)
		}
	}
}

// national is a few giants and a long tail, four rows each.
func national(n int) [][]allocate.Row {
	accounts := make([][]allocate.Row, n)
	for i := range accounts {
		portfolio := int64(7_000_000 / (i + 1))
		accounts[i] = []allocate.Row{{Portfolio: portfolio, Weight: 1000}, {Portfolio: portfolio * 3 / 4, Weight: 1000},
			{Portfolio: portfolio / 10, Weight: 500}, {Portfolio: int64(i % 7), Weight: 100}}
	}
	return accounts
}
