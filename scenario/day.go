package scenario

// Slice is one process's share of a named day: what of, when, and how much.
type Slice struct {
	Share float64 // of the day's requests; a day's shares add up to 1
	Shape string  // for NamedShape; empty: level
	Mix   string  // for NamedMix
}

// NamedDay returns a whole day's traffic of one kind of Service User as slices;
// DayNames lists the kinds. They are assumptions for modelling, not data.
func NamedDay(name string) ([]Slice, bool) {
	switch name {
	case "supplier":
		return []Slice{
			{0.68, "overnight", "reads"},
			{0.06, "evening", "prepayment"},
			{0.06, "working-hours", "install"},
			{0.05, "daytime", "tariff"},
			{0.02, "daytime", "supply"},
			{0.13, "daytime", "upkeep"},
		}, true
	case "electricity-network":
		return []Slice{{0.8, "overnight", "network-reads"}, {0.2, "", "network-reads"}}, true
	case "gas-network":
		return []Slice{{0.8, "overnight", "gas-network-reads"}, {0.2, "", "gas-network-reads"}}, true
	case "supplier-agent":
		return []Slice{{1, "working-hours", "agent"}}, true
	case "other-user":
		return []Slice{{0.7, "overnight", "other-user"}, {0.3, "daytime", "other-user"}}, true
	}
	return nil, false
}

// DayNames lists what NamedDay knows.
func DayNames() []string {
	return []string{"supplier", "electricity-network", "gas-network", "supplier-agent", "other-user"}
}
