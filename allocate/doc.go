// Package allocate divides the operating threshold among Service Users by
// portfolio.
//
// The model. An account's weight is the sum, over its rows, of portfolio ×
// weight per portfolio unit. Its allocation is
//
//	allocation(u) = max(minimum, λ × weight(u))
//
// with the one λ for which the allocations add up to the total: whoever would
// fall below the minimum is raised to it, and the rest share what remains in
// proportion to weight. Everything is counted in whole thousandths of a Service
// Request per second. What a proportion leaves over in fractions of one goes,
// one thousandth each, to those with the largest fractions, and among equal
// fractions to the earlier account. So the allocations add up to exactly the
// total and nothing is lost.
//
// What follows from it, and is tested: of two accounts the one with the larger
// weight never gets less; an account whose weight alone rises never gets less
// than before; multiplying all weights by one number changes nothing.
//
// The arithmetic is exact: integers of any size, no floating point, so that
// whoever recomputes an allocation gets the same number.
//
// The proportion, the minimum and the rounding are this project's choices. No
// public text on SECMP0067 gives the arithmetic.
//
// The package does not read a portfolio, know a User Role or decide what the
// total is.
package allocate
