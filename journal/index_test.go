package journal

import (
	"testing"

	"srtm/duis"
)

func TestIndexHidesNothingAndSparesMuch(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, options(func(o *Options) { o.Segment = 3000 }))
	const decisions = 600
	for at := 0; at < decisions; at += 10 {
		fill(t, j, at, at+10)
	}
	if err := j.house.tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	list, err := segments(dir)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(files(t, dir, indexSuffix)); n != len(list)-1 || n < 10 {
		t.Fatalf("%d of %d segments have an index", n, len(list))
	}
	looks, wrong := 0, 0
	for n := range decisions {
		id := decision(n).ID
		r, err := OpenReader(dir, 0)
		if err != nil {
			t.Fatal(err)
		}
		r.Only(id)
		found := 0
		for e, err := r.Next(); err == nil; e, err = r.Next() {
			if d, is := e.Record.(*Decision); is && d.ID == id {
				found++
			}
		}
		if r.Close(); found != 1 {
			t.Fatalf("decision %d is found %d times", n, found)
		}
		for _, s := range list[:len(list)-1] {
			looks++
			if mayHave(s, newProbe(duis.RequestID{Originator: 1, Counter: uint64(n)})) {
				wrong++
			}
		}
	}
	if wrong*50 > looks {
		t.Errorf("of %d looks for what is not there %d say that it may be", looks, wrong)
	}
}

func TestADamagedIndexSaysNothing(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, options(func(o *Options) { o.Segment = 3000 }))
	for at := 0; at < 100; at += 10 {
		fill(t, j, at, at+10)
	}
	if err := j.house.tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	list, err := segments(dir)
	if err != nil {
		t.Fatal(err)
	}
	absent := newProbe(duis.RequestID{Counter: 1 << 40})
	if mayHave(list[0], absent) {
		t.Fatal("the index says that the segment may have what it does not have")
	}
	zero(t, indexPath(list[0].path))
	if !mayHave(list[0], absent) {
		t.Error("a damaged index hides a segment")
	}
}
