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

// Counts are what was decided since the start, by verdict and reason. What would
// have been refused in shadow stands under Shadow, never added to what was.
type Counts [Verdicts][Reasons]Count

func (c *Counts) add(v Verdict, r Reason, cost Amount) {
	c[v][r].Requests++
	c[v][r].Cost.add(cost)
}

// Add adds o to c.
func (c *Counts) Add(o Counts) {
	for v := range c {
		for r := range c[v] {
			c[v][r].sum(o[v][r])
		}
	}
}

// Of returns the sum of those that had verdict v.
func (c *Counts) Of(v Verdict) Count {
	var sum Count
	for r := range c[v] {
		sum.sum(c[v][r])
	}
	return sum
}

// Offered returns the sum of all.
func (c *Counts) Offered() Count {
	var sum Count
	for v := range c {
		sum.sum(c.Of(Verdict(v)))
	}
	return sum
}
