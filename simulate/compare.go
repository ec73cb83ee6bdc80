package simulate

import (
	"fmt"
	"iter"
	"time"

	"srtm/policy"
	"srtm/tmmd"
	"srtm/traffic"
)

// Compare decides about every arrival under two policies, each as ReplayPolicy
// does, and counts. Whose allocation a request spends its User ID says, where it
// has one, otherwise the account. What a policy knows neither of is not decided
// about under it and counted apart. Compare stops at the first arrival that is an
// error.
func Compare(before, after *policy.Policy, arrivals iter.Seq2[Arrival, error]) (tmmd.Day, error) {
	return CompareEach(before, after, arrivals, nil)
}

// Fate is what one policy made of an arrival.
type Fate struct {
	Apart   bool            // nothing was decided: the policy does not have its account or User ID
	Verdict traffic.Verdict // if not Apart
	Active  bool            // traffic management was active after it
}

// CompareEach is Compare, and shows each arrival with what either policy made of
// it. See may be nil.
func CompareEach(before, after *policy.Policy, arrivals iter.Seq2[Arrival, error], see func(a Arrival, before, after Fate)) (tmmd.Day, error) {
	var day tmmd.Day
	place := make(map[string]int)
	sides := [2]side{{player: newPlayer(before)}, {player: newPlayer(after)}}
	for a, err := range arrivals {
		if err != nil {
			return day, err
		}
		i, seen := place[a.Account]
		if !seen {
			if i = len(day.Accounts); i >= maxNames {
				return day, fmt.Errorf("the arrivals have more than %d accounts; compare a part of them", maxNames)
			}
			place[a.Account] = i
			day.Accounts = append(day.Accounts, tmmd.DayAccount{Name: a.Account})
		}
		if day.To == 0 {
			day.From = a.At
		}
		day.To = max(day.To, a.At)
		account := &day.Accounts[i]
		account.Offered++
		var fates [2]Fate
		for n, result := range [2]*tmmd.Result{&account.Before, &account.After} {
			if fates[n], err = sides[n].take(a, result); err != nil {
				return day, err
			}
		}
		if see != nil {
			see(a, fates[0], fates[1])
		}
	}
	day.Before, day.After = sides[0].end(day.To), sides[1].end(day.To)
	return day, nil
}

// side is one of the two policies at work.
type side struct {
	player   *player
	activity tmmd.Activity
	active   bool
	since    int64
}

// take decides about an arrival, if it can, and counts it.
func (s *side) take(a Arrival, result *tmmd.Result) (Fate, error) {
	if err := s.player.reach(a.At); err != nil {
		return Fate{}, err
	}
	s.look()
	user, known := s.player.accounts.originator(a)
	if !known {
		result.Apart++
		return Fate{Apart: true, Active: s.active}, nil
	}
	d := s.player.decide(a, user)
	switch d.Verdict {
	case traffic.Forward:
		result.Forwarded++
	case traffic.Throttle:
		result.Throttled++
	case traffic.Shadow:
		result.Throttled++
		result.Shadow++
	}
	s.look()
	return Fate{Verdict: d.Verdict, Active: s.active}, nil
}

// look notes when traffic management became active, and when that ended. Between
// two looks it cannot do both.
func (s *side) look() {
	active, since := s.player.controller.Active()
	switch {
	case active && !s.active:
		s.activity.Activations++
		s.since = since
	case !active && s.active:
		s.activity.Active += time.Duration(since - s.since)
	}
	s.active = active
}

func (s *side) end(at int64) tmmd.Activity {
	if s.active {
		s.activity.Active += time.Duration(at - s.since)
	}
	return s.activity
}
