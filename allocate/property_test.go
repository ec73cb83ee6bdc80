package allocate_test

import (
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"srtm/allocate"
)

type division struct {
	total, minimum allocate.Thousandths
	accounts       [][]allocate.Row
}

// divisions draws what can be divided: small numbers, where ties and fractions
// meet, as often as large ones.
func divisions() *rapid.Generator[division] {
	return rapid.Custom(func(t *rapid.T) division {
		portfolio := rapid.OneOf(rapid.Int64Range(0, 3), rapid.Int64Range(0, 100), rapid.Int64Range(0, allocate.MaxPortfolio))
		weight := rapid.OneOf(rapid.SampledFrom([]allocate.Thousandths{0, 100, 500, 1000}),
			rapid.Map(rapid.Int64Range(0, int64(allocate.MaxWeight)), func(n int64) allocate.Thousandths { return allocate.Thousandths(n) }))
		row := rapid.Custom(func(t *rapid.T) allocate.Row {
			return allocate.Row{Portfolio: portfolio.Draw(t, "portfolio"), Weight: weight.Draw(t, "weight")}
		})
		accounts := rapid.SliceOfN(rapid.SliceOfN(row, 0, 3), 1, 12).Draw(t, "accounts")
		accounts = append(accounts, []allocate.Row{{Portfolio: 1, Weight: 1000}})
		i := rapid.IntRange(0, len(accounts)-1).Draw(t, "place")
		accounts[i], accounts[len(accounts)-1] = accounts[len(accounts)-1], accounts[i]
		total := rapid.OneOf(rapid.Int64Range(0, 50), rapid.Int64Range(0, 10_000_000_000), rapid.Int64Range(0, 1<<62)).Draw(t, "total")
		minimum := rapid.Int64Range(0, total/int64(len(accounts))).Draw(t, "minimum")
		return division{allocate.Thousandths(total), allocate.Thousandths(minimum), accounts}
	})
}

func (d division) divide(t *rapid.T) []allocate.Thousandths {
	parts, err := allocate.Divide(d.total, d.minimum, d.accounts)
	if err != nil {
		t.Fatal(err)
	}
	return parts
}

func (d division) weight(t *rapid.T, i int) allocate.Weight {
	w, err := allocate.Weigh(d.accounts[i])
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestTheSumIsTheTotalAndTheMinimumIsHonoured(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := divisions().Draw(t, "division")
		sum := new(big.Int)
		for i, part := range d.divide(t) {
			if part < d.minimum {
				t.Errorf("account %d gets %v, less than the minimum %v", i, part, d.minimum)
			}
			sum.Add(sum, big.NewInt(int64(part)))
		}
		if sum.Cmp(big.NewInt(int64(d.total))) != 0 {
			t.Errorf("the parts add up to %v thousandths, want %d", sum, d.total)
		}
	})
}

func TestTheHeavierOfTwoNeverGetsLess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := divisions().Draw(t, "division")
		parts := d.divide(t)
		for i := range parts {
			for j := range parts {
				if d.weight(t, i).Cmp(d.weight(t, j)) > 0 && parts[i] < parts[j] {
					t.Errorf("account %d is heavier than %d and gets %v, less than %v", i, j, parts[i], parts[j])
				}
			}
		}
	})
}

func TestWhoseWeightAloneRisesNeverGetsLess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := divisions().Draw(t, "division")
		before := d.divide(t)
		i := rapid.IntRange(0, len(before)-1).Draw(t, "who")
		d.accounts = slices.Clone(d.accounts)
		d.accounts[i] = append(slices.Clone(d.accounts[i]), allocate.Row{
			Portfolio: rapid.OneOf(rapid.Int64Range(0, 3), rapid.Int64Range(0, allocate.MaxPortfolio)).Draw(t, "more"), Weight: 1000})
		if after := d.divide(t); after[i] < before[i] {
			t.Errorf("account %d grew and gets %v instead of %v", i, after[i], before[i])
		}
	})
}

func TestMultiplyingAllWeightsChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := divisions().Draw(t, "division")
		before := d.divide(t)
		times := rapid.IntRange(1, 9).Draw(t, "times")
		d.accounts = slices.Clone(d.accounts)
		for i, rows := range d.accounts {
			d.accounts[i] = slices.Repeat(rows, times)
		}
		if after := d.divide(t); !slices.Equal(before, after) {
			t.Errorf("%d times the weights give %v instead of %v", times, after, before)
		}
	})
}

// Another order changes who gets the odd thousandth among equal fractions and
// nothing else.
func TestOrderMattersOnlyForTies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := divisions().Draw(t, "division")
		n := len(d.accounts)
		order := make([]int, n)
		for i := range order {
			order[i] = i
		}
		order = rapid.Permutation(order).Draw(t, "order")
		moved := division{d.total, d.minimum, make([][]allocate.Row, n)}
		for to, from := range order {
			moved.accounts[to] = d.accounts[from]
		}
		before, after := d.divide(t), moved.divide(t)
		fractions := reference{d}.fractions(t)
		for to, from := range order {
			if after[to] == before[from] {
				continue
			}
			tied := slices.ContainsFunc(order, func(i int) bool { return i != from && fractions[i].Cmp(fractions[from]) == 0 })
			if !tied || after[to]-before[from] > 1 || before[from]-after[to] > 1 {
				t.Errorf("account %d gets %v in one order and %v in another; tied: %v", from, before[from], after[to], tied)
			}
		}
	})
}

func TestDivideAgreesWithASlowReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := divisions().Draw(t, "division")
		if got, want := d.divide(t), (reference{d}).divide(t); !slices.Equal(got, want) {
			t.Errorf("Divide gives %v, the reference %v", got, want)
		}
	})
}

func TestPartsAddUpToTheAllocation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := divisions().Draw(t, "division")
		parts, err := allocate.Attribute(d.total, d.accounts)
		if err != nil {
			t.Fatal(err)
		}
		sum := new(big.Int)
		for i, part := range parts {
			if sum.Add(sum, big.NewInt(int64(part))); part < 0 {
				t.Errorf("part %d gets %v", i, part)
			}
		}
		if sum.Cmp(big.NewInt(int64(d.total))) != 0 {
			t.Errorf("the parts add up to %v thousandths, want %d", sum, d.total)
		}
	})
}
