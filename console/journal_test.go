package console

import (
	"encoding/json"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"srtm/journal"
)

func TestHeadIsGivenAsItWasSigned(t *testing.T) {
	w := newWorld(t)
	_, get := served(t, w)
	if code, _ := get("/api/v1/journal/head"); code != 404 {
		t.Errorf("without a head the answer is %d", code)
	}
	j, err := journal.Open(t.TempDir(), journal.Options{Environment: "test"})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Now().UnixNano()
	j.Append(at, &journal.Stop{Reason: "test"})
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	w.head, w.key = j.Head(), j.Key()
	code, body := get("/api/v1/journal/head")
	var got HeadState
	if err := json.Unmarshal([]byte(body), &got); err != nil || code != 200 {
		t.Fatalf("%d %v: %s", code, err, body)
	}
	verifier, err := note.NewVerifier(got.Key)
	if err != nil {
		t.Fatal(err)
	}
	claims, err := journal.ParseHead(got.Head, note.VerifierList(verifier))
	if err != nil || claims.Position != 1 || got.Position != 1 || got.At.UnixNano() != claims.At {
		t.Errorf("%+v, %+v, %v", got, claims, err)
	}
}
