package person

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// MaxName is how many characters a person's name may have.
const MaxName = 100

// Name returns a person's name as it is kept: composed, with single spaces. It is
// 1 to MaxName letters of one script, digits, spaces and .'’-()&/@+_:, of which one
// at least is a letter; what stands before a colon, as in openid:ann, is Latin,
// whatever the script behind it. The error says what is wrong with any other.
func Name(given string) (string, error) {
	if !utf8.ValidString(given) || utf8.RuneCountInString(given) > MaxName {
		return "", NoName(given, "it is too long, or not text")
	}
	name := strings.Join(strings.Fields(norm.NFKC.String(given)), " ")
	if name == "" {
		return "", errors.New("nobody is named; say who you are")
	}
	if utf8.RuneCountInString(name) > MaxName {
		return "", NoName(given, "it is too long")
	}
	script, own := "", name
	if _, bare, means := strings.Cut(name, ":"); means && strings.ContainsFunc(bare, unicode.IsLetter) {
		own = bare // how somebody signed in is said in Latin letters, whatever those of the name
	}
	for at, c := range name {
		if !inName(c) {
			return "", NoName(given, fmt.Sprintf("it has the character %U", c))
		}
		s := scriptOf(c)
		if at < len(name)-len(own) {
			if s != "" && s != "Latin" {
				return "", NoName(given, "how somebody signed in, before the colon, is said in Latin letters")
			}
			continue
		}
		if s != "" && script != "" && s != script {
			return "", NoName(given, "it mixes "+script+" and "+s+" letters")
		}
		if s != "" {
			script = s
		}
	}
	if script == "" {
		return "", NoName(given, "it has no letter")
	}
	return name, nil
}

// NoName is the error that says why a name is no person's.
func NoName(given, why string) error {
	return fmt.Errorf("%.60q is not a person's name: %s; write 1 to %d letters of one script, digits, spaces and .'-()&/@:+_", given, why, MaxName)
}

// inName tells whether a name may have a character. A comma parts names where
// several stand together; what is not seen, or seen as a space, is none.
func inName(c rune) bool {
	switch {
	case unicode.In(c, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector):
		return false
	case c >= '0' && c <= '9', strings.ContainsRune(" .'’-()&/@+_:", c):
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

// Same tells whether two names are one person's: they differ at most in spaces,
// signs, accents, capitals or how Unicode writes them, and in what stands before a
// colon, which says how somebody signed in.
func Same(a, b string) bool { return strings.EqualFold(key(a), key(b)) }

// key is what counts of a name.
func key(name string) string {
	if _, bare, means := strings.Cut(name, ":"); means && strings.ContainsFunc(bare, unicode.IsLetter) {
		name = bare
	}
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
