package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"srtm/simulate"
	"srtm/study"
)

// checkOut makes the folder for the results, and sees to it before anything is played
// that they can be written there.
func (c *simulateCmd) checkOut() error {
	if c.Out == "" {
		return usageError{errors.New("--out is empty; name the folder that the results go to, such as --out out")}
	}
	if err := makeFolder(c.Out); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	f, err := os.CreateTemp(c.Out, ".srtm-*")
	if err != nil {
		return fmt.Errorf("--out %s: nothing can be written there: %w; name a folder in which you may write", c.Out, cause(err))
	}
	if err := errors.Join(f.Close(), os.Remove(f.Name())); err != nil {
		return fmt.Errorf("--out %s: %w", c.Out, err)
	}
	entries, err := os.ReadDir(c.Out)
	if err != nil {
		return fmt.Errorf("--out %s: %w", c.Out, err)
	}
	for _, e := range entries {
		if e.IsDir() && ownFile(e.Name()) {
			return fmt.Errorf("--out %s: %s in it is a folder, and a file of that name is to be written; move it or name another folder", c.Out, e.Name())
		}
	}
	return nil
}

// ownPicture is how study calls its pictures.
var ownPicture = regexp.MustCompile(`^(?:rules|within|time-[0-9]+-[a-z0-9-]+|sweep-[0-9]+-[a-z0-9-]+)\.svg$`)

// ownFile reports whether a simulation calls its files so.
func ownFile(name string) bool {
	if ownPicture.MatchString(name) {
		return true
	}
	for _, setting := range simulate.SettingNames() {
		if name == sweepFile(setting) {
			return true
		}
	}
	return slices.Contains([]string{resultsFile, secondsFile, needFile, pageFile}, name)
}

// studyFiles are the files of a study.
func studyFiles(s *study.Study) []string {
	all := []string{resultsFile, secondsFile, pageFile}
	for _, w := range s.Sweeps {
		all = append(all, sweepFile(w.Setting))
	}
	if s.Need != nil {
		all = append(all, needFile)
	}
	for _, p := range study.Pictures(s) {
		all = append(all, p.Name)
	}
	return all
}

// removeStale removes what an earlier simulation left in the folder and this one did
// not write anew, so that nothing there contradicts the page. Other files stay.
func removeStale(folder string, written []string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.Type().IsRegular() || !ownFile(e.Name()) || slices.Contains(written, e.Name()) {
			continue
		}
		if err := os.Remove(filepath.Join(folder, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s is of an earlier run and cannot be removed: %w", e.Name(), err)
		}
	}
	return nil
}
