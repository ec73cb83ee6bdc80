package policy_test

import (
	"errors"
	"io/fs"
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"srtm/policy"
)

// What the tests below vary: a policy of two accounts that share 90/s as 3 to 1.
const (
	minimalPolicy    = "name: Test\ncapacity: 100/s\nportfolio: portfolio.csv\n"
	minimalPortfolio = "account,name,user_id,role,portfolio\n" +
		"ALPHA,Alpha,90-B3-D5-1F-30-01-00-00,IS,3\n" +
		"BETA,Beta,90-B3-D5-1F-30-02-00-00,GS,1\n"
)

// files are those beside a policy.
type files map[string]string

func beside(portfolio string, more files) fs.FS {
	all := files{"portfolio.csv": portfolio}
	maps.Copy(all, more)
	fsys := fstest.MapFS{}
	for name, text := range all {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

func mustParse(t testing.TB, text string, fsys fs.FS) *policy.Policy {
	t.Helper()
	p, err := policy.Parse("policy.yaml", []byte(text), fsys)
	if err != nil {
		t.Fatalf("the policy is refused:\n%v", err)
	}
	return p
}

// problemsOf returns the lines of the error that Parse must give.
func problemsOf(t testing.TB, text string, fsys fs.FS) []string {
	t.Helper()
	p, err := policy.Parse("policy.yaml", []byte(text), fsys)
	if err == nil {
		t.Fatalf("the policy %+v is accepted", p)
	}
	var problems policy.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("the error is no Problems but %T: %v", err, err)
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != len(problems) {
		t.Errorf("%d problems take %d lines", len(problems), len(lines))
	}
	return lines
}

// expect compares problem lines with what is wanted of each: its beginning, up
// to what would be right.
func expect(t testing.TB, got []string, want ...string) {
	t.Helper()
	same := len(got) == len(want)
	for i := range min(len(got), len(want)) {
		same = same && strings.HasPrefix(got[i], want[i])
	}
	if !same {
		t.Errorf("the problems are\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}
