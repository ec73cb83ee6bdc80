package person

import (
	"strings"
	"testing"
)

func TestNames(t *testing.T) {
	for _, c := range []struct{ rule, name, kept, wrong string }{
		{"a name is kept", "A. Planner", "A. Planner", ""},
		{"spaces are single", "  A.   Planner ", "A. Planner", ""},
		{"accents are composed", "Rene\u0301", "René", ""},
		{"nobody is nobody", " ", "", "nobody is named"},
		{"a letter is needed", "12", "", "no letter"},
		{"two names are not one", "Ann, Bob", "", "U+002C"},
		{"scripts are not mixed", "\u0410nn", "", "mixes Cyrillic and Latin"},
		{"what is not seen is no part of a name", "A\u200bnn", "", "U+200B"},
		{"what is not text is no name", "\xff", "", "not text"},
		{"how somebody signed in is told", "token:nightly", "token:nightly", ""},
		{"how somebody signed in does not mix with the name's script", "openid:\u0391\u039d\u039d", "openid:\u0391\u039d\u039d", ""},
		{"nor does it hide two scripts in the name", "openid:\u0410nn", "", "mixes Cyrillic and Latin"},
		{"how somebody signed in is said in Latin", "\u043epenid:ann", "", "in Latin letters"},
		{"what is too long is no name", strings.Repeat("a", MaxName+1), "", "too long"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			got, err := Name(c.name)
			if c.wrong == "" && (err != nil || got != c.kept) {
				t.Errorf("%q, %v", got, err)
			}
			if c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)) {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

func TestOnePersonHasOneName(t *testing.T) {
	for _, same := range [][2]string{{"A. Planner", "a planner"}, {"René", "Rene\u0301"}, {"René", "RENE"}, {"Ann", "Ａｎｎ"}, {"J. O'Neil", "J O’Neil"}, {"openid:ann", "Ann"}} {
		if !Same(same[0], same[1]) {
			t.Errorf("%q and %q are taken for two", same[0], same[1])
		}
	}
	if Same("Ann", "Anna") {
		t.Error("Ann and Anna are taken for one")
	}
}

func TestWords(t *testing.T) {
	for _, c := range []struct {
		words string
		ok    bool
	}{{"", true}, {"the DSP is slow\n\tsince 02:00", true}, {"\x1b[2J", false}, {"\xff", false}, {strings.Repeat("é", MaxWords), true}, {strings.Repeat("e", MaxWords+1), false}} {
		if err := CheckWords("reason", c.words); (err == nil) != c.ok {
			t.Errorf("%.20q: %v", c.words, err)
		}
	}
}

// FuzzName: what is kept of a name is a name, the same and one person's.
func FuzzName(f *testing.F) {
	f.Add("A. Planner")
	f.Add("Rene\u0301 Ａ")
	f.Fuzz(func(t *testing.T, given string) {
		name, err := Name(given)
		if err != nil {
			return
		}
		if again, err := Name(name); err != nil || again != name || !Same(name, again) {
			t.Errorf("%q is kept as %q and that as %q, %v", given, name, again, err)
		}
	})
}
