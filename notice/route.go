package notice

import "slices"

// route returns the keys of the targets that an event goes to, and whether
// somebody who must hear of it cannot.
func (c *Configuration) route(e Event) (keys []string, unheard bool) {
	own := false
	for _, s := range c.Subscriptions {
		if !s.takes(e) {
			continue
		}
		own = own || s.Who == e.Account
		for _, key := range c.order {
			if c.targets[key].Subscription == s.Name {
				keys = append(keys, key)
			}
		}
	}
	return keys, len(keys) == 0 || e.Kind == Act && e.Account != "" && !own
}

// takes says whether an event is for this subscription. The rules, in order:
//
//  1. An alarm is for operators alone.
//  2. What concerns one account is for that account and for operators.
//  3. An act by hand on an account is for that account, whatever it asked for.
//  4. Everybody hears of the kinds it asked for.
func (s Subscription) takes(e Event) bool {
	switch {
	case e.Kind == Alarm && s.Who != Operators:
		return false
	case e.Account != "" && s.Who != e.Account && s.Who != Operators:
		return false
	case e.Kind == Act && e.Account != "" && s.Who == e.Account:
		return true
	}
	return slices.Contains(s.Kinds, e.Kind)
}
