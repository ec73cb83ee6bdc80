package scenario

import "iter"

// Arrivals gives every arrival of the scenario, the earliest first; those of one
// instant in the order of the Service Users and of their parts. It is generated
// as it is asked for, in memory that depends on the number of Service Users and
// parts only, never on the scenario's length. Each use begins anew and gives
// the same arrivals. It panics when Check does not pass.
func (s *Scenario) Arrivals() iter.Seq[Arrival] {
	s.mustPass("Arrivals")
	return func(yield func(Arrival) bool) {
		var one [1]Arrival
		for g := s.Generator(); g.Fill(one[:]) == 1; {
			if !yield(one[0]) {
				return
			}
		}
	}
}

// Generator gives a scenario's arrivals, as Arrivals does, many at once. It is for
// one goroutine.
type Generator struct {
	queue   *queue
	numbers []uint64 // by Service User: how many arrivals there were
}

// Generator begins to generate the arrivals. It panics when Check does not pass.
func (s *Scenario) Generator() *Generator {
	s.mustPass("Generator")
	return &Generator{newQueue(s), make([]uint64, len(s.Users))}
}

// Fill writes the next arrivals into into, and returns how many: fewer than it
// has room for only where there are no more.
func (g *Generator) Fill(into []Arrival) int {
	for i := range into {
		at, stream, ok := g.queue.first()
		if !ok {
			return i
		}
		a := &into[i]
		stream.fill(a, at)
		g.numbers[a.User]++
		a.Number = g.numbers[a.User]
		g.queue.step()
	}
	return len(into)
}

func (s *Scenario) mustPass(what string) {
	if err := s.Check(); err != nil {
		panic("scenario: " + what + " of a scenario that does not pass Check: " + err.Error())
	}
}
