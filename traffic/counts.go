package traffic

// Count is a number of requests and their cost.
type Count struct {
	Requests uint64
	Cost     Total
}

// Total is a sum of amounts over years, which an Amount could not hold.
type Total struct {
	Whole uint64 // Service Requests
	Part  Amount // and what is less than one
}

func (t *Total) add(a Amount) {
	if t.Part += a; t.Part >= SR {
		t.Whole += uint64(t.Part / SR)
		t.Part %= SR
	}
}

func (c *Count) sum(o Count) {
	c.Requests += o.Requests
	c.Cost.Whole += o.Cost.Whole
	c.Cost.add(o.Cost.Part)
}

// Counts are what was decided since the start, by reason.
type Counts [Reasons]Count

func (c *Counts) add(r Reason, cost Amount) {
	c[r].Requests++
	c[r].Cost.add(cost)
}

// Add adds o to c.
func (c *Counts) Add(o Counts) {
	for i := range c {
		c[i].sum(o[i])
	}
}

// Of returns the sum of those that had verdict v.
func (c Counts) Of(v Verdict) Count {
	var sum Count
	for r := range c {
		if Reason(r).Verdict() == v {
			sum.sum(c[r])
		}
	}
	return sum
}

// Offered returns the sum of all.
func (c Counts) Offered() Count {
	sum := c.Of(Forward)
	sum.sum(c.Of(Throttle))
	return sum
}
