package duis

import (
	"fmt"
	"iter"
	"strings"
)

// ResponseCode is one of the schema's closed list of codes, so that none can be
// invented: a client drops a response whose code is not in its schema. The zero
// value is no code. Its number is its place in the list and may change with a
// later schema: store the text.
type ResponseCode uint8

// The codes that mean something to this package. E codes are errors, W codes
// warnings; ParseResponseCode has all of them.
const (
	Success      ResponseCode = 1 // I0
	Acknowledged ResponseCode = 2 // I99: the result comes later
)

// responseCodes is the enumeration of the DUIS XML Schema V5.4, in its order;
// a code's place is its number.
var responseCodes = strings.Fields("none" + `
	I0 I99 E1 E2 E3 E4 E5 E11 E12 E13 E17 E19 E20 E21 E30 E31 E40 E41 E42 E43 E44 E45 E46
	E47 E48 E49 E50 E51 E52 E53 E54 E55 E56 E57 E58 E59 E60 E61 E62 E63 E64 E65 E66 E67 E68
	E69 E70 E71 E100 E1000 E1001 E1003 E1004 E1006 E1007 E1008 E1010 E1011 E010101 E010102
	E010201 E030301 E030302 E040101 E041701 E050101 E050102 E050103 E050105 E050107 E050108
	E050109 E050110 E050111 E050112 E050201 E050202 W050201 E050301 E050302 W050301 E060501
	E060502 E060701 E060801 E060802 E060803 E061301 E061304 E061305 E061501 E061504 E061505
	E061506 E061507 E061508 E061509 E061801 E061802 E061803 E062101 E062102 E062103 E062105
	E062201 E062202 E062203 E062301 E062302 E062303 E062304 E062305 E062306 E062401 E062402
	E062403 E062801 E062802 E062803 E080201 E080202 E080301 E080302 E080405 E080406 E080407
	E080408 E080409 E080410 E080411 E080412 E080413 E080414 E080415 E080501 E080502 E080503
	E080601 E080602 E080604 E080606 E080607 E080702 E080721 E080722 E080723 E080801 E080821
	E080822 E080901 E080902 E080903 E081101 E081102 E081104 E081105 E081106 E081107 E081108
	E081109 E081110 E081111 E081202 E081204 E081205 E081221 E081222 E081223 E081301 E081302
	E081303 E081401 E081402 E081405 E081406 W081401 E110101 E110102 E110103 E110105 E110106
	W110101 E110401 E110402 E110403 E110405 W110401 E120101 E120102 E120103 E120201 E120203
	E120204 E120207
`)

var responseCodeNumbers = func() map[string]ResponseCode {
	numbers := make(map[string]ResponseCode, len(responseCodes))
	for i, text := range responseCodes[1:] {
		numbers[text] = ResponseCode(i + 1)
	}
	return numbers
}()

// ParseResponseCode finds a code of the schema. It allocates only for an error.
func ParseResponseCode[T string | []byte](text T) (ResponseCode, error) {
	code, ok := responseCodeNumbers[string(text)]
	if !ok {
		return 0, fmt.Errorf("%s is not a DUIS response code; write one of the schema's list, as I0, I99 or E100", shown(text))
	}
	return code, nil
}

// ResponseCodes gives the codes in the schema's order.
func ResponseCodes() iter.Seq[ResponseCode] {
	return func(yield func(ResponseCode) bool) {
		for c := Success; c.Valid() && yield(c); c++ {
		}
	}
}

// Valid says whether c is a code of the schema.
func (c ResponseCode) Valid() bool { return c > 0 && int(c) < len(responseCodes) }

// String writes the code as in a response: "I0". What is no code is "none".
func (c ResponseCode) String() string {
	if !c.Valid() {
		c = 0
	}
	return responseCodes[c]
}

// IsError says whether the code is one of the E codes.
func (c ResponseCode) IsError() bool { return c.String()[0] == 'E' }
