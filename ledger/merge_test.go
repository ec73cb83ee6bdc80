package ledger

import (
	"reflect"
	"testing"
	"time"
)

// Merging adds every number, and both histograms.
func TestFollowedIsMergedWhole(t *testing.T) {
	one := Followed{Account: 3, Variant: "2.2"}
	fields := reflect.ValueOf(&one).Elem()
	for i := range fields.NumField() {
		switch f := fields.Field(i).Addr().Interface().(type) {
		case *uint64:
			*f = uint64(i + 1)
		case *Histogram:
			f.Add(time.Duration(i) * time.Second)
		}
	}
	sum := Followed{}
	sum.Merge(one)
	sum.Merge(one)
	if sum.Account != 0 || sum.Variant != "" {
		t.Errorf("the sum is said to be of account %d and variant %q", sum.Account, sum.Variant)
	}
	for i, f := range reflect.ValueOf(sum).Fields() {
		name := i.Name
		switch f := f.Interface().(type) {
		case uint64:
			if want := 2 * reflect.ValueOf(one).FieldByName(name).Uint(); f != want {
				t.Errorf("%s is %d, want %d", name, f, want)
			}
		case Histogram:
			if f.Count() != 2 {
				t.Errorf("%s has %d delays, want 2", name, f.Count())
			}
		}
	}
}
