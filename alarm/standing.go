package alarm

import "time"

// level is 0 nothing, 1 look, 2 act.
type level int

// standing is one alarm's state over time.
type standing struct {
	sentence, proposal string // the last that were found

	level level
	since time.Time    // of any level above 0
	at    [3]time.Time // since when the level at least was there, without a break; zero: it is not
	under [3]time.Time // since when it was not there
}

// rule is how fast an alarm rises and falls. A level is reached after it was there
// for rise without a break, and left after it was not there for hold.
type rule struct {
	rise, hold time.Duration
}

// see takes the level of now.
func (st *standing) see(now time.Time, l level, r rule) {
	for i := level(1); i <= 2; i++ {
		if l >= i {
			st.under[i] = time.Time{}
			if st.at[i].IsZero() {
				st.at[i] = now
			}
		} else {
			st.at[i] = time.Time{}
			if st.under[i].IsZero() {
				st.under[i] = now
			}
		}
	}
	before := st.level
	for i := level(1); i <= 2; i++ {
		if i > st.level && l >= i && now.Sub(st.at[i]) >= r.rise {
			st.level = i
		}
	}
	for st.level > 0 && l < st.level && now.Sub(st.under[st.level]) >= r.hold {
		st.level--
	}
	if before == 0 && st.level > 0 {
		st.since = now
	}
}

func (st *standing) severity() Severity {
	if st.level == 2 {
		return Act
	}
	return Look
}

// finding is what a rule makes of a sample: the level that raises the alarm, and
// the one, not lower, that keeps it.
type finding struct {
	level, keep        level
	sentence, proposal string
}

// kept uses the level that keeps an alarm up to what already stands.
func (f finding) kept(st *standing) finding {
	if f.keep > f.level {
		f.level = max(f.level, min(f.keep, st.level))
	}
	return f
}

// ladder judges a number that is the worse the higher it is: act and look raise,
// and four fifths of each keep.
func ladder(x, look, act float64) (raise, keep level) {
	step := func(part float64) level {
		switch {
		case x >= act*part:
			return 2
		case x >= look*part:
			return 1
		}
		return 0
	}
	return step(1), step(0.8)
}
