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
	"traffic":     {"", true},
	"allocate":    {"", true},
	"duis":        {"", true},
	"scenario":    {"duis", true},
	"outage":      {"", true},
	"plot":        {"", true},
	"calendar":    {"", true},
	"person":      {"", true},
	"disk":        {"", false},
	"policy":      {"traffic allocate duis", false},
	"tmmd":        {"policy allocate traffic duis plot calendar", true},
	"amendment":   {"policy traffic calendar person disk", false},
	"act":         {"policy traffic person disk", false},
	"journal":     {"traffic duis", false},
	"drill":       {"journal traffic duis", false},
	"ledger":      {"journal traffic duis", false},
	"evidence":    {"journal traffic duis", false},
	"report":      {"ledger policy duis plot calendar", false},
	"simulate":    {"traffic policy tmmd allocate duis scenario outage plot", true},
	"study":       {"simulate scenario policy traffic duis plot", true},
	"gateway":     {"traffic duis journal", false},
	"cluster":     {"traffic journal", false},
	"access":      {"", false},
	"notice":      {"", false},
	"alarm":       {"", true},
	"browsertest": {"", false}, // tests only
	"console":     {"access evidence traffic policy act drill amendment tmmd ledger journal report simulate duis plot", false},
	"dsp":         {"duis outage", false},
	"load":        {"duis scenario policy", false},
	"cmd/srtm":    {"*", false},
}

// The sizes that nothing may exceed.
const (
	maxFunctionLines = 70
	maxFileLines     = 400
	maxParameters    = 4
)

// pureImports are all that a pure room may import beside rooms: nothing that
// reaches the machine or the world.
var pureImports = []string{
	"bufio", "bytes", "cmp", "container/heap", "embed", "encoding", "encoding/base64", "encoding/binary", "encoding/csv", "encoding/hex",
	"encoding/json", "encoding/xml", "errors", "fmt", "hash/fnv", "io", "iter", "maps", "math", "math/big", "math/bits", "math/rand/v2",
	"regexp", "slices", "sort", "strconv", "strings", "sync", "sync/atomic", "time", "unicode", "unicode/utf8", "go.yaml.in/yaml/v4",
	"golang.org/x/text/unicode/norm",
}

// impureCalls may not be used by a pure room although their package may: they
// read or wait for a clock, read files, or write to the standard output.
var impureCalls = map[string][]string{
	"time": {"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "LoadLocation", "Local"},
	"fmt":  {"Print", "Println", "Printf", "Scan", "Scanln", "Scanf"},
}

// pureRandom is all of math/rand/v2 that draws from nothing but a seed.
var pureRandom = []string{"New", "NewPCG", "NewChaCha8", "NewZipf", "Rand", "PCG", "ChaCha8", "Source", "Zipf"}

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
	vars := map[string]map[string]bool{}
	for _, s := range sources {
		if vars[s.room] == nil {
			vars[s.room] = map[string]bool{}
		}
		if !s.test {
			s.packageVars(vars[s.room])
		}
	}
	for _, s := range sources {
		r, known := rooms[s.room]
		if !known {
			if s.path != "arch_test.go" && s.path != "requirements_test.go" {
				t.Errorf("%s: the room %q is not in the table; add it with a decision record", s.path, s.room)
			}
			continue
		}
		s.checkSizes(t)
		if s.test {
			continue
		}
		s.checkImports(t, r)
		s.checkState(t, vars[s.room])
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
		if r.pure && !isOurs && !slices.Contains(pureImports, path) {
			t.Errorf("%s: the pure room %s imports %s", s.path, s.room, path)
		}
	}
}

func (s source) checkPure(t *testing.T) {
	paths := map[string]string{} // by the name that the file gives them
	for _, spec := range s.file.Imports {
		path := strings.Trim(spec.Path.Value, `"`)
		name := filepath.Base(strings.TrimSuffix(path, "/v2"))
		if spec.Name != nil {
			name = spec.Name.Name
		}
		paths[name] = path
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		pkg, ok := selector.X.(*ast.Ident)
		if !ok || pkg.Obj != nil { // not a package
			return true
		}
		path, name := paths[pkg.Name], selector.Sel.Name
		if slices.Contains(impureCalls[path], name) || path == "math/rand/v2" && !slices.Contains(pureRandom, name) {
			t.Errorf("%s: the pure room %s uses %s.%s", s.at(n), s.room, path, name)
		}
		return true
	})
}

// checkState finds assignments to variables of the package: nothing of a room
// may change that does not belong to one of its values.
func (s source) checkState(t *testing.T, vars map[string]bool) {
	ast.Inspect(s.file, func(n ast.Node) bool {
		var changed []ast.Expr
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE {
				changed = n.Lhs
			}
		case *ast.IncDecStmt:
			changed = []ast.Expr{n.X}
		}
		for _, x := range changed {
			if name, ok := root(x); ok && vars[name] {
				t.Errorf("%s: %s is a variable of the package and is changed", s.at(n), name)
			}
		}
		return true
	})
}

// root returns the variable that x is a part of, if it is none of a function's.
func root(x ast.Expr) (string, bool) {
	for {
		switch y := x.(type) {
		case *ast.IndexExpr:
			x = y.X
		case *ast.SelectorExpr:
			x = y.X
		case *ast.StarExpr:
			x = y.X
		case *ast.Ident:
			if y.Obj == nil {
				return y.Name, true
			}
			_, isVar := y.Obj.Decl.(*ast.ValueSpec)
			return y.Name, isVar
		default:
			return "", false
		}
	}
}

// packageVars returns the names of a file's package-level variables.
func (s source) packageVars(into map[string]bool) {
	for _, d := range s.file.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
			for _, spec := range g.Specs {
				for _, name := range spec.(*ast.ValueSpec).Names {
					into[name.Name] = true
				}
			}
		}
	}
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
				if name, commented := specComment(spec); ast.IsExported(name) && d.Doc == nil && !commented {
					t.Errorf("%s: %s has no comment", s.at(spec), name)
				}
			}
		}
	}
}

func specComment(spec ast.Spec) (name string, commented bool) {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		return spec.Name.Name, spec.Doc != nil
	case *ast.ValueSpec:
		return spec.Names[0].Name, spec.Doc != nil || spec.Comment != nil
	}
	return "", true
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
