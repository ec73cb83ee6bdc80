package dsp

import (
	"bytes"
	"testing"

	"github.com/valyala/fasthttp"

	"srtm/duis"
)

// Whatever is posted to a service gets a DUIS response or a line of text, and is
// counted. (Waiting is left out: it would only blur what fuzzing looks for.)
func FuzzMessage(f *testing.F) {
	f.Add(byte(0), document(requestID(1, 1), 1, "4.8.1"))
	f.Add(byte(1), document(requestID(1, 1), 8, "8.2"))
	f.Add(byte(2), document(requestID(1, 1), 4, "1.1.1"))
	f.Add(byte(2), document(requestID(1, 1), 1, "4.99"))
	f.Add(byte(0), []byte("<\n\x00"))
	s, err := New(quick())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, where byte, body []byte) {
		r := read([]duis.Service{duis.SendCommand, duis.NonDevice, duis.Transform}[where%3], body)
		c := newCounts(1)
		c.arrived(&r, true)
		if c.services[r.service][r.header.Variant] != 1 || r.fault == nil && c.originators[r.header.ID.Originator] != 1 {
			t.Errorf("it is not counted: %+v", c)
		}
		var ctx fasthttp.RequestCtx
		what := s.write(&ctx, &r)
		answer := ctx.Response.Body()
		switch ctx.Response.StatusCode() {
		case 200:
			if _, err := duis.ReadResponseCode(answer); err != nil || what == notDUIS {
				t.Errorf("%s, %v: %s", what, err, answer)
			}
		case 400:
			if bytes.IndexByte(answer, '\n') != len(answer)-1 || what != notDUIS {
				t.Errorf("%s, not one line: %q", what, answer)
			}
		default:
			t.Errorf("status %d", ctx.Response.StatusCode())
		}
	})
}
