package journal

import (
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestManyMayClose(t *testing.T) {
	j := open(t, t.TempDir(), options())
	ticket := j.Append(noon, decision(1))
	var closing sync.WaitGroup
	for range 4 {
		closing.Go(func() {
			if err := j.Close(); err != nil {
				t.Error(err)
			}
			if err := ticket.Wait(); err != nil {
				t.Error(err)
			}
		})
	}
	closing.Wait()
	if err := j.Append(noon, decision(2)).Wait(); err == nil {
		t.Error("a journal that is closed takes a record")
	}
}

// Anybody can write what looks like a head.
func TestAForgedHeadDoesNotBlameAJournal(t *testing.T) {
	dir := closed(t, 20)
	other, err := loadSigner("")
	if err != nil {
		t.Fatal(err)
	}
	h, err := other.sign(HeadClaims{Environment: "test", Journal: "abc", At: noon, Position: 7, Accounts: 2})
	if err != nil {
		t.Fatal(err)
	}
	text, _, _ := strings.Cut(h.Text, "\n\n")
	for what, c := range map[string]struct{ head, key, want string }{
		"not signed":                                {text + "\n", "", "proves nothing"},
		"signed by somebody else":                   {h.Text, "", "or it is another's"},
		"signed by somebody else, the key is known": {h.Text, verify(t, dir, Checks{}).Signers[0], "proves nothing"},
	} {
		v := verify(t, dir, Checks{Heads: []string{c.head}, Key: c.key})
		if len(v.Problems) != 1 || !strings.Contains(v.Problems[0].What, c.want) {
			t.Errorf("%s: %v", what, v.Problems)
		}
	}
}

func TestAnIndexCutShortSaysNothing(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, options(func(o *Options) { o.Segment = 20_000 }))
	for at := 0; at < 600; at += 10 {
		fill(t, j, at, at+10)
	}
	if err := j.house.tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	list, err := segments(dir)
	if err != nil {
		t.Fatal(err)
	}
	path := indexPath(list[0].path)
	truncate(t, path, -size(t, path)/bucketSize/2*bucketSize)
	for n := range 50 {
		if !mayHave(list[0], newProbe(decision(n).ID)) {
			t.Fatalf("an index that was cut short hides decision %d", n)
		}
	}
}

func TestADamagedSegmentDoesNotEndHousekeeping(t *testing.T) {
	dir := t.TempDir()
	now := atNoon()
	j := open(t, dir, options(func(o *Options) { o.Segment, o.Keep, o.Now = 3000, 24*time.Hour, now.Load }))
	j.house.mu.Lock()
	for at := 0; at < 300; at += 10 {
		fill(t, j, at, at+10)
	}
	list := files(t, dir, plainSuffix)
	zero(t, list[3])
	j.house.mu.Unlock()
	_ = j.house.tidy(t.Context()) // it cannot tell how old what comes before the damage is
	if left := files(t, dir, plainSuffix); slices.Contains(left, list[1]) || slices.Contains(left, list[len(list)-2]) {
		t.Errorf("not compressed are %v", left)
	}
}

func TestTheLastHeadIsKnownAfterACrash(t *testing.T) {
	from, dir := t.TempDir(), t.TempDir()
	now := atNoon()
	j := open(t, from, options(func(o *Options) { o.Segment, o.Now, o.Retry = 3000, now.Load, time.Hour }))
	fill(t, j, 0, 5)
	now.Add(3600 * second)
	j.house.mu.Lock()
	defer j.house.mu.Unlock()
	for at := 5; at < 100; at += 5 {
		fill(t, j, at, at+5)
	}
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	again := open(t, dir, options())
	if was, is := j.Head(), again.Head(); was == nil || is == nil || is.Text != was.Text {
		t.Errorf("the head was %v and is %v", was, is)
	}
}

// A clock that is far ahead at a start takes nothing away.
func TestAWrongClockRemovesNothing(t *testing.T) {
	dir := t.TempDir()
	now := atNoon()
	o := options(func(o *Options) { o.Segment, o.Keep, o.Now = 3000, 400*24*time.Hour, now.Load })
	j := open(t, dir, o)
	for at := 0; at < 300; at += 10 {
		fill(t, j, at, at+10)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	now.Add(401 * 24 * 3600 * second)
	j = open(t, dir, o)
	if err := j.house.tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	if entries, _ := all(t, dir, 0); len(numbers(entries)) != 300 {
		t.Errorf("%d decisions are left", len(numbers(entries)))
	}
}
