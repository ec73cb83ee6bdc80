package evidence

import (
	"archive/zip"
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"srtm/journal"
)

// forger takes a bundle apart and makes another of it, with a right seal.
type forger struct {
	t        testing.TB
	entries  map[string]string
	manifest manifest
	heads    []headLine
	records  []forged
}

type forged struct {
	position uint64
	raw      []byte
}

func dissect(t testing.TB, bundle []byte) *forger {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(bundle), int64(len(bundle)))
	if err != nil {
		t.Fatal(err)
	}
	f := &forger{t: t, entries: map[string]string{}}
	for _, e := range z.File {
		r, err := e.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		f.entries[e.Name] = string(b)
	}
	f.must(json.Unmarshal([]byte(f.entries[manifestEntry]), &f.manifest))
	for line := range strings.Lines(f.entries[headsEntry]) {
		var h headLine
		f.must(json.Unmarshal([]byte(line), &h))
		f.heads = append(f.heads, h)
	}
	for line := range strings.Lines(f.entries[recordsEntry]) {
		var r forged
		var digits string
		_, err := fmt.Sscan(line, &r.position, &digits)
		f.must(err)
		r.raw, err = hex.DecodeString(digits)
		f.must(err)
		f.records = append(f.records, r)
	}
	return f
}

func (f *forger) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// build puts the bundle together as it now is.
func (f *forger) build() []byte {
	f.t.Helper()
	var records, heads bytes.Buffer
	for _, r := range f.records {
		fmt.Fprintf(&records, "%d %x\n", r.position, r.raw)
	}
	for _, h := range f.heads {
		f.must(json.NewEncoder(&heads).Encode(h))
	}
	text, err := json.Marshal(f.manifest)
	f.must(err)
	f.entries[recordsEntry], f.entries[headsEntry], f.entries[manifestEntry] = records.String(), heads.String(), string(text)
	var b bytes.Buffer
	a := newArchive(&b, time.Unix(0, noon))
	for name, text := range f.entries {
		f.must(a.text(name, text))
	}
	f.must(a.close())
	return b.Bytes()
}

// relink makes all links anew, and the count of each record.
func (f *forger) relink() {
	chain, err := hex.DecodeString(f.manifest.ChainBefore)
	f.must(err)
	value := [32]byte(chain)
	for i := range f.records {
		raw := f.records[i].raw
		_, size := binary.Uvarint(raw[9:])
		_, count := binary.Uvarint(raw[9+size:])
		head := binary.AppendUvarint(slices.Clone(raw[:9+size]), f.manifest.NthBefore+uint64(i)+1)
		raw = append(head, raw[9+size+count:]...)
		value = journal.Extend(value, raw)
		copy(raw[len(raw)-8:], value[:8])
		f.records[i].raw = raw
	}
}

// decision returns the place of the nth decision among the records, from 0.
func (f *forger) decision(nth int) int {
	for i, r := range f.records {
		if r.raw[0] == 1 {
			if nth == 0 {
				return i
			}
			nth--
		}
	}
	f.t.Fatal("there are not so many decisions")
	return 0
}

func (f *forger) leaveOut(i int) {
	f.records = slices.Delete(f.records, i, i+1)
	f.manifest.Records--
}

// wantFailure wants the bundle to fail, and the first thing wrong with it to be
// this.
func wantFailure(t testing.TB, r *Result, part, what string) {
	t.Helper()
	if r.Sound() {
		t.Fatalf("the bundle holds")
	}
	if f := r.Failures[0]; f.Part != part || !strings.Contains(f.Error(), what) {
		t.Errorf("it fails with %q, want part %q and %q", f.Error(), part, what)
	}
}

func TestATamperedBundleFailsAndSaysWhere(t *testing.T) {
	w := busy(t, 1)
	bundle, _ := w.packWhole("BRAVO", 2.5, 6)
	other, _ := w.pack("ALPHA", 2.5, 6)
	another := busy(t, 2)
	foreign, _ := another.pack("BRAVO", 2.5, 6)
	wantSound(t, check(dissect(t, bundle).build(), Trust{Keys: []string{w.key()}}))
	for _, row := range []struct {
		rule, part, what string
		tamper           func(f *forger)
	}{
		{"a decision is left out", "chain", "records are missing", func(f *forger) { f.leaveOut(f.decision(20)) }},
		{"it is left out, and all links are made anew", "proofs", "something between the head of 2026-10-14T12:00:02.", func(f *forger) {
			f.leaveOut(f.decision(20))
			f.relink()
			for i := range f.heads[1:] {
				f.heads[i+1].Nth--
			}
		}},
		{"the first record is left out", "chain", "record 156 should stand here", func(f *forger) { f.leaveOut(0) }},
		{"the last record is left out", "proofs", "", func(f *forger) { f.leaveOut(len(f.records) - 1) }},
		{"a record is there twice", "chain", "should stand here", func(f *forger) {
			f.records = slices.Insert(f.records, 5, f.records[5])
			f.manifest.Records++
		}},
		{"two records change places", "chain", "record 161 should stand here", func(f *forger) {
			f.records[5], f.records[6] = f.records[6], f.records[5]
		}},
		{"a record is of the other account", "chain", "no record of the account BRAVO", func(f *forger) {
			f.records[5] = dissect(t, other).records[5]
		}},
		{"a proof is the other account's", "proofs", "another account's", func(f *forger) { f.heads[1].Proof = dissect(t, other).heads[1].Proof }},
		{"a proof is cut", "proofs", "does not lead to the root", func(f *forger) { f.heads[1].Proof = f.heads[1].Proof[1:] }},
		{"a head is altered", "heads", "invalid signature", func(f *forger) {
			f.heads[1].Note = strings.Replace(f.heads[1].Note, "\naccounts 3\n", "\naccounts 4\n", 1)
		}},
		{"a head is left out", "heads", "one between them was left out", func(f *forger) {
			f.heads = slices.Delete(f.heads, 1, 2)
			f.manifest.Heads--
		}},
		{"a head is another journal's", "heads", "is not the key given", func(f *forger) { f.heads[1] = dissect(t, foreign).heads[1] }},
		{"a head is forged", "heads", "is not the key given", func(f *forger) { f.heads[2].Note = forge(t, f.heads[2].Note) }},
		{"a head stands elsewhere", "proofs", "", func(f *forger) { f.heads[1].Nth++ }},
		{"a head stands before the one before it", "heads", "is said to stand after", func(f *forger) { f.heads[1].Nth = 3 }},
		{"the policy is altered", "policies", "has the digest", func(f *forger) { f.entries["policy-1.yaml"] += "burst: 2s\n" }},
		{"a policy that was never in force", "policies", "none of the account's terms", func(f *forger) {
			all, _ := w.packWhole("BRAVO", 0, 20)
			g := dissect(t, all)
			f.manifest.Policies = append(f.manifest.Policies, g.manifest.Policies[2])
			f.entries["policy-3.yaml"] = g.entries["policy-3.yaml"]
		}},
	} {
		t.Run(row.rule, func(t *testing.T) {
			f := dissect(t, bundle)
			row.tamper(f)
			wantFailure(t, check(f.build(), Trust{Keys: []string{w.key()}}), row.part, row.what)
		})
	}
}

func TestEveryFieldOfABundleCounts(t *testing.T) {
	w := busy(t, 1)
	bundle, _ := w.packWhole("BRAVO", 2.5, 6)
	for _, row := range []struct {
		rule, part, what string
		tamper           func(f *forger)
	}{
		{"an entry is missing", "file", "entries", func(f *forger) { delete(f.entries, "policy-2.yaml") }},
		{"an entry is added", "file", "entries", func(f *forger) { f.entries["extra"] = "x" }},
		{"the README says something else", "file", "README", func(f *forger) { f.entries[readmeEntry] = "All is well." }},
		{"the account is another", "proofs", "", func(f *forger) { f.manifest.Account = "ALPHA" }},
		{"the account's number is another", "proofs", "", func(f *forger) { f.manifest.AccountID++ }},
		{"the journal is another", "heads", "it is of journal", func(f *forger) { f.manifest.Journal = strings.Repeat("0", 32) }},
		{"the environment is another", "heads", "of test", func(f *forger) { f.manifest.Environment = "production" }},
		{"the count before is another", "heads", "after record 155", func(f *forger) { f.manifest.NthBefore++ }},
		{"the chain before is another", "proofs", "", func(f *forger) { f.manifest.ChainBefore = strings.Repeat("0", 64) }},
		{"the count of records is another", "chain", "should be", func(f *forger) { f.manifest.Records++ }},
		{"the count of records is smaller", "chain", "should be", func(f *forger) { f.manifest.Records-- }},
		{"the count of heads is another", "heads", "should be", func(f *forger) { f.manifest.Heads++ }},
		{"the time asked for is the other way round", "file", "is not before to", func(f *forger) { f.manifest.From, f.manifest.To = f.manifest.To, f.manifest.From }},
		{"the time asked for is none", "file", "is not before to", func(f *forger) { f.manifest.To = f.manifest.From }},
		{"the format is another", "file", "srtm-bundle-2", func(f *forger) { f.manifest.Format = "srtm-bundle-2" }},
		{"the records stand at other positions", "chain", "", func(f *forger) { f.records[7].position = f.records[6].position }},
		{"a record stands beyond the head that covers it", "proofs", "should stand after it", func(f *forger) { f.records[len(f.records)-1].position += 1000 }},
	} {
		t.Run(row.rule, func(t *testing.T) {
			f := dissect(t, bundle)
			row.tamper(f)
			wantFailure(t, check(f.build(), Trust{Keys: []string{w.key()}}), row.part, row.what)
		})
	}
}

// forge signs a head's text with a key of one's own.
func forge(t testing.TB, text string) string {
	t.Helper()
	private, public, err := note.GenerateKey(rand.Reader, "srtm-journal")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	body, _, _ := strings.Cut(text, "\n\n")
	lines := strings.Split(body, "\n")
	lines[len(lines)-1] = "signer " + public
	signed, err := note.Sign(&note.Note{Text: strings.Join(lines, "\n") + "\n"}, signer)
	if err != nil {
		t.Fatal(err)
	}
	return string(signed)
}

func TestAChainBeginsWithItsAccount(t *testing.T) {
	w := busy(t, 1)
	bundle, _ := w.pack("BRAVO", 0, 6)
	for _, tamper := range []func(*manifest){
		func(m *manifest) { m.Account = "ALPHA" },
		func(m *manifest) { m.ChainBefore = strings.Repeat("1", 64) },
	} {
		f := dissect(t, bundle)
		tamper(&f.manifest)
		wantFailure(t, check(f.build(), Trust{}), "chain", "does not begin as that of this account")
	}
	f := dissect(t, bundle)
	f.manifest.Journal = strings.Repeat("0", 32)
	wantFailure(t, check(f.build(), Trust{}), "heads", "it is of journal")
}

func TestEveryOctetOfTheFileCounts(t *testing.T) {
	w := busy(t, 1)
	bundle, _ := w.pack("ALPHA", -100, -50)
	wantSound(t, check(bundle, Trust{}))
	for i := range bundle {
		altered := slices.Clone(bundle)
		altered[i] ^= 1 << (i % 8)
		if check(altered, Trust{}).Sound() {
			t.Errorf("with octet %d of %d altered the bundle holds", i, len(bundle))
		}
		if i%7 == 0 && check(bundle[:i], Trust{}).Sound() {
			t.Errorf("cut to %d of %d octets the bundle holds", i, len(bundle))
		}
	}
}

func TestEveryOctetOfARecordCounts(t *testing.T) {
	w := busy(t, 1)
	bundle, _ := w.pack("ALPHA", -100, -50)
	f := dissect(t, bundle)
	for i := range f.records {
		for at := range f.records[i].raw {
			for _, relink := range []bool{false, true} {
				if i%2 > 0 || relink && (i%4 > 0 || at > 8 && at < 11 || at >= len(f.records[i].raw)-8) { // number, count and link are made anew
					continue
				}
				g := *f
				g.entries = f.entries
				g.records = slices.Clone(f.records)
				g.records[i].raw = slices.Clone(g.records[i].raw)
				g.records[i].raw[at] ^= 0x41
				what := fmt.Sprintf("record %d ", i+1)
				if relink {
					if !relinkable(g.records[i].raw) {
						continue
					}
					g.relink()
				}
				r := check(g.build(), Trust{})
				if r.Sound() {
					t.Fatalf("with octet %d of record %d altered (relinked %v) the bundle holds", at, i+1, relink)
				}
				if !relink && (r.Failures[0].Part != "chain" || !strings.Contains(r.Failures[0].Error(), what)) {
					t.Fatalf("with octet %d of record %d altered it fails with %q", at, i+1, r.Failures[0].Error())
				}
			}
		}
	}
}

// relinkable says whether the octets can be taken apart for making a new link.
func relinkable(raw []byte) bool {
	_, size := binary.Uvarint(raw[9:])
	if size <= 0 {
		return false
	}
	_, count := binary.Uvarint(raw[9+size:])
	return count > 0 && len(raw) > 9+size+count+8
}
