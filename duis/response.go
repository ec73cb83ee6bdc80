package duis

import (
	"encoding/base64"
	"fmt"
	"time"
)

// SchemaVersion is what responses say of themselves.
const SchemaVersion = "5.4"

// Response is the answer to one Service Request: an acknowledgement
// (Acknowledged), a result (Success) or an error (an E code). Of the payloads
// that the schema knows it can carry a Pre-Command; all are optional.
type Response struct {
	Request RequestID // of the request; the ResponseID is the same with target and originator exchanged
	Variant Variant   // of the request; the schema has no answer to an Unknown one
	Code    ResponseCode
	At      time.Time // written in UTC to the millisecond

	// PreCommand is the result of a Transform request. Where its payload is
	// empty none is written.
	PreCommand PreCommand
}

// PreCommand is a critical command for its originator to sign.
type PreCommand struct {
	GBCSVersion string // letters, digits, '.' and '-', as 4.3
	GBCSPayload []byte
}

// Check says why the response cannot be written, as a Fault.
func (r *Response) Check() error {
	year := r.At.UTC().Year()
	switch {
	case r.Variant == Unknown || r.Variant > variants:
		return Fault{"a response needs a variant of the schema", "answer an unknown one without a DUIS response"}
	case !r.Code.Valid():
		return Fault{fmt.Sprintf("response code %d is not in the schema", r.Code), "use ParseResponseCode"}
	case year < 1 || year > 9999:
		return Fault{fmt.Sprintf("a response cannot be written in the year %d", year), "give the time of the answer"}
	case len(r.PreCommand.GBCSPayload) == 0:
		return nil
	case r.Code != Success:
		return Fault{"a response with code " + r.Code.String() + " has no Pre-Command", "leave it out or answer with I0"}
	case !isVersion(r.PreCommand.GBCSVersion):
		return Fault{"a Pre-Command's GBCS version is " + shown(r.PreCommand.GBCSVersion), "write letters, digits, '.' and '-', as 4.3"}
	}
	return nil
}

func isVersion(text string) bool {
	for i := range len(text) {
		if c := text[i]; !nameBytes[c] || c == '_' {
			return false
		}
	}
	return len(text) > 0 && len(text) <= 32
}

// AppendTo appends the response as an XML document, valid against the DUIS
// schema and without a signature. It allocates nothing but what dst needs to
// grow. Where Check finds a fault, it returns that and dst as it was.
func (r *Response) AppendTo(dst []byte) ([]byte, error) {
	if err := r.Check(); err != nil {
		return dst, err
	}
	dst = append(dst, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"+
		`<sr:Response xmlns:sr="`+Namespace+`" schemaVersion="`+SchemaVersion+`"><sr:Header><sr:RequestID>`...)
	dst = r.Request.AppendTo(dst)
	dst = append(dst, `</sr:RequestID><sr:ResponseID>`...)
	dst = r.Request.reversed().AppendTo(dst)
	dst = append(dst, `</sr:ResponseID><sr:ResponseCode>`...)
	dst = append(dst, r.Code.String()...)
	dst = append(dst, `</sr:ResponseCode><sr:ResponseDateTime>`...)
	dst = r.At.UTC().AppendFormat(dst, "2006-01-02T15:04:05.000Z")
	dst = append(dst, `</sr:ResponseDateTime></sr:Header><sr:Body><sr:ResponseMessage><sr:ServiceReference>`...)
	dst = append(dst, r.Variant.Reference()...)
	dst = append(dst, `</sr:ServiceReference><sr:ServiceReferenceVariant>`...)
	dst = append(dst, r.Variant.String()...)
	dst = append(dst, `</sr:ServiceReferenceVariant>`...)
	if len(r.PreCommand.GBCSPayload) > 0 {
		dst = append(dst, `<sr:PreCommand><sr:GBCSVersion>`...)
		dst = append(dst, r.PreCommand.GBCSVersion...)
		dst = append(dst, `</sr:GBCSVersion><sr:GBCSPayload>`...)
		dst = base64.StdEncoding.AppendEncode(dst, r.PreCommand.GBCSPayload)
		dst = append(dst, `</sr:GBCSPayload></sr:PreCommand>`...)
	}
	return append(dst, `</sr:ResponseMessage></sr:Body></sr:Response>`...), nil
}

// ReadResponseCode returns the code of the DUIS response in msg, of which it
// looks at the first MaxHeader bytes at most, up to the code. It is as strict as
// ReadHeader; a code that is not in the schema is an error too.
func ReadResponseCode(msg []byte) (ResponseCode, error) {
	head := msg[:min(len(msg), MaxHeader)]
	s, err := openDocument(head, len(head) == len(msg), "Response")
	if err != nil {
		return 0, err
	}
	for {
		name, more, err := s.child()
		switch {
		case err != nil:
			return 0, err
		case !more:
			return 0, Fault{"the header has no ResponseCode", "write one"}
		case name == "ResponseCode":
			value, err := s.value(name)
			if err != nil {
				return 0, err
			}
			return ParseResponseCode(value)
		}
		if err := s.skipElement(); err != nil {
			return 0, err
		}
	}
}
