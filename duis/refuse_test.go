package duis

import (
	"strconv"
	"strings"
	"testing"
)

// refused are documents that ReadHeader does not take. Those with xml are
// well-formed XML with namespaces all the same.
var refused = []struct {
	rule, old, new string
	xml            bool
	fault          string
}{
	{"a DOCTYPE", "<sr:Request ", "<!DOCTYPE sr:Request><sr:Request ", true, "the body has a DOCTYPE or another directive"},
	{"entities", "<sr:Request ", `<!DOCTYPE x [<!ENTITY o "90-B3-D5-1F-30-01-00-00">]><sr:Request `, true, "the body has a DOCTYPE"},
	{"another directive", "<sr:RequestID>", "<!ELEMENT a ANY><sr:RequestID>", false, "the body has a DOCTYPE or another directive"},
	{"a declared encoding of Latin 1", "UTF-8", "ISO-8859-1", true, `the XML declaration says encoding "ISO-8859-1"`},
	{"a declared encoding with white space", ` encoding="UTF-8"`, ` encoding = 'ISO-8859-1'`, true, `the XML declaration says encoding "ISO-8859-1"`},
	{"XML 1.1", `"1.0"`, `"1.1"`, true, `the body is XML "1.1"`},
	{"a declaration without a version", ` version="1.0"`, "", false, "the XML declaration is malformed"},
	{"a declaration with more in it", `"UTF-8"?>`, `"UTF-8" x="y"?>`, false, "the XML declaration is malformed"},
	{"a declaration that stands neither alone nor not", `"UTF-8"?>`, `"UTF-8" standalone="maybe"?>`, false, "the XML declaration is malformed"},
	{"white space before the declaration", "<?xml", " <?xml", false, "an XML declaration is not at the start"},
	{"two declarations", "<sr:Request ", `<?xml version="1.0"?><sr:Request `, false, "an XML declaration is not at the start"},
	{"an instruction named XML", "<sr:Request ", `<?XML x?><sr:Request `, false, "an XML declaration is not at the start"},
	{"an instruction with a colon", "<sr:Request ", `<?a:b x?><sr:Request `, false, "a processing instruction is malformed"},
	{"an instruction without white space", "<sr:Request ", `<?a"b"?><sr:Request `, false, "a processing instruction is malformed"},
	{"bytes that are not UTF-8 in a comment", "<sr:RequestID>", "<!--\xE9--><sr:RequestID>", false, "there are bytes that are not UTF-8"},
	{"a zero byte in a comment", "<sr:RequestID>", "<!--\x00--><sr:RequestID>", false, "characters that XML forbids"},
	{"two hyphens in a comment", "<sr:RequestID>", "<!-- -- --><sr:RequestID>", false, `invalid sequence ?--? not allowed in comments`},
	{"text before the root", "<sr:Request ", "x<sr:Request ", false, "there is text before the root element"},
	{"a reference before the root", "<sr:Request ", "&#32;<sr:Request ", false, "there is text before the root element"},
	{"CDATA before the root", "<sr:Request ", "<![CDATA[ ]]><sr:Request ", false, "there is text before the root element"},
	{"another root", "sr:Request", "sr:Response", true, `the root element is "Response" of namespace "http://www.dccinterface.co.uk/ServiceUserGateway"`},
	{"another namespace", "ServiceUserGateway", "ServiceUserGatewaz", true, `the root element is "Request" of namespace`},
	{"no namespace", `xmlns:sr="http://www.dccinterface.co.uk/ServiceUserGateway" `, "", false, `the prefix "sr" is not declared`},
	{"the namespace on another prefix", `xmlns:sr`, `xmlns:rs`, false, `the prefix "sr" is not declared`},
	{"the same attribute twice", "schemaVersion", `schemaVersion="5.3" schemaVersion`, false, `the attribute "schemaVersion" is there twice`},
	{"the same prefix twice", "schemaVersion", `xmlns:sr="x" schemaVersion`, false, `the attribute "sr" is there twice`},
	{"the default namespace twice", "schemaVersion", `xmlns="x" xmlns="y" schemaVersion`, false, `the attribute "xmlns" is there twice`},
	{"the same attribute by two prefixes", "schemaVersion", `xmlns:a="x" xmlns:b="x" a:c="" b:c="" schemaVersion`, false, `the attribute "c" is there twice`},
	{"an undeclared prefix of an attribute", "schemaVersion", `a:b="" schemaVersion`, false, `the prefix "a" is not declared`},
	{"a prefix for no namespace", "schemaVersion", `xmlns:a="" schemaVersion`, false, `the namespace declaration of prefix "a" is forbidden`},
	{"another meaning for xml", "schemaVersion", `xmlns:xml="x" schemaVersion`, false, `the namespace declaration of prefix "xml" is forbidden`},
	{"another meaning for xmlns", "schemaVersion", `xmlns:xmlns="x" schemaVersion`, false, `the namespace declaration of prefix "xmlns" is forbidden`},
	{"another prefix for xml", "schemaVersion", `xmlns:a="http://www.w3.org/XML/1998/namespace" schemaVersion`, false, `of prefix "a" is forbidden`},
	{"a prefix for xmlns", "schemaVersion", `xmlns:a="http://www.w3.org/2000/xmlns/" schemaVersion`, false, `of prefix "a" is forbidden`},
	{"white space in a namespace", "ServiceUserGateway", "ServiceUserGateway ", false, `the namespace declaration of prefix "sr" is forbidden`},
	{"two colons in a name", "schemaVersion", `a:b:c="" schemaVersion`, false, "expected attribute name in element"},
	{"nothing before the colon", "schemaVersion", `:a="" schemaVersion`, false, `the name ":a" is malformed`},
	{"nothing after the colon", "schemaVersion", `xmlns:="x" schemaVersion`, false, `the name "xmlns:" is malformed`},
	{"a digit after the colon", "schemaVersion", `ds:1="x" schemaVersion`, false, `the name "1" is malformed`},
	{"a digit for a prefix", "schemaVersion", `xmlns:1="x" schemaVersion`, false, `the attribute name "1" is malformed`},
	{"no white space between attributes", " schemaVersion", "schemaVersion", false, "there is no white space between two attributes"},
	{"a value without quotation marks", `"5.4"`, "5.4", false, "unquoted or missing attribute value"},
	{"an attribute without a value", `="5.4"`, "", false, "attribute name without = in element"},
	{"a tag within an attribute", `"5.4"`, `"<"`, false, "unescaped < inside quoted string"},
	{"a reference to a surrogate", `"5.4"`, `"&#xD800;"`, false, "there is a U+FFFD"},
	{"a reference to zero", `"5.4"`, `"&#0;"`, false, "illegal character code U+0000"},
	{"an unknown entity", `"5.4"`, `"&nbsp;"`, false, "invalid character entity &nbsp;"},
	{"another element first", "<sr:Header>", "<sr:Body/><sr:Header>", true, `the Request begins with "Body"`},
	{"text before the header", "<sr:Header>", "x<sr:Header>", true, `there is text between elements: "`},
	{"CDATA before the header", "<sr:Header>", "<![CDATA[ ]]><sr:Header>", true, "there is text between elements"},
	{"text in the header", "<sr:RequestID>", "x<sr:RequestID>", true, "there is text between elements"},
	{"CDATA end in text", "<sr:RequestID>", "]]><sr:RequestID>", false, "unescaped ]]> not in CDATA section"},
	{"an element of another namespace", "<sr:RequestID>", `<ds:RequestID/><sr:RequestID>`, true, `element "RequestID" is of namespace "http://www.w3.org/2000/09/xmldsig#"`},
	{"an element of no namespace", "<sr:RequestID>", `<RequestID/><sr:RequestID>`, true, `element "RequestID" is of namespace ""`},
	{"an inclusion", "<sr:RequestID>", `<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="x"/><sr:RequestID>`, true, `element "include" is of namespace`},
	{"an end tag of another name", "</sr:RequestID>", "</sr:requestID>", false, `the end tag "requestID" is not that of "RequestID"`},
	{"an end tag of another prefix for the same namespace", "1000</sr:RequestID>", "1000</ds:RequestID>", false, `the end tag "RequestID" is not that of "RequestID"`},
	{"a comment in a value", ":00-DB", ":<!-- -->00-DB", true, "there is more than text in RequestID"},
	{"CDATA in a value", "1000</sr", "<![CDATA[1000]]></sr", true, `there is more than text in RequestID: "<![CDATA[1000]]>"`},
	{"an instruction in a value", "1000</sr", "<?a?>1000</sr", true, "there is more than text in RequestID"},
	{"an element in a value", "1000</sr", "<sr:x/>1000</sr", true, "there is more than text in RequestID"},
	{"two RequestIDs", theID, theID + theID, true, "the header has RequestID twice"},
	{"a second, empty RequestID", theID, theID + "<sr:RequestID/>", true, "the header has RequestID twice"},
	{"a RequestID within another element", theID, theID + "<sr:Later>" + theID + "</sr:Later>", true, "there is a RequestID within another element"},
	{"a header within another element", theID, theID + "<sr:Later><Header/></sr:Later>", true, "there is a Header within another element"},
	{"no RequestID", theID, "", true, "the header has no RequestID"},
	{"no CommandVariant", "<sr:CommandVariant>1</sr:CommandVariant>", "", true, "the header has no CommandVariant"},
	{"no ServiceReference", "<sr:ServiceReference>4.8</sr:ServiceReference>", "", true, "the header has no ServiceReference"},
	{"no ServiceReferenceVariant", "<sr:ServiceReferenceVariant>4.8.1</sr:ServiceReferenceVariant>", "", true, "the header has no ServiceReferenceVariant"},
	{"an empty RequestID", theID, "<sr:RequestID/>", true, `the header's RequestID is ""`},
	{"white space within a RequestID", ":1000", ": 1000", true, "the header's RequestID is"},
	{"white space that is none to XML", ">90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:1000", ">\u00A090-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:1000", true, "the header's RequestID is"},
	{"a malformed preceding RequestID", ":999", ":0999", true, "the header's PrecedingServiceRequestID is"},
	{"Command Variant 0", ">1<", ">0<", true, `the header's CommandVariant is "0"; write a number from 1 to 9`},
	{"Command Variant 10", ">1<", ">10<", true, `the header's CommandVariant is "10"`},
	{"Command Variant -1", ">1<", ">-1<", true, `the header's CommandVariant is "-1"`},
	{"an empty Command Variant", ">1<", "><", true, `the header's CommandVariant is ""`},
	{"a Command Variant of hundreds of characters", ">1<", ">" + strings.Repeat("\t1", 100) + "<", true, "the header's CommandVariant is"},
	{"FirstInSequence yes", "true", "yes", true, `the header's FirstInSequence is "yes"; write true or false`},
	{"FirstInSequence True", "true", "True", true, `the header's FirstInSequence is "True"`},
	{"FirstInSequence that is not closed", "</sr:FirstInSequence>", "", false, "there is more than text in FirstInSequence"},
	{"an empty variant", ">4.8.1<", "><", true, `the header's ServiceReferenceVariant is ""`},
	{"a variant of 33 characters", ">4.8.1<", ">" + strings.Repeat("4", 33) + "<", true, "the header's ServiceReferenceVariant is"},
	{"a variant that is not ASCII", ">4.8.1<", ">4.8.\u00B9<", true, `the header's ServiceReferenceVariant is "4.8.??"`},
	{"a variant with a line feed", ">4.8.1<", ">4.8\n.1<", true, `the header's ServiceReferenceVariant is "4.8?.1"`},
	{"an empty reference", ">4.8<", "><", true, `the header's ServiceReference is ""`},
}

func TestReadHeaderRefuses(t *testing.T) {
	for _, row := range refused {
		refuse(t, row.rule, edit(t, row.old, row.new), row.fault)
	}
}

// refuse checks that both readers refuse doc, and how.
func refuse(t *testing.T, rule, doc, fault string) {
	t.Helper()
	msg := []byte(doc)
	h, err := ReadHeader(msg)
	if string(msg) != doc {
		t.Errorf("%s: the message was changed to %q", rule, msg)
	}
	if err == nil || !strings.Contains(err.Error(), fault) {
		t.Errorf("%s: got %+v, %v, want the fault %s", rule, h, err, fault)
		return
	}
	if h != (Header{}) {
		t.Errorf("%s: the refusal comes with %+v", rule, h)
	}
	checkFault(t, err)
	if _, ok := readPlain([]byte(doc)); ok {
		t.Errorf("%s: the plain reader takes it", rule)
	}
}

// checkFault checks that the error may be sent and logged as it is.
func checkFault(t *testing.T, err error) {
	t.Helper()
	f, ok := err.(Fault)
	if !ok || f.Wrong == "" || f.Right == "" {
		t.Errorf("the error %q is no whole Fault", err)
	}
	line := err.Error()
	if len(line) > 300 {
		t.Errorf("the error has %d bytes: %q", len(line), line)
	}
	for _, c := range []byte(line) {
		if c < ' ' || c > '~' {
			t.Errorf("the error is not printable ASCII: %q", line)
			break
		}
	}
}

func TestReadHeaderRefusesWhatIsNoDocument(t *testing.T) {
	wide := func(s string, unit int, big bool) string {
		var out []byte
		for _, c := range []byte(s) {
			octets := make([]byte, unit)
			octets[0] = c
			if big {
				octets[0], octets[unit-1] = 0, c
			}
			out = append(out, octets...)
		}
		return string(out)
	}
	for _, row := range []struct{ rule, doc, fault string }{
		{"nothing", "", "the body is empty"},
		{"white space", " \r\n\t", "the body is empty"},
		{"a byte order mark alone", "\xEF\xBB\xBF", "the body is empty"},
		{"JSON", `{"RequestID": 1}`, `the body is not XML: it begins with "{?RequestID?: 1}"`},
		{"binary", "\x1F\x8B\x08\x00", `the body is not XML: it begins with "????"`},
		{"a form", "a=b", "the body is not XML"},
		{"UTF-16 with a mark, little end first", "\xFF\xFE" + wide(plainRequest, 2, false), "the body is in UTF-16"},
		{"UTF-16 with a mark, big end first", "\xFE\xFF" + wide(plainRequest, 2, true), "the body is in UTF-16"},
		{"UTF-16 without a mark, little end first", wide(plainRequest, 2, false), "the body is in UTF-16"},
		{"UTF-16 without a mark, big end first", wide(plainRequest, 2, true), "the body is in UTF-16"},
		{"UTF-32 with a mark, little end first", "\xFF\xFE\x00\x00" + wide(plainRequest, 4, false), "the body is in UTF-32"},
		{"UTF-32 with a mark, big end first", "\x00\x00\xFE\xFF" + wide(plainRequest, 4, true), "the body is in UTF-32"},
		{"UTF-32 without a mark, little end first", wide(plainRequest, 4, false), "the body is in UTF-32"},
		{"UTF-32 without a mark, big end first", wide(plainRequest, 4, true), "the body is in UTF-32"},
		{"EBCDIC", "\x4C\x6F\xA7\x94\x93", "the body is in EBCDIC"},
		{"a SOAP envelope", `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">`, `the root element is "Envelope" of namespace "http://schemas.xmlsoap.org/soap/envelope/"`},
		{"HTML", "<!doctype html><html>", "the body has a DOCTYPE"},
		{"an empty Request", `<Request xmlns="` + Namespace + `"/>`, "the Request is empty"},
		{"an empty Header", `<Request xmlns="` + Namespace + `"><Header/>`, "the header has no RequestID"},
		{"an end tag first", "</Request>", "an end tag comes before any start tag"},
		{"a comment alone", "<!-- -->", "the body is cut short"},
		{"elements 33 deep", header(strings.Repeat("<x>", 31)), "elements lie more than 32 deep"},
		{"257 elements", header(strings.Repeat("<x/>", 255)), "there are more than 256 elements up to the header's end"},
		{"65 attributes", header("<x" + numbered(" a%=''", 65) + "/>"), "a start tag has more than 64 attributes"},
		{"65 namespaces", header("<x" + numbered(" xmlns:a%='y'", 64) + "/>"), "more than 64 namespaces are declared"},
		{"a hostile root", "<x" + strings.Repeat("y", 5000) + "\n>", `the root element is "x` + strings.Repeat("y", 59) + `..." of namespace`},
		{"a hostile entity", "<x a='&" + strings.Repeat("\u00E9\"", 5000) + "'>", "the body is not well-formed XML near byte"},
	} {
		refuse(t, row.rule, row.doc, row.fault)
	}
}

// header is a document with content in its header.
func header(content string) string {
	return `<Request xmlns="` + Namespace + `"><Header>` + content
}

// numbered is n pieces, each with its number for the '%'.
func numbered(piece string, n int) string {
	var out strings.Builder
	for i := range n {
		out.WriteString(strings.ReplaceAll(piece, "%", strconv.Itoa(i)))
	}
	return out.String()
}

func TestARequestThatIsCutShortIsRefusedWhereverItIsCut(t *testing.T) {
	for _, doc := range []string{plainRequest, edit(t, "<sr:RequestID>", "<!-- a --><?b?><sr:Later a='&lt;'><![CDATA[ ]]></sr:Later><sr:RequestID>")} {
		end := strings.Index(doc, "</sr:Header>") + len("</sr:Header>")
		for n := range end {
			h, err := ReadHeader([]byte(doc[:n]))
			if err == nil {
				t.Fatalf("cut after %d bytes it is read as %+v", n, h)
			}
			checkFault(t, err)
			if wrong := err.(Fault).Wrong; n > 5 && !strings.HasPrefix(wrong, "the body is cut short") && !strings.HasPrefix(wrong, "the XML declaration is malformed") {
				t.Errorf("cut after %d bytes: %v", n, err)
			}
		}
	}
}

func TestOneFlippedByteNeverGivesAnotherSender(t *testing.T) {
	want := plainHeader()
	span := strings.Index(plainRequest, theID)
	for at := range want.End {
		if at >= span && at < span+len(theID) {
			continue // there another sender is what is written
		}
		for bit := range 8 {
			msg := []byte(plainRequest)
			msg[at] ^= 1 << bit
			if h, err := ReadHeader(msg); err == nil && h.ID != want.ID {
				t.Errorf("byte %d as %q: read %v", at, msg[at], h.ID)
			}
		}
	}
}
