package access

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestPasswordRule(t *testing.T) {
	for _, row := range []struct {
		rule, password string
		good           bool
	}{
		{"twelve characters are enough", "heron wading", true},
		{"eleven are not", "heron wadin", false},
		{"characters count, not octets", "äöüäöüäöüäö", false},
		{"any characters do", "žluťoučký kůň 🐎", true},
		{"no digit, capital or sign is asked for", "threegreyherons", true},
		{"1000 octets are taken", strings.Repeat("ab c", 250), true},
		{"1001 are not", strings.Repeat("ab c", 250) + "d", false},
		{"what is not UTF-8 is not taken", "heron wading \xff", false},
		{"the name is none", "a.planner.north", false},
		{"nor the name with digits behind it", "A.Planner.North2026!", false},
		{"nor the name twice", "a.planner.northa.planner.north", false},
		{"a sentence with the name in it is one", "a.planner.north likes herons", true},
		{"what everybody takes is none", "correct horse battery staple", false},
		{"nor with digits behind it", "Password2026!", false},
		{"nor what everybody takes, twice", "qwertyqwerty", false},
		{"nor one character over and over", "xxxxxxxxxxxxxxxxxx", false},
	} {
		if err := CheckPassword("a.planner.north", row.password); (err == nil) != row.good || err != nil && !errors.Is(err, ErrPassword) {
			t.Errorf("%s: %v", row.rule, err)
		}
	}
}

func TestHashes(t *testing.T) {
	h := newHash("ångström units", usual())
	again, err := parseHash(h.String())
	if err != nil || !again.fits("ångström units") || again.fits("angstrom units") || again.fits("") {
		t.Errorf("%s: %v", h, err)
	}
	if !again.fits("a\u030angstro\u0308m units") {
		t.Error("the same password in another normal form does not fit")
	}
	if !strings.HasPrefix(h.String(), "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("the parameters are not in %s", h)
	}
	for _, wrong := range []string{
		"", "three grey herons", "$2a$10$abcdefghijklmnopqrstuv", strings.Replace(h.String(), "argon2id", "argon2i", 1),
		strings.Replace(h.String(), "v=19", "v=16", 1), strings.Replace(h.String(), "m=19456", "m=9999999", 1), strings.Replace(h.String(), "m=19456", "m=8", 1),
		strings.Replace(h.String(), "t=2", "t=0", 1), strings.Replace(h.String(), "t=2", "t=4000000000", 1), strings.Replace(h.String(), "p=1", "p=0", 1),
		strings.Replace(h.String(), "t=2", "t=02", 1), h.String() + "A", h.String() + "$", h.String()[:len(h.String())-4],
	} {
		if _, err := parseHash(wrong); err == nil {
			t.Errorf("taken for a hash: %q", wrong)
		}
	}
}

func TestNoCommonPasswordIsTaken(t *testing.T) {
	var words []string
	for line := range strings.Lines(commonest) {
		words = append(words, strings.TrimSpace(line))
	}
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom(words).Draw(t, "word")
		password := rapid.SampledFrom([]string{word, strings.ToUpper(word), strings.Repeat(word, 5), word + "1234567890", word + "!!!!!!!!!!!!"}).Draw(t, "password")
		if CheckPassword("j.smith", password) == nil {
			t.Errorf("%q is taken", password)
		}
	})
}
