package policy

import (
	"os"
	"testing"
)

// What is read from the files that a policy is made of is that policy.
func TestFilesMakeThePolicyAgain(t *testing.T) {
	for _, file := range []string{"../examples/policy.yaml", "../examples/extended.yaml"} {
		if _, err := os.Stat(file); err != nil {
			t.Fatal(err)
		}
		p, err := Load(file)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseFiles(p.Files)
		if err != nil || again.Digest != p.Digest || len(again.Files) != len(p.Files) {
			t.Errorf("%s: made again as %v (%v)", file, again, err)
		}
		if len(p.Files) > 1 {
			if _, err := ParseFiles(p.Files[:1]); err == nil {
				t.Errorf("%s: read without the files beside it", file)
			}
		}
	}
	if _, err := ParseFiles(nil); err == nil {
		t.Error("a policy was made of nothing")
	}
}
