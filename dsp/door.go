package dsp

import (
	"net"
	"sync"

	"github.com/valyala/fasthttp"
)

// door knows the listeners that are served and the connections that are open,
// so that Shutdown can cut them off and knows when the last one has gone.
// fasthttp does neither once a shutdown's context has ended.
type door struct {
	mu          sync.Mutex
	changed     *sync.Cond
	stopped     bool
	cut         bool
	listeners   map[net.Listener]struct{}
	connections map[net.Conn]struct{}
}

func newDoor() *door {
	d := &door{listeners: make(map[net.Listener]struct{}), connections: make(map[net.Conn]struct{})}
	d.changed = sync.NewCond(&d.mu)
	return d
}

// open lets a listener in, unless the door has been stopped.
func (d *door) open(ln net.Listener) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stopped {
		return false
	}
	d.listeners[ln] = struct{}{}
	return true
}

func (d *door) shut(ln net.Listener) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.listeners, ln)
	d.changed.Broadcast()
}

// stop closes all listeners and lets no other in. One that fasthttp does not
// know yet would otherwise be served for ever.
func (d *door) stop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stopped = true
	for ln := range d.listeners {
		_ = ln.Close() // nothing is left to do about it
	}
}

// pass is told of every connection that comes and goes.
func (d *door) pass(c net.Conn, state fasthttp.ConnState) {
	switch state {
	case fasthttp.StateNew:
		d.mu.Lock()
		defer d.mu.Unlock()
		d.connections[c] = struct{}{}
		if d.cut {
			closeNow(c)
		}
	case fasthttp.StateClosed:
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.connections, c)
		d.changed.Broadcast()
	}
}

// cutOff closes all connections, and each that was on its way in.
func (d *door) cutOff() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cut = true
	for c := range d.connections {
		closeNow(c)
	}
}

// closeNow closes a connection without the farewell that TLS would say, and
// wait for.
func closeNow(c net.Conn) {
	if secure, ok := c.(interface{ NetConn() net.Conn }); ok {
		c = secure.NetConn()
	}
	_ = c.Close() // nothing is left to do about it
}

// wait returns when nothing is served any more.
func (d *door) wait() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for len(d.listeners) > 0 || len(d.connections) > 0 {
		d.changed.Wait()
	}
}

// closeOnce closes its listener once: Shutdown closes it, and fasthttp too.
type closeOnce struct {
	net.Listener
	once sync.Once
	err  error
}

func (c *closeOnce) Close() error {
	c.once.Do(func() { c.err = c.Listener.Close() })
	return c.err
}
