package duis

import (
	"fmt"
	"iter"
	"strings"
)

// Variant is a Service Request Variant, as 4.8.1: what a Service Request asks
// for. Its number is its place in the schema's list and may change with a later
// schema: store the text.
type Variant uint8

// Unknown is a variant that is not in the catalogue: of a later schema, or
// nonsense.
const Unknown Variant = 0

// Variants gives the catalogue in the schema's order, without Unknown.
func Variants() iter.Seq[Variant] {
	return func(yield func(Variant) bool) {
		for v := Variant(1); v <= variants && yield(v); v++ {
		}
	}
}

// ParseVariant finds the variant that String writes so, exactly; ok is false,
// and the variant Unknown, when there is none. It does not allocate.
func ParseVariant[T string | []byte](text T) (v Variant, ok bool) {
	key, fits := packed(text)
	if !fits {
		return Unknown, false
	}
	for at := slot(key); ; at = (at + 1) % indexSize {
		v := index[at]
		if v == Unknown || keys[v] == key {
			return v, v != Unknown
		}
	}
}

// The index is a hash table with open addressing, four times as large as the
// catalogue, so that a look-up for each request is a few instructions.
const (
	indexBits = 9
	indexSize = 1 << indexBits
)

var keys = func() (keys [variants + 1]uint64) {
	for v := range Variants() {
		keys[v], _ = packed(catalogue[v].text)
	}
	return keys
}()

var index = func() (index [indexSize]Variant) {
	for v := range Variants() {
		at := slot(keys[v])
		for index[at] != Unknown {
			at = (at + 1) % indexSize
		}
		index[at] = v
	}
	return index
}()

// packed puts a text of one to seven bytes into a number, with its length, so
// that different texts are different numbers.
func packed[T string | []byte](text T) (key uint64, fits bool) {
	if len(text) == 0 || len(text) > 7 {
		return 0, false
	}
	for i := range len(text) {
		key = key<<8 | uint64(text[i])
	}
	return key<<8 | uint64(len(text)), true
}

func slot(key uint64) int {
	const golden = 0x9E3779B97F4A7C15 // 2^64 over the golden ratio: Knuth's multiplicative hash
	return int(key * golden >> (64 - indexBits))
}

func (v Variant) entry() *entry {
	if v > variants {
		v = Unknown
	}
	return &catalogue[v]
}

// String writes the variant as in ServiceReferenceVariant: "4.8.1". Unknown is
// "unknown".
func (v Variant) String() string { return v.entry().text }

// Name is the variant's name in DUIS: "Read Active Import Profile Data".
func (v Variant) Name() string { return v.entry().name }

// Reference is the Service Reference that the variant belongs to, its first two
// numbers: "4.8". That of Unknown is empty.
func (v Variant) Reference() string {
	if v > variants {
		v = Unknown
	}
	return references[v]
}

var references = func() (references [variants + 1]string) {
	for v := range Variants() {
		text := catalogue[v].text
		references[v] = text
		if first, last := strings.IndexByte(text, '.'), strings.LastIndexByte(text, '.'); first < last {
			references[v] = text[:last]
		}
	}
	return references
}()

// Critical says whether DUIS calls the variant critical. It then takes two
// messages: Command Variant 4 to have it transformed, and 5, 6 or 7 with the
// Signed Pre-Command.
func (v Variant) Critical() bool { return bool(v.entry().kind) }

// CommandVariant is the Command Variant of a usual first message of the
// variant: 4 (Transform) where it is critical, 8 where no device is involved,
// otherwise 1. For Unknown it is 0.
func (v Variant) CommandVariant() CommandVariant {
	switch {
	case v == Unknown || v > variants:
		return 0
	case v.Critical():
		return 4
	case v.Modes().Has(DCCOnly):
		return 8
	default:
		return 1
	}
}

// Roles are the User Roles that may send the variant; none where no public
// source names them.
func (v Variant) Roles() Roles { return v.entry().roles }

// Modes are the modes of operation in which the variant may be asked for.
func (v Variant) Modes() Modes { return v.entry().modes }

// Process is the group that reports put the variant in.
func (v Variant) Process() Process { return v.entry().process }

// Process is a group of variants in reports, such as "prepayment". The grouping
// is this project's own: it is not in DUIS or the Code.
type Process string

// Roles is a set of User Roles.
type Roles uint8

// The User Roles for which DUIS names variants.
const (
	ImportSupplier          Roles = 1 << iota // IS
	ExportSupplier                            // ES
	GasSupplier                               // GS
	RegisteredSupplierAgent                   // RSA
	ElectricityDistributor                    // ED
	GasTransporter                            // GT
	OtherUser                                 // OU
)

var roleNames = [...]string{"IS", "ES", "GS", "RSA", "ED", "GT", "OU"}

// ParseRole reads one User Role's abbreviation, as IS.
func ParseRole(text string) (Roles, error) {
	for i, name := range roleNames {
		if name == text {
			return 1 << i, nil
		}
	}
	return 0, fmt.Errorf("%s is not a User Role that DUIS names; write one of %s", shown(text), strings.Join(roleNames[:], ", "))
}

// Has says whether all of some are in the set.
func (r Roles) Has(some Roles) bool { return r&some == some }

// String writes the abbreviations: "IS|GS".
func (r Roles) String() string { return flags(uint8(r), roleNames[:]) }

// Modes is a set of modes of operation.
type Modes uint8

// The modes of operation: at once, at a date kept by the DSP or by the device,
// on a schedule kept by the DSP, or by the DCC alone, without a device.
const (
	OnDemand Modes = 1 << iota
	FutureDatedDSP
	FutureDatedDevice
	DCCScheduled
	DCCOnly
)

var modeNames = [...]string{"On Demand", "Future Dated (DSP)", "Future Dated (Device)", "DCC Scheduled", "DCC Only"}

// Has says whether all of some are in the set.
func (m Modes) Has(some Modes) bool { return m&some == some }

// String writes the modes: "On Demand|Future Dated (DSP)".
func (m Modes) String() string { return flags(uint8(m), modeNames[:]) }

func flags(set uint8, names []string) string {
	var out []string
	for i, name := range names {
		if set&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return strings.Join(out, "|")
}
