package access

import (
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// What a password must be, after NIST SP 800-63B: long, not what everybody takes,
// and nothing about which characters.
const (
	MinPassword = 12   // characters
	MaxPassword = 1000 // octets
)

// commonest are the passwords that are tried first, one a line, lower case.
//
//go:embed commonest.txt
var commonest string

// ErrPassword is what a password is refused with, wrapped with the reason.
var ErrPassword = errors.New("choose another password")

// CheckPassword says why somebody of that name may not have a password.
func CheckPassword(name, password string) error {
	password = normal(password)
	plain := strings.ToLower(password)
	switch {
	case len(password) > MaxPassword:
		return fmt.Errorf("%w: it has more than %d octets", ErrPassword, MaxPassword)
	case !utf8.ValidString(password):
		return fmt.Errorf("%w: it is not UTF-8", ErrPassword)
	case utf8.RuneCountInString(password) < MinPassword:
		return fmt.Errorf("%w: it needs at least %d characters; several words in a row are easy to remember", ErrPassword, MinPassword)
	case name != "" && strings.Trim(strings.ReplaceAll(plain, strings.ToLower(name), ""), "0123456789!.-_ ") == "":
		return fmt.Errorf("%w: it is little more than the name", ErrPassword)
	case isCommon(plain):
		return fmt.Errorf("%w: it is among the first that are tried", ErrPassword)
	}
	return nil
}

// isCommon says whether a password, without digits and signs at its end, or what
// it repeats, is among the commonest, or is one character over and over.
func isCommon(plain string) bool {
	for line := range strings.Lines(commonest) {
		word := strings.TrimSpace(line)
		rest, begins := strings.CutPrefix(plain, word)
		if word != "" && begins && (strings.Trim(rest, "0123456789!.?#$ ") == "" || strings.ReplaceAll(rest, word, "") == "") {
			return true
		}
	}
	first, _ := utf8.DecodeRuneInString(plain)
	return strings.Trim(plain, string(first)) == ""
}

// normal is a password in the one form that is hashed, so that it is the same
// from every keyboard.
func normal(password string) string { return norm.NFC.String(password) }
