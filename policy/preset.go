package policy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"srtm/traffic"
)

// Preset is an operator's act that was prepared, to be done by its name.
type Preset struct {
	Name     string
	Activate bool // as in Hand, these and the following
	Suspend  bool
	Shadow   bool
	Capacity *Rate
	Hold     map[string]Rate
	Exempt   []string      // in the file's order
	For      time.Duration // how long it lasts
	at       string        // its path in the file
}

// Limits on presets and acts.
const (
	MaxPresets = 50
	LeastAct   = time.Minute
	MostAct    = 7 * 24 * time.Hour
)

// Hand is what the preset does, without times, reason and reference.
func (p Preset) Hand() Hand {
	h := Hand{Activate: p.Activate, Suspend: p.Suspend, Shadow: p.Shadow, Capacity: p.Capacity, Exempt: slices.Clone(p.Exempt)}
	for name, rate := range p.Hold {
		if h.Hold == nil {
			h.Hold = make(map[string]traffic.Rate, len(p.Hold))
		}
		h.Hold[name] = possible(rate).PerSecond()
	}
	return h
}

// Words says what the preset does, of accounts those that may be named: "capacity
// 1000/s, BRAVO held to 5/s".
func (p Preset) Words(named func(account string) bool) string { return p.Hand().deeds(named) }

// Preset returns the preset of a name; nil: there is none.
func (p *Policy) Preset(name string) *Preset {
	if i := slices.IndexFunc(p.Presets, func(q Preset) bool { return q.Name == name }); i >= 0 {
		return &p.Presets[i]
	}
	return nil
}

// CheckHand returns every reason why an operator's act cannot be what is meant:
// nothing is asked for, or what contradicts itself, or concerns an account that is
// not there, or is no rate. Key is activate, suspend, shadow, capacity, hold or
// exempt. Less capacity than the rules can work with is no such reason: then At
// lengthens burst or closes, and says so.
func (p *Policy) CheckHand(h Hand) []traffic.Fault {
	var faults []traffic.Fault
	wrong := func(key, wrong, right string) {
		faults = append(faults, traffic.Fault{Key: key, Wrong: wrong, Right: right})
	}
	others := h.Activate || h.Shadow || h.Capacity != nil || len(h.Hold) > 0 || len(h.Exempt) > 0
	if !others && !h.Suspend {
		wrong("act", "nothing is done by it", "write one or more of activate, suspend, shadow, capacity, hold and exempt")
	}
	if others && h.Suspend {
		wrong("suspend", "while everything is forwarded nothing else has an effect", "suspend alone, or leave suspend out")
	}
	if c := h.Capacity; c != nil {
		if near := possible(*c); c.Thousandths != near.Thousandths || cmp.Or(c.Per, time.Second) != near.Per {
			wrong("capacity", fmt.Sprintf("%v is no capacity", *c), "write a rate such as 1200/s; 0/s closes")
		} else if t := perSecond(c.share(p.Threshold)); t > traffic.MaxRate {
			wrong("capacity", fmt.Sprintf("the operating threshold would be %v, above %v", t, traffic.MaxRate), "write a smaller capacity")
		}
	}
	names := p.actable()
	for _, name := range slices.Sorted(maps.Keys(h.Hold)) {
		if f := names.lacks(name); f != nil {
			wrong("hold", f.wrong, f.right)
		} else if rate := h.Hold[name]; rate < 0 || rate > traffic.MaxRate {
			wrong("hold", fmt.Sprintf("%s cannot be held to %v", name, rate), fmt.Sprintf("write a rate of 0/s to %v", traffic.MaxRate))
		}
	}
	seen := make(map[string]bool, len(h.Exempt))
	for _, name := range h.Exempt {
		if f := names.lacks(name); f != nil {
			wrong("exempt", f.wrong, f.right)
		} else if seen[name] {
			wrong("exempt", name+" is exempt twice", "name it once")
		}
		seen[name] = true
	}
	return faults
}

// actable are the names of the accounts that an act can concern.
func (p *Policy) actable() *accountNames {
	names := p.names(&findings{})
	if p.Unknown == Admit && names != nil {
		names.known[Unlisted] = true
	}
	return names
}

func (d *document) presets() []Preset {
	var all []Preset
	d.bound("presets", MaxPresets)
	first := make(map[string]int)
	for i, at := range d.filled("presets") {
		d.require(at + ".name")
		d.require(at + ".for")
		p := Preset{Name: read(d, at+".name", parseLabel), For: read(d, at+".for", parseActLength), Exempt: listed(d, at+".exempt", parseAccount), at: at}
		for name, to := range map[string]*bool{".activate": &p.Activate, ".suspend": &p.Suspend, ".shadow": &p.Shadow} {
			*to = d.has(at+name) && read(d, at+name, parseBool)
		}
		if d.has(at + ".capacity") {
			c := read(d, at+".capacity", parseRate)
			p.Capacity = &c
		}
		p.Hold = d.held(at + ".hold")
		if n, twice := first[p.Name]; twice && !d.hasFlaw(at+".name") {
			d.fault(at+".name", &flaw{fmt.Sprintf("%s is the name of presets[%d] too", quoted(p.Name), n), "give each its own"})
		}
		first[p.Name] = i + 1
		all = append(all, p)
	}
	return all
}

// held reads which accounts a preset holds to which rates.
func (d *document) held(path string) map[string]Rate {
	e, ok := d.entries[path]
	if !ok || !isFilled(e.value) {
		return nil
	}
	rates := map[string]Rate{}
	for i := 0; i+1 < len(e.value.Content); i += 2 {
		name := e.value.Content[i].Value
		if at := path + "." + name; d.has(at) {
			rates[name] = read(d, at, parseRate)
		}
	}
	return rates
}

func parseActLength(s string) (time.Duration, *flaw) {
	t, f := parseDuration(s)
	if f == nil && (t < LeastAct || t > MostAct || t%time.Second != 0) {
		f = &flaw{quoted(s) + " is not from 1m to 7d in whole seconds", "an act by hand ends by itself; write for how long, such as 4h"}
	}
	return t, f
}

// checkPresets reports each prepared act that cannot work, while it is day.
func checkPresets(d *document, p *Policy, divided bool) {
	for _, preset := range p.Presets {
		if d.hasFlaw(preset.at) {
			continue
		}
		faults := p.CheckHand(preset.Hand())
		for _, f := range faults {
			if !divided && (f.Key == "hold" || f.Key == "exempt") {
				continue // which accounts there are is not known
			}
			d.unworkable(preset, f)
		}
		if divided && len(faults) == 0 {
			p.checkOpen(d, preset)
		}
	}
}

// unworkable reports a fault of a preset at the key that is at fault.
func (d *document) unworkable(p Preset, f traffic.Fault) {
	at := p.at + "." + f.Key
	if !d.has(at) {
		at = p.at
	}
	d.fault(at, &flaw{f.Wrong, f.Right})
}

// checkOpen reports a capacity that leaves so little that everything would be
// closed, at some time of day.
func (p *Policy) checkOpen(d *document, preset Preset) {
	if preset.Capacity == nil || preset.Capacity.Thousandths == 0 || d.hasFlaw("reserved", "maintenance") {
		return
	}
	midnight := time.Date(firstYear, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, l := range p.levels() {
		period := p.At(midnight.Add(l.from), preset.Hand())
		if !period.Rules.Closed {
			continue
		}
		right := "write a greater capacity, or 0/s where closing is meant"
		d.unworkable(preset, traffic.Fault{Key: "capacity", Wrong: fmt.Sprintf("at %s everything would be %s", clock(l.from), period.Causes[len(period.Causes)-1]), Right: right})
		return
	}
}
