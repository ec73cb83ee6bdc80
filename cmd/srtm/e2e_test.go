package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"srtm/console"
	"srtm/dsp"
	"srtm/duis"
	"srtm/outage"
	"srtm/policy"
)

// system is a door before a stand-in DSP, both real and on loopback.
type system struct {
	door *door
	data string // its folder; empty: one of the test's own
	mu   sync.Mutex
	kept [][]byte // bodies that arrived at the DSP
}

// newSystem opens a system for these User IDs, an account each.
func newSystem(t *testing.T, capacity string, users ...duis.EUI64) *system {
	t.Helper()
	var portfolio strings.Builder
	portfolio.WriteString("account,name,user_id,role,portfolio\n")
	for i, u := range users {
		fmt.Fprintf(&portfolio, "A%d,Account %d,%v,IS,1000\n", i, i, u)
	}
	p, err := policy.Parse("policy.yaml", []byte("name: Test\nportfolio: portfolio.csv\ncapacity: "+capacity+"\n"),
		fstest.MapFS{"portfolio.csv": {Data: []byte(portfolio.String())}})
	if err != nil {
		t.Fatal(err)
	}
	s := &system{}
	stand, err := dsp.New(dsp.Config{
		Model: outage.Config{Capacity: 10_000_000 * outage.SR, Latency: time.Millisecond},
		Keep: func(_ string, _, body []byte) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.kept = append(s.kept, bytes.Clone(body))
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	target, stop, err := serveOn(stand)
	if err != nil {
		t.Fatal(err)
	}
	s.open(t, p, target)
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func (s *system) open(t *testing.T, p *policy.Policy, target string) {
	t.Helper()
	config, err := doorConfig(p, target)
	if err != nil {
		t.Fatal(err)
	}
	config.Listen = "127.0.0.1:0"
	kept, err := openBooks(cmp.Or(s.data, t.TempDir()), p, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if s.door, err = newDoor(p, config, doorOptions{books: kept}); err != nil {
		t.Fatal(err)
	}
	if err := s.door.openConsole(consoleFlags{Admin: "127.0.0.1:0", AdminOpen: true}); err != nil {
		t.Fatal(err)
	}
	if s.door.listener, err = net.Listen("tcp", config.Listen); err != nil {
		t.Fatal(err)
	}
	stop := serveInBackground(s.door)
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

// send posts a message as a Service User would and returns status and answer.
func (s *system) send(t *testing.T, path string, message []byte) (int, string) {
	t.Helper()
	resp, err := http.Post("http://"+s.door.listener.Addr().String()+path, "application/xml", bytes.NewReader(message))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// templates returns the request messages of npm's @smartdcc/duis-templates,
// which scripts/duis-templates installs at test time.
func templates(t *testing.T) map[string][]byte {
	t.Helper()
	out, err := exec.Command("../../scripts/duis-templates").Output()
	if err != nil {
		t.Fatalf("scripts/duis-templates: %v", err)
	}
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), "@smartdcc/duis-templates/templates/*"))
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string][]byte)
	for _, f := range files {
		if !strings.EqualFold(filepath.Ext(f), ".xml") {
			continue
		}
		if all[filepath.Base(f)], err = os.ReadFile(f); err != nil {
			t.Fatal(err)
		}
	}
	if len(all) != 297 {
		t.Fatalf("%d templates where 297 are known", len(all))
	}
	return all
}

// All 297 request templates go through a running gateway to the stand-in DSP,
// byte for byte.
func TestTemplatesPassUnchanged(t *testing.T) {
	all := templates(t)
	headers := make(map[string]duis.Header)
	users := make(map[duis.EUI64]bool)
	var originators []duis.EUI64
	for name, message := range all {
		h, err := duis.ReadHeader(message)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		headers[name] = h
		if !users[h.ID.Originator] {
			users[h.ID.Originator] = true
			originators = append(originators, h.ID.Originator)
		}
	}
	s := newSystem(t, "10000/s", originators...)
	paths := map[duis.Service]string{
		duis.SendCommand: "/api/v1/serviceS", duis.NonDevice: "/api/v1/serviceD", duis.Transform: "/api/v1/serviceT",
	}
	for name, message := range all {
		s.kept = nil
		status, answer := s.send(t, paths[headers[name].CommandVariant.Service()], message)
		if status != 200 || len(s.kept) != 1 || !bytes.Equal(s.kept[0], message) {
			t.Errorf("%s: answered %d, %d messages at the DSP, unchanged: %v\n%s", name, status, len(s.kept), len(s.kept) == 1 && bytes.Equal(s.kept[0], message), answer)
		}
		if code, err := duis.ReadResponseCode([]byte(answer)); err != nil || code.IsError() {
			t.Errorf("%s: the DSP answers %v (%v)", name, code, err)
		}
	}
}

const topUp = `<?xml version="1.0" encoding="UTF-8"?>
<sr:Request xmlns:sr="http://www.dccinterface.co.uk/ServiceUserGateway" schemaVersion="5.1"><sr:Header><sr:RequestID>%s</sr:RequestID><sr:CommandVariant>%d</sr:CommandVariant><sr:ServiceReference>%s</sr:ServiceReference><sr:ServiceReferenceVariant>%s</sr:ServiceReferenceVariant></sr:Header><sr:Body/></sr:Request>`

// What a Service User may get wrong, and what it may do that looks wrong, each
// with its answer; and the gateway lives on.
func TestBadInput(t *testing.T) {
	const id, other = "90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:1000", "90-B3-D5-1F-30-FF-00-00:00-DB-12-34-56-78-90-A0:1000"
	user, err := duis.ParseEUI64("90-B3-D5-1F-30-01-00-00")
	if err != nil {
		t.Fatal(err)
	}
	s := newSystem(t, "10000/s", user)
	good := fmt.Sprintf(topUp, id, 1, "2.2", "2.2")
	for _, row := range []struct {
		sentence, message string
		status            int
		says              string
	}{
		{"a good request is forwarded", good, 200, "I99"},
		{"what is not XML is refused", "top up please", 400, "not a DUIS request"},
		{"what is not DUIS is refused", "<html><body/></html>", 400, "html"},
		{"another namespace is refused", strings.ReplaceAll(good, "www.dccinterface.co.uk/ServiceUserGateway", "example.org"), 400, "namespace"},
		{"a message that is cut short in its header is refused", good[:200], 400, "ends"},
		{"an entity bomb is refused", strings.Replace(good, "<sr:Request", `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><sr:Request`, 1), 400, "DOCTYPE"},
		{"deep nesting is refused", strings.Repeat("<a>", 100_000), 400, "not a DUIS request"},
		{"an unknown variant is forwarded", fmt.Sprintf(topUp, id, 1, "99.1", "99.1.7"), 400, "there is no Service Request Variant 99.1.7"},
		{"an unknown User ID is refused", fmt.Sprintf(topUp, other, 1, "2.2", "2.2"), 403, "90-B3-D5-1F-30-FF-00-00"},
		{"a User ID in lower case is the same user", fmt.Sprintf(topUp, strings.ToLower(id), 1, "2.2", "2.2"), 200, "I99"},
		{"an empty body is refused", "", 400, "not a DUIS request"},
		{"100 MB are refused", strings.Repeat("x", 100<<20), 413, "1048576"},
	} {
		status, answer := s.send(t, "/api/v1/serviceS", []byte(row.message))
		if status != row.status || !strings.Contains(answer, row.says) {
			t.Errorf("%s: answered %d %.200q, want %d and %q", row.sentence, status, answer, row.status, row.says)
		}
	}
	before := len(s.kept)
	for command, path := range map[int]string{4: "/api/v1/serviceT", 5: "/api/v1/serviceS"} {
		if status, answer := s.send(t, path, []byte(fmt.Sprintf(topUp, id, command, "1.5", "1.5"))); status != 200 {
			t.Errorf("Command Variant %d with the RequestID of the other: answered %d %q", command, status, answer)
		}
	}
	if len(s.kept) != before+2 {
		t.Errorf("of Command Variants 4 and 5 with one RequestID %d reached the DSP", len(s.kept)-before)
	}
	if got := s.door.gateway.Stats(); got.UnknownVariants != 1 {
		t.Errorf("%d unknown variants were counted", got.UnknownVariants)
	}
}

// Refusals for traffic at the real door: 503 with Retry-After and no body, the
// connection kept, and the numbers at the admin listener.
func TestThrottled(t *testing.T) {
	const id = "90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:%d"
	user, err := duis.ParseEUI64("90-B3-D5-1F-30-01-00-00")
	if err != nil {
		t.Fatal(err)
	}
	s := newSystem(t, "10/s", user)
	throttled := 0
	for i := range 30 { // 8 whole ones fit into bucket and pool at once
		message := fmt.Sprintf(topUp, fmt.Sprintf(id, i), 1, "2.2", "2.2")
		resp, err := http.Post("http://"+s.door.listener.Addr().String()+"/api/v1/serviceS", "application/xml", strings.NewReader(message))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode == 503 {
			throttled++
			if len(body) != 0 || resp.Header.Get("Retry-After") == "" || resp.Close {
				t.Fatalf("a refusal with body %q, Retry-After %q, closing %v", body, resp.Header.Get("Retry-After"), resp.Close)
			}
		}
	}
	if throttled == 0 || throttled > 22 {
		t.Errorf("%d of 30 were throttled", throttled)
	}
	resp, err := http.Get("http://" + s.door.admin.Addr().String() + "/api/v1/state")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var state console.State
	if err := json.NewDecoder(resp.Body).Decode(&state); err != nil {
		t.Fatal(err)
	}
	if a := state.Accounts[0]; !state.Active || a.Throttled != uint64(throttled) || a.Offered != 30 || state.Door.Connections != 1 {
		t.Errorf("the state is %+v of %+v", a, state)
	}
}
