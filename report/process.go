package report

import (
	"strings"

	"srtm/duis"
)

// The business processes that reports add to those of the catalogue: it has one
// group, other, for 54 variants of very different kinds. Like all of the
// grouping these are this project's own; neither DUIS nor the Code has them.
const (
	deviceConfiguration duis.Process = "device configuration"
	securityAndKeys     duis.Process = "security and keys"
	loadControl         duis.Process = "load control"
	messagesAndLogs     duis.Process = "messages and logs"
	notInCatalogue      duis.Process = "not in the catalogue"
)

// refined puts the Service References of the catalogue's group other into
// groups of reports: what is not here remains other.
var refined = map[string]duis.Process{
	"3.1": messagesAndLogs, "3.3": messagesAndLogs, "3.4": messagesAndLogs, "3.5": messagesAndLogs, "6.13": messagesAndLogs,
	"6.2": deviceConfiguration, "6.5": deviceConfiguration, "6.6": deviceConfiguration, "6.7": deviceConfiguration,
	"6.8": deviceConfiguration, "6.11": deviceConfiguration, "6.12": deviceConfiguration, "6.18": deviceConfiguration,
	"6.20": deviceConfiguration, "6.22": deviceConfiguration, "6.26": deviceConfiguration, "6.27": deviceConfiguration,
	"6.28": deviceConfiguration, "6.29": deviceConfiguration, "6.30": deviceConfiguration, "6.31": deviceConfiguration, "6.32": deviceConfiguration,
	"6.15": securityAndKeys, "6.17": securityAndKeys, "6.24": securityAndKeys, "6.25": securityAndKeys,
	"6.4": loadControl, "6.14": loadControl, "7.5": loadControl, "7.6": loadControl, "7.7": loadControl, "7.8": loadControl, "7.9": loadControl,
	"7.10": loadControl, "7.11": loadControl, "7.12": loadControl, "7.13": loadControl, "7.14": loadControl, "7.15": loadControl, "7.16": loadControl,
	"9.1": "customer identification",
}

// variant is what reports say of a Service Request Variant.
type variant struct {
	text    string // as it stood in the request
	name    string
	service string // the Service Reference, as 4.8
	process duis.Process
}

// describe finds what a variant is. One that the catalogue lacks is its own
// Service, since nobody knows better.
func describe(text string) variant {
	v, known := duis.ParseVariant(text)
	if !known {
		return variant{text: text, name: v.Name(), service: text, process: notInCatalogue}
	}
	d := variant{text: text, name: v.Name(), service: v.Reference(), process: v.Process()}
	if finer, ok := refined[d.service]; ok && d.process == "other" {
		d.process = finer
	}
	return d
}

// topUp is Top Up Device, by which credit reaches a prepayment meter: a person
// without supply may be waiting for it.
const topUp = "2.2"

// bulk tells a read, which can usually wait for another hour.
func (v variant) bulk() bool { return v.process == "reads" }

// compareNumbers orders variants and Services as people count: 4.2 before 4.10.
func compareNumbers(a, b string) int {
	for a != "" && b != "" {
		var x, y string
		x, a, _ = strings.Cut(a, ".")
		y, b, _ = strings.Cut(b, ".")
		if c := compareDigits(x, y); c != 0 {
			return c
		}
	}
	return len(a) - len(b)
}

// compareDigits orders two numbers of any length, and what is no number by its
// letters.
func compareDigits(x, y string) int {
	if digits(x) && digits(y) && len(x) != len(y) {
		return len(x) - len(y)
	}
	return strings.Compare(x, y)
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
