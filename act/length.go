package act

import (
	"fmt"
	"strings"
	"time"

	"srtm/policy"
)

// Length is how long something lasts, written as policies do: 6h, 1h30m.
type Length time.Duration

// String writes what a policy would: "1h30m".
func (l Length) String() string {
	const day = 24 * time.Hour
	days, rest := time.Duration(l)/day, time.Duration(l)%day
	text := rest.String()
	for _, none := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, none) {
			text = text[:len(text)-2]
		}
	}
	switch {
	case days == 0:
		return text
	case rest == 0:
		return fmt.Sprintf("%dd", days)
	}
	return fmt.Sprintf("%dd%s", days, text)
}

// MarshalText writes what UnmarshalText reads.
func (l Length) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads a number with units, such as 6h or 1h30m; no text is 0.
func (l *Length) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*l = 0
		return nil
	}
	d, err := policy.ParseDuration(string(text))
	*l = Length(d)
	return err
}
