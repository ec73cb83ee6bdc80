package policy

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxLabel is the most characters that a name for people may have.
const MaxLabel = 100

// parseLabel reads a name for people: one line that is shown as it is written.
func parseLabel(s string) (string, *flaw) {
	switch {
	case s == "":
		return "", &flaw{"there is no name", "write one"}
	case utf8.RuneCountInString(s) > MaxLabel:
		return "", &flaw{quoted(s) + " is longer than 100 characters", "write a shorter one"}
	case !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "", &flaw{quoted(s) + " has characters that cannot be printed in one line", "write letters, digits, signs and spaces"}
	case strings.TrimSpace(s) != s:
		return "", &flaw{quoted(s) + " begins or ends with a space", "remove the space"}
	}
	return s, nil
}

// parseFile reads the name of a file beside the policy.
func parseFile(s string) (string, *flaw) {
	if _, f := parseLabel(s); f != nil {
		return "", f
	}
	if !fs.ValidPath(s) || s == "." {
		return "", &flaw{quoted(s) + " does not lie beside the policy", "write the name of a file in the policy's folder or below it, such as portfolio.csv"}
	}
	return s, nil
}

// maxAccountName is the most characters that an account's name may have.
const maxAccountName = 64

// parseAccount reads an account's name, which becomes part of file names and
// labels elsewhere.
func parseAccount(s string) (string, *flaw) {
	ok := s != "" && len(s) <= maxAccountName
	for _, r := range s {
		ok = ok && (r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || strings.ContainsRune("._-", r))
	}
	if !ok {
		return "", &flaw{quoted(s) + " is not an account's name", "write 1 to 64 of A-Z a-z 0-9 . _ and -"}
	}
	return s, nil
}

func parseRole(s string) (Role, *flaw) {
	if slices.Contains(Roles(), Role(s)) {
		return Role(s), nil
	}
	return "", &flaw{quoted(s) + " is not a User Role", "write IS, GS, ES, ED, GT, OU, RSA or MDR"}
}

// parsePath reads a web service's path, in the one way to write it: what is
// compared byte for byte must not have a second spelling.
func parsePath(s string) (string, *flaw) {
	ok := strings.HasPrefix(s, "/") && len(s) <= 200
	for _, r := range s {
		ok = ok && (r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || strings.ContainsRune("/-._~!$&'()*+,;=:@", r))
	}
	if !ok {
		return "", &flaw{quoted(s) + " is not a path", "write at most 200 characters from the first / on, without ?, # and %, such as /api/v1/serviceS"}
	}
	if clean := path.Clean(s); s != clean && s != clean+"/" {
		return "", &flaw{quoted(s) + " is a path with a second spelling", "write " + clean}
	}
	return s, nil
}

func parseOnFailure(s string) (OnFailure, *flaw) {
	if s == string(ForwardOnFailure) || s == string(RefuseOnFailure) {
		return OnFailure(s), nil
	}
	return "", &flaw{quoted(s) + " is not known", "write forward or refuse"}
}

func parseUnknown(s string) (Unknown, *flaw) {
	if s == string(Refuse) || s == string(Admit) {
		return Unknown(s), nil
	}
	return "", &flaw{quoted(s) + " is not known", "write refuse or admit"}
}
