package duis

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// answer is a response to the plain request.
func answer(code ResponseCode) Response {
	at := time.Date(2026, 11, 23, 17, 4, 5, 678_900_000, time.FixedZone("", 3600))
	return Response{Request: plainHeader().ID, Variant: plainHeader().Variant, Code: code, At: at}
}

func TestAResponseSaysWhatItAnswers(t *testing.T) {
	r := answer(Success)
	r.PreCommand = PreCommand{"4.3", []byte{0, 1, 0xFF}}
	text, err := r.AppendTo([]byte("before"))
	if err != nil || !bytes.HasPrefix(text, []byte("before<?xml")) {
		t.Fatalf("got %q, %v", text, err)
	}
	var got struct {
		XMLName          xml.Name `xml:"http://www.dccinterface.co.uk/ServiceUserGateway Response"`
		Version          string   `xml:"schemaVersion,attr"`
		RequestID        string   `xml:"Header>RequestID"`
		ResponseID       string   `xml:"Header>ResponseID"`
		ResponseCode     string   `xml:"Header>ResponseCode"`
		ResponseDateTime string   `xml:"Header>ResponseDateTime"`
		Reference        string   `xml:"Body>ResponseMessage>ServiceReference"`
		Variant          string   `xml:"Body>ResponseMessage>ServiceReferenceVariant"`
		GBCSVersion      string   `xml:"Body>ResponseMessage>PreCommand>GBCSVersion"`
		GBCSPayload      string   `xml:"Body>ResponseMessage>PreCommand>GBCSPayload"`
	}
	if err := xml.Unmarshal(text[len("before"):], &got); err != nil {
		t.Fatal(err)
	}
	want := got
	want.Version = "5.4"
	want.RequestID = "90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:1000"
	want.ResponseID = "00-DB-12-34-56-78-90-A0:90-B3-D5-1F-30-01-00-00:1000"
	want.ResponseCode, want.ResponseDateTime = "I0", "2026-11-23T16:04:05.678Z"
	want.Reference, want.Variant = "4.8", "4.8.1"
	want.GBCSVersion, want.GBCSPayload = "4.3", base64.StdEncoding.EncodeToString([]byte{0, 1, 0xFF})
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestResponsesAreValidToTheSchema(t *testing.T) {
	folder := t.TempDir()
	put := func(name string, r Response) {
		text, err := r.AppendTo(nil)
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, name+".xml"), text, 0o600)
		}
		if err != nil {
			t.Fatal(name, err)
		}
	}
	for c := range ResponseCodes() {
		if !slices.Contains(newCodes, c.String()) {
			put("code"+c.String(), answer(c))
		}
	}
	for v := range Variants() {
		r := answer(Acknowledged)
		r.Variant = v
		put("variant"+v.String(), r)
	}
	extreme := answer(Success)
	extreme.Request = RequestID{1<<64 - 1, 0, 1<<64 - 1}
	extreme.At = time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC)
	extreme.PreCommand = PreCommand{"4.3", bytes.Repeat([]byte{0xAB}, 20_000)}
	put("extreme", extreme)
	first := answer(Success)
	first.At = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	put("first", first)

	schema := filepath.Join(run(t, script("duis-schema")), "DUIS.xsd")
	files, _ := filepath.Glob(filepath.Join(folder, "*.xml"))
	if len(files) != 189+129+2 {
		t.Fatalf("there are %d responses", len(files))
	}
	run(t, "xmllint", append([]string{"--nonet", "--noout", "--schema", schema}, files...)...)
}

func TestAResponseThatTheSchemaDoesNotHaveIsNotWritten(t *testing.T) {
	with := func(change func(*Response)) Response {
		r := answer(Success)
		change(&r)
		return r
	}
	for _, row := range []struct {
		rule  string
		r     Response
		fault string
	}{
		{"an unknown variant", with(func(r *Response) { r.Variant = Unknown }), "a response needs a variant of the schema"},
		{"a variant beyond the catalogue", with(func(r *Response) { r.Variant = 130 }), "a response needs a variant of the schema"},
		{"no code", with(func(r *Response) { r.Code = 0 }), "response code 0 is not in the schema"},
		{"an invented code", with(func(r *Response) { r.Code = 195 }), "response code 195 is not in the schema"},
		{"a year of five digits", with(func(r *Response) { r.At = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) }), "in the year 10000"},
		{"a year before the first", with(func(r *Response) { r.At = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC) }), "in the year 0"},
		{"a Pre-Command with an acknowledgement", with(func(r *Response) { r.Code, r.PreCommand = Acknowledged, PreCommand{"4.3", []byte{1}} }), "a response with code I99 has no Pre-Command"},
		{"markup as GBCS version", with(func(r *Response) { r.PreCommand = PreCommand{"<4>", []byte{1}} }), `a Pre-Command's GBCS version is "<4>"`},
		{"no GBCS version", with(func(r *Response) { r.PreCommand = PreCommand{"", []byte{1}} }), `a Pre-Command's GBCS version is ""`},
	} {
		text, err := row.r.AppendTo([]byte("before"))
		if err == nil || !strings.Contains(err.Error(), row.fault) || string(text) != "before" {
			t.Errorf("%s: got %q, %v", row.rule, text, err)
			continue
		}
		checkFault(t, err)
	}
}

func TestResponseCodes(t *testing.T) {
	for c := range ResponseCodes() {
		if got, err := ParseResponseCode(c.String()); err != nil || got != c {
			t.Errorf("%v is read as %v, %v", c, got, err)
		}
		if c.IsError() != strings.HasPrefix(c.String(), "E") {
			t.Errorf("%v is an error: %v", c, c.IsError())
		}
	}
	for _, text := range []string{"", "none", "I1", "i0", "E6", "E100 ", "E999999", "THROTTLED"} {
		if c, err := ParseResponseCode(text); err == nil || c.Valid() {
			t.Errorf("%q is read as %v", text, c)
		}
	}
	if Success.String() != "I0" || Acknowledged.String() != "I99" || ResponseCode(0).String() != "none" || ResponseCode(255).String() != "none" {
		t.Errorf("the codes are %v, %v, %v, %v", Success, Acknowledged, ResponseCode(0), ResponseCode(255))
	}
}

func TestReadResponseCode(t *testing.T) {
	throttled, _ := ParseResponseCode("E100")
	r := answer(throttled)
	text, err := r.AppendTo(nil)
	if err != nil {
		t.Fatal(err)
	}
	doc := string(text)
	for _, row := range []struct {
		rule, doc string
		want      ResponseCode
		fault     string
	}{
		{"an own response", doc, throttled, ""},
		{"another prefix", strings.NewReplacer(":sr=", ":ra=", "sr:", "ra:").Replace(doc), throttled, ""},
		{"a response without identifiers", doc[:strings.Index(doc, "<sr:RequestID>")] + doc[strings.Index(doc, "<sr:ResponseCode>"):], throttled, ""},
		{"white space around the code", strings.Replace(doc, "E100", "\n E100 ", 1), throttled, ""},
		{"an invented code", strings.Replace(doc, "E100", "E99999", 1), 0, `"E99999" is not a DUIS response code`},
		{"no code", doc[:strings.Index(doc, "<sr:ResponseCode>")] + doc[strings.Index(doc, "<sr:ResponseDateTime>"):], 0, "the header has no ResponseCode"},
		{"a request", plainRequest, 0, `the root element is "Request"`},
		{"text", "throttled", 0, "the body is not XML"},
		{"a response that is cut short", doc[:strings.Index(doc, "E100")], 0, "the body is cut short"},
	} {
		got, err := ReadResponseCode([]byte(row.doc))
		if got != row.want || (err == nil) != (row.fault == "") || err != nil && !strings.Contains(err.Error(), row.fault) {
			t.Errorf("%s: got %v, %v", row.rule, got, err)
		}
	}
}

func TestWritingAResponseDoesNotAllocate(t *testing.T) {
	r := answer(Success)
	r.PreCommand = PreCommand{"4.3", make([]byte, 300)}
	buf := make([]byte, 0, 4096)
	code := []byte("E100")
	n := testing.AllocsPerRun(100, func() {
		buf, _ = r.AppendTo(buf[:0])
		if c, _ := ParseResponseCode(code); !c.IsError() {
			t.Error("E100 is no error")
		}
	})
	if n != 0 {
		t.Errorf("it takes %v allocations", n)
	}
}
