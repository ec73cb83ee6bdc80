package traffic

import (
	"encoding/json"
	"testing"
)

// Whatever a state says, Import refuses it or goes on from it soundly: what
// buckets and pool hold stays within 0 and B.
func FuzzImport(f *testing.F) {
	r := national(20)
	c, err := New(r, Start{})
	if err != nil {
		f.Fatal(err)
	}
	for i := range 3000 {
		c.Admit(int64(i)*200_000, Request{User: userOf(i % 20)})
	}
	for _, state := range []State{c.Export(), mustNew(f, r).Export(), {}} {
		text, err := json.Marshal(state)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var s State
		if json.Unmarshal(text, &s) != nil {
			return
		}
		c, err := Import(r, s)
		if err != nil {
			return
		}
		for i := range 500 {
			c.Admit(s.At+int64(i)*3_000_000, Request{User: userOf(i % 20)})
		}
		e := &c.engine
		total := e.pool
		for _, a := range e.accounts {
			if a.assured < 0 || a.assured > a.depth || a.spare < 0 {
				t.Fatalf("an account holds %v assured and %v spare", a.assured, a.spare)
			}
			total += a.assured + a.spare
		}
		if e.pool < 0 || total > e.bound || e.window < 0 {
			t.Fatalf("pool %v, in all %v of %v, window %v", e.pool, total, e.bound, e.window)
		}
	})
}
