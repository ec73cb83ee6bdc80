package policy

import (
	"fmt"
	"time"

	"srtm/duis"
)

// extensions reads the keys that are off by default.
func (d *document) extensions(p *Policy) {
	p.Mode = read(d, "mode", parseMode)
	p.Withhold = read(d, "spare", parseSpare)
	p.Per = read(d, "allocation.per", parsePer)
	p.Shadow = listed(d, "shadow", parseAccount)
	p.Cost = read(d, "cost.default", parseCost)
	p.Costs = d.costs()
	p.Exempt = listed(d, "exempt", parseVariant)
	p.Priority = d.priority()
	p.FinishCritical = read(d, "finish_critical", parseFinishCritical)
	p.Reserved = d.reserved()
	p.Maintenance = d.maintenance()
	p.Presets = d.presets()
	p.Approval = read(d, "approval", parseApproval)
	p.LimitHeaders = read(d, "limit_headers", parseBool)
	p.Forward = Forwarded{read(d, "forward.via", parseBool), read(d, "forward.x_forwarded_for", parseBool)}
	p.Notice = read(d, "allocation.notice", parseNotice)
	p.Exceptional = read(d, "exceptional", parseExceptional)
	p.History = d.history()
	d.bound("annexes", mostAnnexes)
}

// listed returns the items of a list of values, of which no two are the same.
func listed[T comparable](d *document, path string, parse func(string) (T, *flaw)) []T {
	var all []T
	first := make(map[T]int)
	for i, at := range d.items(path) {
		v := read(d, at, parse)
		if d.flawed[at] {
			continue
		}
		if n, twice := first[v]; twice {
			d.fault(at, &flaw{fmt.Sprintf("%v is item %d of the list too", v, n), "keep one of them"})
			continue
		}
		first[v] = i + 1
		all = append(all, v)
	}
	return all
}

// costs returns what variants cost, in the file's order.
func (d *document) costs() []VariantCost {
	var all []VariantCost
	e, ok := d.entries["cost"]
	if !ok || !isFilled(e.value) {
		return nil
	}
	seen := make(map[duis.Variant]bool)
	for i := 0; i+1 < len(e.value.Content); i += 2 {
		v, known := duis.ParseVariant(e.value.Content[i].Value)
		at := "cost." + e.value.Content[i].Value
		if known && d.has(at) && !seen[v] { // what is there twice is reported with the tree
			seen[v] = true
			all = append(all, VariantCost{v, read(d, at, parseCost)})
		}
	}
	return all
}

func (d *document) priority() []Priority {
	var all []Priority
	entry := make(map[duis.Variant]string)
	var sum Percent
	for _, at := range d.filled("priority") {
		d.require(at + ".variants")
		d.require(at + ".keep")
		variants := at + ".variants"
		p := Priority{listed(d, variants, parseVariant), read(d, at+".keep", parseKept)}
		if len(p.Variants) == 0 && !d.hasFlaw(variants) {
			d.fault(variants, &flaw{"the list names no variant", "name those that the part is kept for, such as " + find(variants).example()})
		}
		for _, v := range p.Variants {
			if other, twice := entry[v]; twice {
				d.fault(variants, &flaw{fmt.Sprintf("%v is in %s too", v, other), "name a variant in one entry only"})
			}
			entry[v] = at
		}
		if before := sum; before < whole && before+p.Keep >= whole {
			d.fault(at+".keep", &flaw{fmt.Sprintf("the kept parts are %v together, with those before", before+p.Keep), "keep less than 100% in all entries together"})
		}
		sum += p.Keep
		all = append(all, p)
	}
	return all
}

// What the longer lists may have: every maintenance is checked with everything
// that is reserved meanwhile, and an annex is a file.
const (
	mostReserved    = 24
	mostMaintenance = 200
	mostAnnexes     = 32
)

func (d *document) reserved() []Reserved {
	var all []Reserved
	d.bound("reserved", mostReserved)
	for _, at := range d.filled("reserved") {
		for _, name := range []string{".from", ".to", ".rate", ".reason"} {
			d.require(at + name)
		}
		r := Reserved{read(d, at+".from", parseTimeOfDay), read(d, at+".to", parseTimeOfDay), read(d, at+".rate", parseReserved),
			read(d, at+".reason", parseLabel)}
		if r.From == r.To && !d.hasFlaw(at+".from", at+".to") {
			d.fault(at+".to", &flaw{"it ends when it begins, " + clock(r.To), "write another time of day; for all day write two entries, such as 00:00 to 12:00 and 12:00 to 00:00"})
		}
		all = append(all, r)
	}
	return all
}

func (d *document) maintenance() []Maintenance {
	var all []Maintenance
	d.bound("maintenance", mostMaintenance)
	for _, at := range d.filled("maintenance") {
		for _, name := range []string{".start", ".end", ".capacity", ".reason"} {
			d.require(at + name)
		}
		m := Maintenance{read(d, at+".start", parseSecond), read(d, at+".end", parseSecond), read(d, at+".capacity", parseRate),
			read(d, at+".reason", parseLabel), read(d, at+".reference", parseLabel), placeOf(d.entries[at].value)}
		if d.hasFlaw(at+".start", at+".end") {
			continue
		}
		if !m.Start.Before(m.End) {
			d.fault(at+".end", &flaw{"the end " + stamp(m.End) + " is not after the start " + stamp(m.Start), "write a later end"})
			continue
		}
		for _, o := range all {
			if m.Start.Before(o.End) && o.Start.Before(m.End) {
				d.fault(at+".start", &flaw{fmt.Sprintf("it overlaps the maintenance from %s to %s", stamp(o.Start), stamp(o.End)), "end one when the other starts"})
				break
			}
		}
		all = append(all, m)
	}
	return all
}

func (d *document) history() []Revision {
	var all []Revision
	for _, at := range d.filled("history") {
		d.require(at + ".date")
		d.require(at + ".change")
		r := Revision{read(d, at+".date", parseDate), read(d, at+".change", parseChange)}
		if n := len(all); n > 0 && r.Date.Before(all[n-1].Date) && !d.hasFlaw(at+".date") {
			d.fault(at+".date", &flaw{fmt.Sprintf("%s is before %s, the date of the entry before", r.Date.Format(time.DateOnly), all[n-1].Date.Format(time.DateOnly)),
				"write the entries in order of date"})
		}
		all = append(all, r)
	}
	return all
}

// filled returns the paths of those items of a list that are mappings, as they
// should be.
func (d *document) filled(list string) []string {
	var paths []string
	for _, at := range d.items(list) {
		if isFilled(d.entries[at].value) {
			paths = append(paths, at)
		}
	}
	return paths
}

// bound cuts a list that is longer than most, and says so.
func (d *document) bound(list string, most int) {
	if n := d.lengths[list]; n > most {
		d.fault(list, &flaw{fmt.Sprintf("the list has %d items, more than %d", n, most), "shorten it"})
		d.lengths[list] = most
	}
}

// code reports a response code that is missing or has no response to be in.
func (d *document) code(r Refusal) {
	switch given := d.has("refusal.code"); {
	case d.hasFlaw("refusal.status", "refusal.code"):
	case r.Status == 200 && !given:
		d.fault("refusal.status", &flaw{"200 is answered with a DUIS response, and there is no code for it", "add code: " + find("refusal.code").example()})
	case r.Status != 200 && given:
		d.fault("refusal.code", &flaw{fmt.Sprintf("the answer %d has no DUIS response that a code could be in%s", r.Status, d.defaulted("refusal.status")),
			"leave code out, or write status: 200"})
	}
}
