package scenario

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// kindOf is what Service Users of one kind have in common; its traffic is that
// of one of size 1.
type kindOf struct {
	habits
	traffic []Part
	scaled  bool // it says how many devices there are, for size 1
}

// ownKinds reads the kinds of Service Users that a file names.
func (p *parser) ownKinds(n *yaml.Node, s *Scenario, base habits) {
	for i, entry := range p.pairs(n, "kinds") {
		name := entry.key.Value
		if name == "" || len(name) > 64 || i >= maxNamed {
			p.fault(entry.key, "the name %q cannot be given to a kind; 1 to 64 bytes are, for at most %d kinds", clip(name), maxNamed)
			continue
		}
		keys := p.keys(entry.value, "a kind", append(strings.Fields(habitKeys), "traffic")...)
		k := kindOf{habits: p.habits(keys, base), scaled: keys["devices"] != nil}
		if v := keys["traffic"]; v != nil {
			k.traffic = p.traffic(v, s, k.habits)
		} else {
			p.fault(entry.value, "a kind needs the key traffic, a list of parts; an empty one is legal")
		}
		p.kinds[name] = k
	}
}

// users reads the entries under users. A key may name several accounts, which
// are then alike but for their sizes and their random numbers.
func (p *parser) users(n *yaml.Node, s *Scenario, base habits) []User {
	var users []User
	seen, streams := make(map[string]bool), 0
	for _, entry := range p.pairs(n, "users") {
		accounts := p.accounts(entry.key)
		if len(users)+len(accounts) > MaxUsers || len(p.faults) > maxFaults {
			p.fault(entry.key, "this is more than %d Service Users", MaxUsers)
			return nil
		}
		several := p.user(entry.value, s, base, len(accounts))
		if streams += len(accounts) * several.parts(); streams > MaxStreams {
			p.fault(entry.key, "all Service Users together have more than %d parts of traffic; give each fewer", MaxStreams)
			return nil
		}
		for i, account := range accounts {
			if seen[account] {
				p.fault(entry.key, "the Service User %q is there twice; give each account one entry", clip(account))
			}
			seen[account] = true
			user := several.of(i)
			user.Account = account
			users = append(users, user)
			p.sized(entry.value, &user, s)
		}
	}
	return users
}

// sized reports a Service User that its size has made impossible.
func (p *parser) sized(n *yaml.Node, u *User, s *Scenario) {
	if len(p.faults) > 0 {
		return
	}
	for i := range u.Traffic {
		if err := u.Traffic[i].check(s.Length); err != nil {
			p.fault(n, "%s, with its size: %v", u.Account, err)
			return
		}
	}
}

// accounts reads the names in a key: separated by commas, or the first and the
// last of a numbered row, as in.
func (p *parser) accounts(key *yaml.Node) []string {
	var all []string
	for _, name := range strings.Split(key.Value, ",") {
		name = strings.TrimSpace(name)
		row := []string{name}
		if first, last, found := strings.Cut(name, " to "); found {
			var err error
			if row, err = numbered(strings.TrimSpace(first), strings.TrimSpace(last)); err != nil {
				p.fault(key, "%v", err)
				return nil
			}
		} else if err := checkAccount(name); err != nil {
			p.fault(key, "%v; several are separated by commas", err)
		}
		if all = append(all, row...); len(all) > MaxUsers {
			p.fault(key, "this is more than %d Service Users", MaxUsers)
			return nil
		}
	}
	return all
}

// numbered returns a row of accounts that differ in the number at their end.
func numbered(first, last string) ([]string, error) {
	stem := strings.TrimRight(first, "0123456789")
	digits := len(first) - len(stem)
	from, err := strconv.ParseUint(first[len(stem):], 10, 32)
	to, also := strconv.ParseUint(strings.TrimPrefix(last, stem), 10, 32)
	if err != nil || also != nil || len(last) != len(first) || !strings.HasPrefix(last, stem) || from > to || to-from >= MaxUsers {
		return nil, fmt.Errorf("%q to %q is no row of accounts; write the same name with a number at its end, as in A-01 to A-55, of at most %d", clip(first), clip(last), MaxUsers)
	}
	if err := checkAccount(first); err != nil {
		return nil, err
	}
	var row []string
	for n := from; n <= to; n++ {
		row = append(row, fmt.Sprintf("%s%0*d", stem, digits, n))
	}
	return row, nil
}

// alike are the Service Users of one entry.
type alike struct {
	kind  kindOf
	own   User
	sizes []float64
}

func (a *alike) parts() int { return len(a.kind.traffic) + len(a.own.Traffic) }

// of returns the Service User at a place in the entry, without its name.
func (a *alike) of(i int) User {
	size, user := 1.0, a.own
	if i < len(a.sizes) {
		size = a.sizes[i]
	}
	if a.kind.scaled {
		user.Devices = uint64(min(max(1, math.Round(float64(user.Devices)*size)), MaxDevices))
	}
	user.Traffic = make([]Part, 0, a.parts())
	for _, part := range a.kind.traffic {
		user.Traffic = append(user.Traffic, part.times(size))
	}
	user.Traffic = append(user.Traffic, a.own.Traffic...)
	return user
}

// user reads an entry that holds for so many accounts.
func (p *parser) user(n *yaml.Node, s *Scenario, base habits, accounts int) alike {
	keys := p.keys(n, "a Service User", append(strings.Fields(habitKeys), "kind", "size", "traffic")...)
	var a alike
	kind := keys["kind"]
	if kind != nil {
		a.kind = p.knownKind(kind)
		base = a.kind.habits
		a.kind.scaled = a.kind.scaled && keys["devices"] == nil
	}
	if v := keys["size"]; v != nil {
		a.sizes = p.sizes(v, accounts)
		if kind == nil {
			p.fault(v, "a size is a multiple of a kind's traffic; name the kind, or leave it out")
		}
	}
	own := p.habits(keys, base)
	a.own = User{Devices: own.devices, Client: own.client}
	if v := keys["traffic"]; v != nil {
		a.own.Traffic = p.traffic(v, s, own)
	} else if kind == nil {
		p.fault(n, "a Service User needs the key traffic, a list of parts, or kind; an empty list is legal")
	}
	return a
}

func (p *parser) knownKind(n *yaml.Node) kindOf {
	name, _ := p.text(n, "kind")
	k, known := p.kinds[name]
	if !known {
		p.fault(n, "there is no kind %q; name one that stands under kinds", clip(name))
	}
	return k
}

// traffic reads a list of parts.
func (p *parser) traffic(n *yaml.Node, s *Scenario, own habits) []Part {
	var all []Part
	for _, item := range p.items(n, "traffic", MaxParts) {
		before := len(p.faults)
		for _, part := range p.part(item, s, own) {
			// What could not be read is zero, and would be reported twice.
			if err := part.check(s.Length); err != nil && len(p.faults) == before {
				p.fault(item, "%v", err)
			}
			all = append(all, part)
		}
	}
	return all
}

// sizes reads one size for all, a size for each, or the first and the last of
// sizes that change by a constant factor, in millionths.
func (p *parser) sizes(n *yaml.Node, accounts int) []float64 {
	if n.Kind == yaml.SequenceNode {
		var all []float64
		for _, item := range p.items(n, "size", MaxUsers) {
			all = append(all, read(&p.reader, item, "size", parseFactor))
		}
		if len(all) != accounts && len(p.faults) == 0 {
			p.fault(n, "size has %d entries for %d accounts; write one for each", len(all), accounts)
		}
		return all
	}
	ends := read(&p.reader, n, "size", parseSizes)
	all := make([]float64, accounts)
	for i := range all {
		all[i] = ends[0]
		if i > 0 && ends[1] != ends[0] {
			// Rounded, so that every machine gives the same.
			all[i] = math.Round(ends[0]*math.Pow(ends[1]/ends[0], float64(i)/float64(accounts-1))*1e6) / 1e6
		}
	}
	return all
}

func parseSizes(text string) ([2]float64, error) {
	first, last, found := strings.Cut(text, " to ")
	from, err := parseFactor(strings.TrimSpace(first))
	if err != nil {
		return [2]float64{}, err
	}
	if !found {
		return [2]float64{from, from}, nil
	}
	to, err := parseFactor(strings.TrimSpace(last))
	if err == nil && (from == 0 || to == 0) {
		err = fmt.Errorf("%q begins or ends at nothing; a size that changes by a constant factor cannot", clip(text))
	}
	return [2]float64{from, to}, err
}
