package amendment

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// theFile is what prepared a policy that was found in the watched file, and so is
// no person's name; nor is what else stands where a person's name could.
const theFile = "the policy file"

// assent checks who says what.
func (r *Register) assent(by Person, words string) (Assent, error) {
	name, err := personOf(by.Name)
	if err != nil {
		return Assent{}, err
	}
	if err := checkWords("reason", words); err != nil {
		return Assent{}, err
	}
	if strings.TrimSpace(words) == "" {
		return Assent{}, errors.New("there is no reason; say why in a few words")
	}
	return Assent{name, strings.TrimSpace(words), r.now()}, nil
}

// personOf returns a person's name as it is kept: composed, with single spaces.
func personOf(given string) (string, error) {
	wrong := func(why string) (string, error) {
		return "", fmt.Errorf("%.60q is not a person's name: %s; write 1 to %d letters of one script, digits, spaces and .'-()&/@+_", given, why, MaxName)
	}
	if !utf8.ValidString(given) || utf8.RuneCountInString(given) > MaxName {
		return wrong("it is too long, or not text")
	}
	name := strings.Join(strings.Fields(norm.NFKC.String(given)), " ")
	if name == "" {
		return "", errors.New("nobody is named; say who you are")
	}
	if utf8.RuneCountInString(name) > MaxName {
		return wrong("it is too long")
	}
	script := ""
	for _, c := range name {
		if !inName(c) {
			return wrong(fmt.Sprintf("it has the character %U", c))
		}
		s := scriptOf(c)
		if s != "" && script != "" && s != script {
			return wrong("it mixes " + script + " and " + s + " letters")
		}
		if s != "" {
			script = s
		}
	}
	if script == "" {
		return wrong("it has no letter")
	}
	for _, taken := range []string{theFile, "the file given at a start", "the file at a start"} {
		if same(name, taken) {
			return wrong("it stands for nobody")
		}
	}
	return name, nil
}

// inName tells whether a name may have a character. A comma parts names where
// several stand together; what is not seen, or seen as a space, is none.
func inName(c rune) bool {
	switch {
	case unicode.In(c, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector):
		return false
	case c >= '0' && c <= '9', strings.ContainsRune(" .'’-()&/@+_", c):
		return true
	}
	return unicode.In(c, unicode.L, unicode.Mn, unicode.Mc)
}

// scriptOf returns the script of a letter; empty: any could have it. What is
// written in Japanese is one.
func scriptOf(c rune) string {
	if !unicode.IsLetter(c) || unicode.Is(unicode.Common, c) {
		return ""
	}
	if unicode.In(c, unicode.Han, unicode.Hiragana, unicode.Katakana) {
		return "Han"
	}
	for name, table := range unicode.Scripts {
		if unicode.Is(table, c) {
			return name
		}
	}
	return "other"
}

// same tells whether two names are one person's.
func same(a, b string) bool { return strings.EqualFold(key(a), key(b)) }

// key is what counts of a name.
func key(name string) string {
	return norm.NFKC.String(strings.Map(func(c rune) rune {
		switch {
		case unicode.In(c, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector):
			return -1
		case unicode.Is(unicode.M, c) && unicode.Is(unicode.Inherited, c): // accents
			return -1
		case unicode.IsDigit(c), unicode.IsLetter(c) && !unicode.Is(unicode.Common, c), unicode.Is(unicode.M, c):
			return c
		}
		return -1
	}, norm.NFKD.String(name)))
}
