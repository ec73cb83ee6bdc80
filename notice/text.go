package notice

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// utc writes a time for people.
const utc = "2006-01-02 15:04:05 UTC"

// subject names the environment and the state; nothing in it was typed by anybody
// but the name of the environment and of the account.
func subject(j job) string {
	says := map[Kind]string{
		Approaching: "traffic nears the operating threshold",
		Active:      "traffic management is ACTIVE",
		Released:    "traffic management is no longer active",
		Capacity:    "the maximum capacity changed",
		Act:         "an operator acts by hand",
		Policy:      "the policy changes",
		Drill:       "throttle drill",
		Alarm:       "alarm",
		Test:        "test notice",
	}[j.event.Kind]
	who := ""
	if j.event.Account != "" {
		who = j.event.Account + ": "
		if j.event.Kind == Approaching {
			says = "near its allocation"
		}
	}
	return "[srtm " + oneLine(j.config.Environment, 64) + "] " + who + says
}

// advice is what to do: what the event says, or what is usual for its kind.
func advice(e Event) string {
	if e.Advice != "" {
		return e.Advice
	}
	if e.Kind == Approaching && e.Account != "" {
		return "Put off what can wait: while traffic management is active, what is sent beyond the allocation may be refused. What is within it never is."
	}
	return map[Kind]string{
		Approaching: "Nothing is refused yet. Put off bulk work that can wait, so that the threshold is not reached.",
		Active:      "Requests within a Service User's allocation go on as always. Beyond it they may be refused: put off what can wait, and repeat a refused request not before its Retry-After.",
		Released:    "Nothing is refused for traffic any more. Take up what was put off gradually.",
		Capacity:    "Allocations are in proportion to it: see what yours is now before sending in bulk.",
		Act:         "See what it does, its reason and when it ends; ask the operator if it is not what was agreed.",
		Policy:      "Read what changes and from when; object before it takes effect if it is wrong.",
		Drill:       "Watch how your own systems behave; refusals in a drill are meant.",
		Alarm:       "Look at it; nothing has been done by itself.",
		Test:        "Nothing: somebody tries whether notices arrive.",
	}[e.Kind]
}

// body is the e-mail's text: what happened, the numbers, what to do, where to
// look. Its lines are short enough for every mail program.
func body(j job) string {
	e := j.event
	var b strings.Builder
	line := func(text string) { b.WriteString(wrap(text, 76) + "\n") }
	line(e.Sentence)
	if j.leftOut > 0 {
		line(fmt.Sprintf("(%d earlier notices of this kind were left out: there were more than the limit in an hour.)", j.leftOut))
	}
	line("\nWhat to do")
	line(advice(e))
	if text := numbers(e.Numbers); text != "" {
		b.WriteString("\nNumbers\n" + text)
	}
	line("\nWhere to look")
	if j.config.Console != "" {
		b.WriteString("Console      " + j.config.Console + "\n")
	}
	b.WriteString("When         " + e.At.UTC().Format(utc) + "\n")
	b.WriteString("Environment  " + j.config.Environment + "\n")
	if e.Account != "" {
		b.WriteString("Account      " + e.Account + "\n")
	}
	if e.Reference != "" {
		b.WriteString("Reference    " + e.Reference + "\n")
	}
	b.WriteString("Notice       " + e.ID + " (" + string(e.Kind) + ")\n")
	return b.String()
}

// numbers writes a JSON object a line for each key, in its order.
func numbers(object json.RawMessage) string {
	dec := json.NewDecoder(bytes.NewReader(object))
	if _, err := dec.Token(); err != nil {
		return ""
	}
	var b strings.Builder
	for dec.More() {
		key, err := dec.Token()
		var value json.RawMessage
		if err != nil || dec.Decode(&value) != nil {
			break
		}
		text := string(value)
		var plain string
		if json.Unmarshal(value, &plain) == nil {
			text = plain
		}
		fmt.Fprintf(&b, "%-24s %s\n", oneLine(fmt.Sprint(key), 60), oneLine(text, 400))
	}
	return b.String()
}

// wrap breaks a line at spaces.
func wrap(text string, width int) string {
	var b strings.Builder
	length := 0
	for i, word := range strings.Split(text, " ") {
		switch {
		case i == 0:
		case length+1+len(word) > width:
			b.WriteByte('\n')
			length = 0
		default:
			b.WriteByte(' ')
			length++
		}
		b.WriteString(word)
		length += len(word)
	}
	return b.String()
}

// clock writes the time of day, for sentences.
func clock(at time.Time) string { return at.UTC().Format("15:04:05") }
