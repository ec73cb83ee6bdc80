package person

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxWords is how many characters a reason, or whatever else a person says, may
// have.
const MaxWords = 2000

// CheckWords says what is wrong with a text that a person gives, which may be
// empty; what names it in the error, such as "reason".
func CheckWords(what, words string) error {
	if !utf8.ValidString(words) || utf8.RuneCountInString(words) > MaxWords ||
		strings.ContainsFunc(words, func(r rune) bool { return !unicode.IsPrint(r) && r != '\n' && r != '\t' }) {
		return fmt.Errorf("the %s is not a text of at most %d printable characters; shorten it, or write it anew", what, MaxWords)
	}
	return nil
}
