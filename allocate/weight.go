package allocate

import (
	"cmp"
	"fmt"
	"math/big"
	"math/bits"
)

// Limits on what can be divided. They keep a Weight within its 128 bits.
const (
	MaxAccounts              = 100_000
	MaxRows                  = 1_000_000 // of all accounts together
	MaxPortfolio             = 10_000_000_000
	MaxWeight    Thousandths = 1_000_000 // 1000 for each portfolio unit
)

// Thousandths counts in thousandths: of a Service Request per second where it
// is a rate, of one where it is the weight of a portfolio unit.
type Thousandths int64

// String writes the number with three decimals: "540.000".
func (t Thousandths) String() string { return decimal(big.NewInt(int64(t))) }

// Row is one part of an account's portfolio: so many units, each of so much
// weight.
type Row struct {
	Portfolio int64       // 0 to MaxPortfolio
	Weight    Thousandths // of one unit, 0 to MaxWeight
}

// Weight is the weight of an account, exact, in thousandths. The zero Weight is
// that of an account without a portfolio. Weights can be compared with ==.
type Weight struct{ hi, lo uint64 }

// Weigh returns the sum of portfolio × weight over the rows. It fails where a
// row is out of range or there are more than MaxRows.
func Weigh(rows []Row) (Weight, error) {
	if len(rows) > MaxRows {
		return Weight{}, fmt.Errorf("%d rows are too many; there may be %d", len(rows), MaxRows)
	}
	var sum Weight
	for i, r := range rows {
		if r.Portfolio < 0 || r.Portfolio > MaxPortfolio {
			return Weight{}, fmt.Errorf("row %d: a portfolio of %d is out of range; it is 0 to %d", i+1, r.Portfolio, int64(MaxPortfolio))
		}
		if r.Weight < 0 || r.Weight > MaxWeight {
			return Weight{}, fmt.Errorf("row %d: a weight of %v is out of range; it is 0 to %v", i+1, r.Weight, MaxWeight)
		}
		sum = sum.plus(r)
	}
	return sum, nil
}

func (w Weight) plus(r Row) Weight {
	hi, lo := bits.Mul64(uint64(r.Portfolio), uint64(r.Weight))
	lo, carry := bits.Add64(w.lo, lo, 0)
	hi, _ = bits.Add64(w.hi, hi, carry)
	return Weight{hi, lo}
}

// Cmp returns -1, 0 or 1 as w is less than, equal to or more than v.
func (w Weight) Cmp(v Weight) int {
	return cmp.Or(cmp.Compare(w.hi, v.hi), cmp.Compare(w.lo, v.lo))
}

// Thousandths returns the weight as a number of thousandths; the caller may
// change it.
func (w Weight) Thousandths() *big.Int {
	n := new(big.Int).SetUint64(w.hi)
	n.Lsh(n, 64)
	return n.Or(n, new(big.Int).SetUint64(w.lo))
}

// String writes the weight with three decimals: "7000000.000".
func (w Weight) String() string { return decimal(w.Thousandths()) }

func decimal(thousandths *big.Int) string {
	whole, part := new(big.Int).QuoRem(new(big.Int).Abs(thousandths), big.NewInt(1000), new(big.Int))
	sign := ""
	if thousandths.Sign() < 0 {
		sign = "-"
	}
	return fmt.Sprintf("%s%d.%03d", sign, whole, part)
}
