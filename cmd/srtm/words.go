package main

import (
	"fmt"
	"time"
)

// many writes a number of things.
func many[N int | int64 | uint64](n N, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// rfc3339 writes a time, UTC.
func rfc3339(at int64) string { return time.Unix(0, at).UTC().Format(time.RFC3339Nano) }
