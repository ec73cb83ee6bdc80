package study

import (
	"strings"
	"testing"
)

func TestMarkdownHasSentencesAndARowForEachRule(t *testing.T) {
	s := burst(t)
	var b strings.Builder
	if err := WriteMarkdown(&b, s, []string{"BRAVO", "NOBODY"}); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for _, sentence := range Sentences(s) {
		if !strings.Contains(text, "- "+sentence+"\n") {
			t.Errorf("it lacks %q", sentence)
		}
	}
	if strings.Count(text, "\n| The policy |") != 2 || !strings.Contains(text, "Of these BRAVO, with an allocation of 30 SR/s:") || strings.Contains(text, "NOBODY") {
		t.Errorf("there should be a table of all, and one of BRAVO:\n%s", text)
	}
	if !strings.Contains(text, "| "+grouped(s.Result.Rules[0].Answered)+" |") {
		t.Error("the table does not say how many messages were answered without a mechanism")
	}
	checkTables(t, text)
}

// Whatever names are, each row has as many cells as its head.
func TestMarkdownIsNotBrokenByNames(t *testing.T) {
	var b strings.Builder
	s := hostile(t)
	if err := WriteMarkdown(&b, s, []string{s.Result.Rules[0].Users[0].Account}); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(b.String(), "<>`*[]") {
		t.Errorf("markup is in it:\n%s", b.String())
	}
	checkTables(t, b.String())
}

func TestMarkdownOfNothing(t *testing.T) {
	var b strings.Builder
	if err := WriteMarkdown(&b, &Study{}, []string{"ALPHA"}); err != nil || b.String() != "- No rule was played.\n" {
		t.Errorf("%q: %v", b.String(), err)
	}
}

func checkTables(t *testing.T, text string) {
	t.Helper()
	cells, rows := 0, 0
	for line := range strings.Lines(text) {
		n := strings.Count(line, "|")
		switch {
		case n == 0:
			cells = 0
		case cells == 0:
			cells = n
		case n != cells:
			t.Errorf("%d bars where the head has %d: %s", n, cells, line)
		}
		rows += min(n, 1)
	}
	if rows < 4 {
		t.Errorf("only %d rows were found", rows)
	}
}
