package amendment

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"srtm/calendar"
	"srtm/policy"
	"srtm/traffic"
)

// TestWhateverIsDone checks, after any steps of any persons at any times, with
// restarts between:
//   - what was in force at a time that has passed is never another version later;
//   - every change of an account's allocation that was or is to come was told to
//     it, last with the right number, so many Working Days ahead, or later by the
//     will of two persons;
//   - a version that needs two persons has them, and so has a shorter notice;
//   - its plan and its list of what is to come agree.
func TestWhateverIsDone(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := open(t)
		w.Register.disk = hasty{}
		if _, _, err := w.Start(anyPolicy(rt, w, "first", monday)); err != nil {
			rt.Fatal(err)
		}
		passed := map[time.Time]string{}
		for i := range rapid.IntRange(1, 25).Draw(rt, "steps") {
			anyStep(rt, w, i)
			passed[w.at] = w.InForce(w.at).Digest
			for at, digest := range passed {
				if w.InForce(at).Digest != digest {
					rt.Fatalf("another version was in force at %v than it was", at)
				}
			}
			checkTold(rt, w)
			checkPersons(rt, w)
			checkComing(rt, w)
		}
	})
}

func anyPolicy(rt *rapid.T, w *world, name string, effective time.Time) *policy.Policy {
	keys := fmt.Sprintf("name: %s\ncapacity: 100/s\nportfolio: portfolio.csv\napproval: %s\nallocation: {notice: %d}\neffective: %s\n", name,
		rapid.SampledFrom([]string{"one", "one", "two"}).Draw(rt, "approval"), rapid.IntRange(0, 2).Draw(rt, "notice"), effective.Format(time.RFC3339))
	rows := rapid.SampledFrom([]string{half, half, more, gone, half + row("C", 3, "IS", 100)}).Draw(rt, "rows")
	p, err := policy.ParseFiles([]policy.File{{Name: name, Text: []byte(keys)}, {Name: "portfolio.csv", Text: []byte(columns + rows)}})
	if err != nil {
		rt.Fatal(err)
	}
	return p
}

func anyStep(rt *rapid.T, w *world, i int) {
	by := rapid.SampledFrom([]Person{ann, bob, cat}).Draw(rt, "by")
	pick := func(of []string) string {
		if len(of) == 0 {
			return "none"
		}
		return rapid.SampledFrom(of).Draw(rt, "which")
	}
	var waiting, versions []string
	for _, p := range w.Pending() {
		waiting = append(waiting, p.Digest)
	}
	for _, v := range w.History() {
		versions = append(versions, v.Digest)
	}
	o := ProposeOptions{Confirm: rapid.Bool().Draw(rt, "confirm"), ShortenNotice: rapid.Bool().Draw(rt, "shorten"), Reason: "so it is"}
	var err error
	switch rapid.SampledFrom([]string{"propose", "propose", "propose", "approve", "approve", "confirm", "withdraw", "rollback", "wait", "restart", "file", "watched"}).Draw(rt, "step") {
	case "propose":
		_, err = w.Propose(anyPolicy(rt, w, fmt.Sprint("p", i), w.at.AddDate(0, 0, rapid.IntRange(-1, 6).Draw(rt, "in"))), by, "so", o)
	case "approve":
		_, err = w.Approve(pick(waiting), by, "so")
	case "confirm":
		_, err = w.Confirm(pick(waiting), by, "so", o)
	case "withdraw":
		err = w.Withdraw(pick(append(waiting, versions...)), by, "so")
	case "rollback":
		_, err = w.Rollback(pick(versions), by, "so", o)
	case "wait":
		w.after(time.Duration(rapid.IntRange(1, 96).Draw(rt, "hours")) * time.Hour)
	case "restart":
		w.reopen()
		w.Register.disk = hasty{}
	case "watched":
		_, _, err = w.File(anyPolicy(rt, w, fmt.Sprint("w", i), w.at))
	case "file":
		_, _, err = w.Start(anyPolicy(rt, w, fmt.Sprint("f", i), w.at))
	}
	if errors.Is(err, errKilled) {
		rt.Fatal(err)
	}
}

// timeline is what was and will be in force, in order.
func timeline(w *world) []Version {
	all := w.History()
	var line []Version
	for _, v := range all {
		if in := w.InForce(v.From); in != nil && in.Number == v.Number {
			line = append(line, *in)
		}
	}
	slices.SortFunc(line, func(a, b Version) int { return a.From.Compare(b.From) })
	return line
}

func rates(v Version) map[string]traffic.Rate {
	rates := map[string]traffic.Rate{}
	for _, a := range v.Policy.Rules().Accounts {
		rates[a.Name] = a.Allocation
	}
	return rates
}

func checkTold(rt *rapid.T, w *world) {
	line := timeline(w)
	for i := 1; i < len(line); i++ {
		old, new := rates(line[i-1]), rates(line[i])
		for _, account := range []string{"A", "B", "C"} {
			if old[account] == new[account] {
				continue
			}
			var last *Notice
			for _, n := range w.Notices(account) {
				if n.Effective.Equal(line[i].From) {
					last = &n
				}
			}
			if last == nil || last.New != new[account] {
				rt.Fatalf("%s is to have %v at %v, not %v, and was told %+v", account, new[account], line[i].From, old[account], last)
			}
			if ahead := aheadFor(rt, w, *last); !last.Shortened && !last.TakenBack && last.Effective.Before(calendar.WorkingDaysAfter(last.At, ahead)) {
				rt.Fatalf("%+v is not %d Working Days ahead", last, ahead)
			}
			if last.Shortened && (line[i].Shortened == nil || len(line[i].Approvals) == 0) && !anyShortened(w) {
				rt.Fatalf("%+v is shorter than anybody wanted", last)
			}
		}
	}
}

func anyShortened(w *world) bool {
	return slices.ContainsFunc(w.History(), func(v Version) bool { return v.Shortened != nil && len(v.Approvals) > 0 })
}

func checkPersons(rt *rapid.T, w *world) {
	for _, v := range w.History()[1:] {
		behind := map[string]bool{}
		if v.named() {
			behind[v.Prepared.By] = true
		}
		for _, a := range v.Approvals {
			behind[a.By] = true
		}
		p, err := w.earlier(v.Digest)
		if err != nil {
			rt.Fatal(err)
		}
		if (p.Approval == policy.Two || inForceThen(rt, w, v.Number, v.Accepted).Approval == policy.Two) && len(behind) < 2 {
			rt.Fatalf("%v stands behind %s alone", behind, v.Name)
		}
		if now := inForceThen(rt, w, v.Number, v.Accepted); p.Notice < now.Notice && v.From.Before(calendar.WorkingDaysAfter(v.Accepted, now.Notice)) && (v.Shortened == nil || len(v.Approvals) == 0) {
			rt.Fatalf("%s shortens the notice of %s, and one person wanted it so", v.Name, now.Name)
		}
	}
}

func checkComing(rt *rapid.T, w *world) {
	var planned []string
	for _, s := range w.Plan(w.at, 100)[1:] {
		planned = append(planned, s.Policy.Name)
	}
	if got := names(w.Coming()); !slices.Equal(got, planned) {
		rt.Fatalf("coming %v, planned %v", got, planned)
	}
}

// aheadFor returns how many Working Days ahead a notice was to be given: as the
// policy says that was in force when its version was accepted.
func aheadFor(rt *rapid.T, w *world, n Notice) int {
	var giver uint64
	for number, given := range w.notices {
		if slices.ContainsFunc(given, func(g Notice) bool { return g.Number == n.Number }) {
			giver = number
		}
	}
	return inForceThen(rt, w, giver, n.At).Notice
}

// inForceThen returns the policy that was in force at a time, as far as it was
// known before a version was accepted.
func inForceThen(rt *rapid.T, w *world, number uint64, at time.Time) *policy.Policy {
	var then Version
	for _, v := range w.History() {
		if v.Number < number && v.stands() && !v.From.After(at) && !v.From.Before(then.From) {
			then = v
		}
	}
	p, err := w.earlier(then.Digest)
	if err != nil {
		rt.Fatal(err)
	}
	return p
}
