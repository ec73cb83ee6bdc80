package journal

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

// closed writes a journal of n decisions in several segments, in order, and
// returns its folder.
func closed(t testing.TB, n int, change ...func(*Options)) string {
	t.Helper()
	dir := t.TempDir()
	j := open(t, dir, options(append([]func(*Options){func(o *Options) { o.Segment = 2000 }}, change...)...))
	for at := 0; at < n; at += 7 {
		fill(t, j, at, min(n, at+7))
	}
	j.Append(noon, &Stop{Reason: "test"})
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	unzip(t, dir)
	return dir
}

// unzip takes compression back, which comes when it comes.
func unzip(t testing.TB, dir string) {
	t.Helper()
	for _, path := range files(t, dir, compressedSuffix) {
		in, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		zip, err := zstd.NewReader(in)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(zip)
		zip.Close()
		err = errors.Join(err, in.Close(), os.WriteFile(strings.TrimSuffix(path, compressedSuffix)+plainSuffix, b, 0o640), os.Remove(path))
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestEveryOctetCounts(t *testing.T) {
	dir := closed(t, 20, func(o *Options) { o.Segment = 1 << 20 })
	path := files(t, dir, plainSuffix)[0]
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	wantWhole(t, dir)
	for at := range whole {
		changed := bytes.Clone(whole)
		changed[at] ^= 1 << (at % 8)
		if err := os.WriteFile(path, changed, 0o640); err != nil {
			t.Fatal(err)
		}
		if v := verify(t, dir, Checks{}); len(v.Problems) == 0 && v.Tail == 0 {
			t.Fatalf("nobody notices that octet %d of %d was changed", at, len(whole))
		}
		all(t, dir, 0) // ends, and does not fail
	}
}

func TestTamperingShows(t *testing.T) {
	published := func(dir string) string {
		entries, _ := all(t, dir, 0)
		for _, e := range slices.Backward(entries) {
			if h, is := e.Record.(*Head); is {
				return h.Text
			}
		}
		t.Fatal("there is no head")
		return ""
	}
	for what, c := range map[string]struct {
		change func(t *testing.T, dir string, list []string)
		want   string
	}{
		"the first segment deleted":  {func(t *testing.T, _ string, list []string) { remove(t, list[0]) }, "nothing on record says"},
		"a middle segment deleted":   {func(t *testing.T, _ string, list []string) { remove(t, list[1]) }, "a segment before this one was removed"},
		"the last segment deleted":   {func(t *testing.T, _ string, list []string) { remove(t, list[len(list)-1]) }, "its end was cut off"},
		"a segment cut short":        {func(t *testing.T, _ string, list []string) { truncate(t, list[1], -20) }, "cut short"},
		"the end cut off":            {func(t *testing.T, _ string, list []string) { truncate(t, list[len(list)-1], -20) }, "its end was cut off"},
		"two segments exchanged":     {exchange, "not the beginning of a journal's segment"},
		"the journal written anew":   {rewrite, "was put in the place of the other"},
		"a segment filled with zero": {func(t *testing.T, _ string, list []string) { zero(t, list[1]) }, "not the beginning"},
	} {
		t.Run(what, func(t *testing.T) {
			dir := closed(t, 100)
			head := published(dir)
			c.change(t, dir, files(t, dir, plainSuffix))
			v := verify(t, dir, Checks{Heads: []string{head}})
			if !slices.ContainsFunc(v.Problems, func(p *Problem) bool { return strings.Contains(p.What, c.want) }) {
				t.Errorf("verify finds %v, and not %q", v.Problems, c.want)
			}
		})
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

func truncate(t *testing.T, path string, by int64) {
	t.Helper()
	if err := os.Truncate(path, size(t, path)+by); err != nil {
		t.Fatal(err)
	}
}

func zero(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(path, make([]byte, size(t, path)), 0o640); err != nil {
		t.Fatal(err)
	}
}

func exchange(t *testing.T, _ string, list []string) {
	a, err1 := os.ReadFile(list[1])
	b, err2 := os.ReadFile(list[2])
	if err := errors.Join(err1, err2, os.WriteFile(list[1], b, 0o640), os.WriteFile(list[2], a, 0o640)); err != nil {
		t.Fatal(err)
	}
}

// rewrite puts another journal in the place of the one that was there, as its
// owner could.
func rewrite(t *testing.T, dir string, list []string) {
	for _, path := range list {
		remove(t, path)
	}
	j := open(t, dir, options())
	fill(t, j, 1, 150)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestReadingGoesOnAfterDamage(t *testing.T) {
	dir := closed(t, 100)
	list := files(t, dir, plainSuffix)
	b, err := os.ReadFile(list[1])
	if err != nil {
		t.Fatal(err)
	}
	b[segmentHeader+blockHeader+400] ^= 1
	if err := os.WriteFile(list[1], b, 0o640); err != nil {
		t.Fatal(err)
	}
	entries, damage := all(t, dir, 0)
	got := numbers(entries)
	if len(damage) != 1 || len(got) < 93 || len(got) == 100 { // a block has seven at most
		t.Errorf("read %d decisions, damage %v", len(got), damage)
	}
}

func TestReadingTellsOfAMissingSegment(t *testing.T) {
	dir := closed(t, 100)
	whole, _ := all(t, dir, 0)
	remove(t, files(t, dir, plainSuffix)[2])
	entries, damage := all(t, dir, 0)
	if len(damage) != 1 || !strings.Contains(damage[0].What, "are missing") {
		t.Errorf("reading tells of %v", damage)
	}
	last := entries[len(entries)-1].Position
	if len(entries) >= len(whole) || last != whole[len(whole)-1].Position || entries[0].Position != 1 {
		t.Errorf("%d of %d records are read, up to position %d", len(entries), len(whole), last)
	}
}

func TestSeekingForgetsWhatWasToBeGiven(t *testing.T) {
	dir := closed(t, 100)
	remove(t, files(t, dir, plainSuffix)[2])
	r, err := OpenReader(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, err = range r.All() {
		if err != nil { // the record after what is missing would come next
			break
		}
	}
	if err == nil {
		t.Fatal("nothing is said of what is missing")
	}
	if err := r.SeekTime(0); err != nil {
		t.Fatal(err)
	}
	if e, err := r.Next(); err != nil || e.Position != 1 {
		t.Errorf("from the beginning comes %+v, %v", e, err)
	}
}

func TestTornTailIsCutAndSaid(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		dir := closed(t, 50, func(o *Options) { o.Segment = 1 << 20 })
		path := files(t, dir, plainSuffix)[0]
		cut := random.Int64N(size(t, path))
		before, _ := all(t, dir, 0)
		if err := os.Truncate(path, cut); err != nil {
			t.Fatal(err)
		}
		if random.IntN(2) == 0 { // what a file system may leave of a write
			f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.Write(make([]byte, random.IntN(500))); err != nil {
				t.Fatal(err)
			}
			f.Close()
		}
		left, _ := all(t, dir, 0)
		j := open(t, dir, options())
		fill(t, j, 1000, 1010)
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		entries, damage := all(t, dir, 0)
		if len(damage) > 0 || len(entries) < len(left) || len(left) > 0 && !reflect.DeepEqual(entries[:len(left)], before[:len(left)]) {
			t.Fatalf("cut at %d: %d records were left, damage %v", cut, len(left), damage)
		}
		if got := numbers(entries); len(got) < 10 || !reflect.DeepEqual(got[len(got)-10:], []int{1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009}) {
			t.Fatalf("cut at %d: decisions %v", cut, got)
		}
		v := wantWhole(t, dir)
		if v.Records != uint64(len(entries)) {
			t.Errorf("verify saw %d records of %d", v.Records, len(entries))
		}
	}
}

func TestDamageIsLeftAsItIs(t *testing.T) {
	dir := closed(t, 50, func(o *Options) { o.Segment = 1 << 20 })
	path := files(t, dir, plainSuffix)[0]
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 4
	if err := os.WriteFile(path, b, 0o640); err != nil {
		t.Fatal(err)
	}
	j := open(t, dir, options())
	fill(t, j, 1000, 1001)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	v := verify(t, dir, Checks{})
	if len(v.Problems) == 0 || len(v.Damages) == 0 || v.Damages[0].Cut {
		t.Errorf("problems %v, damages %+v", v.Problems, v.Damages)
	}
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, b) {
		t.Errorf("the damaged segment was changed: %v", err)
	}
}

func TestSegmentsAreCompressedAndRemoved(t *testing.T) {
	dir := t.TempDir()
	now := atNoon()
	o := options(func(o *Options) {
		o.Segment, o.Keep, o.Now = 3000, 24*time.Hour, now.Load
	})
	j := open(t, dir, o)
	for at := 0; at < 300; at += 10 {
		fill(t, j, at, at+10)
	}
	before, _ := all(t, dir, 0)
	if err := j.house.tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	if plain, zipped := files(t, dir, plainSuffix), files(t, dir, compressedSuffix); len(plain) != 1 || len(zipped) < 5 {
		t.Errorf("%d segments are compressed and %d are not", len(zipped), len(plain))
	}
	after, _ := all(t, dir, 0)
	if !reflect.DeepEqual(before, after) {
		t.Error("a compressed journal reads differently")
	}
	wantWhole(t, dir)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}

	now.Add(23 * 3600 * second)
	j = open(t, dir, o)
	now.Add(2 * 3600 * second)
	d := decision(1)
	if err := j.Append(now.Load(), d).Wait(); err != nil {
		t.Fatal(err)
	}
	if err := j.house.tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	if v := wantWhole(t, dir); v.Removed == 0 || v.First != v.Removed+1 {
		t.Errorf("removed up to %d, the journal begins at %d", v.Removed, v.First)
	}
}
