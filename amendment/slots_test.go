package amendment

import (
	"strings"
	"testing"
	"time"
)

func TestTheVersionBeforeSaysHowManyPersonsToo(t *testing.T) {
	w := open(t)
	w.begins(made(t, "first", quick, half))
	w.proposes(made(t, "two", quick+"approval: two\n"+effective(monday.Add(time.Hour)), half), ProposeOptions{})
	if got := w.approves(made(t, "two", quick+"approval: two\n"+effective(monday.Add(time.Hour)), half), bob); !got.Accepted {
		t.Fatalf("%+v", got)
	}
	got := w.proposes(made(t, "later", quick+effective(monday.Add(2*time.Hour)), half), ProposeOptions{})
	if got.Accepted || !strings.Contains(got.Awaits[0], "approval by another person than Ann") {
		t.Errorf("%+v", got)
	}
}

func TestAnotherSlotAndWhatIsComing(t *testing.T) {
	w := open(t)
	w.begins(made(t, "first", "", half))
	w.proposes(made(t, "coming", effective(monday.Add(2*time.Hour)), half), ProposeOptions{})
	now, later := made(t, "now", "slot: 20ms", half), made(t, "later", "slot: 20ms\n"+effective(monday.Add(time.Hour)), half)
	if _, why, err := w.Start(now); err != nil || !strings.Contains(why, "its slot is 20ms, and coming, which is coming at 2026-11-02T12:00:00Z, has another; withdraw that first") {
		t.Error(why, err)
	}
	if err := w.Withdraw("coming", ann, "so"); err != nil {
		t.Fatal(err)
	}
	if in, why, err := w.Start(later); err != nil || in.Name != "first" || !strings.Contains(why, "awaits a restart of the gateway at or after 2026-11-02T11:00:00Z") {
		t.Error(why, err)
	}
	w.after(2 * time.Hour)
	if in, why, err := w.Start(later); err != nil || in.Name != "later" || why != "" {
		t.Error(why, err)
	}
}
