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
		"signed by somebody else":                   {h.Text, "", "is another journal's"},
		"signed by somebody else, the key is known": {h.Text, verify(t, dir, Checks{}).Signers[0], "which is not the key given: it is another journal's"},
	} {
		v := verify(t, dir, Checks{Heads: []string{c.head}, Key: c.key})
		if len(v.Problems) != 1 || !strings.Contains(v.Problems[0].What, c.want) {
			t.Errorf("%s: %v", what, v.Problems)
		}
	}
}

// A head that was kept holds a journal to it where both are signed by one key.
func TestAHeadThatIsNotInTheJournalIsNamedForWhatItIs(t *testing.T) {
	keys := t.TempDir()
	recorded := func(keys string, decisions int) (dir, head string) {
		dir = t.TempDir()
		j := open(t, dir, options(func(o *Options) { o.Keys = keys }))
		fill(t, j, 0, decisions)
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		return dir, verify(t, dir, Checks{}).LastHead
	}
	_, kept := recorded(keys, 20)
	for _, c := range []struct {
		rule, keys, want string
		decisions        int
	}{
		{"the same key signs another journal that goes on for longer: it was rewritten", keys, "it was rewritten; or it is another's", 40},
		{"the same key signs another journal that ends before: its end was cut off", keys, "its end was cut off; or it is another's", 10},
		{"another key signs a longer one: it is another journal", t.TempDir(), "is another journal's: it names the journal", 40},
		{"another key signs a shorter one: it is another journal", t.TempDir(), "is another journal's: it names the journal", 10},
	} {
		dir, _ := recorded(c.keys, c.decisions)
		v := verify(t, dir, Checks{Heads: []string{kept}})
		if len(v.Problems) != 1 || !strings.Contains(v.Problems[0].What, c.want) {
			t.Errorf("%s: verify finds %v", c.rule, v.Problems)
		}
	}
}

func TestAHeadOfWhatIsNoLongerKeptIsNoProblem(t *testing.T) {
	dir := twoRuns(t, t.TempDir())
	first, second := "", takeApart(t, files(t, dir, plainSuffix)[1])
	entries, _ := all(t, dir, 0)
	for _, e := range entries {
		if h, is := e.Record.(*Head); is && first == "" {
			first = h.Text
		}
	}
	remove(t, files(t, dir, plainSuffix)[0])
	j := open(t, dir, options())
	if err := j.Append(noon, &Removal{First: 1, Last: second.header.first - 1, Chain: second.header.before}).Wait(); err != nil {
		t.Fatal(err)
	}
	v := verify(t, dir, Checks{Heads: []string{first}})
	if len(v.Problems) != 0 || len(v.Earlier) != 1 || v.Earlier[0].Position >= v.First {
		t.Errorf("problems %v, earlier heads %+v", v.Problems, v.Earlier)
	}
}

func TestAProblemSaysWhereAsFarAsItIsKnown(t *testing.T) {
	for want, p := range map[string]Problem{
		"a.srtm, octet 7, after position 3: torn": {"a.srtm", 7, 3, "torn"},
		"a.srtm, octet 0: torn":                   {"a.srtm", 0, 0, "torn"},
		"after position 3: cut off":               {"", 0, 3, "cut off"},
		"it begins late":                          {"", 0, 0, "it begins late"},
	} {
		if got := p.Error(); got != want {
			t.Errorf("it says %q, not %q", got, want)
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
