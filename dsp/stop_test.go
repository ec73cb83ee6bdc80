package dsp

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/valyala/fasthttp"
	"github.com/valyala/fasthttp/fasthttputil"

	"srtm/outage"
)

// slow answers after a minute.
func slow() Config {
	return Config{Model: outage.Config{Capacity: 100 * outage.SR, Latency: time.Minute, InTime: 2 * time.Minute}}
}

// later sends one request and gives what came of it.
func later(client *http.Client) <-chan error {
	done := make(chan error, 1)
	go func() {
		got, err := send(client, posting("http://dsp"+onS, document(requestID(1, 1), 1, "4.8.1")))
		if err == nil && got.status != 200 {
			err = errors.New(string(got.body))
		}
		done <- err
	}()
	return done
}

// A shutdown waits until all who have arrived are answered. (Each bubble also
// checks that no goroutine is left.)
func TestShutdownWaitsForAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, client, stop := inMemory(t, slow())
		answer := later(client)
		synctest.Wait()
		begun := time.Now()
		stop()
		if err := <-answer; err != nil {
			t.Error(err)
		}
		if took := time.Since(begun); took < time.Minute {
			t.Errorf("it took %v", took)
		}
		if _, err := client.Get("http://dsp" + MeasurementsPath); err == nil {
			t.Error("it still serves")
		}
	})
}

// A shutdown whose context ends cuts off those who still wait, and those who
// have not sent their request yet or only half of it.
func TestShutdownCutsOffWhenItsTimeIsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ln := fasthttputil.NewInmemoryListener()
		s, err := New(slow())
		if err != nil {
			t.Fatal(err)
		}
		served := make(chan error, 1)
		go func() { served <- s.Serve(ln) }()
		var held []io.Closer
		for _, begin := range []string{"", "POST /api/v1/serviceS HT", "POST /api/v1/serviceS HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf"} {
			c, err := ln.Dial()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(c, begin); err != nil {
				t.Fatal(err)
			}
			held = append(held, c)
		}
		c, err := ln.Dial()
		if err != nil {
			t.Fatal(err)
		}
		if err := posting("http://dsp"+onS, document(requestID(1, 1), 1, "4.8.1")).Write(c); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		begun := time.Now()
		if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the error is %v", err)
		}
		if took := time.Since(begun); took != 10*time.Second {
			t.Errorf("it took %v", took)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
		if m := s.Measure(0); m.Answers["cut_off"] != 1 {
			t.Errorf("the answers are %v", m.Answers)
		}
		for _, c := range append(held, c) {
			_ = c.Close()
		}
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("a second shutdown gives %v", err)
		}
		<-time.After(2 * time.Second)
	})
}

// What has been shut down does not serve again, and says so.
func TestNothingIsServedAfterAShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := New(quick())
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Shutdown(t.Context()); err != nil {
			t.Errorf("a shutdown before anything was served gives %v", err)
		}
		ln := fasthttputil.NewInmemoryListener()
		if err := s.Serve(ln); !errors.Is(err, ErrStopped) {
			t.Errorf("serving gives %v", err)
		}
		if _, err := ln.Dial(); err == nil {
			t.Error("the listener is still open")
		}
	})
}

// stopping is a log that shuts the server down while Serve is on its way.
type stopping struct {
	slog.Handler
	server **Server
	ended  chan error
}

func (l stopping) Handle(ctx context.Context, r slog.Record) error {
	go func() { l.ended <- (*l.server).Shutdown(ctx) }()
	synctest.Wait()
	return nil
}

func (l stopping) Enabled(context.Context, slog.Level) bool { return true }

// A shutdown that comes after Serve has begun and before fasthttp knows of it
// ends both.
func TestShutdownWhileServeBegins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s *Server
		log := stopping{slog.DiscardHandler, &s, make(chan error)}
		config := quick()
		config.Log = slog.New(log)
		s, err := New(config)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Serve(fasthttputil.NewInmemoryListener()); err != nil {
			t.Error(err)
		}
		if err := <-log.ended; err != nil {
			t.Error(err)
		}
		<-time.After(2 * time.Second)
	})
}

// A connection that comes in while others are cut off is cut off too.
func TestConnectionsThatComeTooLateAreClosed(t *testing.T) {
	d := newDoor()
	d.cutOff()
	ours, theirs := net.Pipe()
	d.pass(theirs, fasthttp.StateNew)
	if _, err := ours.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("reading from it gives %v", err)
	}
}
