package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"srtm/duis"
)

// crowd watches a gateway's console: crowd ADDR FILE, in which each line is the token of
// one watcher. It says when each has had an event, reads and throws away until its input
// ends, and says how much that was. It fails if somebody was dropped meanwhile.
func crowd() {
	if err := watchAll(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "crowd:", err)
		os.Exit(1)
	}
}

func watchAll(addr, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	tokens := strings.Fields(string(text))
	var octets, dropped atomic.Int64
	for _, token := range tokens {
		conn, err := watchOne(addr, token)
		if err != nil {
			return err
		}
		go func() {
			for piece := make([]byte, 64<<10); ; {
				n, err := conn.Read(piece)
				if octets.Add(int64(n)); err != nil {
					dropped.Add(1)
					return
				}
			}
		}()
	}
	octets.Store(0)
	began := time.Now()
	fmt.Println("all watch")
	_, _ = io.Copy(io.Discard, os.Stdin)
	fmt.Printf("%d watchers were told %.1f MB a second\n", len(tokens), float64(octets.Load())/1e6/time.Since(began).Seconds())
	if n := dropped.Load(); n > 0 {
		return fmt.Errorf("%d of %d were dropped", n, len(tokens))
	}
	return nil
}

// watchOne begins to watch.
func watchOne(addr, token string) (net.Conn, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintf(conn, "GET /api/v1/events HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n\r\n", addr, token); err != nil {
		return nil, err
	}
	first := make([]byte, 4096)
	n, err := conn.Read(first)
	if err != nil || !bytes.HasPrefix(first, []byte("HTTP/1.1 200 ")) {
		return nil, fmt.Errorf("nothing can be watched: %v %q", err, first[:n])
	}
	return conn, nil
}

// callers send Service Requests as fast as they are answered.
type callers struct {
	addr     string
	users    []uint64
	answered atomic.Int64
}

// send has them begin, each on a connection of its own. stop has them end, and says what
// went wrong meanwhile.
func (c *callers) send() (stop func() error) {
	var over atomic.Bool
	var all sync.WaitGroup
	wrong := make(chan error, benchCallers)
	for i := range benchCallers {
		all.Go(func() {
			if err := c.call(i, &over); err != nil {
				wrong <- err
			}
		})
	}
	return func() error {
		over.Store(true)
		all.Wait()
		close(wrong)
		var errs []error
		for err := range wrong {
			errs = append(errs, err)
		}
		return errors.Join(errs...)
	}
}

// call sends one Service User's requests until it is over, each with a RequestID of its
// own. Callers beyond the number of Service Users take turns among them again.
func (c *callers) call(number int, over *atomic.Bool) error {
	conn, err := net.Dial("tcp", c.addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	answer := make([]byte, 4096)
	for n := 1; !over.Load(); n++ {
		if _, err := conn.Write(benchRequest(c.users[number%len(c.users)], n*benchCallers+number)); err != nil {
			return err
		}
		got, err := conn.Read(answer)
		if err != nil {
			return err
		}
		if !bytes.HasPrefix(answer[:got], []byte("HTTP/1.1 200 ")) && !bytes.HasPrefix(answer[:got], []byte("HTTP/1.1 503 ")) {
			return fmt.Errorf("the gateway answers %q", answer[:got])
		}
		c.answered.Add(1)
	}
	return nil
}

// benchEnd is how every request ends.
const benchEnd = "</sr:Request>"

// benchRequest is a read of one meter, as short as a request may be.
func benchRequest(user uint64, counter int) []byte {
	body := fmt.Sprintf(`<sr:Request xmlns:sr="http://www.dccinterface.co.uk/ServiceUserGateway" schemaVersion="5.4"><sr:Header>`+
		`<sr:RequestID>%v:00-DB-12-34-56-78-90-A0:%d</sr:RequestID><sr:CommandVariant>1</sr:CommandVariant>`+
		`<sr:ServiceReference>4.8</sr:ServiceReference><sr:ServiceReferenceVariant>4.8.1</sr:ServiceReferenceVariant></sr:Header></sr:Request>`, duis.EUI64(user), counter)
	return fmt.Appendf(nil, "POST /api/v1/serviceS HTTP/1.1\r\nHost: door\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

// answerAtOnce is a DSP that answers at once whatever it is sent, and returns its address.
func answerAtOnce(b *testing.B) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go answerOn(conn)
		}
	}()
	return l.Addr().String()
}

func answerOn(conn net.Conn) {
	defer conn.Close()
	const answer = "HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: 4\r\n\r\n<a/>"
	request, held := make([]byte, 64<<10), 0
	for {
		n, err := conn.Read(request[held:])
		if err != nil {
			return
		}
		if held += n; !bytes.HasSuffix(request[:held], []byte(benchEnd)) {
			continue
		}
		held = 0
		if _, err := conn.Write([]byte(answer)); err != nil {
			return
		}
	}
}
