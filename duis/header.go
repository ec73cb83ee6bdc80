package duis

import "fmt"

// MaxHeader is how many bytes of a message are looked at. A header that does
// not end within them is refused. Real ones end within 600.
const MaxHeader = 64 << 10

// Namespace is the XML namespace of DUIS requests and responses.
const Namespace = "http://www.dccinterface.co.uk/ServiceUserGateway"

// Header is what a request says of itself.
type Header struct {
	ID                 RequestID
	FirstInSequence    bool // false also where it is absent
	HasFirstInSequence bool
	Preceding          RequestID // PrecedingServiceRequestID; zero where it is absent
	HasPreceding       bool
	CommandVariant     CommandVariant // 1 to 9

	// Variant is Unknown where the catalogue does not have VariantText.
	Variant Variant

	// Reference and VariantText are ServiceReference and
	// ServiceReferenceVariant as they stood, without white space around
	// them: 1 to 32 characters of printable ASCII, of the client's choice, so
	// escape them wherever they go. Whether they fit each other is the DSP's
	// to judge.
	Reference   string
	VariantText string

	// End is the offset in the message just after the header's end tag.
	End int
}

// ReadHeader reads the header of the request in msg, of which it looks at the
// first MaxHeader bytes at most, changes nothing and keeps nothing. The error is
// a Fault. A plain document of a known variant is read without allocation, in
// well under a microsecond; the worst of hostile ones takes milliseconds.
func ReadHeader(msg []byte) (Header, error) {
	head := msg[:min(len(msg), MaxHeader)]
	if h, ok := readPlain(head); ok {
		return h, nil
	}
	return readStrict(head, len(head) == len(msg))
}

// The header's elements. A set of them is a mask of 1 << field.
type field int

const (
	requestID field = iota
	firstInSequence
	precedingID
	commandVariant
	serviceReference
	serviceReferenceVariant
	fields
)

const required = 1<<requestID | 1<<commandVariant | 1<<serviceReference | 1<<serviceReferenceVariant

var fieldNames = [fields]string{
	requestID:               "RequestID",
	firstInSequence:         "FirstInSequence",
	precedingID:             "PrecedingServiceRequestID",
	commandVariant:          "CommandVariant",
	serviceReference:        "ServiceReference",
	serviceReferenceVariant: "ServiceReferenceVariant",
}

// set takes the value of one element, without the white space around it.
func (h *Header) set(f field, value []byte) error {
	var ok bool
	var right string
	switch f {
	case requestID:
		h.ID, ok = parseRequestID(value)
		right = "write " + anID
	case precedingID:
		h.Preceding, ok = parseRequestID(value)
		h.HasPreceding = ok
		right = "write " + anID
	case firstInSequence:
		h.FirstInSequence, ok = parseBoolean(value)
		h.HasFirstInSequence = ok
		right = "write true or false"
	case commandVariant:
		h.CommandVariant, ok = parseCommandVariant(value)
		right = "write a number from 1 to 9"
	case serviceReference:
		h.Reference, ok = knownText(value, "")
		right = "write 1 to 32 characters of printable ASCII, as 4.8"
	case serviceReferenceVariant:
		h.Variant, _ = ParseVariant(value)
		h.VariantText, ok = knownText(value, h.Variant.String())
		right = "write 1 to 32 characters of printable ASCII, as 4.8.1"
	}
	if !ok {
		return Fault{fmt.Sprintf("the header's %s is %s", fieldNames[f], shown(value)), right}
	}
	return nil
}

// knownText returns the text of a reference or variant. Where it is the text
// of something known, that is returned, which allocates nothing.
func knownText(value []byte, known string) (string, bool) {
	const longest = 32
	if string(value) == known {
		return known, known != ""
	}
	if len(value) == 0 || len(value) > longest {
		return "", false
	}
	for _, c := range value {
		if c < ' ' || c > '~' {
			return "", false
		}
	}
	return string(value), true
}

// parseBoolean reads an xs:boolean.
func parseBoolean(value []byte) (is, ok bool) {
	switch string(value) {
	case "true", "1":
		return true, true
	case "false", "0":
		return false, true
	default:
		return false, false
	}
}

// parseCommandVariant reads an xs:positiveInteger, in which the schema allows a
// plus sign and leading zeros, of 1 to 9.
func parseCommandVariant(value []byte) (CommandVariant, bool) {
	if len(value) > 1 && value[0] == '+' {
		value = value[1:]
	}
	for len(value) > 1 && value[0] == '0' {
		value = value[1:]
	}
	if len(value) != 1 || value[0] < '1' || value[0] > '9' {
		return 0, false
	}
	return CommandVariant(value[0] - '0'), true
}

// trimmed takes off the white space that xs:token collapses at both ends.
func trimmed(value []byte) []byte {
	for len(value) > 0 && isSpace(value[0]) {
		value = value[1:]
	}
	for len(value) > 0 && isSpace(value[len(value)-1]) {
		value = value[:len(value)-1]
	}
	return value
}

// isSpace says whether c is white space to XML.
func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }
