package scenario

import (
	"fmt"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// part reads one entry of traffic. It is one part, or several where it names a
// day.
func (p *parser) part(n *yaml.Node, s *Scenario, own habits) []Part {
	keys := p.keys(n, "a part of traffic", strings.Fields("rate ramp burst from to at every shape day mix arrivals")...)
	if !p.agree(n, keys) {
		return nil
	}
	one := p.one(keys, Part{To: s.Length, Mix: own.mix, Spacing: own.spacing})
	if v := keys["mix"]; v != nil {
		one.Mix = p.mix(v)
	}
	if v := keys["day"]; v != nil {
		return p.day(v, one)
	}
	return []Part{one}
}

// one reads what says how much and when, and leaves the rest of a part alone.
func (p *parser) one(keys map[string]*yaml.Node, one Part) Part {
	if v := keys["rate"]; v != nil {
		one.Rate = read(&p.reader, v, "rate", parseRate)
	}
	if v := keys["ramp"]; v != nil {
		ramp := read(&p.reader, v, "ramp", parseRamp)
		one.Rate, one.Rise = ramp[0], ramp[1]-ramp[0]
	}
	if v := keys["burst"]; v != nil {
		one.Burst = int(read(&p.reader, v, "burst", parseCount(MaxBurst)))
	}
	for _, key := range []string{"from", "at"} {
		if v := keys[key]; v != nil {
			one.From = read(&p.reader, v, key, parseDuration)
		}
	}
	if v := keys["to"]; v != nil {
		one.To = read(&p.reader, v, "to", parseDuration)
	}
	if v := keys["every"]; v != nil {
		one.Every = read(&p.reader, v, "every", parseEvery)
	}
	if v := keys["arrivals"]; v != nil {
		one.Spacing = read(&p.reader, v, "arrivals", parseSpacing)
	}
	if v := keys["shape"]; v != nil {
		one.Shape = p.shape(v)
	}
	return one
}

// agree reports keys of a part that do not go together.
func (p *parser) agree(n *yaml.Node, keys map[string]*yaml.Node) bool {
	before := len(p.faults)
	var kinds []string
	for _, key := range []string{"rate", "ramp", "burst"} {
		if keys[key] != nil {
			kinds = append(kinds, key)
		}
	}
	if len(kinds) != 1 {
		p.fault(n, "a part of traffic has one of rate, ramp and burst; this one has %d", len(kinds))
		return false
	}
	clash := func(key, other, right string) {
		if keys[key] != nil && keys[other] != nil {
			p.fault(keys[other], "%s and %s do not go together; %s", key, other, right)
		}
	}
	clash("burst", "from", "say when with at")
	clash("burst", "shape", "make two parts of it")
	clash("burst", "day", "make two parts of it")
	clash("burst", "arrivals", "a burst comes at one instant")
	clash("rate", "at", "say from when with from")
	clash("ramp", "at", "say from when with from")
	clash("rate", "every", "only a burst comes again")
	clash("ramp", "every", "only a burst comes again")
	clash("day", "mix", "a day brings its mixes")
	clash("day", "shape", "a day brings its shapes")
	if keys["burst"] != nil && keys["to"] != nil && keys["every"] == nil {
		p.fault(keys["to"], "a burst that comes once has no end; leave to out, or say with every how often it comes again")
	}
	return len(p.faults) == before
}

func parseRamp(text string) ([2]Rate, error) {
	from, to, found := strings.Cut(text, " to ")
	if !found {
		return [2]Rate{}, fmt.Errorf("%q is no ramp; write it as 0/s to 200/s", clip(text))
	}
	first, err := parseRate(strings.TrimSpace(from))
	if err != nil {
		return [2]Rate{}, err
	}
	last, err := parseRate(strings.TrimSpace(to))
	return [2]Rate{first, last}, err
}

// parseEvery reads how often a burst comes. Nothing would mean only once, which
// whoever writes 0s does not mean.
func parseEvery(text string) (time.Duration, error) {
	d, err := parseDuration(text)
	if err == nil && d < time.Millisecond {
		return 0, fmt.Errorf("%q is too often; 1ms is the least", clip(text))
	}
	return d, err
}

// day makes parts of a part's rate, one for each slice of a named day.
func (p *parser) day(n *yaml.Node, whole Part) []Part {
	name, _ := p.text(n, "day")
	slices, known := NamedDay(name)
	if !known {
		p.fault(n, "there is no day %q; there are %s", clip(name), strings.Join(DayNames(), ", "))
		return nil
	}
	var parts []Part
	for _, slice := range slices {
		one := whole
		one.Rate *= Rate(slice.Share)
		one.Rise *= Rate(slice.Share)
		one.Shape, _ = NamedShape(slice.Shape)
		one.Mix, _ = NamedMix(slice.Mix)
		parts = append(parts, one)
	}
	return parts
}

func (p *parser) retry(n *yaml.Node, r *Retry) {
	if n.Kind == yaml.ScalarNode {
		r.How = read(&p.reader, n, "retry", parseBehaviour)
		return
	}
	keys := p.keys(n, "retry", strings.Fields("how attempts wait base most jitter on")...)
	if keys["how"] == nil {
		p.fault(n, "retry needs the key how: never, blind, backoff or obey")
		return
	}
	r.How = read(&p.reader, keys["how"], "how", parseBehaviour)
	if v := keys["attempts"]; v != nil {
		r.Sends = int(read(&p.reader, v, "attempts", parseCount(MaxSends)))
	}
	waits := []*time.Duration{&r.Wait, &r.Base, &r.Most}
	for i, key := range []string{"wait", "base", "most"} {
		if v := keys[key]; v != nil {
			*waits[i] = read(&p.reader, v, key, parseDuration)
		}
	}
	if v := keys["jitter"]; v != nil {
		r.Jitter = read(&p.reader, v, "jitter", parsePercent)
	}
	if v := keys["on"]; v != nil {
		r.On = p.causes(v)
	}
}

func (p *parser) causes(n *yaml.Node) Causes {
	var c Causes
	for _, item := range p.items(n, "on", 3) {
		switch name, _ := p.text(item, "on"); name {
		case "throttled":
			c.Throttled = true
		case "failed":
			c.Failed = true
		case "timeout":
			c.TimedOut = true
		default:
			p.fault(item, "nothing is sent again on %q; throttled, failed and timeout are there to choose from", clip(name))
		}
	}
	return c
}

func (p *parser) critical(n *yaml.Node, c *Client) {
	keys := p.keys(n, "critical", "finish", "after")
	if v := keys["finish"]; v != nil {
		c.Finish = read(&p.reader, v, "finish", parsePercent)
	}
	if v := keys["after"]; v != nil {
		c.Sign = read(&p.reader, v, "after", parseDuration)
	}
}
