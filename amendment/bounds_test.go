package amendment

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// filled has so many versions in its state, all of the first policy's texts and
// told so many notices each.
func filled(w *world, n, told int) {
	first := w.state.Versions[0]
	for i := range n {
		v := first
		w.state.Numbers++
		v.Number, v.Accepted, v.From = w.state.Numbers, monday.Add(time.Duration(i)), monday.Add(time.Duration(i))
		if told > 0 {
			v.Told, v.Notices = told, strings.Repeat("a", 64)
		}
		w.state.Versions = append(w.state.Versions, v)
	}
}

func TestTheOldestVersionGoesAndItsDigestStaysListed(t *testing.T) {
	w := open(t)
	first := made(t, "first", quick, half)
	w.begins(first)
	filled(w, MaxVersions-1, 0)
	second := made(t, "second", quick+"release: 70%", half)
	w.after(time.Hour)
	w.proposes(second, ProposeOptions{})
	w.after(time.Hour)
	w.proposes(made(t, "third", quick, half), ProposeOptions{})
	history := w.History()
	if len(history) != MaxVersions+2 || !history[0].Dropped || !history[1].Dropped || history[2].Dropped || history[0].Digest != first.Digest {
		t.Errorf("%d versions: %+v", len(history), history[:3])
	}
	w.reopen()
	w.holds(w.at.Add(-time.Hour), second)
	if _, err := w.Rollback("first", ann, "so", ProposeOptions{}); err != nil {
		t.Error("another version of the same files is kept:", err)
	}
}

func TestWhatIsNeededIsNotDropped(t *testing.T) {
	w := open(t)
	first := made(t, "first", quick, half)
	w.begins(first)
	filled(w, MaxVersions+50, 0)
	for i := range w.state.Versions[1:] {
		w.state.Versions[i+1].Withdrawn = &Assent{By: "Ann"}
	}
	w.state.prune()
	if w.state.Versions[0].Dropped {
		t.Error("the version in force was dropped")
	}
	kept := 0
	for _, v := range w.state.Versions {
		if !v.Dropped {
			kept++
		}
	}
	if kept != MaxVersions {
		t.Error(kept, "are kept")
	}
	if err := w.state.check(); err != nil {
		t.Error(err)
	}
}

func TestListingEnds(t *testing.T) {
	w := open(t)
	w.begins(made(t, "first", quick, half))
	filled(w, maxListed+10, 0)
	w.state.At = monday.Add(time.Hour)
	w.state.prune()
	if len(w.state.Versions) != maxListed || w.state.Versions[0].Number != 12 {
		t.Error(len(w.state.Versions), w.state.Versions[0].Number)
	}
}

func TestTheOldestNoticesGo(t *testing.T) {
	w := open(t)
	w.begins(made(t, "first", quick, half))
	filled(w, 3, MaxNotices/2)
	w.state.prune()
	var told []int
	for _, v := range w.state.Versions {
		told = append(told, v.Told)
	}
	if !slices.Equal(told, []int{0, 0, MaxNotices / 2, MaxNotices / 2}) || w.state.Versions[1].Notices != "" {
		t.Error(told)
	}
}

// TestNothingIsLeftOnTheDisk that nothing refers to.
func TestNothingIsLeftOnTheDisk(t *testing.T) {
	w := open(t)
	w.begins(made(t, "first", quick, half))
	for i := range 3 {
		w.proposes(made(t, fmt.Sprint("p", i), quick+"approval: two", half), ProposeOptions{})
		if err := w.Withdraw(fmt.Sprint("p", i), ann, "so"); err != nil {
			t.Fatal(err)
		}
	}
	w.proposes(made(t, "next", quick, more), ProposeOptions{})
	there, err := os.ReadDir(w.dir + "/" + textsFolder)
	if err != nil {
		t.Fatal(err)
	}
	if used := w.state.hashes(); len(there) != len(used) || len(used) != 5 { // two policies, and the notices of the second
		t.Errorf("%d files for %d texts", len(there), len(used))
	}
}
