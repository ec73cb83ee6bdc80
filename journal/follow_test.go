package journal

import (
	"errors"
	"io"
	"os"
	"testing"
)

// drain reads until the end for now.
func drain(t *testing.T, r *Reader) (given int, damage []error) {
	t.Helper()
	for {
		_, err := r.Next()
		var d *DamageError
		switch {
		case err == nil:
			given++
		case errors.As(err, &d):
			damage = append(damage, d)
		case errors.Is(err, io.EOF):
			return given, damage
		default:
			t.Fatal(err)
		}
	}
}

func reader(t *testing.T, dir string) *Reader {
	t.Helper()
	r, err := OpenReader(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// Half a block that did not fit on the disk is cut off later. Whoever saw it
// meanwhile does not call that damage.
func TestAFollowerOfAFullDiskSeesNoDamage(t *testing.T) {
	dir, d := t.TempDir(), &disk{room: -1}
	j := open(t, dir, onDisk(d))
	fill(t, j, 0, 10)
	r := reader(t, dir)
	r.Until(j.Durable)
	drain(t, r)
	d.set(func() { d.room = 100 })
	if err := j.Append(noon, decision(10)).Wait(); err == nil {
		t.Fatal("a full disk takes a record")
	}
	if given, _ := drain(t, r); given > 0 {
		t.Fatalf("%d records that are not durable are given", given)
	}
	d.set(func() { d.room = -1 })
	j.tryAgain()
	fill(t, j, 11, 21)
	if given, damage := drain(t, r); given != 12 || len(damage) > 0 { // a Gap and a Lost
		t.Errorf("%d records, damage %v", given, damage)
	}
}

func TestADamagedSegmentHidesNoEarlierOne(t *testing.T) {
	dir := closed(t, 100)
	list := files(t, dir, plainSuffix)
	whole, _ := all(t, dir, 0)
	for at := len(list) / 2; at < len(list); at++ {
		zero(t, list[at])
		r := reader(t, dir)
		if err := r.SeekTime(whole[0].At); err != nil {
			t.Fatal(err)
		}
		got, _ := drain(t, r)
		if want, _ := all(t, dir, 0); got != len(want) {
			t.Errorf("with segments damaged up to %s %d of %d records are given", list[at], got, len(want))
		}
	}
}

func TestSeekTimeGivesAllOfThatTime(t *testing.T) {
	dir := closed(t, 100)
	for _, s := range files(t, dir, plainSuffix) {
		b, err := os.ReadFile(s)
		if err != nil {
			t.Fatal(err)
		}
		h, _, err := parseHeader(b)
		if err != nil {
			t.Fatal(err)
		}
		r := reader(t, dir)
		if err := r.SeekTime(h.at); err != nil {
			t.Fatal(err)
		}
		if e, err := r.Next(); err != nil || e.Position > 1 && e.At >= h.at {
			t.Errorf("%v: what comes before position %d may be of the same time", err, e.Position)
		}
	}
}

// What is too old is removed while others read.
func TestARemovalIsNoDamageToWhoReads(t *testing.T) {
	dir := closed(t, 100)
	r := reader(t, dir)
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	list := files(t, dir, plainSuffix)
	remove(t, list[0])
	remove(t, list[1])
	if _, damage := drain(t, r); len(damage) > 0 {
		t.Error(damage)
	}
}

func TestARemovalIsNoDamageToWhoVerifies(t *testing.T) {
	dir := t.TempDir()
	now := atNoon()
	o := options(func(o *Options) { o.Segment, o.Now = 2000, now.Load })
	j := open(t, dir, o)
	for at := 0; at < 100; at += 10 {
		fill(t, j, at, at+10)
	}
	now.Add(3600 * second)
	fill(t, j, 100, 101)
	j.house.mu.Lock()
	defer j.house.mu.Unlock()
	list, err := segments(dir)
	if err != nil {
		t.Fatal(err)
	}
	removed := false
	v, err := Verify(dir, Checks{Progress: func(int, int) {
		if removed {
			return
		}
		removed = true
		for i := range 3 {
			src, _, err := openSource(list[i+1])
			if err != nil {
				t.Fatal(err)
			}
			src.close()
			if err := j.house.remove(list[i], list[i+1].first-1, src.header.before); err != nil {
				t.Fatal(err)
			}
		}
	}})
	if err != nil || len(v.Problems) > 0 {
		t.Errorf("%v, %v", err, v.Problems)
	}
}
