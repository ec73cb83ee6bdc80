package simulate

import "time"

// Counts is what became of Service Requests and of the messages that they are sent
// as.
//
// Each message has one fate: Sends = Throttled + Failed + Late + Answered. Each
// Service Request has one end: Requests = Finished + GaveUp + Left.
type Counts struct {
	Requests uint64 // distinct Service Requests: what would be sent if nobody refused
	Sends    uint64 // messages offered: again after refusals, and second messages of critical commands, too
	Answered uint64 // let through and answered in time for the client: the goodput
	Finished uint64 // accepted, the second message of a critical command too where it was sent
	Within   uint64 // messages within the allocation, judged from outside by traffic.Reference

	Throttled uint64 // refused for traffic, before the DSP
	Failed    uint64 // let through, and turned away by the DSP
	Late      uint64 // let through and worked on, and answered when the client had left

	GaveUp  uint64 // lost: not accepted, and the client sends no more
	Left    uint64 // still to be sent when the scenario was over
	Overdue uint64 // accepted more than a minute after they came, or Left when a minute had passed

	WithinThrottled uint64 // of those within the allocation, Throttled
	WithinFailed    uint64 // of these, Failed or Late
	WithinLost      uint64 // Service Requests that GaveUp of a message within the allocation
}

// Forwarded is what went on to the DSP.
func (c *Counts) Forwarded() uint64 { return c.Sends - c.Throttled }

// overdue is how long after its time a Service Request is overdue.
const overdue = int64(time.Minute)

func (c *Counts) add(o *Counts) {
	for _, pair := range [][2]*uint64{
		{&c.Requests, &o.Requests}, {&c.Sends, &o.Sends},
		{&c.Throttled, &o.Throttled}, {&c.Failed, &o.Failed}, {&c.Late, &o.Late}, {&c.Answered, &o.Answered},
		{&c.Finished, &o.Finished}, {&c.GaveUp, &o.GaveUp}, {&c.Left, &o.Left}, {&c.Overdue, &o.Overdue},
		{&c.Within, &o.Within}, {&c.WithinThrottled, &o.WithinThrottled}, {&c.WithinFailed, &o.WithinFailed}, {&c.WithinLost, &o.WithinLost},
	} {
		*pair[0] += *pair[1]
	}
}

// Times are how long Service Requests took from when they came until they were
// accepted: refusals, waits and second messages included. Zero where none was.
type Times struct {
	Count         uint64
	P50, P99, Max time.Duration // P50 and P99 to within 1 %
}
