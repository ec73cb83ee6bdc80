package main

import (
	"fmt"
	"io"
	"path/filepath"

	"srtm/study"
)

// The files of a simulation beside its pictures. The page says what came of it.
const (
	pageFile    = "page.html"
	resultsFile = "results.csv"
	secondsFile = "seconds.csv"
	needFile    = "need.csv"
)

func sweepFile(setting string) string { return "sweep-" + setting + ".csv" }

// writeStudy writes the page and its pictures, and says where the page is.
func (c *simulateCmd) writeStudy(stdout io.Writer, s *study.Study) error {
	page := filepath.Join(c.Out, pageFile)
	if err := writeWhole(page, forAll, stdout, func(w io.Writer) error { return study.WritePage(w, s) }); err != nil {
		return err
	}
	for _, p := range study.Pictures(s) {
		err := writeWhole(filepath.Join(c.Out, p.Name), forAll, stdout, func(w io.Writer) error {
			_, err := w.Write(p.SVG)
			return err
		})
		if err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(stdout, "\nThe page is %s.\n", page)
	return err
}
