package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"

	"srtm/journal"
)

// shown is all that can be read in a bundle, and of its records the octets too.
func (f *forger) shown() string {
	var all strings.Builder
	for name, text := range f.entries {
		if name == readmeEntry {
			continue // it is the same in all
		}
		all.WriteString(name + "\n" + text)
	}
	for _, r := range f.records {
		all.Write(r.raw)
	}
	return all.String()
}

func TestNothingOfOthersIsInABundle(t *testing.T) {
	w := busy(t, 1)
	for i, account := range names {
		bundle, _ := w.pack(account, 0, 20)
		all := dissect(t, bundle).shown()
		for k, other := range names {
			user := fmt.Sprintf("%016x", uint64(w.user(k)))
			if is, want := strings.Contains(all, other) || strings.Contains(all, user), i == k; is != want {
				t.Errorf("the bundle of %s: %s is in it: %v", account, other, is)
			}
		}
		if strings.Contains(all, "secret of all others") || strings.Contains(all, "user_id") {
			t.Errorf("the portfolio is in the bundle of %s", account)
		}
	}
}

// filesOf are the files of all policies in a world's journal.
func filesOf(t *testing.T, w *world) (files []journal.File) {
	t.Helper()
	r, err := journal.OpenReader(w.dir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for e, err := range r.All() {
		if err != nil {
			t.Fatal(err)
		}
		if p, is := e.Record.(*journal.Policy); is {
			files = append(files, p.Files...)
		}
	}
	if len(files) == 0 {
		t.Fatal("the journal has no policy")
	}
	return files
}

// What the public edition of a policy hides must not be had by a dispute.
func TestABundleHasNoTextAndNoPlainHashOfAPolicysFiles(t *testing.T) {
	w := busy(t, 1)
	plain, packed := w.pack("BRAVO", 0, 20)
	all := dissect(t, plain).shown()
	for _, f := range filesOf(t, w) {
		sum := sha256.Sum256([]byte(f.Text))
		for what, secret := range map[string]string{"text": f.Text, "hash": string(sum[:]), "hash in hexadecimal": hex.EncodeToString(sum[:])} {
			if strings.Contains(all, secret) {
				t.Errorf("the %s of %s is in the bundle", what, f.Name)
			}
		}
	}
	if packed.Policies != 0 || strings.Contains(all, "as BRAVO asked") || strings.Contains(all, "policy-") || strings.Contains(all, "sha256") {
		t.Errorf("%d policies are in the bundle", packed.Policies)
	}
	r := check(plain, Trust{Keys: []string{w.key()}})
	wantSound(t, r)
	if says := r.part("policies").Says; says != "3, named by the account's terms, which hold what counts for it; their texts were left out" {
		t.Errorf("of the policies it says %q", says)
	}
	for _, text := range r.Reservations {
		if strings.Contains(text, "policy") {
			t.Errorf("that the texts were left out is said as if something were not proved: %q", text)
		}
	}
}

func TestWithThePoliciesTextsABundleProvesThem(t *testing.T) {
	w := busy(t, 1)
	whole, packed := w.packWhole("BRAVO", 0, 20)
	f := dissect(t, whole)
	if packed.Policies != 3 || !strings.Contains(f.entries["policy-3.yaml"], "as BRAVO asked") {
		t.Errorf("%d policies are in the bundle", packed.Policies)
	}
	r := check(whole, Trust{Keys: []string{w.key()}})
	wantSound(t, r)
	if says := r.part("policies").Says; says != "3, with the text that its digest names" {
		t.Errorf("of the policies it says %q", says)
	}
	f.manifest.Policies = f.manifest.Policies[:2]
	delete(f.entries, "policy-3.yaml")
	r = check(f.build(), Trust{Keys: []string{w.key()}})
	wantSound(t, r)
	if !strings.Contains(strings.Join(r.Reservations, "\n"), "is not in the bundle; what counts") {
		t.Errorf("that one text of three is missing is not said: %q", r.Reservations)
	}
}

// testdata has a bundle of before the policies' texts were left out.
func TestABundleOfEarlierHolds(t *testing.T) {
	bundle, err := os.ReadFile("testdata/earlier.zip")
	if err != nil {
		t.Fatal(err)
	}
	key, err := os.ReadFile("testdata/earlier.pub")
	if err != nil {
		t.Fatal(err)
	}
	r := check(bundle, Trust{Keys: []string{strings.TrimSpace(string(key))}})
	wantSound(t, r)
	if r.Decisions == 0 || r.part("policies").Says != "1, with the text that its digest names" {
		t.Errorf("it holds %d decisions, and of the policies it says %q", r.Decisions, r.part("policies").Says)
	}
}
