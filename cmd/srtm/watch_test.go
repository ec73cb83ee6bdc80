package main

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"srtm/amendment"
	"srtm/console"
	"srtm/gateway"
	"srtm/policy"
)

// desk is a gateway that nobody sends to, with the policy file it was given.
type desk struct {
	*testing.T
	folder, data string
	door         *door
	file         *policyFile
	log          bytes.Buffer
}

const (
	deskRows  = "account,name,user_id,role,portfolio\nALPHA,Alpha,90-B3-D5-1F-30-01-00-00,IS,600\nBRAVO,Bravo,90-B3-D5-1F-30-02-00-00,IS,300\n"
	deskFirst = "name: One\nenvironment: test\ncapacity: 100/s\nallocation: {notice: 0}\nportfolio: portfolio.csv\n"
)

func newDesk(t *testing.T) *desk {
	d := &desk{T: t, folder: t.TempDir(), data: t.TempDir()}
	d.write("portfolio.csv", deskRows)
	d.write("policy.yaml", deskFirst)
	d.open()
	return d
}

func (d *desk) open() {
	d.Helper()
	p, err := policy.Load(filepath.Join(d.folder, "policy.yaml"))
	if err != nil {
		d.Fatal(err)
	}
	kept, err := openBooks(d.data, p, slog.New(slog.NewTextHandler(&d.log, nil)))
	if err != nil {
		d.Fatal(err)
	}
	d.Cleanup(func() { _ = kept.journal.Close() })
	if d.door, err = newDoor(p, gateway.Config{DSP: "http://127.0.0.1:9", Listen: "127.0.0.1:0"}, doorOptions{books: kept}); err != nil {
		d.Fatal(err)
	}
	kept.begin(d.door.began, d.door.amendments)
	if err := d.door.amendments.attach(d.door.gateway); err != nil {
		d.Fatal(err)
	}
	d.file = &policyFile{path: filepath.Join(d.folder, "policy.yaml"), amendments: d.door.amendments, log: kept.log}
	for range 4 {
		d.file.look()
	}
}

func (d *desk) write(name, text string) {
	d.Helper()
	if err := os.WriteFile(filepath.Join(d.folder, name), []byte(text), 0o600); err != nil {
		d.Fatal(err)
	}
}

// versions names what was accepted, in order.
func (d *desk) versions() string {
	var all []string
	for _, v := range d.door.amendments.History() {
		all = append(all, v.Name)
	}
	return strings.Join(all, " ")
}

// looks looks at the file some times, and fails unless that leads to the versions.
func (d *desk) looks(n int, want string) {
	d.Helper()
	for range n {
		d.file.look()
	}
	if got := d.versions(); got != want {
		d.Errorf("the versions are %q and should be %q\n%s", got, want, d.log.String())
	}
}

func (d *desk) proposes(text string) {
	d.Helper()
	p, err := policy.ParseFiles([]policy.File{{Name: "policy.yaml", Text: []byte(text)}, {Name: "portfolio.csv", Text: []byte(deskRows)}})
	if err != nil {
		d.Fatal(err)
	}
	if made, err := d.door.amendments.Propose(p, amendment.Person{Name: "Planner"}, "a change", amendment.ProposeOptions{}); err != nil || !made.Accepted {
		d.Fatal(made.Awaits, err)
	}
}

// A file is proposed when it and all that it names have not changed between two
// looks, and not again until one of them does.
func TestTheFileIsProposedWhenItIsWhole(t *testing.T) {
	d := newDesk(t)
	two := strings.NewReplacer("One", "Two", "portfolio.csv", "two.csv").Replace(deskFirst)
	d.write("policy.yaml", two)
	d.looks(4, "One") // what it names is not there yet
	d.write("two.csv", deskRows[:len(deskRows)-3])
	d.looks(1, "One")
	d.write("two.csv", deskRows[:len(deskRows)-1])
	d.looks(1, "One")
	d.write("two.csv", deskRows)
	d.looks(1, "One") // it changed since the look before
	d.looks(2, "One Two")
	d.write("policy.yaml", strings.Replace(two, "Two", "Three", 1))
	d.looks(1, "One Two")
	d.looks(1, "One Two Three")
	d.write("four.csv", deskRows[:len(deskRows)-1]) // perhaps not yet whole
	d.write("policy.yaml", strings.NewReplacer("One", "Four", "portfolio.csv", "four.csv").Replace(deskFirst))
	d.looks(2, "One Two Three") // what it names now has been seen once
	d.write("four.csv", deskRows)
	d.looks(1, "One Two Three")
	d.looks(1, "One Two Three Four")
}

// What the file says is not undone by being read again.
func TestTheFileDoesNotUndoWhatIsInForce(t *testing.T) {
	d := newDesk(t)
	d.proposes(strings.Replace(deskFirst, "One", "Two", 1))
	d.file.propose(d.file.load()) // as SIGHUP has it
	d.looks(3, "One Two")
	d.write("policy.yaml", "name: [")
	d.looks(3, "One Two")
	d.write("policy.yaml", deskFirst)
	d.looks(3, "One Two")
	if text := d.log.String(); !strings.Contains(text, "cannot be used") || strings.Count(text, "the file is One, an earlier version") != 2 {
		t.Error(text)
	}
}

// What failed in passing is tried again without the file being written again.
func TestTheFileIsProposedAgainAfterADiskFailed(t *testing.T) {
	d := newDesk(t)
	texts := filepath.Join(d.data, "policies", "texts")
	if err := os.Rename(texts, texts+"-away"); err != nil {
		t.Fatal(err)
	}
	d.write("policy.yaml", strings.Replace(deskFirst, "One", "Two", 1))
	d.looks(3, "One")
	if err := os.Rename(texts+"-away", texts); err != nil {
		t.Fatal(err)
	}
	d.looks(1, "One Two")
}

// What people write makes no lines and columns of its own.
func TestAReasonForgesNoVersion(t *testing.T) {
	v := amendment.Version{Number: 1, Papers: amendment.Papers{Name: "One", Digest: strings.Repeat("a", 64),
		Prepared: amendment.Assent{By: "Mallory", Why: "so it is\nin force\t2026-11-02T10:00:00Z\tForged"}}}
	c := amendment.Challenge{ID: 7, Account: "A", Said: amendment.Assent{By: "B", Why: "no\nin force\tForged"}}
	var out bytes.Buffer
	if err := writeVersions(&out, console.Policies{InForce: &v, History: []amendment.Version{v}, Challenges: []amendment.Challenge{c}}); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Split(strings.TrimSpace(out.String()), "\n"); len(lines) != 3 || !strings.Contains(lines[1], "so it is in force 2026-11-02T10:00:00Z Forged") {
		t.Error(out.String())
	}
}
