package load

import (
	"embed"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"srtm/duis"
)

//go:embed messages/*.xml
var messageFiles embed.FS

// Messages writes DUIS requests of the Service Request Variants that there are
// templates for. It is immutable, and any number of goroutines may use it.
type Messages struct {
	templates map[messageKey]template
	variants  []duis.Variant
}

type messageKey struct {
	variant duis.Variant
	command duis.CommandVariant
}

// template is a message cut at the places that differ from request to request:
// a text, then what is to be filled in, then a text, and so on.
type template []piece

type piece struct {
	text []byte
	then field // what follows the text
}

// field is something that differs from request to request.
type field uint8

const (
	nothing   field = iota
	requestID       // {request-id}
	target          // {target}: the device that the request is for
	other           // {other}: another device, to be joined with it
	number          // {number}: 1 to 99999999
	utrn            // {utrn}: 20 digits
	mpan            // {mpan}: 13 digits
)

// messageFile is one file of the folder messages.
type messageFile struct {
	Messages []struct {
		Variant string `xml:"variant,attr"`
		Command int    `xml:"command,attr"` // octets of the command that a critical request becomes
		Body    string `xml:",innerxml"`
	} `xml:"message"`
}

// NewMessages reads the templates. Dates in the messages are set relative to
// now. An error means that the templates themselves are wrong.
func NewMessages(now time.Time) (*Messages, error) {
	m := &Messages{templates: make(map[messageKey]template)}
	files, err := fs.Glob(messageFiles, "messages/*.xml")
	if err != nil {
		return nil, fmt.Errorf("list the message templates: %w", err)
	}
	for _, name := range files {
		text, err := messageFiles.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read the message templates: %w", err)
		}
		if err := m.add(text, now.UTC()); err != nil {
			return nil, fmt.Errorf("read the message templates of %s: %w", name, err)
		}
	}
	slices.Sort(m.variants)
	return m, nil
}

func (m *Messages) add(text []byte, now time.Time) error {
	var file messageFile
	if err := xml.Unmarshal(text, &file); err != nil {
		return err
	}
	dates := datesOf(now)
	for _, entry := range file.Messages {
		v, known := duis.ParseVariant(entry.Variant)
		if !known || slices.Contains(m.variants, v) {
			return fmt.Errorf("the variant %q is unknown or there twice", entry.Variant)
		}
		if v.Critical() != (entry.Command > 0) {
			return fmt.Errorf("variant %v: critical requests, and only those, say how large a command they become", v)
		}
		m.variants = append(m.variants, v)
		bodies := map[duis.CommandVariant]string{v.CommandVariant(): dates.Replace(dense(entry.Body))}
		if v.Critical() {
			bodies[signedPreCommand] = "<SignedPreCommand><GBCSPayload>" + octets(v, entry.Command) + "</GBCSPayload></SignedPreCommand>"
		}
		for c, body := range bodies {
			t, err := cut(whole(v, c, body))
			if err != nil {
				return fmt.Errorf("variant %v: %w", v, err)
			}
			m.templates[messageKey{v, c}] = t
		}
	}
	return nil
}

// signedPreCommand is the Command Variant of a critical command's second message.
const signedPreCommand duis.CommandVariant = 5

// Variants lists the Service Request Variants that there are messages for.
func (m *Messages) Variants() []duis.Variant { return slices.Clone(m.variants) }

// Has reports whether there is a message of that variant and Command Variant.
func (m *Messages) Has(v duis.Variant, c duis.CommandVariant) bool {
	return m.templates[messageKey{v, c}] != nil
}

// Append appends one whole message to dst. It appends nothing where Has says
// that there is none.
func (m *Messages) Append(dst []byte, v duis.Variant, c duis.CommandVariant, id duis.RequestID) []byte {
	for _, p := range m.templates[messageKey{v, c}] {
		dst = append(dst, p.text...)
		dst = p.then.append(dst, id)
	}
	return dst
}

func (f field) append(dst []byte, id duis.RequestID) []byte {
	switch f {
	case requestID:
		return id.AppendTo(dst)
	case target:
		return id.Target.AppendTo(dst)
	case other:
		return (id.Target ^ 1<<31).AppendTo(dst)
	case number:
		return strconv.AppendUint(dst, id.Counter%99_999_999+1, 10)
	case utrn:
		return appendDigits(dst, id.Counter, 20)
	case mpan:
		return appendDigits(dst, id.Counter, 13)
	}
	return dst
}

// appendDigits appends the last digits of n, with leading zeros; 20 at most.
func appendDigits(dst []byte, n uint64, digits int) []byte {
	dst = append(dst, "00000000000000000000"[:digits]...)
	for i := len(dst) - 1; n > 0 && i >= len(dst)-digits; i-- {
		dst[i] += byte(n % 10)
		n /= 10
	}
	return dst
}

// whole puts a header around a body.
func whole(v duis.Variant, c duis.CommandVariant, body string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>` +
		`<Request xmlns="` + duis.Namespace + `" schemaVersion="5.1"><Header>` +
		`<RequestID>{request-id}</RequestID>` +
		`<CommandVariant>` + strconv.Itoa(int(c)) + `</CommandVariant>` +
		`<ServiceReference>` + v.Reference() + `</ServiceReference>` +
		`<ServiceReferenceVariant>` + v.String() + `</ServiceReferenceVariant>` +
		`</Header><Body>` + body + `</Body></Request>`
}

// cut makes a template of a message with names of fields in it.
func cut(message string) (template, error) {
	names := map[string]field{"request-id": requestID, "target": target, "other": other, "number": number, "utrn": utrn, "mpan": mpan}
	var t template
	for {
		text, rest, found := strings.Cut(message, "{")
		if !found {
			return append(t, piece{[]byte(text), nothing}), nil
		}
		name, after, _ := strings.Cut(rest, "}")
		if names[name] == nothing {
			return nil, fmt.Errorf("nothing fills the field %q", name)
		}
		t = append(t, piece{[]byte(text), names[name]})
		message = after
	}
}

// dense takes out the line breaks and indentation that are there for readers of
// the files.
func dense(body string) string {
	lines := strings.Split(body, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
	}
	return strings.Join(lines, "")
}

// datesOf fills in what is the same for all messages of a player.
func datesOf(now time.Time) *strings.Replacer {
	const date = "2006-01-02"
	return strings.NewReplacer(
		"{now}", now.Format("2006-01-02T15:04:05Z"),
		"{today}", now.Format(date),
		"{yesterday}", now.AddDate(0, 0, -1).Format(date),
		"{month-ago}", now.AddDate(0, 0, -30).Format(date),
		"{next-year}", now.AddDate(1, 0, 0).Format(date),
		"{image}", octets(duis.Unknown, 6000),
	)
}

// octets returns n octets without meaning, as base64: always the same for a
// variant.
func octets(v duis.Variant, n int) string {
	random := rand.New(rand.NewPCG(uint64(v), uint64(n)))
	raw := make([]byte, n)
	for i := range raw {
		raw[i] = byte(random.Uint32())
	}
	return base64.StdEncoding.EncodeToString(raw)
}
