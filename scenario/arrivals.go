package scenario

import "iter"

// Arrivals gives every arrival of the scenario, the earliest first; those of one
// instant in the order of the Service Users and of their parts. It is generated
// as it is asked for, in memory that depends on the number of Service Users and
// parts only, never on the scenario's length. Each use begins anew and gives
// the same arrivals. It panics when Check does not pass.
func (s *Scenario) Arrivals() iter.Seq[Arrival] {
	if err := s.Check(); err != nil {
		panic("scenario: Arrivals of a scenario that does not pass Check: " + err.Error())
	}
	return func(yield func(Arrival) bool) {
		q := newQueue(s)
		numbers := make([]uint64, len(s.Users))
		for {
			at, stream, ok := q.first()
			if !ok {
				return
			}
			a := stream.arrival(at)
			numbers[a.User]++
			a.Number = numbers[a.User]
			if !yield(a) {
				return
			}
			q.step()
		}
	}
}
