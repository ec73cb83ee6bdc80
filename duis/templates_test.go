package duis

import (
	"bytes"
	"encoding/xml"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// reading is a second, independent reading of a request, by encoding/xml alone.
type reading struct {
	XMLName xml.Name `xml:"http://www.dccinterface.co.uk/ServiceUserGateway Request"`
	Header  struct {
		RequestID               string
		CommandVariant          uint8
		ServiceReference        string
		ServiceReferenceVariant string
	}
}

// The templates are other people's requests for all variants; they are
// installed, not copied: see scripts/duis-templates.
func TestAllTemplatesAreReadRightly(t *testing.T) {
	folder := filepath.Join(run(t, script("duis-templates")), "@smartdcc", "duis-templates", "templates")
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(files) != 297 {
		t.Fatalf("there are %d templates in %s, want 297 (%v)", len(files), folder, err)
	}
	found := map[Variant]bool{}
	for _, file := range files {
		msg, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		h, err := ReadHeader(msg)
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(file), err)
			continue
		}
		found[h.Variant] = true
		checkTemplate(t, filepath.Base(file), msg, h)
	}
	for v := range Variants() {
		if !found[v] {
			t.Errorf("no template is read as one of variant %v", v)
		}
	}
}

// nameVariant is the variant in a template's file name; one has a stray dot.
var nameVariant = regexp.MustCompile(`(?:^|_)(\d+(?:\.\d+)+)\.?_`)

func checkTemplate(t *testing.T, name string, msg []byte, h Header) {
	t.Helper()
	var want reading
	if err := xml.Unmarshal(msg, &want); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	ids := strings.Split(want.Header.RequestID, ":")
	switch {
	case h.ID.Originator.String() != ids[0] || h.ID.Target.String() != ids[1] || h.ID.String() != want.Header.RequestID:
		t.Errorf("%s: RequestID %v, want %s", name, h.ID, want.Header.RequestID)
	case uint8(h.CommandVariant) != want.Header.CommandVariant:
		t.Errorf("%s: Command Variant %d, want %d", name, h.CommandVariant, want.Header.CommandVariant)
	case h.Variant == Unknown || h.Variant.String() != want.Header.ServiceReferenceVariant || h.VariantText != h.Variant.String():
		t.Errorf("%s: variant %v, %q, want %s", name, h.Variant, h.VariantText, want.Header.ServiceReferenceVariant)
	case h.Reference != want.Header.ServiceReference || h.Variant.Reference() != h.Reference:
		t.Errorf("%s: reference %q of %v, want %s", name, h.Reference, h.Variant, want.Header.ServiceReference)
	case !bytes.HasSuffix(msg[:h.End], []byte("</sr:Header>")) || bytes.Contains(msg[:h.End], []byte("<sr:Body>")):
		t.Errorf("%s: the header ends with %q", name, msg[:h.End])
	}
	in := nameVariant.FindStringSubmatch(name)
	if in == nil || in[1] != h.VariantText {
		t.Errorf("%s: the name says variant %v, read %v", name, in, h.VariantText)
	}
	// One template asks for a command for local delivery; all others are usual.
	if usual := h.Variant.CommandVariant(); h.CommandVariant != usual && (usual != 1 || h.CommandVariant != 2) {
		t.Errorf("%s: Command Variant %d for %v, whose usual one is %d", name, h.CommandVariant, h.Variant, usual)
	}
	_, plain := readPlain(msg)
	if comment := bytes.Contains(msg[:h.End], []byte("<!--")); plain == comment {
		t.Errorf("%s: the plain reader takes it: %v; it has a comment: %v", name, plain, comment)
	}
}
