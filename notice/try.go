package notice

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Try sends a test notice to every target of the subscription named, or of all
// where the name is empty, once and at once, and returns what came of each, in the
// file's order. It is an error if there is no such subscription. Each attempt takes
// at most timeout.
func (c *Configuration) Try(ctx context.Context, name string, now func() time.Time, timeout time.Duration) ([]Delivery, error) {
	var keys, names []string
	for _, key := range c.order {
		if s := c.targets[key].Subscription; name == "" || s == name {
			keys = append(keys, key)
		} else if !slices.Contains(names, s) {
			names = append(names, s)
		}
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("there is no subscription %q; there are %v", cut(name, 64), names)
	}
	id := "msg_" + rand.Text()
	tried := make([]Delivery, len(keys))
	places := make(chan struct{}, mostAtOnce)
	var all sync.WaitGroup
	for i, key := range keys {
		places <- struct{}{}
		all.Go(func() {
			tried[i] = c.try(ctx, id, c.targets[key], &Outbox{o: Options{Timeout: timeout}, clock: now})
			<-places
		})
	}
	all.Wait()
	return tried, nil
}

func (c *Configuration) try(ctx context.Context, id string, to target, b *Outbox) Delivery {
	ctx, cancel := context.WithTimeout(ctx, b.o.Timeout)
	defer cancel()
	e := Event{ID: id, Kind: Test, At: b.clock().UTC()}
	e.Sentence = "This is a test: notices for " + to.Who + " arrive here (subscription " + to.Subscription + ")."
	e.Numbers = json.RawMessage(`{"test":true}`)
	if to.Who != Operators {
		e.Account = to.Who
	}
	d := Delivery{ID: e.ID, Event: e, Target: to.Target, Attempt: 1, Began: b.clock(), Outcome: Delivered}
	got, err := b.attempt(ctx, job{config: c, target: to, event: e, attempt: 1})
	d.Took, d.Detail, d.SHA256 = b.clock().Sub(d.Began), got.answer, got.sha256
	if err != nil {
		d.Outcome, d.Detail = Failed, oneLine(err.Error(), 500)
	}
	return d
}

// Secret returns a new secret for a webhook, 32 random bytes in the form that a
// secret file has.
func Secret() string {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	return secretPrefix + base64.StdEncoding.EncodeToString(secret)
}
