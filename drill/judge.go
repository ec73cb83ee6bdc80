package drill

import (
	"math"
	"time"

	"srtm/duis"
)

// slack is how long after a drill's end a refusal may still be its own: what holds
// changes at the boundaries of slots.
const slack = 2 * time.Second

// Judge is shown an account's messages and judges them. For one goroutine.
type Judge struct {
	span       Span
	begin, end int64
	from, to   int64

	bins     []bin // a second each, from begin
	requests map[key]*request
	business map[business]*request // the last one refused of each that has not passed
	kinds    map[string]*kindCount
	refusals Refusals
	waits    waits
	fresh    uint64 // new requests in the drill
	last     int64  // when the last request was made up for
	missing  uint64
	damaged  uint64
}

// bin counts what came in one second.
type bin struct{ offered, refused, repeats uint64 }

// key is a Service Request, of a critical command one of its two messages.
type key struct {
	id     duis.RequestID
	second bool
}

// business is what a Service Request is about.
type business struct {
	target  duis.EUI64
	variant string
	second  bool
}

// request is one that the drill refused.
type request struct {
	key     key
	kind    *kindCount
	refused int64         // when it was last
	said    time.Duration // the Retry-After of that
	waited  time.Duration // before the last repeat
	repeats uint64
	passed  bool
	renewed bool
}

// kindCount is what a Kind is made from.
type kindCount struct {
	requests, repeated, madeUp uint64
	after                      time.Duration // summed over those that passed after the end
	late                       uint64        // how many these are
}

// NewJudge returns a Judge of a drill.
func NewJudge(s Span) *Judge {
	j := &Judge{
		span: s, begin: s.begin(), end: s.end(), from: s.From.UnixNano(), to: min(s.To.UnixNano(), s.end()),
		requests: map[key]*request{}, business: map[business]*request{}, kinds: map[string]*kindCount{},
	}
	j.bins = make([]bin, max(0, (j.end-j.begin+int64(time.Second)-1)/int64(time.Second)))
	return j
}

// Lost says that decisions about the account could not be recorded; of those that
// it was shown none is meant.
func (j *Judge) Lost(decisions uint64) { j.missing += decisions }

// second tells whether a message is the second of a critical command.
func second(c duis.CommandVariant) bool { return c >= 5 && c <= 7 }

// See is shown the next message. Those of other times are left out.
func (j *Judge) See(m Message) {
	if m.At < j.begin || m.At >= j.end {
		return
	}
	b := &j.bins[(m.At-j.begin)/int64(time.Second)]
	b.offered++
	if m.Refused {
		b.refused++
	}
	if m.At < j.from {
		return
	}
	within := m.At < j.to
	own := m.Held && m.At < j.to+int64(slack)
	switch {
	case own:
		j.refusals.Messages++
	case within && m.Refused:
		j.refusals.Others++
	case within:
		j.refusals.Passed++
	}
	k := key{m.ID, second(m.Command)}
	r := j.requests[k]
	if r == nil {
		j.first(k, m, own, within)
		return
	}
	if !r.passed {
		b.repeats++
		j.again(r, m)
	}
}

// first takes in a message of a request that the drill had not refused before.
func (j *Judge) first(k key, m Message, own, within bool) {
	what := business{m.ID.Target, m.Variant, k.second}
	if before := j.business[what]; before != nil && !before.passed && !before.renewed {
		before.renewed = true
	}
	if own && len(j.requests) >= MaxFollowed {
		j.refusals.Unfollowed++
		return
	}
	if within {
		j.fresh++
	}
	if !own {
		return
	}
	r := &request{key: k, kind: j.kind(m.Variant), refused: m.At, said: m.RetryAfter}
	r.kind.requests++
	j.requests[k], j.business[what] = r, r
	j.waits.says(m.RetryAfter)
}

func (j *Judge) kind(variant string) *kindCount {
	name := "unknown"
	if v, known := duis.ParseVariant(variant); known {
		name = string(v.Process())
	}
	if j.kinds[name] == nil {
		j.kinds[name] = &kindCount{}
	}
	return j.kinds[name]
}

// again takes in a repeat.
func (j *Judge) again(r *request, m Message) {
	wait := time.Duration(m.At - r.refused)
	j.waits.add(wait, r)
	r.waited = wait
	r.repeats++
	j.refusals.Repeats++
	j.refusals.Most = max(j.refusals.Most, r.repeats)
	if r.repeats == 1 {
		j.refusals.Repeated++
		r.kind.repeated++
	}
	if m.Refused {
		r.refused, r.said = m.At, m.RetryAfter
		j.waits.says(m.RetryAfter)
		return
	}
	r.passed = true
	r.kind.madeUp++
	j.last = max(j.last, m.At)
	if m.At >= j.to {
		r.kind.after += time.Duration(m.At - j.to)
		r.kind.late++
	}
}

// waits gathers how long the adapter waited.
type waits struct {
	count, early        uint64
	least, most         time.Duration
	saidLeast, saidMost time.Duration
	worst               float64
	grown               float64 // sum of the logarithms of how much longer the next wait was
	pairs               uint64
	buckets             [waitBuckets]uint64
}

// Waits are counted in buckets that are each a tenth wider than the one before,
// from a millisecond to more than an hour.
const waitBuckets = 170

func (w *waits) says(retryAfter time.Duration) {
	if w.saidMost == 0 || retryAfter < w.saidLeast {
		w.saidLeast = retryAfter
	}
	w.saidMost = max(w.saidMost, retryAfter)
}

func (w *waits) add(wait time.Duration, r *request) {
	if w.count == 0 {
		w.least, w.worst = wait, 1
	}
	w.count++
	w.least, w.most = min(w.least, wait), max(w.most, wait)
	w.buckets[bucketOf(wait)]++
	if wait+tolerance < r.said {
		w.early++
		w.worst = min(w.worst, wait.Seconds()/r.said.Seconds())
	}
	if r.repeats >= 1 && r.repeats < growthSteps {
		w.grown += math.Log(float64(max(wait, time.Millisecond)) / float64(max(r.waited, time.Millisecond)))
		w.pairs++
	}
}

func bucketOf(wait time.Duration) int {
	n := math.Log(float64(max(wait, time.Millisecond))/float64(time.Millisecond)) / math.Log(1.1)
	return min(int(n), waitBuckets-1)
}

// median is the middle of the bucket in which the median lies.
func (w *waits) median() float64 {
	half, sum := (w.count+1)/2, uint64(0)
	for i, n := range w.buckets {
		if sum += n; sum >= half && n > 0 {
			mid := time.Duration(float64(time.Millisecond) * math.Pow(1.1, float64(i)+0.5))
			return min(max(mid, w.least), w.most).Seconds()
		}
	}
	return 0
}

func (w *waits) growth() float64 {
	if w.pairs == 0 {
		return 0
	}
	return math.Exp(w.grown / float64(w.pairs))
}
