package policy

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v4"
)

// Limits on the files beside a policy, in bytes.
const (
	MaxPortfolio = 64 << 20
	MaxSenders   = 64 << 20
)

// Load reads the policy file at path and the files that it names, which lie
// beside it or in folders below. The error is Problems where the files can be
// read and something is wrong in them.
func Load(path string) (*Policy, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("reading the policy: %s is not a file; name the policy file", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading the policy: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, MaxPolicy+1))
	if err != nil {
		return nil, fmt.Errorf("reading the policy: %w", err)
	}
	return Parse(path, text, os.DirFS(filepath.Dir(path)))
}

// Parse reads a policy from text. The files that it names are read from beside;
// file is the policy's name in Problems, which is what the error is, always.
func Parse(file string, text []byte, beside fs.FS) (*Policy, error) {
	r := &reader{beside: beside, policy: findings{file: file}}
	return r.result(r.read(text))
}

// result returns the policy, or all that is wrong in its files.
func (r *reader) result(p *Policy) (*Policy, error) {
	problems := append(r.policy.sorted(), r.portfolio.sorted()...)
	problems = append(problems, r.senders.sorted()...)
	for i := range r.annexes {
		problems = append(problems, r.annexes[i].sorted()...)
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return p, nil
}

// reader reads one policy with the files beside it.
type reader struct {
	beside                     fs.FS
	policy, portfolio, senders findings
	annexes                    []findings
	parts                      []part
}

// part is one of the files that make up a policy.
type part struct {
	role string
	File
}

func (r *reader) read(text []byte) *Policy {
	return r.readTree(text, parseTree(text, &r.policy))
}

// readTree reads a policy from the text's tree; it is nil where there is none.
func (r *reader) readTree(text []byte, root *yaml.Node) *Policy {
	r.parts = []part{{"policy", File{filepath.Base(r.policy.file), bytes.Clone(text)}}}
	if root == nil {
		return nil
	}
	d := documentOf(root, &r.policy)
	p := d.settings()
	p.file = r.policy.file
	r.readPortfolio(d, p)
	r.readSenders(d, p)
	r.readAnnexes(d, p)
	check(d, p, &r.portfolio)
	p.Digest = r.digest()
	for _, part := range r.parts {
		p.Files = append(p.Files, part.File)
	}
	p.Warnings = warnings(d, p, r.portfolio.file)
	return p
}

func (r *reader) readPortfolio(d *document, p *Policy) {
	key := "portfolio"
	if d.has("portfolio.file") {
		key = "portfolio.file"
	}
	if text, ok := r.open(d, sideFile{"portfolio", key, p.Portfolio.File, MaxPortfolio}, &r.portfolio); ok {
		p.Accounts = parsePortfolio(text, &r.portfolio)
		if p.Per == PerUser {
			p.Accounts = split(p.Accounts, &r.portfolio)
		}
	}
}

func (r *reader) readSenders(d *document, p *Policy) {
	text, ok := r.open(d, sideFile{"senders", "senders", p.SendersFile, MaxSenders}, &r.senders)
	if !ok {
		return
	}
	p.Senders = parseSenders(text, p.names(&r.portfolio), &r.senders)
}

// accountNames are the names that other files and keys may use, with what is
// right where they use another; nil where it is not known which there are.
type accountNames struct {
	known map[string]bool
	right string
}

func (p *Policy) names(portfolio *findings) *accountNames {
	if portfolio.any() || len(p.Accounts) == 0 {
		return nil
	}
	names := &accountNames{make(map[string]bool, len(p.Accounts)), "write the name of one that it has"}
	for _, a := range p.Accounts {
		names.known[a.Name] = true
	}
	if p.Per == PerUser {
		names.right = "with allocation.per: user write a User ID's account, such as " + p.Accounts[0].Name
	}
	return names
}

// lacks reports a name that is no account's.
func (n *accountNames) lacks(name string) *flaw {
	if n == nil || n.known[name] {
		return nil
	}
	return &flaw{"the portfolio has no account " + name, n.right}
}

func (r *reader) readAnnexes(d *document, p *Policy) {
	taken := map[string]string{}
	for _, part := range r.parts {
		taken[part.Name] = part.role
	}
	for _, at := range d.items("annexes") {
		name := read(d, at, parseFile)
		if role, twice := taken[name]; twice && !d.flawed[at] {
			d.fault(at, &flaw{quoted(name) + " is the " + role + " already", "name each file once; what an annex says is published"})
			continue
		}
		taken[name] = "annex"
		r.annexes = append(r.annexes, findings{})
		found := &r.annexes[len(r.annexes)-1]
		text, ok := r.open(d, sideFile{"annex", at, name, MaxAnnex}, found)
		if !ok {
			continue
		}
		if where, flaw := unreadable(text); flaw != nil {
			found.add(where, "", flaw.wrong, flaw.right)
		}
		p.Annexes = append(p.Annexes, File{name, text})
	}
}

// sideFile is a file that a policy names.
type sideFile struct {
	role string // in the digest
	key  string // that names it
	name string
	most int64
}

// open reads a file beside the policy. It reports, at the key that names it,
// why it cannot.
func (r *reader) open(d *document, side sideFile, found *findings) ([]byte, bool) {
	if side.name == "" {
		return nil, false
	}
	found.file = filepath.Join(filepath.Dir(r.policy.file), filepath.FromSlash(side.name))
	text, err := readFile(r.beside, side)
	if errors.Is(err, fs.ErrNotExist) {
		d.fault(side.key, &flaw{"there is no file " + quoted(side.name), "put it beside the policy, or correct the name"})
		return nil, false
	}
	if err != nil {
		d.fault(side.key, &flaw{"the file cannot be read: " + err.Error(), "make it a readable file"})
		return nil, false
	}
	if int64(len(text)) > side.most {
		d.fault(side.key, &flaw{fmt.Sprintf("%s is larger than %d bytes", quoted(side.name), side.most), "make it smaller"})
		return nil, false
	}
	r.parts = append(r.parts, part{side.role, File{side.name, text}})
	return text, true
}

func readFile(beside fs.FS, side sideFile) ([]byte, error) {
	// Not a pipe or device: reading it might never end.
	if info, err := fs.Stat(beside, side.name); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a file")
	}
	file, err := beside.Open(side.name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, side.most+1))
}

// digest names the policy with all its files: anyone can recompute it with
// sha256sum, see docs/policy.md.
func (r *reader) digest() string {
	list := ""
	for _, p := range r.parts {
		list += fmt.Sprintf("%s %x\n", p.role, sha256.Sum256(p.Text))
	}
	return fmt.Sprintf("%x", sha256.Sum256([]byte(list)))
}
