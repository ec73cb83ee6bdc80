package tmmd

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"srtm/policy"
)

// changes returns a sentence for each key that is another, in the order of the
// keys; what moved within a list without changing is no change but of its order.
func changes(before, after *policy.Policy) []string {
	old, now := settings(before, clean), settings(after, clean)
	was, is := byKey(old), byKey(now)
	told := map[string]bool{}
	var sentences []string
	for _, s := range append(now, old...) {
		key := listOf(s.key)
		if told[key] {
			continue
		}
		told[key] = true
		if key != s.key || isListed(was, key) || isListed(is, key) {
			sentences = append(sentences, listChanges(key, itemsOf(old, key), itemsOf(now, key))...)
			continue
		}
		if a, b := was[key].value, is[key].value; a != b {
			sentences = append(sentences, sentence(key, was[key], is[key]))
		}
	}
	return append(sentences, fileChanges(before, after)...)
}

func sentence(key string, a, b setting) string {
	meaning := b.meaning
	if meaning == "" {
		meaning = a.meaning
	}
	return code(key) + " goes from " + shown(a) + " to " + shown(b) + ": " + meaning + "."
}

// shown is a value in a sentence.
func shown(s setting) string {
	switch {
	case s.key == "":
		return "the default"
	case s.given:
		return s.value
	}
	return s.value + " (the default)"
}

func byKey(all []setting) map[string]setting {
	by := make(map[string]setting, len(all))
	for _, s := range all {
		by[s.key] = s
	}
	return by
}

var itemNumber = regexp.MustCompile(`\[\d+\]$`)

// listOf returns the key of the list that an item is in, or the key itself.
func listOf(key string) string { return itemNumber.ReplaceAllString(key, "") }

func isListed(by map[string]setting, key string) bool {
	_, is := by[key+"[1]"]
	return is
}

func itemsOf(all []setting, list string) (items []setting) {
	for _, s := range all {
		if s.key != list && listOf(s.key) == list {
			items = append(items, s)
		}
	}
	return items
}

// listChanges says what a list has more, what it lacks, and whether the rest
// stands in another order.
func listChanges(key string, old, now []setting) (sentences []string) {
	had, has := valuesOf(old), valuesOf(now)
	kept := func(all []setting, others map[string]bool) (common []string) {
		for _, s := range all {
			if others[s.value] {
				common = append(common, s.value)
			}
		}
		return common
	}
	for _, s := range old {
		if !has[s.value] {
			sentences = append(sentences, code(key)+" no longer has “"+s.value+"”: "+s.meaning+".")
		}
	}
	for _, s := range now {
		if !had[s.value] {
			sentences = append(sentences, code(key)+" has a new entry “"+s.value+"”: "+s.meaning+".")
		}
	}
	if !slices.Equal(kept(old, has), kept(now, had)) {
		sentences = append(sentences, code(key)+" stands in another order.")
	}
	return sentences
}

func valuesOf(all []setting) map[string]bool {
	values := make(map[string]bool, len(all))
	for _, s := range all {
		values[s.value] = true
	}
	return values
}

// fileChanges says which files have another text under the same name. What is in
// the portfolio stands in the tables.
func fileChanges(before, after *policy.Policy) (sentences []string) {
	if !slices.EqualFunc(before.Senders, after.Senders, sameSender) {
		sentences = append(sentences, fmt.Sprintf("The list of senders is another: %s instead of %d.", plural(len(after.Senders), "certificate"), len(before.Senders)))
	}
	was := map[string][]byte{}
	for _, a := range before.Annexes {
		was[a.Name] = a.Text
	}
	for _, a := range after.Annexes {
		if text, had := was[a.Name]; had && !bytes.Equal(text, a.Text) {
			sentences = append(sentences, "The annex "+clean(a.Name)+" has another text: "+plural(lines(a.Text), "line")+" instead of "+fmt.Sprint(lines(text))+".")
		}
	}
	return sentences
}

func lines(text []byte) int { return strings.Count(cleanLines(string(text)), "\n") + 1 }

func sameSender(a, b policy.Sender) bool {
	return a.Fingerprint == b.Fingerprint && a.Subject == b.Subject && slices.Equal(a.Accounts, b.Accounts)
}
