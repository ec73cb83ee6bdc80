package notice

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Kind says what an Event is about.
type Kind string

// The kinds. Test is sent by Configuration.Test alone.
const (
	Approaching Kind = "approaching" // traffic nears the operating threshold, or an account's nears its allocation
	Active      Kind = "active"      // traffic management became active
	Released    Kind = "released"    // it became inactive
	Capacity    Kind = "capacity"    // the maximum capacity changed, or the door was closed or opened
	Act         Kind = "act"         // an operator's act by hand
	Policy      Kind = "policy"      // a change of policy was proposed, approved, withdrawn or came into force
	Drill       Kind = "drill"       // a throttle drill began or ended
	Alarm       Kind = "alarm"       // operators alone are told
	Test        Kind = "test"
)

// Kinds returns all that can be subscribed to, in the order of documents.
func Kinds() []Kind {
	return []Kind{Approaching, Active, Released, Capacity, Act, Policy, Drill, Alarm}
}

// state tells whether k says what the state is: a later one makes it obsolete.
func (k Kind) state() bool { return k == Approaching || k == Active || k == Released }

// limited tells whether k may flap and is limited for each target.
func (k Kind) limited() bool { return k.state() || k == Capacity }

// The bounds of an Event. Texts that are longer are cut.
const (
	MaxSentence  = 2000 // characters of Sentence and of Advice
	MaxReference = 200  // characters
	MaxNumbers   = 16 << 10
)

// Event is one thing to be told. It goes to everybody who may hear of its account:
// what stands in it must be fit for all of them, and where Account is empty that is
// every Service User.
type Event struct {
	ID        string          `json:"id,omitempty"` // names it; empty: Put gives one. The same ID is put once
	Kind      Kind            `json:"kind"`
	Account   string          `json:"account,omitempty"` // whom it concerns; empty: all
	At        time.Time       `json:"at"`                // when it happened
	Sentence  string          `json:"sentence"`          // what happened, with numbers
	Advice    string          `json:"advice,omitempty"`  // what to do; empty: what is usual for the kind
	Numbers   json.RawMessage `json:"numbers,omitempty"` // a JSON object
	Reference string          `json:"reference,omitempty"`
}

var (
	idForm      = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`) // no full stop: it parts what is signed
	accountForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)
)

// cleaned returns the event as it may stand in headers, files and mails, or says
// why it cannot be told at all.
func (e Event) cleaned() (Event, error) {
	switch {
	case !slices.Contains(Kinds(), e.Kind) && e.Kind != Test:
		return e, fmt.Errorf("the notice's kind is %q; it is one of %s", cut(string(e.Kind), 40), kindList())
	case e.ID != "" && !idForm.MatchString(e.ID):
		return e, fmt.Errorf("the notice's ID is %q; it is 1 to 64 letters, digits, - and _", cut(e.ID, 80))
	case e.Account != "" && !accountForm.MatchString(e.Account):
		return e, fmt.Errorf("the notice's account is %q; it is 1 to 64 letters, digits, and . _ -", cut(e.Account, 80))
	case e.At.Year() < 2000 || e.At.Year() > 2199:
		return e, fmt.Errorf("the notice's time is %v; give the time at which it happened", e.At)
	}
	e.At = e.At.UTC().Round(0)
	e.Sentence, e.Advice = oneLine(e.Sentence, MaxSentence), oneLine(e.Advice, MaxSentence)
	e.Reference = oneLine(e.Reference, MaxReference)
	if e.Sentence == "" {
		return e, errors.New("the notice says nothing; give a sentence")
	}
	var err error
	e.Numbers, err = compact(e.Numbers)
	return e, err
}

// compact returns a JSON object on one line.
func compact(numbers json.RawMessage) (json.RawMessage, error) {
	if len(numbers) == 0 {
		return nil, nil
	}
	if len(numbers) > MaxNumbers {
		return nil, fmt.Errorf("the notice's numbers have %d bytes; at most %d", len(numbers), MaxNumbers)
	}
	var object map[string]any
	if err := json.Unmarshal(numbers, &object); err != nil || object == nil {
		return nil, errors.New("the notice's numbers are not a JSON object; write {\"offered_per_s\": 1800} or leave them out")
	}
	var b bytes.Buffer
	if err := json.Compact(&b, numbers); err != nil {
		return nil, fmt.Errorf("the notice's numbers: %w", err)
	}
	return bytes.ToValidUTF8(b.Bytes(), []byte("\uFFFD")), nil
}

// oneLine makes s one printable line of at most so many characters: what people
// typed can then neither forge a header nor a second line.
func oneLine(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == '\uFFFD' { // line breaks, and what turns the direction of writing
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, " "))
	return cut(strings.Join(strings.Fields(s), " "), most)
}

func cut(s string, most int) string {
	n := 0
	for i := range s {
		if n++; n > most {
			return s[:i] + "…"
		}
	}
	return s
}

func kindList() string {
	var names []string
	for _, k := range Kinds() {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}
