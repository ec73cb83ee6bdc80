package journal

import (
	"path/filepath"
	"strings"
	"testing"

	"srtm/duis"
)

// What is written as a pseudonym is read as the same, and nothing else is.
func FuzzParsePseudonym(f *testing.F) {
	p, err := LoadPseudonyms(filepath.Join(f.TempDir(), "key"))
	if err != nil {
		f.Fatal(err)
	}
	for _, text := range []string{"", "85c2711a4349d7d3857d79f0960a470f", "85C2711A4349D7D3857D79F0960A470F", "85c2711a4349d7d3857d79f0960a470", "85c2711a4349d7d3857d79f0960a470f00", "00-DB-12-34-56-78-90-A0", p.Of(7).String()} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, ok := ParsePseudonym(text)
		if ok != (len(text) == 32 && strings.Trim(text, "0123456789abcdefABCDEF") == "") || ok && q.String() != strings.ToLower(text) {
			t.Fatalf("%q is read as %v, %v", text, q, ok)
		}
		if target, is := p.Target(q); is && p.Of(target) != q {
			t.Fatalf("%v stands for %v, whose pseudonym is another", q, target)
		}
		if back, is := p.Target(p.Of(duis.EUI64(len(text)))); !is || back != duis.EUI64(len(text)) {
			t.Fatalf("a pseudonym stands for %v, %v", back, is)
		}
	})
}
