package policy

import (
	"regexp"
	"strings"

	"srtm/duis"
)

// key is one key that a policy file may have.
type key struct {
	path  string // with [] for the number of an item
	usual string // the value that holds where the file does not give one; empty: there is none
	such  string // an example, where there is no usual value
}

// keys is the list of all keys and the only place that knows their usual
// values. What a mapping or a list is, isMapping and isList say; every other key
// is one value.
func keys() []key {
	return append(append([]key{
		{path: "name", such: "TMMD 2026-11"},
		{path: "environment", usual: "production"},
		{path: "effective", such: "2026-11-01T00:00:00Z"},
		{path: "capacity", such: "2000/s"},
		{path: "threshold", usual: "90%"},
		{path: "release", usual: "75%"},
		{path: "hold", usual: "30s"},
		{path: "burst", usual: "1s"},
		{path: "slot", usual: "10ms"},
		{path: "portfolio", such: "portfolio.csv"},
		{path: "portfolio.file", such: "portfolio.csv"},
		{path: "portfolio.unit", usual: "Metering Points with an enrolled Smart Metering System"},
		{path: "portfolio.as_of", such: "2026-10-01"},
		{path: "portfolio.source", such: "registration data"},
		{path: "portfolio.effective", such: "2026-11-01T00:00:00Z"},
		{path: "allocation", such: "{minimum: 0.5/s}"},
		{path: "allocation.weights", such: "{ED: 0.1, GT: 0.1}"},
		{path: "allocation.minimum", usual: "0/s"},
		{path: "allocation.per", usual: "account"},
		{path: "allocation.notice", usual: "10"},
		{path: "unknown", usual: "refuse"},
		{path: "refusal", such: "{retry_after: {least: 1s, most: 60s}}"},
		{path: "refusal.status", usual: "503"},
		{path: "refusal.code", such: "E100"},
		{path: "refusal.retry_after", such: "{least: 1s, most: 60s}"},
		{path: "refusal.retry_after.least", usual: "1s"},
		{path: "refusal.retry_after.most", usual: "60s"},
		{path: "services", such: "{send_command: /api/v1/serviceS}"},
		{path: "services.send_command", usual: "/api/v1/serviceS"},
		{path: "services.non_device", usual: "/api/v1/serviceD"},
		{path: "services.transform", usual: "/api/v1/serviceT"},
		{path: "senders", such: "senders.csv"},
		{path: "journal", such: "{on_failure: forward, keep: 400d}"},
		{path: "journal.on_failure", usual: "forward"},
		{path: "journal.keep", usual: "400d"},
	}, extensionKeys()...), weightKeys()...)
}

// extensionKeys are those that are off unless the file says so.
func extensionKeys() []key {
	return []key{
		{path: "mode", usual: "enforce"},
		{path: "spare", usual: "share"},
		{path: "shadow", such: "[ALPHA]"},
		{path: "shadow[]", such: "ALPHA"},
		{path: "cost", such: `{default: 1, "4.8.1": 3}`},
		{path: "cost.default", usual: "1"},
		{path: "cost." + variantName, such: "3"},
		{path: "exempt", such: `["7.1", "7.3"]`},
		{path: "exempt[]", such: `"7.1"`},
		{path: "priority", such: `[{variants: ["2.2", "1.5"], keep: 10%}]`},
		{path: "priority[]", such: `{variants: ["2.2", "1.5"], keep: 10%}`},
		{path: "priority[].variants", such: `["2.2", "1.5"]`},
		{path: "priority[].variants[]", such: `"2.2"`},
		{path: "priority[].keep", such: "10%"},
		{path: "finish_critical", such: "10m"},
		{path: "reserved", such: `[{from: "22:00", to: "05:00", rate: 200/s, reason: DCC Scheduled reads}]`},
		{path: "reserved[]", such: `{from: "22:00", to: "05:00", rate: 200/s, reason: DCC Scheduled reads}`},
		{path: "reserved[].from", such: `"22:00"`},
		{path: "reserved[].to", such: `"05:00"`},
		{path: "reserved[].rate", such: "200/s"},
		{path: "reserved[].reason", such: "DCC Scheduled reads"},
		{path: "maintenance", such: "[{start: 2026-11-20T22:00:00Z, end: 2026-11-21T04:00:00Z, capacity: 1200/s, reason: DSP release}]"},
		{path: "maintenance[]", such: "{start: 2026-11-20T22:00:00Z, end: 2026-11-21T04:00:00Z, capacity: 1200/s, reason: DSP release}"},
		{path: "maintenance[].start", such: "2026-11-20T22:00:00Z"},
		{path: "maintenance[].end", such: "2026-11-21T04:00:00Z"},
		{path: "maintenance[].capacity", such: "1200/s"},
		{path: "maintenance[].reason", such: "DSP release"},
		{path: "maintenance[].reference", such: "CHG-1234"},
		{path: "presets", such: "[{name: DSP on one site, capacity: 1000/s, for: 4h}]"},
		{path: "presets[]", such: "{name: DSP on one site, capacity: 1000/s, for: 4h}"},
		{path: "presets[].name", such: "DSP on one site"},
		{path: "presets[].activate", such: "true"},
		{path: "presets[].suspend", such: "true"},
		{path: "presets[].shadow", such: "true"},
		{path: "presets[].capacity", such: "1000/s"},
		{path: "presets[].hold", such: "{ALPHA: 5/s}"},
		{path: "presets[].hold." + accountName, such: "5/s"},
		{path: "presets[].exempt", such: "[ALPHA]"},
		{path: "presets[].exempt[]", such: "ALPHA"},
		{path: "presets[].for", such: "4h"},
		{path: "approval", usual: "one"},
		{path: "limit_headers", usual: "false"},
		{path: "forward", such: "{via: true, x_forwarded_for: true}"},
		{path: "forward.via", usual: "false"},
		{path: "forward.x_forwarded_for", usual: "false"},
		{path: "exceptional", usual: "10h"},
		{path: "annexes", such: "[annex.md]"},
		{path: "annexes[]", such: "annex.md"},
		{path: "history", such: "[{date: 2026-10-01, change: first version}]"},
		{path: "history[]", such: "{date: 2026-10-01, change: first version}"},
		{path: "history[].date", such: "2026-10-01"},
		{path: "history[].change", such: "first version"},
	}
}

// variantName stands in a key's path for any Service Request Variant, accountName
// for any account.
const (
	variantName = "VARIANT"
	accountName = "ACCOUNT"
)

func weightKeys() []key {
	var list []key
	for _, r := range Roles() {
		list = append(list, key{path: weightKey(r), usual: "1"})
	}
	return list
}

func weightKey(r Role) string { return "allocation.weights." + string(r) }

// example returns a value that the key may have.
func (k key) example() string {
	if k.usual != "" {
		return k.usual
	}
	return k.such
}

// section cuts the key into the mapping that it is in and its name there, which
// is empty where the key is an item.
func (k key) section() (dir, name string) {
	if strings.HasSuffix(k.path, "[]") {
		return strings.TrimSuffix(k.path, "[]"), ""
	}
	if i := strings.LastIndexByte(k.path, '.'); i >= 0 {
		return k.path[:i], k.path[i+1:]
	}
	return "", k.path
}

// namesIn returns the names of the keys that the mapping at path may have.
func namesIn(path string) map[string]bool {
	names, at := make(map[string]bool), pattern(path)
	for _, k := range keys() {
		if dir, name := k.section(); dir == at && name != "" {
			names[name] = true
		}
	}
	if names[variantName] {
		delete(names, variantName)
		for v := range duis.Variants() {
			names[v.String()] = true
		}
	}
	return names
}

// isMapping tells whether the key at path holds further keys. A portfolio may
// be one value, its file, as well.
func isMapping(path string) bool {
	switch pattern(path) {
	case "portfolio", "allocation", "allocation.weights", "refusal", "refusal.retry_after", "services", "journal",
		"cost", "forward", "priority[]", "reserved[]", "maintenance[]", "presets[]", "presets[].hold", "history[]":
		return true
	}
	return false
}

// isList tells whether the key at path holds items.
func isList(path string) bool {
	switch pattern(path) {
	case "shadow", "exempt", "priority", "priority[].variants", "reserved", "maintenance", "presets", "presets[].exempt", "annexes", "history":
		return true
	}
	return false
}

// find returns the key at path, or one without anything but that path.
func find(path string) key {
	at := pattern(path)
	for _, k := range keys() {
		if k.path == at {
			return k
		}
	}
	return key{path: path}
}

var (
	itemNumber  = regexp.MustCompile(`\[\d+\]`)
	heldAccount = regexp.MustCompile(`^presets\[\d+\]\.hold\..`)
)

// pattern returns the path as keys has it.
func pattern(path string) string {
	if name, ok := strings.CutPrefix(path, "cost."); ok && name != "default" {
		return "cost." + variantName
	}
	if heldAccount.MatchString(path) {
		return "presets[].hold." + accountName
	}
	if !strings.Contains(path, "[") {
		return path
	}
	return itemNumber.ReplaceAllString(path, "[]")
}
