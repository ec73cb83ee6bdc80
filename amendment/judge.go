package amendment

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"srtm/calendar"
	"srtm/policy"
)

// judgement is what the rules say of a proposal at one time.
type judgement struct {
	draft    *draft
	papers   Papers
	proposed *policy.Policy
	restart  bool // the gateway is starting: another slot can be taken

	from   time.Time      // when it would take effect
	now    *policy.Policy // in force now
	before *policy.Policy // in force until from
	placed *storedVersion // coming, and has the same from: this one would take its place; nil: none
	after  *storedVersion // the first to take effect after from; nil: none is planned

	refusals  []string
	questions []Question
	notices   []Notice
	awaits    []string
}

// judge applies every rule to a proposal.
func (s *draft) judge(papers Papers, p *policy.Policy, restart bool) (*judgement, error) {
	j := &judgement{draft: s, papers: papers, proposed: p, restart: restart}
	if err := j.place(); err != nil {
		return nil, err
	}
	j.known()
	j.environment()
	j.slot()
	j.room()
	if len(j.refusals) > 0 {
		return j, nil
	}
	j.ask()
	if err := j.tell(); err != nil {
		return nil, err
	}
	j.confirmation()
	j.notice()
	j.persons()
	return j, nil
}

// place finds when the proposal would take effect, and between which versions.
func (j *judgement) place() (err error) {
	s := j.draft
	j.from = s.at
	if j.proposed.Effective.After(s.at) {
		j.from = j.proposed.Effective.UTC()
	}
	if j.now, err = s.inForcePolicy(s.at); err != nil {
		return err
	}
	j.before = j.now
	if i := s.inForce(j.from); j.from.After(s.at) && i >= 0 {
		if s.Versions[i].From.Equal(j.from) {
			j.placed = &s.Versions[i]
		}
		if j.before, err = s.inForcePolicy(j.from.Add(-1)); err != nil {
			return err
		}
	}
	if next := s.coming(j.from); len(next) > 0 {
		j.after = &s.Versions[next[0]]
	}
	return nil
}

func (s *draft) inForcePolicy(at time.Time) (*policy.Policy, error) {
	i := s.inForce(at)
	if i < 0 {
		return nil, nil
	}
	return s.register.policy(s.Versions[i].Digest, s.Versions[i].Texts)
}

func (j *judgement) refuse(format string, args ...any) {
	j.refusals = append(j.refusals, fmt.Sprintf(format, args...))
}

func (j *judgement) await(format string, args ...any) {
	j.awaits = append(j.awaits, fmt.Sprintf(format, args...))
}

// known: what is in force or coming is not proposed again.
func (j *judgement) known() {
	s := j.draft
	if i := s.inForce(s.at); i >= 0 && s.Versions[i].Digest == j.papers.Digest {
		j.refuse("it is already in force, since %s", stamp(s.Versions[i].From))
	}
	for _, i := range s.coming(s.at) {
		if s.Versions[i].Digest == j.papers.Digest {
			j.refuse("it is already coming: it takes effect at %s", stamp(s.Versions[i].From))
		}
	}
}

// environment: a policy of another environment is none for this gateway.
func (j *judgement) environment() {
	if env := j.draft.Environment; env != "" && j.proposed.Environment != env {
		j.refuse("its environment is %s, and this gateway's is %s; write environment: %s, or give it to the other gateway", j.proposed.Environment, env, env)
	}
}

// slot: another slot cannot be taken by a gateway that runs.
func (j *judgement) slot() {
	if j.now == nil {
		return
	}
	if j.proposed.Slot != j.now.Slot && !j.papers.ByFile {
		j.refuse("its slot is %v, and the one in force has %v: that needs a restart of the gateway with this policy's file; until then write slot: %v", j.proposed.Slot, j.now.Slot, j.now.Slot)
		return
	}
	if j.proposed.Slot != j.now.Slot {
		for _, i := range j.draft.coming(j.draft.at) {
			if v := j.draft.Versions[i]; v.From.After(j.from) {
				j.refuse("its slot is %v, and %s, which is coming at %s, has another; withdraw that first", j.proposed.Slot, v.Name, stamp(v.From))
			}
		}
		if !j.restart || j.from.After(j.draft.at) {
			j.await("a restart of the gateway at or after %s: its slot is %v, and the one in force has %v", stamp(j.from), j.proposed.Slot, j.now.Slot)
		}
	}
}

// room: there may be only so many versions to come.
func (j *judgement) room() {
	planned := len(j.draft.coming(j.draft.at))
	if planned >= MaxComing && j.placed == nil {
		j.refuse("there are %d versions to come, and no more may be; withdraw one", planned)
	}
}

// ask: what may well be meant and may be a mistake.
func (j *judgement) ask() {
	if j.before == nil {
		return
	}
	j.questions = ComparePortfolios(j.before.Accounts, j.proposed.Accounts).Questions
	if j.proposed.Notice < j.before.Notice {
		j.questions = append(j.questions, Question{Text: fmt.Sprintf("allocation.notice goes from %d to %d Working Days: from then on Service Users are told later",
			j.before.Notice, j.proposed.Notice)})
	}
}

// confirmation: questions are answered before anything takes effect.
func (j *judgement) confirmation() {
	if len(j.questions) == 0 {
		return
	}
	if j.papers.Confirmed != nil && j.papers.Answered == hashOfQuestions(j.questions) {
		j.questions = nil
		return
	}
	texts := make([]string, 0, len(j.questions))
	for _, q := range j.questions[:min(len(j.questions), maxShown)] {
		texts = append(texts, q.Text)
	}
	if more := len(j.questions) - maxShown; more > 0 {
		texts = append(texts, fmt.Sprintf("and %d more", more))
	}
	j.await("confirmation of: %s", strings.Join(texts, "; "))
}

// maxShown is how many of many things a sentence names.
const maxShown = 20

func hashOfQuestions(questions []Question) string {
	var all strings.Builder
	for _, q := range questions {
		all.WriteString(q.Account + "\x00" + q.Text + "\x00")
	}
	return hashOf([]byte(all.String()))
}

// notice: accounts are told a new allocation some Working Days ahead, and that
// they will be told later no sooner.
func (j *judgement) notice() {
	if j.now == nil || j.papers.Shortened != nil {
		return
	}
	earliest := calendar.WorkingDaysAfter(j.draft.at, j.now.Notice)
	if !j.from.Before(earliest) {
		return
	}
	const what = "a shorter notice, with a reason and a second person: it takes effect at %s, and %s %d Working Days ahead, which is %s; or withdraw it and propose it with a later effective"
	if len(j.notices) > 0 {
		j.await(what, stamp(j.from), j.toBeTold()+" are to be told their new allocations", j.now.Notice, stamp(earliest))
	} else if j.proposed.Notice < j.now.Notice {
		j.await(what, stamp(j.from), fmt.Sprintf("that allocation.notice becomes %d is to be known", j.proposed.Notice), j.now.Notice, stamp(earliest))
	}
}

// toBeTold names those whose allocation the proposal itself changes.
func (j *judgement) toBeTold() string {
	var names []string
	for _, n := range j.notices {
		if n.Policy == j.papers.Digest && !slices.Contains(names, n.Account) && len(names) <= maxShown {
			names = append(names, n.Account)
		}
	}
	if len(names) > maxShown {
		names[maxShown] = "others"
	}
	return strings.Join(names, ", ")
}

// persons: the stricter of the policies concerned says how many stand behind it.
// The one who approves is not the one who prepared, nor the one who wants a
// shorter notice; where nobody's name stands behind the file, two approve.
func (j *judgement) persons() {
	if j.now == nil {
		return
	}
	p := j.papers
	if j.two() {
		if first, alone := p.alone(); alone {
			j.await("approval by another person than %s", first)
			return
		} else if first == "" {
			j.await("approval by two persons, for nobody's name stands behind the file")
			return
		}
	}
	if p.Shortened != nil && !slices.ContainsFunc(p.Approvals, func(a Assent) bool { return !same(a.By, p.Shortened.By) }) {
		j.await("approval of the shorter notice by another person than %s", p.Shortened.By)
	}
}

// two tells whether a policy concerned wants two persons.
func (j *judgement) two() bool {
	for _, p := range []*policy.Policy{j.now, j.before, j.proposed} {
		if p != nil && p.Approval == policy.Two {
			return true
		}
	}
	return false
}

// named tells whether a person stands behind what was prepared. A register that
// was kept before Nobody was has the policy file's name only.
func (p Papers) named() bool { return !p.ByFile && !p.Nobody && !same(p.Prepared.By, theFile) }

// alone tells whether only one person stands behind a policy, and who; nobody's
// name is empty.
func (p Papers) alone() (name string, alone bool) {
	behind := p.Approvals
	if p.named() {
		behind = append([]Assent{p.Prepared}, behind...)
	}
	if len(behind) == 0 {
		return "", false
	}
	for _, a := range behind[1:] {
		if !same(a.By, behind[0].By) {
			return behind[0].By, false
		}
	}
	return behind[0].By, true
}

// stamp writes a time to the second, or as exact as it is.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
