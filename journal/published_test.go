package journal

import (
	"slices"
	"strings"
	"testing"
)

// signedHeads returns texts of heads of different times, signed by one key.
func signedHeads(t testing.TB, n int) []string {
	t.Helper()
	s, err := loadSigner("")
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for i := range n {
		h, err := s.sign(HeadClaims{Environment: "test", Journal: "1", At: noon + int64(i), Position: Position(i + 1)})
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, h.Text)
	}
	return texts
}

func TestAFileOfHeads(t *testing.T) {
	h := signedHeads(t, 3)
	for rule, c := range map[string]struct {
		file string
		want []string
	}{
		"one as it was signed":                         {h[0], h[:1]},
		"a line feed more, as jq -r adds it":           {h[0] + "\n", h[:1]},
		"blank lines before and behind":                {"\n \n" + h[0] + "\n\t\n", h[:1]},
		"the last line does not end, as in a variable": {strings.TrimSpace(h[0]), h[:1]},
		"line ends of Windows":                         {strings.ReplaceAll(h[0]+"\n", "\n", "\r\n"), h[:1]},
		"several, as journal heads prints them":        {h[0] + "\n" + h[1] + "\n" + h[2] + "\n", h},
		"several without a line between":               {h[0] + h[1] + h[2], h},
	} {
		got, err := ReadHeads(c.file)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, %d heads instead of %d", rule, err, len(got), len(c.want))
		}
	}
}

func TestAFileThatIsNoHead(t *testing.T) {
	h := signedHeads(t, 2)
	for rule, c := range map[string]struct{ file, want string }{
		"empty":                      {" \n\n", "it is empty; a head begins with the line srtm journal head"},
		"something else":             {"null\n", `from line 1 on: journal head: it begins with "null"`},
		"JSON":                       {`{"head": "srtm"}`, "it is JSON: take the text out with jq -r .head"},
		"JSON of the head alone":     {`"srtm journal head\nenvi"`, "it is JSON"},
		"cut short":                  {h[0][:60], "from line 1 on: "},
		"without its signature":      {h[0][:strings.Index(h[0], "— ")], "from line 1 on: "},
		"altered":                    {strings.Replace(h[0], "position 1", "position 2", 1), "from line 1 on: journal head: invalid signature"},
		"the second is altered":      {h[0] + "\n" + strings.Replace(h[1], "position 2", "position 1", 1), "from line 14 on: journal head: invalid signature"},
		"something between":          {h[0] + "\nnote to self\n" + h[1], `from line 14 on: journal head: it begins with "note to self"`},
		"a key that is none, and it": {strings.Replace(h[0], "signer srtm-journal+", "signer ", 1), "from line 1 on: journal head: the key "},
	} {
		if got, err := ReadHeads(c.file); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %d heads, and the error is %v, not %q", rule, len(got), err, c.want)
		}
	}
}

// Whatever a file holds, what comes out of it is signed, and comes out of itself.
func FuzzReadHeads(f *testing.F) {
	h := signedHeads(f, 2)
	f.Add(h[0] + "\n")
	f.Add(h[0] + "\n\r\n" + h[1])
	f.Add(h[0][:len(h[0])-3])
	f.Add("srtm journal head\n\n— a\n")
	f.Fuzz(func(t *testing.T, file string) {
		texts, err := ReadHeads(file)
		if (err == nil) != (len(texts) > 0) {
			t.Fatalf("%d heads and the error %v", len(texts), err)
		}
		again, err := ReadHeads(strings.Join(texts, "\n"))
		if len(texts) > 0 && (err != nil || !slices.Equal(again, texts)) {
			t.Fatalf("%q gives %q, and that gives %q: %v", file, texts, again, err)
		}
	})
}
