package policy

import (
	"fmt"
	"time"

	"go.yaml.in/yaml/v4"

	"srtm/allocate"
)

// settings reads all values of the policy file. Where one cannot be read the
// usual one stands in, so that the rest can still be checked.
func (d *document) settings() *Policy {
	d.require("name")
	d.require("capacity")
	p := &Policy{
		Name:        read(d, "name", parseLabel),
		Environment: read(d, "environment", parseLabel),
		Capacity:    read(d, "capacity", parseCapacity),
		Threshold:   read(d, "threshold", parsePercent),
		Release:     read(d, "release", parsePercent),
		Hold:        read(d, "hold", parseDuration),
		Burst:       read(d, "burst", parseDuration),
		Slot:        read(d, "slot", parseDuration),
		Portfolio:   d.portfolio(),
		Weights:     make(map[Role]allocate.Thousandths),
		Minimum:     read(d, "allocation.minimum", parseRate).atLeast(),
		Unknown:     read(d, "unknown", parseUnknown),
		Refusal: Refusal{
			Status:     read(d, "refusal.status", parseStatus),
			Code:       read(d, "refusal.code", parseCode),
			RetryLeast: read(d, "refusal.retry_after.least", parseSeconds),
			RetryMost:  read(d, "refusal.retry_after.most", parseSeconds),
		},
		Services: d.services(),
		Journal: Journal{
			OnFailure: read(d, "journal.on_failure", parseOnFailure),
			Keep:      read(d, "journal.keep", parseKeep),
		},
		SendersFile: read(d, "senders", parseFile),
	}
	for _, r := range Roles() {
		p.Weights[r] = read(d, weightKey(r), parseWeight)
	}
	d.extensions(p)
	d.code(p.Refusal)
	p.Effective = later(read(d, "effective", parseTime), p.Portfolio.Effective)
	return p
}

func (d *document) portfolio() Portfolio {
	d.require("portfolio")
	file := "portfolio"
	if e, ok := d.entries["portfolio"]; ok && e.value.Kind == yaml.MappingNode {
		file = "portfolio.file"
		d.require(file)
	}
	return Portfolio{
		File:      read(d, file, parseFile),
		Unit:      read(d, "portfolio.unit", parseLabel),
		AsOf:      read(d, "portfolio.as_of", parseDay),
		Source:    read(d, "portfolio.source", parseLabel),
		Effective: read(d, "portfolio.effective", parseTime),
	}
}

// services reads the paths and reports those that are not distinct: the path
// alone tells the services apart.
func (d *document) services() Services {
	s := Services{
		SendCommand: read(d, "services.send_command", parsePath),
		NonDevice:   read(d, "services.non_device", parsePath),
		Transform:   read(d, "services.transform", parsePath),
	}
	d.distinct([]setting{
		{"services.send_command", s.SendCommand},
		{"services.non_device", s.NonDevice},
		{"services.transform", s.Transform},
	})
	return s
}

type setting struct{ path, value string }

func (d *document) distinct(settings []setting) {
	for i, a := range settings {
		for _, b := range settings[:i] {
			if a.value != b.value || d.flawed[a.path] || d.flawed[b.path] {
				continue
			}
			at, other := a.path, b.path
			if !d.has(at) {
				at, other = other, at
			}
			d.fault(at, &flaw{fmt.Sprintf("%s is the path of %s too%s", quoted(a.value), other, d.defaulted(other)), "give each service a path of its own"})
		}
	}
}

// defaulted says so where the file does not give a key and its usual value is
// what is at fault.
func (d *document) defaulted(path string) string {
	if d.has(path) {
		return ""
	}
	return fmt.Sprintf(" (the file does not give %s; its default is %s)", path, find(path).example())
}

func parseSeconds(s string) (time.Duration, *flaw) {
	t, f := parseDuration(s)
	if f == nil && t%time.Second != 0 {
		f = &flaw{quoted(s) + " is not a whole number of seconds", "Retry-After is in whole seconds, such as 1s"}
	}
	return t, f
}

// leastKept is how long a refused request is followed, to see what became of it.
const leastKept = 24 * time.Hour

func parseKeep(s string) (time.Duration, *flaw) {
	t, f := parseDuration(s)
	if f == nil && t < leastKept {
		f = &flaw{quoted(s) + " is less than a day", "keep decisions for a day at least, such as 400d"}
	}
	return t, f
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
