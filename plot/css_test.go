package plot

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// schemes returns the colours of the light and of the dark scheme.
func schemes(t *testing.T) map[string]map[string]float64 {
	t.Helper()
	light, dark, found := strings.Cut(colours, "@media")
	if !found {
		t.Fatal("there is one scheme of colours only")
	}
	property := regexp.MustCompile(`--plot-([a-z]+):#([0-9a-f]{3,6})`)
	all := map[string]map[string]float64{}
	for name, text := range map[string]string{"light": light, "dark": dark} {
		all[name] = map[string]float64{}
		for _, m := range property.FindAllStringSubmatch(text, -1) {
			all[name][m[1]] = luminance(t, m[2])
		}
	}
	return all
}

// luminance is the relative luminance of WCAG 2.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	l := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		l += weight * c
	}
	return l
}

func contrast(a, b float64) float64 { return (max(a, b) + 0.05) / (min(a, b) + 0.05) }

func TestColoursCanBeToldApart(t *testing.T) {
	all := schemes(t)
	if len(all["light"]) != len(all["dark"]) {
		t.Errorf("%d colours are light and %d dark", len(all["light"]), len(all["dark"]))
	}
	for name, c := range all {
		for _, rule := range []struct {
			rule, one, other string
			least            float64
		}{
			{"text is read", "dim", "ground", 4.5},
			{"and on a shaded time", "dim", "span", 4.5},
			{"marks are seen", "forwarded", "ground", 3},
			{"marks are seen", "throttled", "ground", 3},
			{"marks are seen", "offered", "ground", 3},
			{"marks are seen", "peak", "ground", 3},
			{"marks are seen", "threshold", "ground", 3},
			{"marks are seen", "capacity", "ground", 3},
			{"marks are seen", "allocation", "ground", 3},
			{"marks are seen", "failed", "ground", 3},
			{"marks are seen", "strip", "ground", 3},
			{"on a photocopy, what is beyond the allocation is told from what is within", "spare", "forwarded", 2.5},
		} {
			if got := contrast(c[rule.one], c[rule.other]); got < rule.least {
				t.Errorf("%s, %s: %s on %s has contrast %.2f, less than %v", name, rule.rule, rule.one, rule.other, got, rule.least)
			}
		}
	}
}

func TestEveryInkHasAColourAndAWord(t *testing.T) {
	words := map[string]bool{}
	for i := Plain; i < inks; i++ {
		if !strings.Contains(CSS(), "."+i.class()+"{--i:var(--plot-") {
			t.Errorf("ink %d has no colour", i)
		}
		if words[i.String()] {
			t.Errorf("two inks are %q", i)
		}
		words[i.String()] = true
	}
	if got := (inks + 3).class(); got != Plain.class() {
		t.Errorf("an ink that does not exist is drawn as %s", got)
	}
}

func TestCSSIsWhole(t *testing.T) {
	if open, closed := strings.Count(CSS(), "{"), strings.Count(CSS(), "}"); open != closed {
		t.Errorf("%d braces open, %d close", open, closed)
	}
	for _, s := range []string{"url(", "http", "@import", "</", "expression"} {
		if strings.Contains(CSS(), s) {
			t.Errorf("the style holds %q", s)
		}
	}
}
