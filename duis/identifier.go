package duis

import (
	"fmt"
	"strconv"
)

// EUI64 is the identifier of a Service User or a device: eight octets, the
// first one written in the highest bits.
type EUI64 uint64

// ParseEUI64 reads eight hexadecimal octets joined by '-', in either case, as
// 90-B3-D5-1F-30-01-00-00. Nothing else is taken: no white space, no other
// separator. It allocates only for an error.
func ParseEUI64[T string | []byte](text T) (EUI64, error) {
	id, ok := parseEUI64(text)
	if !ok {
		return 0, fmt.Errorf("%s is not an EUI-64; write eight hexadecimal octets joined by '-', as 90-B3-D5-1F-30-01-00-00", shown(text))
	}
	return id, nil
}

const euiLength = len("90-B3-D5-1F-30-01-00-00")

func parseEUI64[T string | []byte](text T) (EUI64, bool) {
	if len(text) != euiLength {
		return 0, false
	}
	var id uint64
	var digits, separators byte // what is wrong with any of them
	for i := 0; i < euiLength; i += 3 {
		high, low := hexDigits[text[i]], hexDigits[text[i+1]]
		digits |= high | low
		if i+2 < euiLength {
			separators |= text[i+2] ^ '-'
		}
		id = id<<8 | uint64(high)<<4 | uint64(low)
	}
	return EUI64(id), digits <= 0x0F && separators == 0
}

// hexDigits has the value of each hexadecimal digit, and 0xFF for other bytes.
var hexDigits = func() (digits [256]byte) {
	for i := range digits {
		digits[i] = 0xFF
	}
	for i := byte(0); i < 10; i++ {
		digits['0'+i] = i
	}
	for i := byte(0); i < 6; i++ {
		digits['A'+i], digits['a'+i] = 10+i, 10+i
	}
	return digits
}()

// String writes the identifier in upper case: 90-B3-D5-1F-30-01-00-00.
func (id EUI64) String() string { return string(id.AppendTo(nil)) }

// AppendTo appends what String returns.
func (id EUI64) AppendTo(dst []byte) []byte {
	const digits = "0123456789ABCDEF"
	for shift := 56; shift >= 0; shift -= 8 {
		octet := byte(id >> shift)
		dst = append(dst, digits[octet>>4], digits[octet&0x0F])
		if shift > 0 {
			dst = append(dst, '-')
		}
	}
	return dst
}

// RequestID names one Service Request: who sends it, for whom, and the
// originator's counter. The two messages of a critical command have the same.
type RequestID struct {
	Originator EUI64
	Target     EUI64
	Counter    uint64
}

const anID = "originator:target:counter, as 90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:1000"

// ParseRequestID reads originator:target:counter. The counter is a decimal
// number up to 2^64-1 without sign or leading zeros, as the schema's
// RequestIDType has it. It allocates only for an error.
func ParseRequestID[T string | []byte](text T) (RequestID, error) {
	id, ok := parseRequestID(text)
	if !ok {
		return RequestID{}, fmt.Errorf("%s is not a RequestID; write %s", shown(text), anID)
	}
	return id, nil
}

func parseRequestID[T string | []byte](text T) (RequestID, bool) {
	const target, counter = euiLength + 1, 2 * (euiLength + 1)
	if len(text) <= counter || text[target-1] != ':' || text[counter-1] != ':' {
		return RequestID{}, false
	}
	originator, ok1 := parseEUI64(text[:target-1])
	device, ok2 := parseEUI64(text[target : counter-1])
	number, ok3 := parseCounter(text[counter:])
	return RequestID{originator, device, number}, ok1 && ok2 && ok3
}

// parseCounter reads what strconv.ParseUint would, less its leading zeros.
func parseCounter[T string | []byte](text T) (uint64, bool) {
	const most, longest = 1<<64 - 1, len("18446744073709551615")
	if len(text) > longest || text[0] == '0' && len(text) > 1 {
		return 0, false
	}
	var n uint64
	for i := range len(text) {
		digit := uint64(text[i] - '0')
		if digit > 9 || i == longest-1 && (n > most/10 || n*10 > most-digit) { // shorter ones always fit
			return 0, false
		}
		n = n*10 + digit
	}
	return n, true
}

// String writes originator:target:counter, in upper case.
func (id RequestID) String() string { return string(id.AppendTo(nil)) }

// AppendTo appends what String returns.
func (id RequestID) AppendTo(dst []byte) []byte {
	dst = append(id.Originator.AppendTo(dst), ':')
	dst = append(id.Target.AppendTo(dst), ':')
	return strconv.AppendUint(dst, id.Counter, 10)
}

// reversed is the identifier of the answer: the target answers the originator.
func (id RequestID) reversed() RequestID {
	return RequestID{id.Target, id.Originator, id.Counter}
}
