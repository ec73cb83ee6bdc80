package journal

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// crashed writes a journal of n decisions in segments of 2000 octets and returns
// a copy of its folder as a crash leaves it.
func crashed(t *testing.T, n int) string {
	t.Helper()
	from, dir := t.TempDir(), t.TempDir()
	j := open(t, from, options(func(o *Options) { o.Segment = 2000 }))
	j.house.mu.Lock() // nothing moves while it is copied
	defer j.house.mu.Unlock()
	for at := 0; at < n; at += 7 {
		fill(t, j, at, min(n, at+7))
	}
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A bit that flips where the last segment begins takes no answered decision with
// it, and no position is given twice.
func TestADamagedCheckpointTakesNothingWithIt(t *testing.T) {
	dir := crashed(t, 100)
	list := files(t, dir, plainSuffix)
	path := list[len(list)-1]
	before, _ := all(t, dir, 0)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[segmentHeader+blockHeader+20] ^= 1
	if err := os.WriteFile(path, b, 0o640); err != nil {
		t.Fatal(err)
	}
	j := open(t, dir, options())
	if next := j.Append(noon, decision(1000)).Position(); next <= before[len(before)-1].Position {
		t.Errorf("position %d is given again", next)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	after, _ := all(t, dir, 0)
	if got := numbers(after); !slices.Equal(got, append(upTo(100), 1000)) {
		t.Errorf("on record are %v", got)
	}
	if v := verify(t, dir, Checks{}); len(v.Problems) == 0 {
		t.Error("nobody notices the damage")
	}
}

func TestWhatIsCutOffIsKeptWholeAndPrivate(t *testing.T) {
	dir := closed(t, 20, func(o *Options) { o.Segment = 1 << 20 })
	path := files(t, dir, plainSuffix)[0]
	truncate(t, path, -20)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	j := open(t, dir, options())
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	cut := files(t, dir, ".cut")
	if len(cut) != 1 || !strings.HasPrefix(filepath.Base(cut[0]), filepath.Base(path)) {
		t.Fatalf("kept are %v", cut)
	}
	kept, err := os.ReadFile(cut[0])
	if err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(append(left, kept...), whole) {
		t.Error("what is left and what was cut off are not what was there")
	}
	if info, err := os.Stat(cut[0]); err != nil || info.Mode().Perm()&0o007 != 0 {
		t.Errorf("targets are personal data, and its mode is %v, %v", info.Mode(), err)
	}
}
