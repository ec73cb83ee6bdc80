package journal

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// ReadHeads returns the texts of the signed heads in a file, one or more, in their
// order and each as it was signed. Blank lines around them, line ends of another
// system and a last line that does not end change nothing. Anything else beside
// them is an error, and so is a head that the key it names did not sign: such a
// file proves nothing about any journal. The error says in which line.
func ReadHeads(file string) ([]string, error) {
	var texts []string
	rest, line := strings.ReplaceAll(file, "\r\n", "\n"), 1
	for {
		blank := len(rest) - len(strings.TrimLeft(rest, " \t\n"))
		line += strings.Count(rest[:blank], "\n")
		if rest = rest[blank:]; rest == "" {
			break
		}
		text, after := cutHead(rest)
		if err := signedByItself(text); err != nil {
			return nil, fmt.Errorf("from line %d on: %w%s", line, err, otherForm(rest))
		}
		texts = append(texts, text)
		line += strings.Count(text, "\n")
		rest = after
	}
	if len(texts) == 0 {
		return nil, errors.New("it is empty; a head begins with the line " + headTitle)
	}
	return texts, nil
}

// cutHead cuts a signed note off what begins with one: lines, a blank one, and
// lines of signatures.
func cutHead(from string) (text, rest string) {
	claims, signatures, _ := strings.Cut(from, "\n\n")
	rest = signatures
	for strings.HasPrefix(rest, "— ") {
		_, rest, _ = strings.Cut(rest, "\n")
	}
	signatures = strings.TrimSuffix(signatures[:len(signatures)-len(rest)], "\n")
	return claims + "\n\n" + signatures + "\n", rest
}

// signedByItself says what keeps a text from being a head that is signed by the
// key it names. Whether that key is the right one is another question.
func signedByItself(text string) error {
	key, err := VerifierOf(text)
	if err != nil {
		return err
	}
	by, err := note.NewVerifier(key)
	if err != nil {
		return fmt.Errorf("journal head: the key %q: %w", clip(key), err)
	}
	_, err = ParseHead(text, note.VerifierList(by))
	return err
}

// otherForm is the way out where a file holds the answer of /api/v1/journal/head,
// or a part of it, as JSON.
func otherForm(text string) string {
	if strings.HasPrefix(text, "{") || strings.HasPrefix(text, `"`) {
		return "; it is JSON: take the text out with jq -r .head"
	}
	return ""
}
