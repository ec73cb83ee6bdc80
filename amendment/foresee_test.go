package amendment

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

// What is foreseen is what a proposal then leads to, and leaves nothing behind.
func TestForeseeing(t *testing.T) {
	w := open(t)
	first, second := made(t, "One", "approval: two", half), made(t, "Two", "approval: two", gone)
	w.begins(first)
	before, events := w.Pending(), len(w.events)
	var refused *Refusal
	if _, err := w.Foresee(first, ann); !errors.As(err, &refused) || !strings.Contains(err.Error(), "already in force") {
		t.Errorf("the policy in force could be proposed: %v", err)
	}
	foreseen, err := w.Foresee(second, ann)
	if err != nil {
		t.Fatal(err)
	}
	if len(w.events) != events || !reflect.DeepEqual(w.Pending(), before) {
		t.Error("something was kept or recorded")
	}
	proposed := w.proposes(second, ProposeOptions{})
	if len(foreseen.Awaits) < 2 || !reflect.DeepEqual(foreseen.Awaits, proposed.Awaits) || !reflect.DeepEqual(foreseen.Questions, proposed.Questions) ||
		len(foreseen.Notices) != len(proposed.Notices) || !foreseen.From.Equal(proposed.From) {
		t.Errorf("foreseen %+v\nproposed %+v", foreseen, proposed)
	}
}

// Where nothing is awaited nothing is foreseen to be.
func TestForeseeingWhatHoldsAtOnce(t *testing.T) {
	w := open(t)
	w.begins(made(t, "One", "allocation: {notice: 0}", half))
	foreseen, err := w.Foresee(made(t, "Two", "allocation: {notice: 0}", more), ann)
	if err != nil || len(foreseen.Awaits) != 0 || !foreseen.From.Equal(monday) {
		t.Errorf("%v %+v", err, foreseen)
	}
}
