package console

import "srtm/traffic"

// apart returns how many requests had a verdict because nothing is taken, and how
// many for another reason: what is refused while closed is never throttled.
func apart(c *traffic.Counts, v traffic.Verdict) (closed, others uint64) {
	closed = c[v][traffic.Closed].Requests
	return closed, c.Of(v).Requests - closed
}

// ratesOf returns the counters, and what they grew by per second.
func ratesOf(now, before traffic.Counts, seconds float64) Rates {
	r, b := countersOf(&now), countersOf(&before)
	if seconds > 0 {
		rate := func(now, before uint64) float64 { return float64(now-before) / seconds }
		r.OfferedRate, r.ForwardedRate = rate(r.Offered, b.Offered), rate(r.Forwarded, b.Forwarded)
		r.ThrottledRate, r.ClosedRate = rate(r.Throttled, b.Throttled), rate(r.Closed, b.Closed)
		r.ShadowedRate = rate(r.Shadowed, b.Shadowed)
	}
	return r
}

func countersOf(c *traffic.Counts) Rates {
	r := Rates{Offered: c.Offered().Requests, Forwarded: c.Of(traffic.Forward).Requests}
	r.Closed, r.Throttled = apart(c, traffic.Throttle)
	r.ShadowedClosed, r.Shadowed = apart(c, traffic.Shadow)
	return r
}

func (r *Rates) add(o Rates) {
	r.Offered += o.Offered
	r.Forwarded += o.Forwarded
	r.Throttled += o.Throttled
	r.Closed += o.Closed
	r.Shadowed += o.Shadowed
	r.ShadowedClosed += o.ShadowedClosed
	r.OfferedRate += o.OfferedRate
	r.ForwardedRate += o.ForwardedRate
	r.ThrottledRate += o.ThrottledRate
	r.ClosedRate += o.ClosedRate
	r.ShadowedRate += o.ShadowedRate
}
