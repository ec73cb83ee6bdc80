package tmmd

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"testing"
)

// What stands before and after each equals sign of the arithmetic is the same.

var (
	equation = regexp.MustCompile(strings.NewReplacer("N", `[−(]*\d+(?:\.\d+)?…?\)*`).Replace(`N(?: [×/+−] N)*(?: = N(?: [×/+−] N)*)+`))
	bracket  = regexp.MustCompile(`\(([^()=]+) = ([^()=]+)\)`)
)

func checkEquations(t tester, markdown string) {
	found := 0
	for line := range strings.Lines(markdown) {
		if !strings.HasPrefix(line, "- Step") && !strings.HasPrefix(line, "- Boundar") {
			continue
		}
		line = bracket.ReplaceAllStringFunc(line, func(s string) string {
			found += checkEquation(t, strings.Trim(s, "()"))
			return bracket.FindStringSubmatch(s)[2]
		})
		for _, e := range equation.FindAllString(line, -1) {
			found += checkEquation(t, e)
		}
	}
	if found < 6 {
		t.Errorf("there are only %d equations in the arithmetic", found)
	}
}

func checkEquation(t tester, text string) int {
	sides := strings.Split(text, " = ")
	first := value(t, sides[0])
	for _, side := range sides[1:] {
		if cut, shortened := strings.CutSuffix(side, "…"); shortened {
			if got := strings.TrimSuffix(first.FloatString(20), "0"); !strings.HasPrefix(got, cut) {
				t.Errorf("%s: it is %s", text, got)
			}
			continue
		}
		if v := value(t, side); v.Cmp(first) != 0 {
			t.Errorf("%s: %s is not %s", text, v.FloatString(9), first.FloatString(9))
		}
	}
	return 1
}

// value works out a sum of products, with brackets.
func value(t tester, text string) *big.Rat {
	r := reader{t, strings.Fields(strings.NewReplacer("(", " ( ", ")", " ) ").Replace(text))}
	v := r.sum()
	if len(r.words) > 0 {
		t.Fatalf("%q is not understood from %q on", text, r.words)
	}
	return v
}

type reader struct {
	tester
	words []string
}

func (r *reader) next(words ...string) string {
	for _, w := range words {
		if len(r.words) > 0 && r.words[0] == w {
			r.words = r.words[1:]
			return w
		}
	}
	return ""
}

func (r *reader) sum() *big.Rat {
	v := r.product()
	for {
		switch r.next("+", "−") {
		case "+":
			v.Add(v, r.product())
		case "−":
			v.Sub(v, r.product())
		default:
			return v
		}
	}
}

func (r *reader) product() *big.Rat {
	v := r.number()
	for {
		switch r.next("×", "/") {
		case "×":
			v.Mul(v, r.number())
		case "/":
			v.Quo(v, r.number())
		default:
			return v
		}
	}
}

func (r *reader) number() *big.Rat {
	if r.next("(") != "" {
		v := r.sum()
		if r.next(")") == "" {
			r.Fatalf("a bracket is not closed before %q", r.words)
		}
		return v
	}
	if len(r.words) == 0 {
		r.Fatalf("a number is missing")
	}
	v, ok := new(big.Rat).SetString(strings.Replace(r.words[0], "−", "-", 1))
	if !ok {
		r.Fatalf("%q is not a number", r.words[0])
	}
	r.words = r.words[1:]
	return v
}

// teller notes what is wrong, instead of failing.
type teller struct{ wrong []string }

func (l *teller) Errorf(format string, args ...any) {
	l.wrong = append(l.wrong, fmt.Sprintf(format, args...))
}
func (l *teller) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

// A number of the example that is wrong is found, wherever it stands.
func TestAWrongNumberInTheExampleIsFound(t *testing.T) {
	good := Render(everything(t), Options{}).Markdown()
	begin := strings.Index(good, "| step | slot |")
	numbers := regexp.MustCompile(`[0-9]`)
	for _, part := range []struct {
		what     string
		from, to int
	}{
		{"a step", begin + strings.Index(good[begin:], "---:|\n"), begin + strings.Index(good[begin:], "### The arithmetic")},
		{"the state", strings.Index(good, "| free pool |"), strings.LastIndex(good, "| one slot")},
	} {
		tried := 0
		for _, at := range numbers.FindAllStringIndex(good[part.from:part.to], -1) {
			place := part.from + at[0]
			if strings.LastIndex(good[:place], "| variant ") > strings.LastIndex(good[:place], "\n") && good[place-1] != ' ' {
				continue // the variant's name
			}
			bad := good[:place] + string('0'+(good[place]-'0'+1)%10) + good[place+1:]
			if !finds(bad) {
				line := good[strings.LastIndex(good[:place], "\n")+1 : place+1]
				t.Errorf("%s: another digit at the end of %q is not found", part.what, line)
			}
			tried++
		}
		if tried < 3 {
			t.Errorf("%s has only %d digits", part.what, tried)
		}
	}
}

func finds(markdown string) (found bool) {
	defer func() {
		if recover() != nil {
			found = true
		}
	}()
	l := &teller{}
	recompute(l, markdown)
	return len(l.wrong) > 0
}
