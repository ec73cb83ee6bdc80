package duis

import (
	"bytes"
	"strings"
	"testing"
)

// plainRequest is a request as a client writes it. Tables edit one place of it.
const plainRequest = `<?xml version="1.0" encoding="UTF-8"?>
<sr:Request xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:sr="http://www.dccinterface.co.uk/ServiceUserGateway" schemaVersion="5.4">
  <sr:Header>
    <sr:RequestID>90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:1000</sr:RequestID>
    <sr:FirstInSequence>true</sr:FirstInSequence>
    <sr:PrecedingServiceRequestID>90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:999</sr:PrecedingServiceRequestID>
    <sr:CommandVariant>1</sr:CommandVariant>
    <sr:ServiceReference>4.8</sr:ServiceReference>
    <sr:ServiceReferenceVariant>4.8.1</sr:ServiceReferenceVariant>
  </sr:Header>
  <sr:Body><sr:ReadActiveImportProfileData/></sr:Body>
</sr:Request>
`

// plainHeader is what plainRequest says.
func plainHeader() Header {
	profile, _ := ParseVariant("4.8.1")
	return Header{
		ID:              RequestID{0x90B3D51F30010000, 0x00DB1234567890A0, 1000},
		FirstInSequence: true, HasFirstInSequence: true,
		Preceding:    RequestID{0x90B3D51F30010000, 0x00DB1234567890A0, 999},
		HasPreceding: true, CommandVariant: 1,
		Variant: profile, Reference: "4.8", VariantText: "4.8.1",
		End: strings.Index(plainRequest, "</sr:Header>") + len("</sr:Header>"),
	}
}

// edit replaces old, which must be there, by new, everywhere. Several at once
// are parted by '|'.
func edit(t *testing.T, old, new string) string {
	t.Helper()
	var pairs []string
	olds, news := strings.Split(old, "|"), strings.Split(new, "|")
	for i := range olds {
		if !strings.Contains(plainRequest, olds[i]) {
			t.Fatalf("the plain request has no %q", olds[i])
		}
		pairs = append(pairs, olds[i], news[i])
	}
	return strings.NewReplacer(pairs...).Replace(plainRequest)
}

const theID = "<sr:RequestID>90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:1000</sr:RequestID>"

// accepted are documents, other than the plain one, that say the same.
var accepted = []struct{ rule, old, new string }{
	{"there is no XML declaration", `<?xml version="1.0" encoding="UTF-8"?>` + "\n", ""},
	{"there is a byte order mark", "<?xml", "\xEF\xBB\xBF<?xml"},
	{"the encoding is in lower case", "UTF-8", "utf-8"},
	{"the declaration does not name the encoding", ` encoding="UTF-8"`, ""},
	{"the document stands alone", ` encoding="UTF-8"?>`, ` encoding='UTF-8' standalone = "yes" ?>`},
	{"the prefix is another one", ":sr=|sr:", ":ns2=|ns2:"},
	{"the prefix needs more than ASCII", ":sr=|sr:", ":gr\u00FC\u00DF=|gr\u00FC\u00DF:"},
	{"the namespace is the default one", ":sr=|sr:", "=|"},
	{"the header has its own prefix for the namespace", "<sr:Header>", `<sr:Header xmlns:sr="http://www.dccinterface.co.uk/ServiceUserGateway">`},
	{"the namespace is written with a reference", "www.dccinterface", "www&#46;dccinterface"},
	{"the schema version is of the future", "5.4", "17.0"},
	{"there is no schema version", ` schemaVersion="5.4"`, ""},
	{"attributes are in single quotes", `"`, `'`},
	{"there is white space around an equals sign", `schemaVersion=`, "schemaVersion\n= "},
	{"the root has an attribute of another namespace", "schemaVersion", `xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b" schemaVersion`},
	{"the default namespace is taken back", "schemaVersion", `xmlns="" schemaVersion`},
	{"the prefix xml is declared as what it is", "schemaVersion", `xmlns:xml="http://www.w3.org/XML/1998/namespace" xml:lang="en" schemaVersion`},
	{"a header element has an attribute", "<sr:RequestID>", `<sr:RequestID note="&lt;x>">`},
	{"end tags have white space", "</sr:RequestID>", "</sr:RequestID\n>"},
	{"white space surrounds a value", theID, strings.Replace(strings.Replace(theID, ">90", ">\r\n\t 90", 1), "1000<", "1000 \n<", 1)},
	{"carriage returns are written as references", "\n    ", "&#13;\n    "},
	{"a value is written with references", ":1000<", "&#58;1&#x30;00<"},
	{"identifiers are in lower case", "DB-12", "db-12"},
	{"the Command Variant has a plus sign and zeros, as xs:positiveInteger may", ">1<", ">+01<"},
	{"FirstInSequence is 1", "true", "1"},
	{"there is no white space", "\n    <", "<"},
	{"there are comments between elements", "<sr:RequestID>", "<!-- <sr:RequestID>> - --><sr:RequestID>"},
	{"there is a comment before the root", "<sr:Request ", "<!--\u00A0--><sr:Request "},
	{"there is a processing instruction before the root", "<sr:Request ", `<?xml-model href="DUIS.xsd"?><?a?><sr:Request `},
	{"there are elements of a later schema", theID, `<sr:Later/><sr:Later a="b">x<![CDATA[<]]><sr:Deeper xmlns="x">&amp;</sr:Deeper></sr:Later>` + theID},
	{"the elements are in another order", "    " + theID + "\n    <sr:FirstInSequence>true</sr:FirstInSequence>\n",
		"    <sr:FirstInSequence>true</sr:FirstInSequence>\n    " + theID + "\n"},
}

func TestPlainRequest(t *testing.T) {
	for name, read := range map[string]func() (Header, error){
		"ReadHeader": func() (Header, error) { return ReadHeader([]byte(plainRequest)) },
		"strictly":   func() (Header, error) { return readStrict([]byte(plainRequest), true) },
	} {
		if h, err := read(); err != nil || h != plainHeader() {
			t.Errorf("%s: got %+v, %v", name, h, err)
		}
	}
	if _, ok := readPlain([]byte(plainRequest)); !ok {
		t.Errorf("the plain reader gives it up")
	}
}

func TestReadHeaderTakesOtherWaysToSayTheSame(t *testing.T) {
	for _, row := range accepted {
		doc := edit(t, row.old, row.new)
		h, err := ReadHeader([]byte(doc))
		want := plainHeader()
		want.End = strings.Index(doc, "Header>\n  <") + len("Header>")
		if err != nil || h != want {
			t.Errorf("%s: got %+v, %v", row.rule, h, err)
		}
		if strict, err := readStrict([]byte(doc), true); err != nil || strict != h {
			t.Errorf("%s: strictly read %+v, %v", row.rule, strict, err)
		}
	}
}

func TestWhatIsOptionalMayBeMissing(t *testing.T) {
	doc := edit(t, "    <sr:FirstInSequence>true</sr:FirstInSequence>\n", "")
	h, err := ReadHeader([]byte(doc))
	if err != nil || h.HasFirstInSequence || h.FirstInSequence || !h.HasPreceding {
		t.Errorf("without FirstInSequence: %+v, %v", h, err)
	}
	doc = edit(t, ">true<", ">false<")
	h, err = ReadHeader([]byte(doc))
	if err != nil || !h.HasFirstInSequence || h.FirstInSequence {
		t.Errorf("with a false FirstInSequence: %+v, %v", h, err)
	}
	doc = edit(t, "    <sr:PrecedingServiceRequestID>90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:999</sr:PrecedingServiceRequestID>\n", "")
	h, err = ReadHeader([]byte(doc))
	if err != nil || h.HasPreceding || h.Preceding != (RequestID{}) {
		t.Errorf("without PrecedingServiceRequestID: %+v, %v", h, err)
	}
}

func TestUnknownVariantsAndReferencesAreKeptAsText(t *testing.T) {
	for _, row := range []struct{ rule, text, want string }{
		{"a variant of a later schema", "4.99.1", "4.99.1"},
		{"nonsense", "no such variant", "no such variant"},
		{"32 characters", strings.Repeat("9", 32), strings.Repeat("9", 32)},
		{"references are resolved", "&lt;4&gt;", "<4>"},
		{"white space around it is not kept", " 4.99\n", "4.99"},
		{"what Unknown is called", "unknown", "unknown"},
	} {
		h, err := ReadHeader([]byte(edit(t, ">4.8.1<", ">"+row.text+"<")))
		if err != nil || h.Variant != Unknown || h.VariantText != row.want {
			t.Errorf("%s: got variant %v, text %q, %v", row.rule, h.Variant, h.VariantText, err)
		}
		h, err = ReadHeader([]byte(edit(t, ">4.8<", ">"+row.text+"<")))
		if err != nil || h.Variant.String() != "4.8.1" || h.Reference != row.want {
			t.Errorf("%s: got variant %v, reference %q, %v", row.rule, h.Variant, h.Reference, err)
		}
	}
}

func TestWhatFollowsTheHeaderIsNotLookedAt(t *testing.T) {
	header := plainRequest[:plainHeader().End]
	for _, rest := range []string{"", "<", "</sr:Header>", "\x00\xFF", "<!DOCTYPE x>" + strings.Repeat("x", 2*MaxHeader)} {
		if h, err := ReadHeader([]byte(header + rest)); err != nil || h != plainHeader() {
			t.Errorf("followed by %.20q: got %+v, %v", rest, h, err)
		}
	}
}

func TestTheHeaderMustEndWithinTheFirst64KiB(t *testing.T) {
	spare := MaxHeader - plainHeader().End
	fill := func(n int) []byte { return []byte(edit(t, "  <sr:Header>", strings.Repeat(" ", n+2)+"<sr:Header>")) }
	if h, err := ReadHeader(fill(spare)); err != nil || h.End != MaxHeader {
		t.Errorf("a header that ends at the limit: %+v, %v", h, err)
	}
	_, err := ReadHeader(fill(spare + 1))
	if want := "the header does not end within the first 65536 bytes; send a header that does"; err == nil || err.Error() != want {
		t.Errorf("a header that ends beyond the limit: %v, want %s", err, want)
	}
}

func TestReadHeaderKeepsNothingOfTheMessage(t *testing.T) {
	msg := []byte(edit(t, "4.8.1", "4.8.9"))
	h, err := ReadHeader(msg)
	copy(msg, bytes.Repeat([]byte("x"), len(msg)))
	if err != nil || h.VariantText != "4.8.9" || h.Reference != "4.8" {
		t.Errorf("after the message was overwritten the header is %+v, %v", h, err)
	}
}

func TestAPlainRequestIsReadWithoutAllocation(t *testing.T) {
	msg := []byte(plainRequest)
	if n := testing.AllocsPerRun(100, func() { ReadHeader(msg) }); n != 0 {
		t.Errorf("it takes %v allocations", n)
	}
}

func TestPlainTextIsPrintableASCIIWithoutMarkup(t *testing.T) {
	for length := 1; length <= 17; length++ {
		for at := range length {
			for c := range 256 {
				text := []byte(strings.Repeat("~", length))
				text[at] = byte(c)
				if want := c >= ' ' && c <= '~' && !strings.ContainsRune("&<>", rune(c)); isPlain(text) != want {
					t.Fatalf("%q is plain: %v", text, !want)
				}
			}
		}
	}
}
