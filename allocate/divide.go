package allocate

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
)

// Why a division is impossible, to be asked for with errors.Is.
var (
	ErrMinimum    = errors.New("the minimum cannot be kept")
	ErrWeightless = errors.New("there is nobody to divide it among")
)

// Divide divides total among accounts, each given by its rows, so that nobody
// gets less than minimum and the sum is exactly total; see the package comment
// for the rule. The result has one allocation for each account, in their
// order.
//
// It fails with ErrMinimum where accounts × minimum is more than total, with
// ErrWeightless where every weight is zero, and otherwise where a number is
// negative or out of range or there are none or too many accounts or rows.
func Divide(total, minimum Thousandths, accounts [][]Row) ([]Thousandths, error) {
	if err := check(total, minimum, accounts); err != nil {
		return nil, fmt.Errorf("dividing %v/s: %w", total, err)
	}
	weights, err := weighAll(accounts)
	if err != nil {
		return nil, fmt.Errorf("dividing %v/s: %w", total, err)
	}
	if !slices.ContainsFunc(weights, func(w Weight) bool { return w != Weight{} }) {
		return nil, fmt.Errorf("dividing %v/s: %w: every weight is zero; give an account a portfolio in a User Role that has a weight",
			total, ErrWeightless)
	}
	rest := raise(total, minimum, weights)
	allocations := share(rest.total, rest.weights)
	for _, i := range rest.raised {
		allocations[i] = minimum
	}
	return allocations, nil
}

// Attribute divides an account's allocation over parts of its portfolio, such
// as its User Roles, each given by its rows, in proportion to portfolio ×
// weight, by largest remainder, ties to the earlier part, so that the sum is
// exactly the allocation. Where every part weighs nothing the first has all of
// it. It fails where there is no part, the allocation is negative or a row is
// out of range.
func Attribute(allocation Thousandths, parts [][]Row) ([]Thousandths, error) {
	if len(parts) == 0 {
		return nil, errors.New("attributing an allocation: the account has no rows; it needs at least one")
	}
	if allocation < 0 {
		return nil, fmt.Errorf("attributing an allocation: %v is negative; it is 0 or more", allocation)
	}
	weights, err := weighAll(parts)
	if err != nil {
		return nil, fmt.Errorf("attributing an allocation: %w", err)
	}
	return share(allocation, weights), nil
}

func check(total, minimum Thousandths, accounts [][]Row) error {
	n := len(accounts)
	switch {
	case n == 0 || n > MaxAccounts:
		return fmt.Errorf("%d accounts; there may be 1 to %d", n, MaxAccounts)
	case total < 0:
		return errors.New("the total is negative; it is 0 or more")
	case minimum < 0:
		return fmt.Errorf("the minimum of %v/s is negative; it is 0 or more", minimum)
	case minimum > total/Thousandths(n):
		return fmt.Errorf("%w: %d accounts cannot each get %v/s; lower the minimum to %v/s or less",
			ErrMinimum, n, minimum, total/Thousandths(n))
	}
	return nil
}

func weighAll(accounts [][]Row) ([]Weight, error) {
	weights := make([]Weight, len(accounts))
	rows := 0
	for i, account := range accounts {
		if rows += len(account); rows > MaxRows {
			return nil, fmt.Errorf("there are more than %d rows; merge rows of one User ID and User Role", MaxRows)
		}
		w, err := Weigh(account)
		if err != nil {
			return nil, fmt.Errorf("number %d: %w", i+1, err)
		}
		weights[i] = w
	}
	return weights, nil
}

// remaining is what is left to be shared in proportion once the minimum is kept.
type remaining struct {
	total   Thousandths
	weights []Weight // zero for those that are raised
	raised  []int    // who gets the minimum
}

// raise finds those that a proportion would leave below the minimum, lightest
// first. Raising one takes more than its share from the rest and so never
// brings one that was raised before back above the minimum; the heaviest is
// never raised, because accounts × minimum is at most total.
func raise(total, minimum Thousandths, weights []Weight) remaining {
	order := make([]int, len(weights))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return weights[i].Cmp(weights[j]) })

	rest := sum(weights)
	left := remaining{total: total, weights: slices.Clone(weights)}
	have, need := new(big.Int), new(big.Int)
	for _, i := range order {
		w := weights[i].Thousandths()
		have.Mul(big.NewInt(int64(left.total)), w)
		need.Mul(big.NewInt(int64(minimum)), rest)
		if have.Cmp(need) >= 0 {
			break
		}
		left.total -= minimum
		left.weights[i] = Weight{}
		left.raised = append(left.raised, i)
		rest.Sub(rest, w)
	}
	return left
}

// share divides total in proportion to weights by largest remainder, ties to
// the earlier; all to the first where every weight is zero.
func share(total Thousandths, weights []Weight) []Thousandths {
	parts := make([]Thousandths, len(weights))
	whole := sum(weights)
	if whole.Sign() == 0 {
		parts[0] = total
		return parts
	}
	remainders := make([]*big.Int, len(weights))
	order := make([]int, len(weights))
	left := total
	for i, w := range weights {
		product := w.Thousandths()
		product.Mul(product, big.NewInt(int64(total)))
		quotient, remainder := product.QuoRem(product, whole, new(big.Int))
		parts[i] = Thousandths(quotient.Int64())
		left -= parts[i]
		remainders[i], order[i] = remainder, i
	}
	slices.SortStableFunc(order, func(i, j int) int { return remainders[j].Cmp(remainders[i]) })
	for _, i := range order[:left] {
		parts[i]++
	}
	return parts
}

func sum(weights []Weight) *big.Int {
	total := new(big.Int)
	for _, w := range weights {
		total.Add(total, w.Thousandths())
	}
	return total
}
