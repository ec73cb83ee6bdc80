package tmmd

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"srtm/policy"
)

// named stands in the public edition for what the parties wrote that names a
// Service User.
const named = "(left out of the public edition: it names a Service User)"

// secrets are the names that the public edition must not have, folded; see fold.
type secrets struct {
	names   map[string]bool
	lengths []int           // of the names, in octets, each once
	begin   map[string]bool // the first letters of the names, so that few places are looked at closely
	ids     map[string]bool // User IDs, as 16 hexadecimal digits
}

// shortName is below how many letters and digits a name must be a whole word to be
// found: many words begin with two letters.
const shortName = 3

// secretsOf gathers what names a Service User: accounts, names, User IDs and
// parties.
func secretsOf(p *policy.Policy) *secrets {
	s := &secrets{names: map[string]bool{}, begin: map[string]bool{}, ids: map[string]bool{}}
	for _, a := range p.Accounts {
		s.add(a.Name)
		s.add(a.ServiceUser)
		s.add(a.DisplayName)
		for _, r := range a.Rows {
			s.ids[fold(r.UserID.String()).text] = true
			s.add(r.Party)
		}
	}
	return s
}

func (s *secrets) add(name string) {
	f := fold(name).text
	if f == "" || s.names[f] {
		return
	}
	s.names[f] = true
	s.begin[firstLetter(f)] = true
	if !slices.Contains(s.lengths, len(f)) {
		s.lengths = append(s.lengths, len(f))
	}
}

func firstLetter(text string) string {
	_, size := utf8.DecodeRuneInString(text)
	return text[:size]
}

// free returns a text that the parties wrote, or says why it is left out.
func (s *secrets) free(text string) string {
	f := fold(text)
	if s.hasUserID(f.text) || s.hasUserID(strings.ReplaceAll(f.text, "0x", "")) {
		return named
	}
	for i, begin := range f.begins[:len(f.text)] {
		if begin && s.begin[firstLetter(f.text[i:])] && s.nameAt(f, i) {
			return named
		}
	}
	return text
}

// nameAt tells whether a name stands at a place, even as the beginning of a longer
// word.
func (s *secrets) nameAt(f folded, at int) bool {
	for _, length := range s.lengths {
		end := at + length
		if end > len(f.text) || !s.names[f.text[at:end]] {
			continue
		}
		if f.begins[end] || utf8.RuneCountInString(f.text[at:end]) >= shortName {
			return true
		}
	}
	return false
}

// hasUserID looks for the 16 digits of a User ID, whatever stands before and after.
func (s *secrets) hasUserID(text string) bool {
	const digits = 16
	run := 0
	for i := range len(text) {
		if run++; strings.IndexByte("0123456789abcdef", text[i]) < 0 {
			run = 0
		}
		if run >= digits && s.ids[text[i+1-digits:i+1]] {
			return true
		}
	}
	return false
}

// folded is a text without all that can be written in another way: letters and
// digits alone, none of them wide, accented or a capital.
type folded struct {
	text   string
	begins []bool // by octet, and at the end: whether a word begins there
}

// fold folds a text. A word begins after whatever is no letter or digit, at a
// capital after a small letter, and where letters follow digits or digits letters.
func fold(text string) folded {
	var f folded
	var out strings.Builder
	before := ' '
	for _, r := range norm.NFKD.String(text) {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Cc) && !unicode.IsSpace(r), r == utf8.RuneError:
			continue // nobody sees it
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			before = ' '
			continue
		}
		letters := string(unicode.ToLower(unicode.ToUpper(r))) // of three forms of a letter, as of sigma, one is left
		out.WriteString(letters)
		for i := range len(letters) {
			f.begins = append(f.begins, i == 0 && wordBegins(before, r))
		}
		before = r
	}
	f.text = out.String()
	f.begins = append(f.begins, true)
	return f
}

func wordBegins(before, r rune) bool {
	return before == ' ' || unicode.IsLower(before) && unicode.IsUpper(r) || unicode.IsDigit(before) != unicode.IsDigit(r)
}
