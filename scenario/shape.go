package scenario

import (
	"fmt"
	"time"
)

const (
	day  = 24 * time.Hour
	week = 7 * day
)

// Shape makes a rate depend on the time of day and on the day of the week, in
// UTC. The zero value is level.
//
// Only the proportions of Hours count: they are scaled so that their mean is 1,
// so a part's rate stays its mean over a full day. Days are taken as they are:
// 1 is a full day, 0 a day without this traffic.
type Shape struct {
	Hours [24]float64 // from midnight
	Days  [7]float64  // from Monday
}

func (s *Shape) set() bool { return *s != Shape{} }

func (s *Shape) check() error {
	if !s.set() {
		return nil
	}
	sum := 0.0
	for i, f := range s.Hours {
		if !finite(f) || f < 0 || f > 1_000_000 {
			return fmt.Errorf("the factor %g of hour %d is not between 0 and 1000000", f, i)
		}
		sum += f
	}
	if sum == 0 {
		return fmt.Errorf("all 24 factors of the shape are 0; at least one must be above")
	}
	days := 0.0
	for i, f := range s.Days {
		if !finite(f) || f < 0 || f > 1 {
			return fmt.Errorf("the factor %g of day %d of the week is not between 0 and 1", f, i+1)
		}
		days += f
	}
	if days == 0 {
		return fmt.Errorf("all 7 days of the shape are 0; at least one must be above")
	}
	return nil
}

// scaled returns the shape with hours whose mean is 1.
func (s Shape) scaled() Shape {
	sum := 0.0
	for _, f := range s.Hours {
		sum += f
	}
	for i := range s.Hours {
		s.Hours[i] *= 24 / sum
	}
	return s
}

// at returns the factor at a time since Monday 00:00, and when it may change.
func (s *Shape) at(t time.Duration) (factor float64, until time.Duration) {
	hour := t / time.Hour
	return s.Hours[hour%24] * s.Days[hour/24%7], (hour + 1) * time.Hour
}

func everyDay() [7]float64 { return [7]float64{1, 1, 1, 1, 1, 1, 1} }

// NamedShape returns one of the shapes that a scenario file can name; ShapeNames
// lists them. They are assumptions for modelling, not data.
func NamedShape(name string) (Shape, bool) {
	switch name {
	case "overnight":
		return Shape{[24]float64{6, 8, 8, 6, 4, 1.5, 0.6, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.5, 0.6, 1}, everyDay()}, true
	case "evening":
		return Shape{[24]float64{0.3, 0.2, 0.1, 0.1, 0.1, 0.3, 0.7, 1.2, 1.4, 1.2, 1.1, 1.1, 1.2, 1.1, 1.2, 1.6, 3, 4, 4, 3, 1.7, 1.2, 0.8, 0.5}, everyDay()}, true
	case "working-hours":
		return Shape{[24]float64{0, 0, 0, 0, 0, 0, 0, 0.2, 2, 3, 3, 3, 2, 3, 3, 2.5, 2, 0.3, 0, 0, 0, 0, 0, 0}, [7]float64{1, 1, 1, 1, 1, 0, 0}}, true
	case "daytime":
		return Shape{[24]float64{0.2, 0.2, 0.2, 0.2, 0.2, 0.3, 0.6, 1, 1.8, 2, 2, 2, 1.8, 1.8, 1.8, 1.8, 1.8, 1.4, 1, 0.8, 0.6, 0.4, 0.3, 0.2}, everyDay()}, true
	}
	return Shape{}, false
}

// ShapeNames lists what NamedShape knows.
func ShapeNames() []string { return []string{"overnight", "evening", "working-hours", "daytime"} }
