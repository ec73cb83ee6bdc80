package notice

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const childFolder = "SRTM_NOTICE_TEST_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childFolder); dir != "" {
		child(dir)
	}
	os.Exit(m.Run())
}

// child puts events until it is killed, and says which it was told are kept.
func child(dir string) {
	c, err := Load(filepath.Join(dir, "notices.yaml"))
	if err == nil {
		var b *Outbox
		if b, err = Open(filepath.Join(dir, "notices"), Options{Configuration: c, FirstRetry: time.Millisecond, MostRetry: 10 * time.Millisecond}); err == nil {
			go b.Run(context.Background())
			for i := 0; err == nil; i++ {
				var id string
				if id, err = b.Put(Event{Kind: Act, Account: "ALPHA", At: time.Now(), Sentence: fmt.Sprint("act ", i)}); err == nil {
					fmt.Println(id)
				}
			}
		}
	}
	fmt.Println("failed:", err)
	os.Exit(1)
}

// TestKill: a process that puts and delivers is killed in the middle, several
// times, while the receiver fails every third time. Whatever was put arrives.
func TestKill(t *testing.T) {
	in := receiving(t, false, func(w http.ResponseWriter, _ *http.Request, n int) {
		if n%3 == 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	in.took = make(chan struct{}, 1<<20)
	dir := t.TempDir()
	for name, text := range map[string]string{"secret": testSecret,
		"notices.yaml": "webhooks: {allow: [127.0.0.1]}\nsubscriptions: [{who: ALPHA, webhook: {url: \"" + in.URL + "\", secret_file: secret}}]\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	kept := map[string]bool{}
	for round := range 5 {
		for _, id := range killed(t, dir, 20+30*round) {
			kept[id] = true
		}
	}
	c, err := Load(filepath.Join(dir, "notices.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	b := opened(t, filepath.Join(dir, "notices"), Options{Configuration: c, FirstRetry: time.Millisecond, MostRetry: 2 * time.Millisecond})
	running(t, b)
	settled(t, b)
	arrived := map[string]int{}
	for _, g := range in.all {
		arrived[g.header.Get("webhook-id")]++
	}
	for id := range kept {
		if arrived[id] == 0 {
			t.Errorf("%s was put and never arrived", id)
		}
	}
	if len(kept) < 300 {
		t.Errorf("only %d were put", len(kept))
	}
	t.Logf("%d put, %d requests in all, %d lines torn at the last start", len(kept), len(in.all), b.Stats().Damaged)
}

// killed runs a child until it has put so many, kills it, and returns their IDs.
func killed(t *testing.T, dir string, most int) (ids []string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childFolder+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "failed") {
			t.Fatal(lines.Text())
		}
		ids = append(ids, lines.Text())
		if len(ids) == most {
			if err := cmd.Process.Kill(); err != nil { // by its id; what it has still written is read
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait() // it was killed
	if n := len(ids); n > 0 && !strings.HasPrefix(ids[n-1], "msg_") {
		ids = ids[:n-1]
	}
	return ids
}
