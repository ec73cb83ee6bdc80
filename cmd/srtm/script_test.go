package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"srtm": main, "crowd": crowd})
}

// TestScripts plays the command line as people use it; each script is a file in
// testdata/script.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			for _, name := range []string{"DOOR", "ADMIN", "DSP"} {
				addr, err := freeAddress()
				if err != nil {
					return err
				}
				env.Setenv(name, addr)
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"await": await, "million": million, "record": record},
	})
}

// freeAddress returns a loopback address that nobody listens on.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// await URL waits until URL answers 200.
func await(ts *testscript.TestScript, _ bool, args []string) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM)
	defer stop()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		resp, err := http.Get(args[0])
		if err == nil {
			_, err = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			if err == nil && resp.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-ctx.Done():
			ts.Fatalf("%s never answered 200: %v", args[0], err)
		case <-ticker.C:
		}
	}
}

// million FILE N ACCOUNTS writes N arrivals of ACCOUNTS accounts, ACCOUNT000 and
// so on, at 2,000 a second.
func million(ts *testscript.TestScript, _ bool, args []string) {
	var n, accounts int
	if _, err := fmt.Sscan(args[1]+" "+args[2], &n, &accounts); err != nil {
		ts.Fatalf("%v", err)
	}
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	_, err = io.WriteString(f, "at_ns,account,srv\n")
	ts.Check(err)
	buf := make([]byte, 0, 1<<20)
	for i := range n {
		buf = fmt.Appendf(buf, "%d,ACCOUNT%03d,4.8.1\n", 1_760_000_000_000_000_000+int64(i)*500_000, i*i%7919%accounts)
		if len(buf) > 1<<19 || i == n-1 {
			_, err = f.Write(buf)
			ts.Check(err)
			buf = buf[:0]
		}
	}
	ts.Check(f.Close())
}
