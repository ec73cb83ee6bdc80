package duis

import (
	"bytes"
	"encoding/xml"
	"strings"
	"testing"
)

// seed adds the tables' documents.
func seed(f *testing.F) {
	f.Add([]byte(plainRequest))
	for _, row := range accepted {
		f.Add([]byte(strings.ReplaceAll(plainRequest, row.old, row.new)))
	}
	for _, row := range refused {
		f.Add([]byte(strings.ReplaceAll(plainRequest, row.old, row.new)))
	}
}

// FuzzReadersAgree: what the plain reader takes the strict one takes too, and
// reads the same.
func FuzzReadersAgree(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, msg []byte) {
		head := msg[:min(len(msg), MaxHeader)]
		plain, ok := readPlain(head)
		if !ok {
			return
		}
		strict, err := readStrict(head, len(head) == len(msg))
		if err != nil || strict != plain {
			t.Errorf("plainly %+v, strictly %+v, %v, of %q", plain, strict, err, msg)
		}
	})
}

// FuzzReadHeader: whatever comes, there is no panic and what is read makes
// sense, to encoding/xml as well.
func FuzzReadHeader(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, msg []byte) {
		before := bytes.Clone(msg)
		h, err := ReadHeader(msg)
		if !bytes.Equal(msg, before) {
			t.Fatalf("%q was changed to %q", before, msg)
		}
		if err != nil {
			checkFault(t, err)
			return
		}
		if h.End < 1 || h.End > min(len(msg), MaxHeader) || msg[h.End-1] != '>' {
			t.Fatalf("the header ends at %d of %d bytes: %q", h.End, len(msg), msg)
		}
		if id, err := ParseRequestID(h.ID.String()); err != nil || id != h.ID {
			t.Errorf("%v is read back as %v, %v", h.ID, id, err)
		}
		if v, _ := ParseVariant(h.VariantText); v != h.Variant {
			t.Errorf("text %q is of variant %v, read %v", h.VariantText, v, h.Variant)
		}
		if h.CommandVariant < 1 || h.CommandVariant > 9 || len(h.VariantText) > 32 || len(h.Reference) > 32 {
			t.Errorf("read %+v", h)
		}
		if again, err := ReadHeader(msg[:h.End]); err != nil || again != h {
			t.Errorf("without what follows the header: %+v, %v, with it %+v", again, err, h)
		}
		if id := leniently(msg[:h.End]); id != h.ID {
			t.Errorf("encoding/xml reads %v, here it is %v, of %q", id, h.ID, msg)
		}
	})
}

// leniently reads the first RequestID of our namespace with encoding/xml alone.
func leniently(msg []byte) RequestID {
	dec := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(msg, []byte("\xEF\xBB\xBF"))))
	for {
		tok, err := dec.Token()
		if err != nil {
			return RequestID{}
		}
		if start, ok := tok.(xml.StartElement); ok && start.Name == (xml.Name{Space: Namespace, Local: "RequestID"}) {
			var text string
			if dec.DecodeElement(&text, &start) != nil {
				return RequestID{}
			}
			id, _ := ParseRequestID(strings.Trim(text, " \t\r\n"))
			return id
		}
	}
}

func FuzzReadResponseCode(f *testing.F) {
	r := answer(Acknowledged)
	text, err := r.AppendTo(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(plainRequest))
	f.Fuzz(func(t *testing.T, msg []byte) {
		if c, err := ReadResponseCode(msg); err == nil && !bytes.Contains(msg, []byte(c.String())) && !bytes.Contains(msg, []byte("&#")) {
			t.Errorf("code %v is read of %q", c, msg)
		}
	})
}
