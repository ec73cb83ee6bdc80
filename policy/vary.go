package policy

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"maps"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"srtm/allocate"
)

// MaxFactor is by how much a Variation can multiply a portfolio: a thousand times.
const MaxFactor allocate.Thousandths = 1_000_000

// Variation says what is to be another in a policy. What is nil stays, but for two
// things that would otherwise mean something else: with Threshold the release level
// moves, and with Capacity every maintenance's capacity, each in proportion and
// rounded down to whole thousandths.
type Variation struct {
	Capacity  *Rate
	Threshold *Percent
	Release   *Percent // in place of what Threshold makes of it
	Burst     *time.Duration
	Minimum   *Rate // allocation.minimum

	// Portfolio says by how much the portfolios of Service Users are multiplied, in
	// all their rows, by their names in the portfolio, and All those of all others;
	// 1500 is half as much again. What is not whole is rounded down.
	Portfolio map[string]allocate.Thousandths
	All       *allocate.Thousandths
}

// Multiply has the portfolio of an account be multiplied by a factor, rounded to
// whole thousandths.
func (v *Variation) Multiply(account string, factor float64) error {
	if !(factor >= 0 && factor <= float64(MaxFactor)/1000) { // nor NaN
		return fmt.Errorf("the portfolio of %s cannot be multiplied by %v; choose a number from 0 to %v", account, factor, MaxFactor)
	}
	if v.Portfolio == nil {
		v.Portfolio = make(map[string]allocate.Thousandths)
	}
	v.Portfolio[account] = allocate.Thousandths(math.Round(factor * 1000))
	return nil
}

// Vary returns the same policy with something else in it, read and checked as a
// whole from files in which that is written: those are its Files, their digest is
// its Digest, and ParseFiles makes the same of them. Comments stay, and lines may be
// broken elsewhere. Its Name says what is different. Where nothing is, it is p.
//
// The error is Problems where the policy would not be accepted; their positions are
// those in the policy file as p was read, or its beginning where the key is not
// there.
func (p *Policy) Vary(v Variation) (*Policy, error) {
	edits, err := p.edits(v)
	if err != nil || len(edits) == 0 && len(v.Portfolio) == 0 && v.All == nil {
		return p, err
	}
	r := &reader{policy: findings{file: p.file}}
	var root *yaml.Node
	if len(p.Files) > 0 {
		root = parseTree(p.Files[0].Text, &r.policy)
	}
	if root == nil {
		return nil, fmt.Errorf("the policy %q was not read from files, so that it cannot be varied; read it with Load, Parse or ParseFiles", p.Name)
	}
	files := slices.Clone(p.Files)
	if err := p.multiply(files, v); err != nil {
		return nil, err
	}
	edit(root, append(edits, setting{"name", p.varied(v, edits)}))
	if files[0].Text, err = rendered(root); err != nil {
		return nil, err
	}
	r.beside = filesOf(files)
	return r.result(r.readTree(files[0].Text, root))
}

// edits returns what changes in the policy file, but for its name.
func (p *Policy) edits(v Variation) ([]setting, error) {
	var all []setting
	if v.Capacity != nil {
		if _, f := parseCapacity(v.Capacity.exactly()); f != nil {
			return nil, fmt.Errorf("capacity: %w", f)
		}
		all = append(all, setting{"capacity", v.Capacity.exactly()})
		for i, m := range p.Maintenance {
			all = append(all, setting{itemPath("maintenance", i) + ".capacity", m.Capacity.inProportion(*v.Capacity, p.Capacity).String()})
		}
	}
	if v.Threshold != nil {
		if *v.Threshold < 0 || *v.Threshold > whole {
			return nil, fmt.Errorf("threshold: %v is not a part of the capacity; choose one from 0%% to 100%%", *v.Threshold)
		}
		all = append(all, setting{"threshold", v.Threshold.String()})
	}
	switch {
	case v.Release != nil:
		all = append(all, setting{"release", v.Release.String()})
	case v.Threshold != nil:
		moved := mulDiv(uint64(p.Release), uint64(*v.Threshold), uint64(p.Threshold))
		all = append(all, setting{"release", Percent(moved).String()})
	}
	if v.Burst != nil {
		all = append(all, setting{"burst", v.Burst.String()})
	}
	if v.Minimum != nil {
		all = append(all, setting{"allocation.minimum", v.Minimum.exactly()})
	}
	return all, nil
}

// exactly writes a rate, and what no file can hold so that it is refused.
func (r Rate) exactly() string {
	if r.Per != 0 && r.Per != time.Second && r.Per != time.Minute && r.Per != time.Hour {
		return formatThousandths(r.Thousandths) + "/" + r.Per.String()
	}
	return r.String()
}

// inProportion is the rate times now / before, rounded down, but not to 0 what is more.
func (r Rate) inProportion(now, before Rate) Rate {
	n := big.NewInt(r.Thousandths)
	n.Mul(n, big.NewInt(now.Thousandths)).Mul(n, new(big.Int).SetUint64(before.seconds()))
	n.Quo(n, new(big.Int).Mul(big.NewInt(before.Thousandths), new(big.Int).SetUint64(now.seconds())))
	if !n.IsInt64() {
		n.SetInt64(1 << 62) // more than any policy may say
	}
	return Rate{max(n.Int64(), min(r.Thousandths, 1)), r.Per}
}

// varied is a name that says what is different.
func (p *Policy) varied(v Variation, edits []setting) string {
	var what []string
	for _, e := range edits {
		if !strings.HasPrefix(e.path, "maintenance") {
			what = append(what, strings.TrimPrefix(e.path, "allocation.")+" "+e.value)
		}
	}
	for i, name := range slices.Sorted(maps.Keys(v.Portfolio)) {
		if i == 3 {
			what = append(what, fmt.Sprintf("portfolios of %d more", len(v.Portfolio)-i))
			break
		}
		what = append(what, "portfolio of "+name+" × "+formatThousandths(int64(v.Portfolio[name])))
	}
	if v.All != nil {
		all := "all portfolios"
		if len(v.Portfolio) > 0 {
			all = "all other portfolios"
		}
		what = append(what, all+" × "+formatThousandths(int64(*v.All)))
	}
	with := " (" + strings.Join(what, ", ") + ")"
	if room := MaxLabel - len([]rune(with)); room < len([]rune(p.Name)) {
		return strings.TrimSpace(cutAfter(MaxLabel-1, cutAfter(max(room-1, 20), p.Name)+with))
	}
	return p.Name + with
}

// edit sets keys of a policy file that has no faults, and adds those that it lacks.
func edit(root *yaml.Node, edits []setting) {
	for _, e := range edits {
		d := documentOf(root, &findings{})
		if old, has := d.entries[e.path]; has {
			old.value.Value, old.value.Tag, old.value.Style = e.value, "!!str", 0
			continue
		}
		mapping, name := root, e.path
		if section, key, below := strings.Cut(e.path, "."); below {
			if name = key; !d.has(section) {
				root.Content = append(root.Content, scalar(section), &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"})
			}
			mapping = documentOf(root, &findings{}).entries[section].value
		}
		mapping.Content = append(mapping.Content, scalar(name), scalar(e.value))
	}
}

func scalar(value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value}
}

// rendered is a policy file.
func rendered(root *yaml.Node) ([]byte, error) {
	var b bytes.Buffer
	dumper, err := yaml.NewDumper(&b, yaml.WithIndent(2), yaml.WithLineWidth(-1))
	if err == nil {
		err = dumper.Dump(root)
	}
	if err == nil {
		err = dumper.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("writing the varied policy: %w", err)
	}
	return b.Bytes(), nil
}

// multiply writes the portfolio that a variation says in place of the present one.
func (p *Policy) multiply(files []File, v Variation) error {
	if len(v.Portfolio) == 0 && v.All == nil {
		return nil
	}
	known := make(map[string]bool, len(p.Accounts))
	for _, a := range p.Accounts {
		known[a.ServiceUser] = true
	}
	for _, name := range slices.Sorted(maps.Keys(v.Portfolio)) {
		if !known[name] {
			return fmt.Errorf("there is no %s in the portfolio %s; name one that it has", quoted(name), p.Portfolio.File)
		}
		if err := checkFactor(v.Portfolio[name], "the portfolio of "+name); err != nil {
			return err
		}
	}
	if v.All != nil {
		if err := checkFactor(*v.All, "all portfolios"); err != nil {
			return err
		}
	}
	i := slices.IndexFunc(files, func(f File) bool { return f.Name == p.Portfolio.File })
	if i < 0 {
		return fmt.Errorf("the portfolio %s of the policy %q is not there; read it with Load, Parse or ParseFiles", quoted(p.Portfolio.File), p.Name)
	}
	text, err := multiplied(files[i].Text, v)
	files[i].Text = text
	return err
}

func checkFactor(factor allocate.Thousandths, what string) error {
	if factor < 0 || factor > MaxFactor {
		return fmt.Errorf("%s cannot be multiplied by %v; choose a number from 0 to %v", what, factor, MaxFactor)
	}
	return nil
}

// multiplied is a portfolio file that has been read without faults.
func multiplied(text []byte, v Variation) ([]byte, error) {
	var found findings
	t := openTable(text, portfolioColumns(), &found)
	if t == nil {
		return nil, fmt.Errorf("the portfolio: %w", found.sorted())
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	err := w.Write(t.record)
	for err == nil && t.next() {
		factor, named := v.Portfolio[t.cell("account")]
		if !named && v.All != nil {
			factor, named = *v.All, true
		}
		if units, f := parseUnits(t.cell("portfolio")); named && f == nil {
			t.record[t.columns["portfolio"]] = strconv.FormatUint(mulDiv(uint64(units), uint64(factor), 1000), 10)
		}
		err = w.Write(t.record)
	}
	w.Flush()
	return b.Bytes(), err
}
