package study

import (
	"io"

	"srtm/policy"
	"srtm/scenario"
	"srtm/simulate"
)

// Study is what was played, and from what. Result is needed; all else may be
// missing, and what needs it is then left out. Nothing in it is changed.
type Study struct {
	Result   *simulate.Result
	Scenario *scenario.Scenario // that was played
	Policies []*policy.Policy   // in the order in which they were played
	Sweeps   []*simulate.Sweep
	Need     *simulate.Need
	Version  string // of the program
}

// Picture is a drawing as a file of its own.
type Picture struct {
	Name string // of the file, as "rules.svg": letters, figures, - and .
	SVG  []byte
}

// WritePage writes the study as one HTML page that needs nothing else. The error
// is w's.
func WritePage(w io.Writer, s *Study) error {
	_, err := io.WriteString(w, newView(s).page().html())
	return err
}

// Pictures returns the page's drawings as files: rules.svg, in which way Service
// Requests ended under each rule; within.svg, what became of messages within the
// allocation; time-N-RULE.svg, each rule over time; sweep-N-SETTING-FIGURE.svg.
// Those come first that say most.
func Pictures(s *Study) []Picture {
	var all []Picture
	for _, f := range newView(s).figures() {
		all = append(all, Picture{f.file + ".svg", []byte(f.plot.SVG())})
	}
	return all
}

// Sentences returns the conclusion, the most important first: what happened, what
// the guarantee and the weighted max-min are worth, where another rule did better,
// and what sweeps and the business case say. It is plain text that Markdown shows
// as it is.
func Sentences(s *Study) []string {
	v := newView(s)
	all := v.happened()
	for _, some := range [][]string{v.guarantee(), v.sharing(), v.otherwise(), v.between(), v.knees(), v.needed()} {
		all = append(all, some...)
	}
	return all
}
