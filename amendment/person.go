package amendment

import (
	"errors"
	"strings"

	"srtm/person"
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
	if err := person.CheckWords("reason", words); err != nil {
		return Assent{}, err
	}
	if strings.TrimSpace(words) == "" {
		return Assent{}, errors.New("there is no reason; say why in a few words")
	}
	return Assent{name, strings.TrimSpace(words), r.now()}, nil
}

// personOf returns a person's name as it is kept.
func personOf(given string) (string, error) {
	name, err := person.Name(given)
	if err != nil {
		return "", err
	}
	for _, taken := range []string{theFile, "the file given at a start", "the file at a start"} {
		if same(name, taken) {
			return "", person.NoName(given, "it stands for nobody")
		}
	}
	return name, nil
}

// same tells whether two names are one person's.
func same(a, b string) bool { return person.Same(a, b) }
