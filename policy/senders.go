package policy

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// maxSubject is the most characters that a certificate's subject may have.
const maxSubject = 1024

// parseSenders reads a senders file: which certificate may carry whose requests.
// Accounts that are not among accounts are reported.
func parseSenders(text []byte, accounts *accountNames, found *findings) []Sender {
	t := openTable(text, columns{required: []string{"sender", "account"}}, found)
	if t == nil {
		return nil
	}
	var senders []Sender
	index := make(map[string]int)
	lines := make(map[carriage]int)
	for t.next() {
		sender, ok := cellOf(t, "sender", parseSender)
		account, named := cellOf(t, "account", parseAccount)
		if f := accounts.lacks(account); named && f != nil {
			named = false
			t.wrong("account", f)
		}
		if !ok || !named {
			continue
		}
		id := sender.Fingerprint + sender.Subject
		if line, twice := lines[carriage{id, account}]; twice {
			t.wrong("sender", &flaw{fmt.Sprintf("this certificate carries %s already, by line %d", account, line), "keep one of the two lines"})
			continue
		}
		lines[carriage{id, account}] = t.at(0).line
		if _, seen := index[id]; !seen {
			index[id] = len(senders)
			senders = append(senders, sender)
		}
		s := &senders[index[id]]
		s.Accounts = append(s.Accounts, account)
	}
	return senders
}

// carriage is one line of a senders file.
type carriage struct{ sender, account string }

// parseSender reads what names a certificate: its fingerprint or its subject.
func parseSender(s string) (Sender, *flaw) {
	fingerprint := strings.ReplaceAll(strings.TrimPrefix(strings.ToLower(s), "sha256:"), ":", "")
	if octets, err := hex.DecodeString(fingerprint); err == nil && len(octets) == 32 {
		return Sender{Fingerprint: fingerprint}, nil
	}
	if strings.Contains(s, "=") {
		subject, f := parseSubject(s)
		return Sender{Subject: subject}, f
	}
	return Sender{}, &flaw{quoted(s) + " is neither a fingerprint nor a subject",
		"write the certificate's SHA-256 fingerprint, 64 hexadecimal digits, or its subject, such as CN=sender,O=Example"}
}

// parseSubject takes a subject only in the spelling of RFC 4514 that Go prints,
// because it is compared with that: a subject with a space after its commas
// would never match, and nobody would know why.
func parseSubject(s string) (string, *flaw) {
	bad := func(wrong string) *flaw {
		return &flaw{quoted(s) + " " + wrong, "write it as RFC 4514 has it, without spaces around , + and =, such as CN=sender,O=Example,C=GB"}
	}
	if len(s) > maxSubject {
		return "", bad("is longer than 1024 bytes")
	}
	for _, attribute := range cutAttributes(s) {
		kind, value, ok := strings.Cut(attribute, "=")
		switch {
		case !ok:
			return "", bad("has a part without =")
		case len(value)-len(strings.TrimRight(value, `\`))&1 == 1:
			return "", bad("ends in a backslash that escapes nothing")
		case !isAttribute(kind):
			return "", bad("has " + quoted(kind) + " where CN, OU, O, L, ST, STREET, POSTALCODE, C, SERIALNUMBER or a dotted number belongs")
		case strings.HasPrefix(value, " ") || strings.HasSuffix(strings.ReplaceAll(value, `\ `, ""), " "):
			return "", bad("has a space at the edge of a value that is not escaped")
		}
	}
	return s, nil
}

// cutAttributes cuts a subject at the commas and plus signs that no backslash
// escapes.
func cutAttributes(s string) []string {
	var parts []string
	from := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case ',', '+':
			parts = append(parts, s[from:i])
			from = i + 1
		}
	}
	return append(parts, s[from:])
}

func isAttribute(kind string) bool {
	names := []string{"CN", "OU", "O", "L", "ST", "STREET", "POSTALCODE", "C", "SERIALNUMBER"}
	dotted := strings.Contains(kind, ".") && strings.Trim(kind, "0123456789.") == ""
	return dotted || slices.Contains(names, kind)
}
