package scenario

import (
	"errors"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

const settingKeys = "policy policies compare dsp background"

// setting reads what surrounds the Service Users in a simulation.
func (p *parser) setting(keys map[string]*yaml.Node, s *Scenario) {
	set := &s.Setting
	if v := keys["policy"]; v != nil {
		set.Policies = append(set.Policies, read(&p.reader, v, "policy", parsePath))
	}
	if v := keys["policies"]; v != nil {
		for _, item := range p.items(v, "policies", MaxPolicies) {
			set.Policies = append(set.Policies, read(&p.reader, item, "policies", parsePath))
		}
	}
	if v := keys["compare"]; v != nil {
		for _, item := range p.items(v, "compare", len(RuleNames())) {
			name, _ := p.text(item, "compare")
			set.Compare = append(set.Compare, name)
		}
		p.settled(v, &Setting{Compare: set.Compare}, s)
	}
	if v := keys["dsp"]; v != nil {
		p.dsp(v, &set.DSP, s)
		p.settled(v, &Setting{DSP: set.DSP}, s)
	}
	if v := keys["background"]; v != nil {
		for _, item := range p.items(v, "background", MaxBackground) {
			set.Background = append(set.Background, p.background(item, s))
			p.settled(item, &Setting{Background: set.Background[len(set.Background)-1:]}, s)
		}
	}
}

// settled reports what is wrong with a part of a setting at its key.
func (p *parser) settled(n *yaml.Node, part *Setting, s *Scenario) {
	if len(p.faults) > 0 {
		return
	}
	if err := part.check(s.Length); err != nil {
		p.fault(n, "%v", err)
	}
}

func parsePath(text string) (string, error) { return text, checkPath(text) }

// parseCapacity, parseTime and parseShare do not take nothing, which would mean
// that the value is not said.
func parseCapacity(text string) (Rate, error) {
	rate, err := parseRate(text)
	if err == nil && rate == 0 {
		err = errors.New("a DSP of no capacity does nothing; write one above 0/s, and under changes when it is down")
	}
	return rate, err
}

func parseTime(text string) (time.Duration, error) {
	d, err := parseDuration(text)
	if err == nil && d == 0 {
		err = errors.New("write a time above 0s, or leave the key out for the model's own")
	}
	return d, err
}

func parseShare(text string) (float64, error) {
	share, err := parsePercent(text)
	if err == nil && share == 0 {
		err = errors.New("write a share above 0%, or leave the key out for the model's own")
	}
	return share, err
}

func (p *parser) dsp(n *yaml.Node, d *DSP, s *Scenario) {
	keys := p.keys(n, "dsp", strings.Fields("capacity latency comfort full recovery in_time floor refusal changes")...)
	if v := keys["capacity"]; v != nil {
		d.Capacity = read(&p.reader, v, "capacity", parseCapacity)
	}
	times := []*time.Duration{&d.Latency, &d.Comfort, &d.Full, &d.Recovery, &d.InTime}
	for i, key := range []string{"latency", "comfort", "full", "recovery", "in_time"} {
		if v := keys[key]; v != nil {
			*times[i] = read(&p.reader, v, key, parseTime)
		}
	}
	shares := []*float64{&d.Floor, &d.Refusal}
	for i, key := range []string{"floor", "refusal"} {
		if v := keys[key]; v != nil {
			*shares[i] = read(&p.reader, v, key, parseShare)
		}
	}
	if v := keys["changes"]; v != nil {
		for _, item := range p.items(v, "changes", MaxChanges) {
			d.Changes = append(d.Changes, p.change(item, s))
		}
	}
}

// change reads another capacity for a while.
func (p *parser) change(n *yaml.Node, s *Scenario) Change {
	keys := p.keys(n, "a change", "from", "to", "capacity", "reason")
	c := Change{To: s.Length}
	if keys["capacity"] == nil {
		p.fault(n, "a change needs the key capacity; 0/s is a DSP that is down")
	} else {
		c.Capacity = read(&p.reader, keys["capacity"], "capacity", parseRate)
	}
	if v := keys["from"]; v != nil {
		c.From = read(&p.reader, v, "from", parseDuration)
	}
	if v := keys["to"]; v != nil {
		c.To = read(&p.reader, v, "to", parseDuration)
	}
	if v := keys["reason"]; v != nil {
		c.Reason = read(&p.reader, v, "reason", parseName)
	}
	return c
}

func (p *parser) background(n *yaml.Node, s *Scenario) Background {
	keys := p.keys(n, "background work", strings.Fields("what rate ramp burst from to at every shape arrivals")...)
	var b Background
	if keys["what"] == nil {
		p.fault(n, "background work needs the key what: a name for it")
	} else {
		b.What = read(&p.reader, keys["what"], "what", parseName)
	}
	if p.agree(n, keys) {
		b.Part = p.one(keys, Part{To: s.Length})
	}
	return b
}
