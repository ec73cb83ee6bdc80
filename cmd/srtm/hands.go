package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"srtm/act"
	"srtm/journal"
	"srtm/policy"
	"srtm/traffic"
)

func actsFolder(data string) string { return filepath.Join(data, "acts") }

// acts carry out what is done by hand: the gateway is told at once, and every step
// is recorded. Whatever changes the register goes through them.
type acts struct {
	*act.Register
	amendments *amendments
	books      *books
	log        *slog.Logger
	traffic    func([]traffic.AccountSnapshot) traffic.Snapshot
	offered    offered

	mu      sync.Mutex // of what follows
	failing bool       // what was done could not be recorded, which was logged
	tried   time.Time  // when it was last
}

// openActs opens the register of what is done by hand.
func openActs(a *amendments, b *books) (*acts, error) {
	h := &acts{amendments: a, books: b, log: b.log}
	var err error
	h.Register, err = act.Open(actsFolder(b.data), act.Options{Clock: h.now, Policy: a.inForce.Load, Record: h.add})
	if err != nil {
		return nil, folderHelp(b.data, err)
	}
	for _, running := range h.Running() {
		h.log.Warn("an act by hand goes on", "act", running.ID, "does", running.Does, "by", running.Asked.By, "until", running.Until)
	}
	return h, nil
}

func (h *acts) now() time.Time { return time.Unix(0, h.books.clock()).UTC() }

// add has told what was done, and the journal keep it, and returns when that is
// durable.
func (h *acts) add(e act.Event) error {
	if n, is := noticeOfAct(e); is {
		h.books.notices.put(n)
	}
	record := &journal.Act{Who: e.By, What: e.What, Why: e.Why, Account: e.Account, Reference: e.Reference, About: journal.Position(e.About)}
	if e.Kind == act.KindBegan {
		record.Until = e.Until.UnixNano()
	}
	return h.books.journal.Append(h.books.clock(), record).Wait()
}

// keep notes what is over, and has recorded what is left, until ctx ends.
func (h *acts) keep(ctx context.Context) {
	stop := every(ctx, 100*time.Millisecond, h.pass)
	stopRates := every(ctx, time.Second, func() { h.offered.sample(h.traffic(nil)) })
	<-ctx.Done()
	stop()
	stopRates()
	h.pass()
}

func (h *acts) pass() {
	h.mu.Lock()
	wait := h.failing && time.Since(h.tried) < time.Second
	h.mu.Unlock()
	if h.Pass() && !wait {
		h.record()
	}
}

// record has recorded what is left, and logs if that cannot be.
func (h *acts) record() {
	err := h.Flush()
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil && !h.failing {
		h.log.Error("an act by hand could not be recorded in the journal; the folder of acts has it, and it is tried again every second", "error", err.Error())
	}
	h.failing, h.tried = err != nil, time.Now()
}

// done is what a step led to, once the gateway knows of it, and is logged and
// recorded. What the gateway could not be told it is told again soon.
func (h *acts) done(a act.Act, err error) (act.Act, error) {
	if a.ID == 0 || err != nil && a.State != act.Ended {
		return a, err
	}
	if err != nil {
		h.log.Error("an act by hand is ended and that could not be kept", "act", a.ID, "error", err.Error())
	}
	h.say(a)
	if failed := h.amendments.tell(); failed != nil {
		err = fmt.Errorf("act %d is %s, and the gateway could not be told of it; it is told again every second: %w", a.ID, a.State, failed)
		h.log.Error("the gateway could not be told", "error", failed.Error())
	}
	h.record()
	return a, err
}

func (h *acts) say(a act.Act) {
	h.log.Warn("an act by hand", "act", a.ID, "is", string(a.State), "does", a.Does, "asked for by", a.Asked.By, "why", a.Reason, "until", a.Until)
}

// Ask is the register's, and tells the gateway.
func (h *acts) Ask(o act.Order, by string) (act.Act, error) { return h.done(h.Register.Ask(o, by)) }

// Approve is the register's, and tells the gateway.
func (h *acts) Approve(id uint64, by, why string) (act.Act, error) {
	return h.done(h.Register.Approve(id, by, why))
}

// End is the register's, and tells the gateway.
func (h *acts) End(id uint64, by, why string) (act.Act, error) {
	return h.done(h.Register.End(id, by, why))
}

// Withdraw is the register's, and has it recorded.
func (h *acts) Withdraw(id uint64, by, why string) (act.Act, error) {
	return h.done(h.Register.Withdraw(id, by, why))
}

// Refer is the register's, and has it recorded.
func (h *acts) Refer(about uint64, reference, by, why string) error {
	if most := h.books.journal.Durable(); about > uint64(most) {
		return &act.Refusal{Reasons: []string{fmt.Sprintf("there is no record %d; the journal's last is %d", about, most)}}
	}
	err := h.Register.Refer(about, reference, by, why)
	h.record()
	return err
}

// Preview says what an order would do at the rates of the last ten seconds.
func (h *acts) Preview(o act.Order) (act.Preview, error) {
	return act.Foresee(act.Present{
		Policy: h.amendments.inForce.Load(), At: h.now(), Hands: h.Hands(), Offered: h.offered.rates(), Active: h.traffic(nil).Active,
	}, o)
}

// Presets are those of the policy in force.
func (h *acts) Presets() []policy.Preset { return h.amendments.inForce.Load().Presets }

// offered is what each account offered lately.
type offered struct {
	mu      sync.Mutex
	samples []traffic.Snapshot // the oldest first, a second apart
}

// mostSamples is over how many seconds rates are taken.
const mostSamples = 10

func (o *offered) sample(s traffic.Snapshot) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.samples = append(o.samples, s)
	if len(o.samples) > mostSamples+1 {
		o.samples = o.samples[1:]
	}
}

// rates are in cost per second.
func (o *offered) rates() map[string]traffic.Rate {
	o.mu.Lock()
	defer o.mu.Unlock()
	rates := map[string]traffic.Rate{}
	if len(o.samples) < 2 {
		return rates
	}
	first, last := o.samples[0], o.samples[len(o.samples)-1]
	before := make(map[string]traffic.Total, len(first.Accounts))
	for _, a := range first.Accounts {
		before[a.Name] = a.Counts.Offered().Cost
	}
	seconds := time.Duration(last.At - first.At).Seconds()
	for _, a := range last.Accounts {
		now, was := a.Counts.Offered().Cost, before[a.Name]
		amount := float64(now.Whole-was.Whole)*float64(traffic.SR) + float64(now.Part-was.Part)
		if seconds > 0 {
			rates[a.Name] = traffic.Rate(amount / seconds)
		}
	}
	return rates
}
