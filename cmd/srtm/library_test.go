package main

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"srtm/simulate"
	"srtm/study"
)

var wholeLibrary = flag.Bool("library-all", false, "TestLibraryPages plays all scenarios whole, also those that take long")

// long are the scenarios of which TestLibraryPages usually plays the first minutes
// only, and compares their digest with that in the page.
var long = []string{"growth-2026"}

// shortScenario is what TestLibraryPages plays even under the race detector.
const shortScenario = time.Minute

const libraryPages = "../../docs/library/"

// libraryNames are the scenarios; each has a page, and each page a scenario.
func libraryNames(t *testing.T) (names []string) {
	t.Helper()
	for _, beside := range []string{"../../scenarios/*.yaml", libraryPages + "*.md"} {
		files, err := filepath.Glob(beside)
		if err != nil {
			t.Fatal(err)
		}
		var found []string
		for _, file := range files {
			found = append(found, strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)))
		}
		if names == nil {
			names = found
		} else if !slices.Equal(names, found) {
			t.Errorf("the scenarios are %v, and there are pages about %v", names, found)
		}
	}
	if len(names) < 13 {
		t.Fatalf("the library has %d scenarios", len(names))
	}
	return names
}

func libraryFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What stands in the library's pages is what the simulator makes of the scenarios.
func TestLibraryPages(t *testing.T) {
	for _, name := range libraryNames(t) {
		t.Run(name, func(t *testing.T) {
			command := &simulateCmd{Scenario: "../../scenarios/" + name + ".yaml", Cores: runtime.GOMAXPROCS(0)}
			if name == "one-supplier-bursts" {
				command.Policy = []string{"../../examples/policy.yaml"}
			}
			config, err := command.config()
			if err != nil {
				t.Fatal(err)
			}
			from, err := origin(command.Scenario, config)
			if err != nil {
				t.Fatal(err)
			}
			text := libraryFile(t, libraryPages+name+".md")
			page, err := readFigures(text)
			switch {
			case err != nil:
				t.Fatal(err)
			case !strings.HasSuffix(page.old, "\n"+from+"\n"):
				t.Errorf("the page is of other files or another simulator: run make library; it should say\n%s", from)
			case !*wholeLibrary && (slices.Contains(long, name) || underRace && config.Scenario.Length > shortScenario):
			default:
				checkPage(t, name, page, config)
			}
		})
	}
}

// checkPage plays the whole scenario.
func checkPage(t *testing.T, name string, page *figuresPage, config simulate.Config) {
	r, err := simulate.Play(config)
	if err != nil {
		t.Fatal(err)
	}
	from := page.old[strings.LastIndex(page.old, "\nMade with")+1:]
	want, picture, err := page.renewed(&study.Study{Result: r, Scenario: config.Scenario, Policies: config.Policies, Version: version}, strings.TrimSuffix(from, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := libraryFile(t, libraryPages+name+".md"); got != string(want) {
		t.Errorf("the figures are no longer what comes of it: run make library; %s", firstOther(got, string(want)))
	}
	if libraryFile(t, libraryPages+name+".svg") != string(picture) {
		t.Error("the picture is no longer what comes of it: run make library")
	}
}

// firstOther shows the first line in which two texts differ.
func firstOther(got, want string) string {
	have := strings.Split(got, "\n")
	for i, line := range strings.Split(want, "\n") {
		if i >= len(have) {
			return "what is missing begins with\n" + line
		}
		if have[i] != line {
			return "the page has\n" + have[i] + "\nand comes of it has\n" + line
		}
	}
	return "the page has more lines"
}

// The index names each page in a line, and the pages' pictures and links are there.
func TestLibraryIndex(t *testing.T) {
	index := libraryFile(t, "../../docs/library.md")
	link := regexp.MustCompile(`\]\(([^):#]+)\)`)
	for _, name := range libraryNames(t) {
		if strings.Count(index, "(library/"+name+".md)") != 1 {
			t.Errorf("docs/library.md should name library/%s.md once", name)
		}
		text := libraryFile(t, libraryPages+name+".md")
		if !strings.Contains(text, "]("+name+".svg)") {
			t.Errorf("%s.md does not show its picture", name)
		}
		for _, match := range link.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(libraryPages + match[1]); err != nil {
				t.Errorf("%s.md: there is no %s", name, match[1])
			}
		}
		if picture, err := os.Stat(libraryPages + name + ".svg"); err != nil || picture.Size() > 60_000 {
			t.Errorf("%s.svg is missing or large: %v", name, err)
		}
	}
}
