package traffic

// Count is a number of requests and their cost.
type Count struct {
	Requests uint64
	Cost     Amount
}

// Counts are what was decided since the start, by reason.
type Counts [Reasons]Count

func (c *Counts) add(r Reason, cost Amount) {
	c[r].Requests++
	c[r].Cost += cost
}

// Add adds o to c.
func (c *Counts) Add(o Counts) {
	for i := range c {
		c[i].Requests += o[i].Requests
		c[i].Cost += o[i].Cost
	}
}

// Of returns the sum of those that had verdict v.
func (c Counts) Of(v Verdict) Count {
	var sum Count
	for r := range c {
		if Reason(r).Verdict() == v {
			sum.Requests += c[r].Requests
			sum.Cost += c[r].Cost
		}
	}
	return sum
}

// Offered returns the sum of all.
func (c Counts) Offered() Count {
	f, t := c.Of(Forward), c.Of(Throttle)
	return Count{f.Requests + t.Requests, f.Cost + t.Cost}
}
