package evidence

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"srtm/traffic"
)

// FuzzCheck has any octets checked as a bundle.
func FuzzCheck(f *testing.F) {
	w := newWorld(f, 1)
	w.run(2100, 1, 4, 1)
	w.close()
	bundle, _ := w.pack("BRAVO", 0, 1)
	f.Add(bundle)
	f.Add(bundle[:len(bundle)/2])
	f.Add([]byte("PK\x05\x06"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if r := check(b, Trust{}); r.Sound() && len(r.Reservations) == 0 {
			t.Errorf("what nobody known has signed holds without reservation")
		}
	})
}

// FuzzContents has any contents checked in an archive that is as it should be.
func FuzzContents(f *testing.F) {
	w := newWorld(f, 1)
	w.run(2100, 1, 4, 1)
	w.close()
	bundle, _ := w.packWhole("BRAVO", 0, 1)
	entries := dissect(f, bundle).entries
	f.Add(entries[manifestEntry], entries[headsEntry], entries[recordsEntry], entries["policy-1.yaml"])
	records := entries[recordsEntry]
	f.Add(entries[manifestEntry], entries[headsEntry], records[:len(records)/2], "")
	all := newWorldOf(f, 1, extended(rand.New(rand.NewPCG(1, 1)), 60*traffic.PerSecond, 1<<4|1<<5|1<<6|1<<7))
	all.ask = all.anyRequest()
	all.run(300, 10, 40, 10)
	all.extend(1 << 2)
	all.run(1800, 1, 4, 1)
	all.close()
	bundle, _ = all.packWhole("BRAVO", 0, 1)
	entries = dissect(f, bundle).entries
	f.Add(entries[manifestEntry], entries[headsEntry], entries[recordsEntry], entries["policy-1.yaml"])
	f.Add("{}", "", "1 01", "")
	f.Fuzz(func(t *testing.T, manifest, heads, records, policy string) {
		var b bytes.Buffer
		a := newArchive(&b, time.Unix(0, noon))
		for name, text := range map[string]string{readmeEntry: readme, manifestEntry: manifest, headsEntry: heads, recordsEntry: records, "policy-1.yaml": policy} {
			if err := a.text(name, text); err != nil {
				t.Fatal(err)
			}
		}
		if err := a.close(); err != nil {
			t.Fatal(err)
		}
		if r := check(b.Bytes(), Trust{}); r.Sound() && len(r.Reservations) == 0 {
			t.Errorf("what nobody known has signed holds without reservation")
		}
	})
}
