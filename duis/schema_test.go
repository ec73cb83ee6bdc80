package duis

import (
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// enumeration is what the schema allows for a simple type, in its order.
func enumeration(t *testing.T, folder, name string) []string {
	t.Helper()
	var schema struct {
		Types []struct {
			Name   string `xml:"name,attr"`
			Values []struct {
				Value string `xml:"value,attr"`
			} `xml:"restriction>enumeration"`
		} `xml:"simpleType"`
	}
	text, err := os.ReadFile(filepath.Join(folder, "DUIS.xsd"))
	if err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	var values []string
	for _, typ := range schema.Types {
		if typ.Name == name {
			for _, v := range typ.Values {
				values = append(values, v.Value)
			}
		}
	}
	return values
}

// newCodes are the response codes that schema V5.4 has and V5.1, which tests
// can install, has not.
var newCodes = []string{"E050111", "E050112", "E081406", "E110106", "E120103"}

func TestTheListsAreThoseOfTheSchema(t *testing.T) {
	folder := run(t, script("duis-schema"))
	var texts, codes []string
	references := map[string]bool{}
	for v := range Variants() {
		texts = append(texts, v.String())
		references[v.Reference()] = true
	}
	for c := range ResponseCodes() {
		codes = append(codes, c.String())
	}
	if want := enumeration(t, folder, "ServiceReferenceVariant"); !slices.Equal(texts, want) {
		t.Errorf("the variants are %v, the schema's %v", texts, want)
	}
	for _, want := range enumeration(t, folder, "ServiceReference") {
		if !references[want] {
			t.Errorf("no variant is of Service Reference %s", want)
		}
		delete(references, want)
	}
	if len(references) > 0 {
		t.Errorf("the schema has no Service References %v", references)
	}
	old := slices.DeleteFunc(slices.Clone(codes), func(c string) bool { return slices.Contains(newCodes, c) })
	if want := enumeration(t, folder, "ResponseCode"); !slices.Equal(old, want) || len(codes) != len(want)+len(newCodes) {
		t.Errorf("the response codes are %v, the schema's %v", codes, want)
	}
}

// TestAConformingParserReadsTheSame holds the tables of documents against
// xmllint: what is read here it reads the same, and what is called malformed
// it calls so too.
func TestAConformingParserReadsTheSame(t *testing.T) {
	run(t, script("duis-schema")) // installs xmllint
	const path = "/*[local-name()='Request' and namespace-uri()='" + Namespace + "']/*[1]/*[local-name()='%' and namespace-uri()='" + Namespace + "']"
	value := func(name string) string { return "normalize-space(" + strings.Replace(path, "%", name, 1) + ")" }
	for _, row := range accepted {
		file := write(t, edit(t, row.old, row.new))
		id, err := ParseRequestID(run(t, "xmllint", "--nonet", "--xpath", value("RequestID"), file))
		if err != nil || id != plainHeader().ID {
			t.Errorf("%s: xmllint reads RequestID %v, %v", row.rule, id, err)
		}
		if v := run(t, "xmllint", "--nonet", "--xpath", value("ServiceReferenceVariant"), file); v != "4.8.1" {
			t.Errorf("%s: xmllint reads variant %s", row.rule, v)
		}
	}
	for _, row := range refused {
		out, err := exec.Command("xmllint", "--nonet", "--noout", write(t, edit(t, row.old, row.new))).CombinedOutput()
		if malformed := err != nil || strings.Contains(string(out), "error :"); malformed == row.xml {
			t.Errorf("%s: well-formed: %v, but xmllint says %v %s", row.rule, row.xml, err, out)
		}
	}
}
