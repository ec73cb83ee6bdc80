package disk

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
)

// Hash is the SHA-256 of a text, in hexadecimal digits.
func Hash(text []byte) string { return fmt.Sprintf("%x", sha256.Sum256(text)) }

// Seal returns v as JSON below a line of its kind, such as "srtm policies 1", and
// of the SHA-256 of what follows it.
func Seal(kind string, v any) ([]byte, error) {
	body, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return nil, err
	}
	body = append(body, '\n')
	return append([]byte(kind+" "+Hash(body)+"\n"), body...), nil
}

// Unseal reads into v what Seal wrote, and nothing else. The error says what is
// wrong with the file, which it calls "it"; what names the kind in words, such as
// "a register of policies".
func Unseal(kind, what string, read []byte, v any) error {
	head, body, ok := bytes.Cut(read, []byte("\n"))
	sum, known := bytes.CutPrefix(head, []byte(kind+" "))
	switch {
	case !ok || !known:
		return fmt.Errorf("its first line is not that of %s", what)
	case string(sum) != Hash(body):
		return errors.New("it was changed: its SHA-256 is not the one in its first line")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("it is not what this program writes: %v", err)
	}
	if d.More() {
		return errors.New("it is not what this program writes: something follows its end")
	}
	return nil
}
