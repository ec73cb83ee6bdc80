package tmmd

import (
	"strings"
	"unicode"

	"srtm/policy"
)

// named stands in the public edition for what the parties wrote that names a
// Service User.
const named = "(left out of the public edition: it names a Service User)"

// secrets are the names that the public edition must not have, by their first
// word.
type secrets map[string][][]string

// secretsOf gathers what names a Service User: accounts, names, User IDs and
// parties.
func secretsOf(p *policy.Policy) secrets {
	s := secrets{}
	for _, a := range p.Accounts {
		s.add(a.Name)
		s.add(a.ServiceUser)
		s.add(a.DisplayName)
		for _, r := range a.Rows {
			id := r.UserID.String()
			s.add(id)
			s.add(strings.ReplaceAll(id, "-", ""))
			s.add(r.Party)
		}
	}
	return s
}

func (s secrets) add(name string) {
	words := wordsOf(name)
	if len(words) == 0 {
		return
	}
	for _, known := range s[words[0]] {
		if len(known) <= len(words) && begins(words, known) {
			return
		}
	}
	s[words[0]] = append(s[words[0]], words)
}

// free returns a text that the parties wrote, or says why it is left out.
func (s secrets) free(text string) string {
	words := wordsOf(text)
	for i, w := range words {
		for _, name := range s[w] {
			if begins(words[i:], name) {
				return named
			}
		}
	}
	return text
}

func begins(words, with []string) bool {
	if len(words) < len(with) {
		return false
	}
	for i, w := range with {
		if words[i] != w {
			return false
		}
	}
	return true
}

func wordsOf(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
