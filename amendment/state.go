package amendment

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"srtm/disk"
)

// state is all that a register knows but for the texts.
type state struct {
	Environment string           `json:"environment,omitempty"`
	Events      uint64           `json:"events"` // given so far
	Numbers     uint64           `json:"numbers"`
	At          time.Time        `json:"at"` // of the last step: time never goes back
	Versions    []storedVersion  `json:"versions,omitempty"`
	Proposals   []storedProposal `json:"proposals,omitempty"`
	Withdrawn   []string         `json:"withdrawn,omitempty"` // digests
	Challenges  []Challenge      `json:"challenges,omitempty"`
	Outbox      []outgoing       `json:"outbox,omitempty"` // events that the caller may not have recorded
}

type storedVersion struct {
	Version
	Texts   []text `json:"texts,omitempty"`
	Notices string `json:"notices,omitempty"` // SHA-256 of the text that has them
	Told    int    `json:"told,omitempty"`    // how many they are
}

type storedProposal struct {
	Papers
	Texts []text `json:"texts"`
}

// outgoing is an event, or with Told that many notices of a version, of which
// the event is the first.
type outgoing struct {
	Event
	Texts   []text `json:"texts,omitempty"`
	Version uint64 `json:"version,omitempty"`
	First   int    `json:"first,omitempty"` // place of the first of them among the version's
	Told    int    `json:"told,omitempty"`
}

// clone returns a state that can be changed without changing s: what the slices'
// elements refer to is replaced and never changed.
func (s *state) clone() *state {
	c := *s
	c.Versions, c.Proposals = slices.Clone(s.Versions), slices.Clone(s.Proposals)
	c.Withdrawn, c.Challenges, c.Outbox = slices.Clone(s.Withdrawn), slices.Clone(s.Challenges), slices.Clone(s.Outbox)
	return &c
}

// The first words of register.json, and what it is.
const (
	magic    = "srtm policies 1"
	whatItIs = "a register of policies"
)

// maxState is the most bytes that register.json may have.
const maxState = 256 << 20 // 500 accounts, each with the longest challenges and as many as it may have

func (s *state) encode() ([]byte, error) {
	text, err := disk.Seal(magic, s)
	if err == nil && len(text) > maxState {
		return nil, fmt.Errorf("the register would have %d bytes, more than %d; withdraw proposals and answer challenges", len(text), maxState)
	}
	return text, err
}

// decode reads what encode wrote, and nothing else.
func decode(read []byte) (*state, error) {
	s := &state{}
	if err := disk.Unseal(magic, whatItIs, read, s); err != nil {
		return nil, err
	}
	return s, s.check()
}

// check finds what the rest of the room relies on and a damaged state may lack.
func (s *state) check() error {
	kept := 0
	for i, v := range s.Versions {
		if v.Number == 0 || v.Number > s.Numbers || i > 0 && v.Number <= s.Versions[i-1].Number {
			return fmt.Errorf("version %d is out of order", v.Number)
		}
		if !v.Dropped {
			kept++
		}
		if err := checkTexts(v.Digest, v.Texts, v.Dropped); err != nil {
			return fmt.Errorf("version %d: %w", v.Number, err)
		}
		if v.Notices != "" && !isHash(v.Notices) || (v.Notices == "") != (v.Told == 0) || v.Told < 0 || v.Told > maxTold {
			return fmt.Errorf("version %d: what it says of its notices cannot be", v.Number)
		}
	}
	for _, p := range s.Proposals {
		if err := checkTexts(p.Digest, p.Texts, false); err != nil {
			return fmt.Errorf("proposal %s: %w", short(p.Digest), err)
		}
	}
	// Some more of some: they are pruned when the step that adds one is recorded.
	more := 1 + len(s.Outbox)
	if kept > MaxVersions+more || len(s.Versions) > maxListed+more || len(s.Proposals) > MaxPending || len(s.Withdrawn) > maxWithdrawn+more {
		return errors.New("it has more versions or proposals than there may be")
	}
	return s.checkOutbox()
}

func (s *state) checkOutbox() error {
	for _, o := range s.Outbox {
		if o.Told != 0 {
			if i := s.version(o.Version); i < 0 || o.First < 0 || o.Told < 0 || o.First > s.Versions[i].Told-o.Told {
				return fmt.Errorf("event %d gives notices that are not there", o.Number)
			}
		}
		if len(o.Texts) > 0 {
			if err := checkTexts(o.Digest, o.Texts, false); err != nil {
				return fmt.Errorf("event %d: %w", o.Number, err)
			}
		}
	}
	return nil
}

func checkTexts(digest string, texts []text, gone bool) error {
	if !isHash(digest) {
		return errors.New("its digest is not a SHA-256")
	}
	if gone != (len(texts) == 0) {
		return errors.New("what it says of its files cannot be")
	}
	for _, t := range texts {
		if !isHash(t.SHA256) || t.Name == "" {
			return errors.New("one of its files has no name or no SHA-256")
		}
	}
	return nil
}

// isHash tells whether text is a SHA-256 as file names write it: whatever is
// not could be the name of a file elsewhere.
func isHash(text string) bool {
	raw, err := hex.DecodeString(text)
	return err == nil && len(raw) == 32 && hex.EncodeToString(raw) == text
}

// version returns the place of the version with a number; −1: there is none.
func (s *state) version(number uint64) int {
	return slices.IndexFunc(s.Versions, func(v storedVersion) bool { return v.Number == number })
}

// proposal returns the place of the proposal with a digest; −1: there is none.
func (s *state) proposal(digest string) int {
	return slices.IndexFunc(s.Proposals, func(p storedProposal) bool { return p.Digest == digest })
}

// inForce returns the place of the version in force at a time: that with the
// latest From, of several the one accepted last; −1: there is none.
func (s *state) inForce(at time.Time) int {
	best := -1
	for i, v := range s.Versions {
		if v.stands() && !v.From.After(at) && (best < 0 || !v.From.Before(s.Versions[best].From)) {
			best = i
		}
	}
	return best
}

// coming returns the places of the versions that will be in force after a time,
// in the order in which they will: of several with one From the last accepted.
func (s *state) coming(after time.Time) []int {
	var places []int
	for i, v := range s.Versions {
		if v.stands() && v.From.After(after) && s.inForce(v.From) == i {
			places = append(places, i)
		}
	}
	slices.SortFunc(places, func(a, b int) int { return s.Versions[a].From.Compare(s.Versions[b].From) })
	return places
}

// hashes returns the names of all texts that the state refers to.
func (s *state) hashes() map[string]bool {
	used := map[string]bool{}
	add := func(texts []text) {
		for _, t := range texts {
			used[t.SHA256] = true
		}
	}
	for _, v := range s.Versions {
		add(v.Texts)
		if v.Notices != "" {
			used[v.Notices] = true
		}
	}
	for _, p := range s.Proposals {
		add(p.Texts)
	}
	for _, o := range s.Outbox {
		add(o.Texts)
	}
	return used
}

// maxTold is more than the notices of one version can be before they are pruned:
// every account of the policy before, of its own and of the one after it, twice.
const maxTold = 1_000_000

// prune drops what is more than may be kept. What is in force or coming stays, and
// what the outbox refers to.
func (s *state) prune() {
	now := s.inForce(s.At)
	held := map[uint64]bool{}
	for _, o := range s.Outbox {
		held[o.Version] = o.Told > 0 || held[o.Version]
	}
	needed := func(i int) bool {
		v := &s.Versions[i]
		return i == now || held[v.Number] || v.stands() && v.From.After(s.At)
	}
	room, told := MaxVersions, 0
	for i := range s.Versions {
		if needed(i) {
			room--
		}
	}
	for i := len(s.Versions) - 1; i >= 0; i-- {
		v := &s.Versions[i]
		if !v.Dropped && !needed(i) {
			if room--; room < 0 {
				v.Dropped, v.Texts, v.Notices, v.Told = true, nil, "", 0
			}
		}
		if told += v.Told; told > MaxNotices && !held[v.Number] {
			told -= v.Told
			v.Notices, v.Told = "", 0
		}
	}
	for len(s.Versions) > maxListed && s.Versions[0].Dropped {
		s.Versions = slices.Delete(s.Versions, 0, 1)
	}
	if more := len(s.Withdrawn) - maxWithdrawn; more > 0 {
		s.Withdrawn = slices.Delete(s.Withdrawn, 0, more)
	}
}
