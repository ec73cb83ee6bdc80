package console

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

var writeMetrics = flag.Bool("write-metrics", false, "write the table of docs/metrics.md anew: go test ./console -run TestMetricsPage -write-metrics")

// TestMetricsPage holds docs/metrics.md to the list of metrics, which another test
// holds to what /metrics has.
func TestMetricsPage(t *testing.T) {
	const file, begin, end = "../docs/metrics.md", "<!-- the list: written by a test -->\n", "<!-- the end of the list -->\n"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, begins := strings.Cut(string(text), begin)
	_, tail, ends := strings.Cut(rest, end)
	if !begins || !ends {
		t.Fatalf("%s has no place for the list", file)
	}
	want := head + begin + metricsTable(t) + end + tail
	if *writeMetrics {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if want != string(text) {
		t.Errorf("%s has another list than the program; write it anew with -write-metrics", file)
	}
}

func metricsTable(t *testing.T) string {
	var b strings.Builder
	used := map[string]bool{}
	b.WriteString("\n| name | type | labels | unit | meaning |\n|---|---|---|---|---|\n")
	for _, f := range allFamilies() {
		for _, l := range f.labels {
			if used[l] = true; bounds[l] == "" {
				t.Errorf("%s has the label %s, of which nothing says what it may be", f.name, l)
			}
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", f.name, f.kind, strings.Join(f.labels, ", "), f.unit, f.help)
	}
	b.WriteString("\n| label | values that it may have |\n|---|---|\n")
	for _, l := range slices.Sorted(func(yield func(string) bool) {
		for l := range bounds {
			if !yield(l) {
				return
			}
		}
	}) {
		if !used[l] {
			t.Errorf("no metric has the label %s", l)
		}
		fmt.Fprintf(&b, "| `%s` | %s |\n", l, bounds[l])
	}
	return b.String() + "\n"
}

// promtool runs promtool, which scripts/prepare has fetched.
func promtool(t *testing.T, stdin string, args ...string) {
	t.Helper()
	var stderr bytes.Buffer
	find := exec.CommandContext(t.Context(), "../scripts/promtool")
	find.Stderr = &stderr
	path, err := find.Output()
	if err != nil {
		t.Fatalf("promtool: %v\n%s", err, stderr.String())
	}
	run := exec.CommandContext(t.Context(), strings.TrimSpace(string(path)), args...)
	run.Stdin = strings.NewReader(stdin)
	if out, err := run.CombinedOutput(); err != nil {
		t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func TestPromtoolAcceptsMetricsAndRules(t *testing.T) {
	got := read(t, New(everything(t).source, slog.New(slog.DiscardHandler)).exporter)
	promtool(t, got.text, "check", "metrics")
	promtool(t, "", "check", "rules", "../deploy/prometheus/alerts.yml")
	promtool(t, "", "test", "rules", "../deploy/prometheus/alerts_test.yml")
	dir := t.TempDir()
	token := filepath.Join(dir, "srtm.token") // which has to be there
	if err := os.WriteFile(token, []byte("srtm_token"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"prometheus.yml", "alerts.yml"} {
		text, err := os.ReadFile(filepath.Join("../deploy/prometheus", name))
		if err != nil {
			t.Fatal(err)
		}
		text = bytes.ReplaceAll(text, []byte("/etc/prometheus/srtm.token"), []byte(token))
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	promtool(t, "", "check", "config", filepath.Join(dir, "prometheus.yml"))
}

// rule is one of deploy/prometheus/alerts.yml.
type rule struct {
	Record, Alert, Expr, For string
	Labels, Annotations      map[string]string
}

func rulesOf(t *testing.T) []rule {
	t.Helper()
	var file struct{ Groups []struct{ Rules []rule } }
	text, err := os.ReadFile("../deploy/prometheus/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	var all []rule
	for _, g := range file.Groups {
		all = append(all, g.Rules...)
	}
	if len(all) < 20 {
		t.Fatalf("%d rules", len(all))
	}
	return all
}

// TestEveryAlertIsTried sees that alerts_test.yml has for each alert a case in which
// it comes, and that each says how grave it is and what it means.
func TestEveryAlertIsTried(t *testing.T) {
	var cases struct {
		Tests []struct {
			Checks []struct {
				Alert  string `yaml:"alertname"`
				Expect []any  `yaml:"exp_alerts"`
			} `yaml:"alert_rule_test"`
		}
	}
	text, err := os.ReadFile("../deploy/prometheus/alerts_test.yml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	comes := map[string]bool{}
	for _, c := range cases.Tests {
		for _, check := range c.Checks {
			comes[check.Alert] = comes[check.Alert] || len(check.Expect) > 0
		}
	}
	for _, r := range rulesOf(t) {
		if r.Alert == "" {
			continue
		}
		if !comes[r.Alert] {
			t.Errorf("no case of alerts_test.yml has %s come", r.Alert)
		}
		if s := r.Labels["severity"]; s != "critical" && s != "warning" || r.Annotations["summary"] == "" || r.Annotations["description"] == "" {
			t.Errorf("%s: severity %q, annotations %v", r.Alert, s, r.Annotations)
		}
	}
}

// selector finds a metric in an expression, with its labels.
var selector = regexp.MustCompile(`\b((?:srtm|go|process)_[a-z0-9_]+)(?:\{([^}]*)\})?`)

// checkNames sees that what an expression names is there.
func checkNames(t *testing.T, where, expr string, got scrape) {
	t.Helper()
	for _, m := range selector.FindAllStringSubmatch(expr, -1) {
		name := m[1]
		if got.types[name] == "" {
			name = regexp.MustCompile(`_(bucket|sum|count)$`).ReplaceAllString(name, "")
		}
		if got.types[name] == "" {
			t.Errorf("%s: /metrics has no %s", where, m[1])
			continue
		}
		i := slices.IndexFunc(allFamilies(), func(f family) bool { return f.name == name })
		for _, l := range regexp.MustCompile(`(\w+) *(?:=|!)`).FindAllStringSubmatch(m[2], -1) {
			if l[1] != "instance" && l[1] != "job" && (i < 0 || !slices.Contains(allFamilies()[i].labels, l[1])) {
				t.Errorf("%s: %s has no label %s", where, name, l[1])
			}
		}
	}
}

func TestDashboardAndRulesNameWhatThereIs(t *testing.T) {
	got := read(t, New(everything(t).source, slog.New(slog.DiscardHandler)).exporter)
	for _, r := range rulesOf(t) {
		checkNames(t, r.Alert+r.Record, r.Expr, got)
	}
	expressions := dashboardExpressions(t)
	all := ""
	for where, expr := range expressions {
		checkNames(t, where, expr, got)
		all += expr + "\n"
	}
	for _, f := range []family{families.Capacity, families.Threshold, families.Active, families.Cost, families.Forwarded, families.DSPLatency, families.Commits} {
		if !strings.Contains(all, f.name) {
			t.Errorf("the dashboard does not show %s", f.name)
		}
	}
	rules := "groups:\n- name: dashboard\n  rules:\n" // so that promtool reads each expression
	n := 0
	for _, expr := range expressions {
		plain := strings.NewReplacer("$__rate_interval", "5m", "$__range", "3h", "$instance", ".*").Replace(expr)
		if strings.HasPrefix(plain, "label_values(") {
			continue
		}
		n++
		quoted, err := json.Marshal(plain)
		if err != nil {
			t.Fatal(err)
		}
		rules += fmt.Sprintf("  - {record: 'dashboard:%d', expr: %s}\n", n, quoted)
	}
	file := filepath.Join(t.TempDir(), "dashboard.yml")
	if err := os.WriteFile(file, []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	promtool(t, "", "check", "rules", file)
}

// dashboardExpressions are the dashboard's queries by where they stand; its form is
// checked on the way.
func dashboardExpressions(t *testing.T) map[string]string {
	t.Helper()
	type source struct{ Type, UID string }
	var d struct {
		UID, Title    string
		SchemaVersion int `json:"schemaVersion"`
		Panels        []struct {
			ID          int
			Type, Title string
			Datasource  source
			GridPos     struct{ H, W, X, Y int } `json:"gridPos"`
			Targets     []struct {
				Expr, RefID string
				Datasource  source
			}
		}
		Annotations struct{ List []struct{ Name, Expr string } }
		Templating  struct {
			List []struct{ Name, Type, Definition string }
		}
	}
	text, err := os.ReadFile("../deploy/grafana/srtm.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	if d.SchemaVersion < 36 || d.UID == "" || len(d.Panels) < 20 || len(d.Templating.List) == 0 || d.Templating.List[0].Name != "datasource" || d.Templating.List[0].Type != "datasource" {
		t.Errorf("the dashboard: version %d, %q, %d panels, variables %v", d.SchemaVersion, d.UID, len(d.Panels), d.Templating.List)
	}
	expressions, ids := map[string]string{}, map[int]bool{}
	for _, p := range d.Panels {
		if ids[p.ID] || p.ID == 0 || p.GridPos.W == 0 || p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("the panel %q: id %d, at %+v", p.Title, p.ID, p.GridPos)
		}
		ids[p.ID] = true
		if p.Type != "row" && (len(p.Targets) == 0 || p.Title == "") {
			t.Errorf("the panel %d asks for nothing", p.ID)
		}
		for _, q := range p.Targets {
			expressions[p.Title+" "+q.RefID] = q.Expr
			if q.Datasource.UID != "${datasource}" || p.Datasource.UID != "${datasource}" {
				t.Errorf("the panel %q asks %v and not the data source that was chosen", p.Title, q.Datasource)
			}
		}
	}
	for _, a := range d.Annotations.List {
		if a.Expr != "" {
			expressions["annotation "+a.Name] = a.Expr
		}
	}
	for _, v := range d.Templating.List {
		if v.Definition != "" {
			expressions["variable "+v.Name] = v.Definition
		}
	}
	return expressions
}

// TestTheUnitIsWellFormed has systemd read deploy/srtm.service, with a program that
// is there.
func TestTheUnitIsWellFormed(t *testing.T) {
	if out, err := exec.CommandContext(t.Context(), "../scripts/need", "systemd-analyze", "systemd").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text, err := os.ReadFile("../deploy/srtm.service")
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	unit := strings.Replace(string(text), "/usr/local/bin/srtm ", self+" ", 1)
	file := filepath.Join(t.TempDir(), "srtm.service")
	if err := os.WriteFile(file, []byte(unit), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "systemd-analyze", "verify", "--man=no", file).CombinedOutput()
	if err != nil || strings.Contains(string(out), "srtm.service") {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
}
