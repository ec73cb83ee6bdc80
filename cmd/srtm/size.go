package main

import (
	"fmt"
	"strconv"
	"strings"
)

// byteSize is a number of bytes, written as 1MiB, 64KiB or 1000.
type byteSize int

// maxByteSize keeps a mistyped unit from taking all memory.
const maxByteSize = 1 << 30

// UnmarshalText reads it.
func (b *byteSize) UnmarshalText(text []byte) error {
	s, factor := string(text), 1
	for suffix, f := range map[string]int{"KiB": 1 << 10, "MiB": 1 << 20} {
		if n, ok := strings.CutSuffix(s, suffix); ok {
			s, factor = n, f
		}
	}
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil || n < 1 || n > maxByteSize/factor {
		return fmt.Errorf("%q is not a size of 1 byte to 1024MiB; write 1MiB, 64KiB or a number of bytes", text)
	}
	*b = byteSize(n * factor)
	return nil
}
