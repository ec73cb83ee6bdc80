package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"sync/atomic"
	"syscall"
	"time"

	"srtm/console"
	"srtm/journal"
	"srtm/notice"
	"srtm/policy"
)

func noticesFolder(data string) string { return filepath.Join(data, "notices") }

// mostUnput is how many notices may wait to be kept, beside those of acts and
// policies, which are kept at once.
const mostUnput = 1024

// notices tell Service Users and operators what happens. Those methods that the
// rest of a gateway calls do nothing on a nil one.
type notices struct {
	file    string
	outbox  *notice.Outbox
	journal *journal.Journal
	clock   func() int64
	log     *slog.Logger
	inForce atomic.Pointer[func() *policy.Policy]
	unput   chan notice.Event
	lost    atomic.Uint64 // that could not be kept
	failing atomic.Bool   // the last could not
}

// openNotices opens the folder of what is to be told, as a file says to whom; nil
// where there is no file.
func openNotices(file string, p *policy.Policy, b *books) (*notices, error) {
	if file == "" {
		return nil, nil
	}
	conf, err := notice.Load(file)
	if err != nil {
		return nil, fmt.Errorf("--notices: %w", err)
	}
	n := &notices{file: file, journal: b.journal, clock: b.clock, log: b.log, unput: make(chan notice.Event, mostUnput)}
	n.follow(func() *policy.Policy { return p })
	n.warn(conf)
	n.outbox, err = notice.Open(noticesFolder(b.data), notice.Options{
		Configuration: conf, Environment: p.Environment, Record: n.record, Logger: b.log,
	})
	return n, folderHelp(b.data, err)
}

// follow has the accounts looked up in the policy in force.
func (n *notices) follow(inForce func() *policy.Policy) {
	if n != nil {
		n.inForce.Store(&inForce)
	}
}

func (n *notices) knows(account string) bool {
	p := (*n.inForce.Load())()
	return slices.ContainsFunc(p.Accounts, func(a policy.Account) bool { return a.Name == account })
}

// warn logs what is doubtful in the file.
func (n *notices) warn(c *notice.Configuration) {
	for _, w := range c.Warnings {
		n.log.Warn("notices", "warning", w)
	}
	for _, s := range c.Subscriptions {
		if s.Who != notice.Operators && !n.knows(s.Who) {
			n.log.Warn("notices", "warning", fmt.Sprintf("%s: the policy in force has no account %q; what goes to all is told there, and nothing of its own comes up", s.Name, s.Who))
		}
	}
}

// record has the journal keep what came of telling somebody: in the chain of the
// account that was told, or that nobody was told for.
func (n *notices) record(d notice.Delivery) {
	t := journal.Telling{
		ID: d.ID, Kind: string(d.Event.Kind), Concerns: d.Event.Account, Happened: d.Event.At.UnixNano(), Sentence: d.Event.Sentence,
		Subscription: d.Target.Subscription, Who: d.Target.Who, Means: d.Target.Means, Address: d.Target.Address,
		Attempt: uint64(d.Attempt), Began: d.Began.UnixNano(), Took: d.Took, Outcome: string(d.Outcome), Detail: d.Detail, SHA256: d.SHA256,
	}
	account := t.Who
	if d.Outcome == notice.Nobody {
		account = t.Concerns
	}
	if n.knows(account) {
		n.journal.Append(n.clock(), &journal.Delivery{Own: journal.Own{Account: account}, Telling: t})
	} else {
		n.journal.Append(n.clock(), &journal.CommonDelivery{Telling: t})
	}
}

// put keeps a notice before it returns. What cannot be kept is not told, and logged.
func (n *notices) put(e notice.Event) {
	if n == nil {
		return
	}
	_, err := n.outbox.Put(e)
	if err == nil {
		n.failing.Store(false)
		return
	}
	n.lost.Add(1)
	n.failing.Store(!errors.Is(err, notice.ErrFull))
	n.log.Error("a notice could not be kept, and is told to nobody", "kind", string(e.Kind), "account", e.Account, "says", e.Sentence, "error", err.Error())
}

// offer has a notice kept soon, and does not wait for the disk.
func (n *notices) offer(events ...notice.Event) {
	if n == nil {
		return
	}
	for _, e := range events {
		select {
		case n.unput <- e:
		default:
			n.lost.Add(1)
			n.log.Error("a notice could not be kept, for too many wait to be, and is told to nobody", "kind", string(e.Kind), "account", e.Account, "says", e.Sentence)
		}
	}
}

// keep keeps and delivers until ctx ends. What is offered before is kept.
func (n *notices) keep(ctx context.Context) {
	if n == nil {
		<-ctx.Done()
		return
	}
	delivered := make(chan struct{})
	go func() { n.outbox.Run(ctx); close(delivered) }()
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-hangups:
			n.reload()
		case e := <-n.unput:
			n.put(e)
		}
	}
	n.drain()
	<-delivered
}

func (n *notices) drain() {
	for {
		select {
		case e := <-n.unput:
			n.put(e)
		default:
			return
		}
	}
}

// reload reads the file again. One that cannot be used changes nothing.
func (n *notices) reload() {
	conf, err := notice.Load(n.file)
	if err == nil {
		err = n.outbox.Configure(conf)
	}
	if err != nil {
		n.log.Error("the file of notices cannot be used; who was told before is told still", "file", n.file, "error", err.Error())
		return
	}
	n.log.Info("SIGHUP: the file of notices is read again", "file", n.file, "subscriptions", len(conf.Subscriptions))
	n.warn(conf)
}

// told is what was last put about the whole system, in whatever run.
func (n *notices) told() notice.Kind {
	if n == nil {
		return ""
	}
	return n.outbox.Told()
}

// wait is for how long the oldest has waited that is not delivered.
func (n *notices) wait() time.Duration {
	if n == nil {
		return 0
	}
	if oldest := n.outbox.Stats().Oldest; !oldest.IsZero() {
		return time.Since(oldest)
	}
	return 0
}

// stats are those that metrics have.
func (n *notices) stats() *console.Notices {
	if n == nil {
		return nil
	}
	s := n.outbox.Stats()
	return &console.Notices{Put: s.Put, Delivered: s.Delivered, Failures: s.Failures, GivenUp: s.GivenUp, HeldBack: s.HeldBack,
		Pending: s.Pending, Failing: len(s.Failing), Oldest: s.Oldest}
}

// close closes the folder, once nothing is put any more.
func (n *notices) close() error {
	if n == nil {
		return nil
	}
	n.drain()
	return n.outbox.Close()
}
