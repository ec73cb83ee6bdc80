package plot

import (
	"math"
	"strconv"
	"strings"
)

// The numbers that are drawn: what is above the largest is drawn as it, what is
// below the smallest as 0.
const (
	largest  = 1e15
	smallest = 1e-9
)

// tame returns v as it can be drawn, and whether it is a number at all.
func tame(v float64) (float64, bool) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, false
	}
	if v < smallest {
		return 0, true
	}
	return min(v, largest), true
}

// linear is an axis from 0.
type linear struct {
	top   float64 // the value at its end; above 0
	step  float64
	ticks int // beside the 0
}

// newLinear returns an axis on which top has room, with at most most ticks at
// 1, 2 or 5 times a power of ten; of whole values none lies between two.
func newLinear(top float64, most int, whole bool) linear {
	if top <= 0 {
		return linear{top: 1, step: 1, ticks: 1}
	}
	step := roundUp(top / float64(most))
	if whole {
		step = max(step, 1)
	}
	n := max(int(math.Ceil(top/step-1e-9)), 1)
	return linear{top: step * float64(n), step: step, ticks: n}
}

// roundUp returns the least of 1, 2 and 5 times a power of ten that is not below v.
func roundUp(v float64) float64 {
	v = max(v, smallest/10)
	power := math.Pow10(int(math.Floor(math.Log10(v) + 1e-9)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= v*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// labels returns the ticks as text, the 0 first, and the word that stands
// before the unit: "million" where the numbers would be long.
func (a linear) labels() (texts []string, word string) {
	by := 1.0
	switch {
	case a.top >= 2e9:
		by, word = 1e9, "billion"
	case a.top >= 2e6:
		by, word = 1e6, "million"
	}
	decimals := 0
	for s := a.step / by; decimals < 9 && math.Abs(s-math.Round(s)) > 1e-9*s; s *= 10 {
		decimals++
	}
	for i := range a.ticks + 1 {
		texts = append(texts, group(strconv.FormatFloat(float64(i)*a.step/by, 'f', decimals, 64)))
	}
	return texts, word
}

// Figure writes v as the plots do: thousands separated, three significant
// digits at least, no more than two decimals. "–" stands for what is no number.
func Figure(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "–"
	}
	decimals := 0
	if a := math.Abs(v); v != math.Trunc(v) && a < 100 {
		decimals = 1
		if a < 10 {
			decimals = 2
		}
	}
	s := strconv.FormatFloat(v, 'f', decimals, 64)
	if decimals > 0 {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if s == "-0" {
		s = "0"
	}
	return group(s)
}

// group separates the thousands of a decimal number.
func group(s string) string {
	whole, fraction, _ := strings.Cut(s, ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	var b strings.Builder
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	if fraction != "" {
		return sign + b.String() + "." + fraction
	}
	return sign + b.String()
}

// Seconds writes a duration in seconds as µs, ms, s or min, with two or three digits.
func Seconds(s float64) string {
	switch a := math.Abs(s); {
	case math.IsNaN(s) || math.IsInf(s, 0):
		return "–"
	case a == 0:
		return "0 s"
	case a < 0.0009995:
		return digits(s*1e6) + " µs"
	case a < 0.9995:
		return digits(s*1000) + " ms"
	case a < 120:
		return digits(s) + " s"
	}
	return digits(s/60) + " min"
}

// digits writes v with three significant digits at most, but all before the point.
func digits(v float64) string {
	decimals := 0
	switch a := math.Abs(v); {
	case a < 9.995:
		decimals = 2
	case a < 99.95:
		decimals = 1
	}
	s := strconv.FormatFloat(v, 'f', decimals, 64)
	if decimals > 0 {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return group(s)
}

// logarithmic is an axis between two numbers above 0.
type logarithmic struct{ low, high float64 }

// newLogarithmic returns an axis with room for low and high that ends at 1, 2
// or 5 times powers of ten.
func newLogarithmic(low, high float64) logarithmic {
	low = min(max(low, 1e-9), largest)
	high = min(max(high, low), largest)
	a := logarithmic{low: roundDown(low), high: roundUp(high)}
	if a.high < a.low*5 {
		a.high = roundUp(a.low * 5)
	}
	return a
}

// roundDown returns the greatest of 1, 2 and 5 times a power of ten that is not above v.
func roundDown(v float64) float64 {
	power := math.Pow10(int(math.Floor(math.Log10(v) + 1e-9)))
	for _, m := range []float64{5, 2} {
		if m*power <= v*(1+1e-9) {
			return m * power
		}
	}
	return power
}

// place returns where v lies between the ends, from 0 to 1.
func (a logarithmic) place(v float64) float64 {
	if !(v > a.low) {
		return 0
	}
	return min(math.Log(v/a.low)/math.Log(a.high/a.low), 1)
}

// ticks returns at most most numbers: 1, 2 and 5 times powers of ten, or fewer
// of each ten where that is too many.
func (a logarithmic) ticks(most int) []float64 {
	for _, of := range [][]float64{{1, 2, 5}, {1, 3}, {1}} {
		if all := a.multiples(of, 1); len(all) <= most {
			return all
		}
	}
	for by := 2; ; by++ {
		if all := a.multiples([]float64{1}, by); len(all) <= most || by > 40 {
			return all
		}
	}
}

func (a logarithmic) multiples(of []float64, by int) []float64 {
	var all []float64
	for e := int(math.Floor(math.Log10(a.low) + 1e-9)); math.Pow10(e) <= a.high*(1+1e-9); e += by {
		for _, m := range of {
			if v := m * math.Pow10(e); v >= a.low*(1-1e-9) && v <= a.high*(1+1e-9) {
				all = append(all, v)
			}
		}
	}
	return all
}
