// Package srtm has no code of its own: the rooms stand beside this file, and
// this test keeps the house as ARCHITECTURE.md describes it.
package srtm

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// room says what a package may import of ours, and whether it must be pure: no
// clock, file, socket or random number of its own.
type room struct {
	imports string
	pure    bool
}

// rooms is the whole house. A package that is not here fails the test.
var rooms = map[string]room{
	"traffic":  {"", true},
	"allocate": {"", true},
	"duis":     {"", true},
	"scenario": {"duis", true},
	"outage":   {"", true},
	"plot":     {"", true},
	"policy":   {"traffic allocate duis plot", false},
	"journal":  {"traffic duis", false},
	"ledger":   {"journal traffic duis", false},
	"report":   {"ledger policy duis plot", false},
	"simulate": {"traffic policy allocate duis scenario outage plot", true},
	"gateway":  {"traffic duis journal", false},
	"cluster":  {"traffic journal", false},
	"access":   {"", false},
	"console":  {"access traffic policy ledger journal report simulate duis plot", false},
	"dsp":      {"duis outage", false},
	"load":     {"duis scenario policy", false},
	"cmd/srtm": {"*", false},
}

// The sizes that nothing may exceed.
const (
	maxFunctionLines = 70
	maxFileLines     = 400
	maxParameters    = 4
)

// impureImports may not be imported by a pure room.
var impureImports = []string{
	"os", "os/exec", "os/signal", "net", "net/http", "io/ioutil", "syscall", "crypto/rand", "math/rand", "log", "log/slog", "path/filepath",
	"golang.org/x/sys/unix", "github.com/valyala/fasthttp",
}

// impureCalls may not be made by a pure room: they read or wait for a clock, or
// draw from a random source that no seed controls.
var impureCalls = map[string][]string{
	"time": {"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"},
	"rand": {"Int", "IntN", "Int32", "Int32N", "Int64", "Int64N", "Uint32", "Uint64", "Uint64N", "N", "Float64", "Float32", "Perm", "Shuffle", "NormFloat64", "ExpFloat64"},
}

// source is one Go file, parsed.
type source struct {
	path, room string
	test       bool
	file       *ast.File
	set        *token.FileSet
}

func TestHouse(t *testing.T) {
	sources := readSources(t)
	if len(sources) < 20 {
		t.Fatalf("found only %d Go files", len(sources))
	}
	for _, s := range sources {
		r, known := rooms[s.room]
		if !known {
			if s.path != "arch_test.go" {
				t.Errorf("%s: the room %q is not in the table; add it with a decision record", s.path, s.room)
			}
			continue
		}
		s.checkSizes(t)
		if s.test {
			continue
		}
		s.checkImports(t, r)
		if r.pure {
			s.checkPure(t)
		}
	}
	checkDocumented(t, sources)
}

func readSources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		room := filepath.ToSlash(filepath.Dir(path))
		all = append(all, source{path, room, strings.HasSuffix(path, "_test.go"), file, set})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func (s source) checkImports(t *testing.T, r room) {
	allowed := strings.Fields(r.imports)
	for _, spec := range s.file.Imports {
		path := strings.Trim(spec.Path.Value, `"`)
		ours, isOurs := strings.CutPrefix(path, "srtm/")
		if isOurs && r.imports != "*" && !slices.Contains(allowed, ours) {
			t.Errorf("%s: the room %s may not import %s", s.path, s.room, ours)
		}
		if r.pure && slices.Contains(impureImports, path) {
			t.Errorf("%s: the pure room %s imports %s", s.path, s.room, path)
		}
	}
}

func (s source) checkPure(t *testing.T) {
	ast.Inspect(s.file, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		pkg, ok := selector.X.(*ast.Ident)
		if ok && pkg.Obj == nil && slices.Contains(impureCalls[pkg.Name], selector.Sel.Name) {
			t.Errorf("%s: the pure room %s uses %s.%s", s.at(n), s.room, pkg.Name, selector.Sel.Name)
		}
		return true
	})
}

func (s source) checkSizes(t *testing.T) {
	if lines := s.set.File(s.file.Pos()).LineCount(); lines > maxFileLines {
		t.Errorf("%s has %d lines, more than %d", s.path, lines, maxFileLines)
	}
	for _, d := range s.file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		if lines := s.set.Position(f.End()).Line - s.set.Position(f.Pos()).Line + 1; lines > maxFunctionLines {
			t.Errorf("%s: %s has %d lines, more than %d", s.at(f), f.Name.Name, lines, maxFunctionLines)
		}
		if n := f.Type.Params.NumFields(); n > maxParameters {
			t.Errorf("%s: %s has %d parameters, more than %d: pass a struct", s.at(f), f.Name.Name, n, maxParameters)
		}
	}
}

func (s source) at(n ast.Node) string {
	return fmt.Sprintf("%s:%d", s.path, s.set.Position(n.Pos()).Line)
}

// checkDocumented wants a package comment for every room that exists, a comment
// on everything exported, and the room's name on the map.
func checkDocumented(t *testing.T, sources []source) {
	page, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	commented := map[string]bool{}
	for _, s := range sources {
		commented[s.room] = commented[s.room] || s.file.Doc != nil && !s.test
		if !s.test && s.room != "cmd/srtm" {
			s.checkComments(t)
		}
	}
	for name := range commented {
		if name == "." {
			continue
		}
		if !commented[name] {
			t.Errorf("the room %s has no package comment", name)
		}
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("the room %s is not in ARCHITECTURE.md", name)
		}
	}
}

func (s source) checkComments(t *testing.T) {
	for _, d := range s.file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && d.Doc == nil && exportedReceiver(d) {
				t.Errorf("%s: %s has no comment", s.at(d), d.Name.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if ts, ok := spec.(*ast.TypeSpec); ok && ts.Name.IsExported() && d.Doc == nil && ts.Doc == nil {
					t.Errorf("%s: type %s has no comment", s.at(ts), ts.Name.Name)
				}
			}
		}
	}
}

func exportedReceiver(f *ast.FuncDecl) bool {
	if f.Recv == nil {
		return true
	}
	typ := f.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	name, ok := typ.(*ast.Ident)
	return ok && name.IsExported()
}
