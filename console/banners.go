package console

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"srtm/access"
)

// banners are what holds for a while, as somebody may know it: the policy's own
// periods, and acts by hand.
func (s *Server) banners(p access.Person, state *State) []Banner {
	causes, until, all := state.Now.Causes, state.Now.Until, []Banner{}
	if !p.May(access.SeeAll) {
		causes, until = state.causesOf(p.Account), state.untilOf(p.Account)
	} else if s.source.Acts != nil {
		for _, a := range s.source.Acts.Running() {
			all = append(all, Banner{Text: "By hand: " + a.Does + ". " + a.Asked.By + ": " + a.Order.Reason, Until: a.Until,
				End: "/acts/" + strconv.FormatUint(a.ID, 10) + "/end"})
		}
		causes = slices.DeleteFunc(slices.Clone(causes), func(cause string) bool { return strings.HasPrefix(cause, "by hand: ") })
	}
	for _, cause := range causes {
		b := Banner{Text: upper(cause)}
		if until != nil {
			b.Until = *until
		}
		all = append(all, b)
	}
	return all
}

// left is how long until a banner's time.
func (b Banner) left(now time.Time) time.Duration { return max(0, b.Until.Sub(now)) }

// Left is how long until then, in words; empty where it has no end.
func (b Banner) Left(now time.Time) string {
	if b.Until.IsZero() {
		return ""
	}
	return age(b.left(now))
}
