package policy

// key is one key that a policy file may have.
type key struct {
	path  string
	usual string // the value that holds where the file does not give one; empty: there is none
	such  string // an example, where there is no usual value
	only  string // the one value that is supported so far, which is the usual one
	later bool   // not supported yet
}

// keys is the list of all keys and the only place that knows their usual
// values. A key that others lie below is a mapping; every other is one value.
func keys() []key {
	return append([]key{
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
		{path: "allocation.per", only: "account"},
		{path: "unknown", usual: "refuse"},
		{path: "refusal", such: "{retry_after: {least: 1s, most: 60s}}"},
		{path: "refusal.status", only: "503"},
		{path: "refusal.code", later: true},
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
		{path: "mode", only: "enforce"},
		{path: "spare", only: "share"},
		{path: "shadow", later: true},
		{path: "cost", later: true},
		{path: "exempt", later: true},
		{path: "priority", later: true},
		{path: "finish_critical", later: true},
		{path: "reserved", later: true},
		{path: "maintenance", later: true},
		{path: "approval", only: "one"},
		{path: "limit_headers", later: true},
		{path: "forward", later: true},
	}, weightKeys()...)
}

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

// isMapping tells whether the key at path holds further keys. A portfolio may
// be one value, its file, as well.
func isMapping(path string) bool {
	switch path {
	case "portfolio", "allocation", "allocation.weights", "refusal", "refusal.retry_after", "services", "journal":
		return true
	}
	return false
}

// find returns the key at path, or one without anything but that path.
func find(path string) key {
	for _, k := range keys() {
		if k.path == path {
			return k
		}
	}
	return key{path: path}
}
