package duis

import (
	"encoding/xml"
	"testing"
)

// benchRequest is like most of the templates: the header ends after some 510
// bytes.
const benchRequest = `<?xml version="1.0" encoding="UTF-8"?>
<sr:Request xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:sr="http://www.dccinterface.co.uk/ServiceUserGateway" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" schemaVersion="5.4">
  <sr:Header>
    <sr:RequestID>90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:1700000000123</sr:RequestID>
    <sr:FirstInSequence>false</sr:FirstInSequence>
    <sr:CommandVariant>1</sr:CommandVariant>
    <sr:ServiceReference>4.8</sr:ServiceReference>
    <sr:ServiceReferenceVariant>4.8.1</sr:ServiceReferenceVariant>
  </sr:Header>
  <sr:Body/>
</sr:Request>
`

// BenchmarkReadHeader compares the readers with encoding/xml's own decoding
// into a struct.
func BenchmarkReadHeader(b *testing.B) {
	msg := []byte(benchRequest)
	b.Run("plain", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if h, err := ReadHeader(msg); err != nil || h.Variant == Unknown {
				b.Fatal(h, err)
			}
		}
	})
	b.Run("strict", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if h, err := readStrict(msg, true); err != nil || h.Variant == Unknown {
				b.Fatal(h, err)
			}
		}
	})
	b.Run("encoding-xml", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var r reading
			if err := xml.Unmarshal(msg, &r); err != nil || r.Header.RequestID == "" {
				b.Fatal(r, err)
			}
		}
	})
}

func BenchmarkParseVariant(b *testing.B) {
	text := []byte("6.14.3")
	for b.Loop() {
		ParseVariant(text)
	}
}

func BenchmarkAppendResponse(b *testing.B) {
	r := answer(Acknowledged)
	buf := make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		buf, _ = r.AppendTo(buf[:0])
	}
}
