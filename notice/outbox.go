package notice

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// Outcome is what came of an attempt, or of a notice at one target.
type Outcome string

// The outcomes. All but Failed are the end of the notice at that target.
const (
	Delivered  Outcome = "delivered"  // the target has it, or had it (after a crash)
	Failed     Outcome = "failed"     // it is tried again
	GivenUp    Outcome = "given-up"   // too old, no longer configured, or the target is gone
	Coalesced  Outcome = "coalesced"  // the target was told of the same a moment ago
	Superseded Outcome = "superseded" // held back by the limit, and a later state took its place
	Nobody     Outcome = "nobody"     // no target is configured for whom it must reach
)

// Target is one place that notices go to.
type Target struct {
	Subscription string
	Who          string // an account, or Operators
	Means        string // mail or webhook
	Address      string // the e-mail address, or scheme and host of the webhook
}

// Delivery is what came of one attempt to deliver, or of a notice that is not
// attempted any more.
type Delivery struct {
	ID      string // of the event: webhook-id
	Event   Event
	Target  Target // without values where the outcome is Nobody
	Attempt int    // from 1; 0: there was none
	Began   time.Time
	Took    time.Duration
	Outcome Outcome
	Detail  string // the answer, or why not; one line
	SHA256  string // of the body that was sent, in hexadecimal; empty: none was
}

// Options are what an Outbox needs. Only Configuration is required.
type Options struct {
	Configuration *Configuration
	Environment   string           // the policy's; empty: not compared
	Clock         func() time.Time // nil: time.Now
	Record        func(Delivery)   // nil: nobody wants it. One call at a time, from the goroutine of Put or one of Run's
	Logger        *slog.Logger     // nil: none
	FirstRetry    time.Duration    // 5 s; doubles with each failure
	MostRetry     time.Duration    // 30 min
	Timeout       time.Duration    // of one attempt; 20 s
	MostPending   int              // notices times targets that wait; 100,000
	MostBytes     int64            // of the folder's log; 64 MiB
}

// ErrFull is what Put returns where too much waits already.
var ErrFull = errors.New("the outbox is full: notices wait for targets that do not answer")

// Outbox keeps events until they are delivered or given up. Its methods may be
// called by any number of goroutines.
type Outbox struct {
	o     Options
	clock func() time.Time
	log   *slog.Logger
	send  func(context.Context, job) (receipt, error) // how an attempt is made

	mu      sync.Mutex
	file    *logFile
	config  *Configuration
	notices map[string]*held
	queues  map[string]*queue
	order   []string // the queues' keys, so that each has its turn
	turn    int
	pending int
	ended   []entry        // not yet forgotten, oldest first
	past    map[string]int // how many of them have this ID
	told    Kind
	stats   Stats
	running int // attempts under way
	risky   int // of these, to targets that failed before

	recording sync.Mutex
	wake      chan struct{}
}

// held is an event with at least one target that has not got it.
type held struct {
	event Event
	put   time.Time
	open  int
}

// Open reads the folder dir, which it makes if need be, and takes up what was not
// delivered. Nothing is sent before Run.
func Open(dir string, o Options) (*Outbox, error) {
	if o.Configuration == nil {
		return nil, errors.New("opening the outbox: there is no configuration")
	}
	if err := fits(o.Configuration, o.Environment); err != nil {
		return nil, err
	}
	b := &Outbox{o: o, clock: o.Clock, log: o.Logger, config: o.Configuration,
		notices: make(map[string]*held), queues: make(map[string]*queue), past: make(map[string]int), wake: make(chan struct{}, 1)}
	b.setDefaults()
	var err error
	var damaged int
	if b.file, damaged, err = openLog(dir, b.replay); err != nil {
		return nil, fmt.Errorf("opening the outbox %s: %w", dir, err)
	}
	b.stats.Damaged = damaged
	if damaged > 0 {
		b.log.Warn("lines of the outbox could not be read, and are set aside", "lines", damaged, "file", damagedName)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.tidy(); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the outbox %s: %w", dir, err), b.file.close())
	}
	return b, nil
}

func fits(c *Configuration, environment string) error {
	if environment != "" && c.Environment != environment {
		return fmt.Errorf("the file of notices is for the environment %q, the policy for %q; write environment: %s into it if these are the people to tell", c.Environment, environment, environment)
	}
	return nil
}

func (b *Outbox) setDefaults() {
	if b.clock == nil {
		b.clock = time.Now
	}
	if b.log == nil {
		b.log = slog.New(slog.DiscardHandler)
	}
	for to, usual := range map[*time.Duration]time.Duration{&b.o.FirstRetry: 5 * time.Second, &b.o.MostRetry: 30 * time.Minute, &b.o.Timeout: 20 * time.Second} {
		if *to <= 0 {
			*to = usual
		}
	}
	if b.o.MostPending <= 0 {
		b.o.MostPending = 100_000
	}
	if b.o.MostBytes <= 0 {
		b.o.MostBytes = 64 << 20
	}
	b.send = b.attempt
}

// replay takes up one entry of the log.
func (b *Outbox) replay(e entry) {
	switch {
	case e.Told != "":
		b.told = e.Told
	case e.Event != nil:
		if b.notices[e.ID] == nil {
			e.Event.ID = e.ID
			b.hold(e)
		}
	case e.Outcome != "":
		if q := b.queues[e.Target]; q != nil {
			b.drop(q, e.ID)
		}
		b.remember(e)
	}
}

// hold takes an event up for its targets.
func (b *Outbox) hold(e entry) {
	if e.Event.Account == "" && (e.Event.Kind == Active || e.Event.Kind == Released) {
		b.told = e.Event.Kind
	}
	if len(e.To) == 0 {
		return
	}
	h := &held{event: *e.Event, put: e.At}
	for _, key := range e.To {
		q := b.queue(key)
		q.items = append(q.items, &item{held: h})
		h.open++
		b.pending++
	}
	b.notices[e.ID] = h
}

// queue returns the queue of a target, a new one if need be.
func (b *Outbox) queue(key string) *queue {
	q := b.queues[key]
	if q == nil {
		q = &queue{key: key}
		b.queues[key] = q
		b.order = append(b.order, key)
	}
	return q
}

// drop takes a notice out of a queue.
func (b *Outbox) drop(q *queue, id string) {
	i := slices.IndexFunc(q.items, func(it *item) bool { return it.held.event.ID == id })
	if i < 0 {
		return
	}
	h := q.items[i].held
	q.items = slices.Delete(q.items, i, i+1)
	b.pending--
	if h.open--; h.open == 0 {
		delete(b.notices, id)
	}
}

// Put keeps an event for everybody who must hear of it, and returns its ID when it
// is on the disk. An ID that was put before, and not yet forgotten, changes
// nothing. An error says that the event is not kept: it is wrong in itself, the
// disk fails, or ErrFull; the last quarter of the room is for acts, policies,
// drills and alarms. Put waits for the disk.
func (b *Outbox) Put(e Event) (id string, err error) {
	if e, err = e.cleaned(); err != nil {
		return "", err
	}
	b.mu.Lock()
	ended, err := b.put(&e)
	b.mu.Unlock()
	b.report(ended)
	if err != nil {
		return "", fmt.Errorf("keeping the notice %q: %w", cut(e.Sentence, 60), err)
	}
	b.nudge()
	return e.ID, nil
}

func (b *Outbox) put(e *Event) (reports []Delivery, err error) {
	if e.ID != "" && (b.notices[e.ID] != nil || b.past[e.ID] > 0) {
		return nil, nil
	}
	if e.ID == "" {
		e.ID = "msg_" + rand.Text()
	}
	keys, unheard := b.config.route(*e)
	line := entry{At: b.clock().UTC(), ID: e.ID, Event: e, To: keys}
	text, err := line.encode()
	if err != nil {
		return nil, err
	}
	if err := b.room(*e, len(keys), int64(len(text))); err != nil {
		return nil, err
	}
	if err := b.file.append(text, true); err != nil {
		return nil, err
	}
	b.hold(line)
	b.stats.Put++
	if unheard && (e.Account != "" || len(keys) == 0) {
		reports = []Delivery{{ID: e.ID, Event: *e, Began: line.At, Outcome: Nobody, Detail: "no subscription of " + whom(*e) + " is configured"}}
	}
	if len(keys) == 0 {
		b.remember(entry{At: line.At, ID: e.ID, Outcome: Nobody, Kind: e.Kind, Account: e.Account})
	}
	return reports, nil
}

func whom(e Event) string {
	if e.Account == "" {
		return "anybody"
	}
	return e.Account
}

// room says whether so many deliveries and bytes more may be kept.
func (b *Outbox) room(e Event, deliveries int, bytes int64) error {
	items, size := b.o.MostPending, b.o.MostBytes
	if e.Kind.limited() {
		items, size = items*3/4, size*3/4
	}
	if b.file.size+bytes > size && b.file.size > b.file.clean+size/8 {
		if err := b.tidy(); err != nil {
			return err
		}
	}
	if b.pending+deliveries > items || b.file.size+bytes > size {
		return fmt.Errorf("%w (%d wait, %d bytes)", ErrFull, b.pending, b.file.size)
	}
	return nil
}

// Told returns Active or Released: what was last put about the whole system, in
// whatever run; empty if neither ever was. A Watch begins with it.
func (b *Outbox) Told() Kind {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.told
}

// Configure puts another configuration in force. What waits for a target that it
// does not have is given up.
func (b *Outbox) Configure(c *Configuration) error {
	if err := fits(c, b.o.Environment); err != nil {
		return err
	}
	b.mu.Lock()
	b.config = c
	b.mu.Unlock()
	b.nudge()
	return nil
}

// Close closes the folder, after Run has returned. What was not delivered is
// taken up by the next Open.
func (b *Outbox) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.file.close()
}

func (b *Outbox) nudge() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}
