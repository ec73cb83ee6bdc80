package main

import (
	"fmt"
	"time"
)

// moment is a time on the command line, UTC where nothing else is said.
type moment struct {
	time.Time
	given bool
}

// The layouts that people write times in.
var momentLayouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"}

// The years that nanoseconds since 1970 reach in whole.
const firstYear, lastYear = 1970, 2261

// UnmarshalText reads it.
func (m *moment) UnmarshalText(text []byte) error {
	for _, layout := range momentLayouts {
		t, err := time.ParseInLocation(layout, string(text), time.UTC)
		if err != nil {
			continue
		}
		if t = t.UTC(); t.Year() < firstYear || t.Year() > lastYear {
			return fmt.Errorf("%q is outside what can be counted; write a time in the years %d to %d", text, firstYear, lastYear)
		}
		m.Time, m.given = t, true
		return nil
	}
	return fmt.Errorf("%q is not a time; write 2026-10-14T02:00:00Z, \"2026-10-14 02:00\" or 2026-10-14, which are UTC", text)
}

// nanoseconds returns it as nanoseconds since 1970 UTC; 0 where it was not given.
func (m moment) nanoseconds() int64 {
	if !m.given {
		return 0
	}
	return m.UnixNano()
}
