package dsp

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	onS = "/api/v1/serviceS"
	onD = "/api/v1/serviceD"
	onT = "/api/v1/serviceT"
)

// Each request gets the answer of its service, with its RequestID and the same
// turned round as ResponseID, and every answer is valid by the DUIS schema.
func TestAnswersOfEachService(t *testing.T) {
	_, url := overLoopback(t, quick())
	folder := t.TempDir()
	for i, row := range []struct {
		rule, path string
		command    int
		variant    string
		code       string
		preCommand bool
	}{
		{"Send Command acknowledges a command to a device", onS, 1, "4.8.1", "I99", false},
		{"Send Command acknowledges one that also comes back for local delivery", onS, 3, "2.2", "I99", false},
		{"Send Command acknowledges a Signed Pre-Command", onS, 5, "1.5", "I99", false},
		{"Send Command acknowledges a Signed Pre-Command for both", onS, 7, "1.5", "I99", false},
		{"Non-Device answers a command for local delivery", onD, 2, "2.2", "I0", false},
		{"Non-Device answers a Signed Pre-Command for local delivery", onD, 6, "1.5", "I0", false},
		{"Non-Device answers a request to the DCC alone", onD, 8, "8.2", "I0", false},
		{"Transform answers with a Pre-Command", onT, 4, "1.1.1", "I0", true},
		{"a critical command sent before it is transformed is on the wrong service", onS, 4, "1.1.1", "E13", false},
		{"a request to the DCC alone is on the wrong service at Send Command", onS, 8, "8.2", "E13", false},
		{"a command to a device is on the wrong service at Non-Device", onD, 1, "4.8.1", "E13", false},
		{"a Signed Pre-Command is on the wrong service at Transform", onT, 5, "1.5", "E13", false},
		{"Command Variant 9 is right on no service", onD, 9, "8.2", "E13", false},
	} {
		t.Run(row.rule, func(t *testing.T) {
			id := fmt.Sprintf("90-b3-d5-1f-30-01-00-00:00-DB-12-34-56-78-90-A0:%d", i)
			got := post(t, http.DefaultClient, url+row.path, document(id, row.command, row.variant))
			if got.status != 200 || got.header.Get("Content-Type") != "application/xml" || got.code() != row.code {
				t.Errorf("status %d, %q, code %q; should be 200, application/xml, %q", got.status, got.header.Get("Content-Type"), got.code(), row.code)
			}
			if got, want := between(got.body, "<sr:RequestID>", "</sr:RequestID>"), strings.ToUpper(id); got != want {
				t.Errorf("RequestID %s should be %s", got, want)
			}
			if got, want := between(got.body, "<sr:ResponseID>", "</sr:ResponseID>"), fmt.Sprintf("00-DB-12-34-56-78-90-A0:90-B3-D5-1F-30-01-00-00:%d", i); got != want {
				t.Errorf("ResponseID %s should be %s", got, want)
			}
			if got := bytes.Contains(got.body, []byte("<sr:PreCommand>")); got != row.preCommand {
				t.Errorf("it has a Pre-Command: %v", got)
			}
			if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%d.xml", i)), got.body, 0o600); err != nil {
				t.Fatal(err)
			}
		})
	}
	validate(t, folder)
}

// validate checks the documents in a folder against the DUIS schema.
func validate(t *testing.T, folder string) {
	t.Helper()
	schema, err := exec.Command("../scripts/duis-schema").Output()
	if err != nil {
		t.Fatalf("scripts/duis-schema gives no schema: %v", err)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.xml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no answers to validate: %v", err)
	}
	args := append([]string{"--nonet", "--noout", "--schema", filepath.Join(strings.TrimSpace(string(schema)), "DUIS.xsd")}, files...)
	if out, err := exec.Command("xmllint", args...).CombinedOutput(); err != nil {
		t.Errorf("answers are not valid: %v\n%s", err, out)
	}
}

// What is not a request to a service is told so in a line of text.
func TestWhatIsNoRequestToAService(t *testing.T) {
	config := quick()
	config.MaxMessage = 4096
	s, url := overLoopback(t, config)
	good := document(requestID(1, 1), 1, "4.8.1")
	for _, row := range []struct {
		rule, method, path string
		body               []byte
		status             int
		says               string
	}{
		{"another path is no service", "POST", "/api/v1/serviceX", good, 404, "POST to /api/v1/serviceS, /api/v1/serviceD or /api/v1/serviceT"},
		{"the root is no service", "GET", "/", nil, 404, "no such service"},
		{"a service takes no GET", "GET", onS, nil, 405, "POST only"},
		{"measurements take no POST", "POST", MeasurementsPath, good, 405, "read with GET"},
		{"measurements want a number of seconds", "GET", MeasurementsPath + "?seconds=all", nil, 400, "a number from 0 to"},
		{"nothing is not a DUIS request", "POST", onS, nil, 400, "not a DUIS request: "},
		{"text is not a DUIS request", "POST", onD, []byte("hello"), 400, "not a DUIS request: "},
		{"half a header is not a DUIS request", "POST", onT, good[:200], 400, "not a DUIS request: "},
		{"a variant that the schema does not have has no DUIS response", "POST", onS, document(requestID(1, 1), 1, "4.99"), 400, "no Service Request Variant 4.99"},
		{"too large a message is refused", "POST", onS, bytes.Repeat([]byte("a"), 5000), 413, "too large"},
	} {
		t.Run(row.rule, func(t *testing.T) {
			request := posting(url+row.path, row.body)
			request.Method = row.method
			got := mustSend(t, http.DefaultClient, request)
			if got.status != row.status || !strings.Contains(string(got.body), row.says) {
				t.Errorf("status %d, %q; should be %d, %q", got.status, got.body, row.status, row.says)
			}
			if !strings.HasPrefix(string(got.body), "stand-in DSP: ") {
				t.Errorf("%q could be the gateway's", got.body)
			}
			if strings.Count(string(got.body), "\n") != 1 || !strings.HasPrefix(got.header.Get("Content-Type"), "text/plain") {
				t.Errorf("not a line of text: %q", got.body)
			}
			if row.status == 405 && got.header.Get("Allow") == "" {
				t.Error("it does not say what is allowed")
			}
		})
	}
	if m := s.Measure(0); m.Arrived != 4 || m.Answers["not_duis"] != 4 {
		t.Errorf("%d arrived and %d were no DUIS requests, of 4", m.Arrived, m.Answers["not_duis"])
	}
}

// Header fields that are too large, and what is no HTTP, get an answer too.
func TestHeaderFieldsAreBounded(t *testing.T) {
	_, url := overLoopback(t, quick())
	request, _ := http.NewRequest(http.MethodPost, url+onS, nil)
	request.Header.Set("X-Large", strings.Repeat("a", 20_000))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil || response.StatusCode != 431 {
		t.Errorf("status %d, %v; should be 431", response.StatusCode, err)
	}
}

// What arrives is kept byte for byte, sent with a length or in chunks, and one
// connection carries several requests.
func TestMessagesArriveByteForByte(t *testing.T) {
	type arrival struct{ path, header, body string }
	var mu sync.Mutex
	var kept []arrival
	config := quick()
	config.Keep = func(path string, header, body []byte) {
		mu.Lock()
		defer mu.Unlock()
		kept = append(kept, arrival{path, string(header), string(body)})
	}
	var reused []bool
	_, url := overLoopback(t, config)
	body := append(document(requestID(1, 7), 1, "4.8.1"), "\r\n\xff\x00 after the end"...)
	for _, sent := range []struct {
		rule   string
		reader io.Reader
		field  string
	}{
		{"with a length", bytes.NewReader(body), "Content-Length: "},
		{"in chunks", io.MultiReader(bytes.NewReader(body[:100]), bytes.NewReader(body[100:])), "Transfer-Encoding: chunked"},
	} {
		t.Run(sent.rule, func(t *testing.T) {
			request, _ := http.NewRequest(http.MethodPost, url+onS, sent.reader)
			request.Header["x-ODD-case"] = []string{"  one", "two"}
			trace := &httptrace.ClientTrace{GotConn: func(c httptrace.GotConnInfo) { reused = append(reused, c.Reused) }}
			response, err := http.DefaultClient.Do(request.WithContext(httptrace.WithClientTrace(t.Context(), trace)))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode != 200 {
				t.Fatalf("status %d, %v", response.StatusCode, err)
			}
			_ = response.Body.Close()
			mu.Lock()
			defer mu.Unlock()
			got := kept[len(kept)-1]
			if got.path != onS || got.body != string(body) {
				t.Errorf("arrived at %s as %q", got.path, got.body)
			}
			if !strings.Contains(got.header, sent.field) || !strings.Contains(got.header, "x-ODD-case: one\r\nx-ODD-case: two\r\n") {
				t.Errorf("the header fields are %q", got.header)
			}
		})
	}
	if len(kept) != 2 || !slices.Equal(reused, []bool{false, true}) {
		t.Errorf("%d messages, over connections used before: %v", len(kept), reused)
	}
}

// Services are where the configuration puts them.
func TestPathsAreConfigurable(t *testing.T) {
	config := quick()
	config.Paths = Paths{SendCommand: "/s", NonDevice: "/d", Transform: "/t"}
	_, url := overLoopback(t, config)
	for path, code := range map[string]string{"/s": "I99", "/d": "E13", "/t": "E13", onS: ""} {
		if got := post(t, http.DefaultClient, url+path, document(requestID(1, 1), 1, "4.8.1")); got.code() != code {
			t.Errorf("at %s the code is %q and should be %q: %s", path, got.code(), code, got.body)
		}
	}
}

// A configuration that cannot work is refused with what would be right.
func TestConfigurationsThatCannotWork(t *testing.T) {
	for _, row := range []struct {
		rule   string
		change func(*Config)
		says   string
	}{
		{"a capacity is needed", func(c *Config) { c.Model.Capacity = 0 }, "stand-in DSP: finite server: capacity of 0/s"},
		{"a path begins with /", func(c *Config) { c.Paths = Paths{"a", "/b", "/c"} }, `path "a": choose one that begins with /`},
		{"all paths are needed", func(c *Config) { c.Paths = Paths{SendCommand: "/a"} }, `path "": choose one`},
		{"a path is used once", func(c *Config) { c.Paths = Paths{"/a", "/b", "/a"} }, `path "/a" is used twice`},
		{"the measurements keep theirs", func(c *Config) { c.Paths = Paths{"/a", "/b", "/measurements"} }, "or for the measurements"},
		{"messages have a size", func(c *Config) { c.MaxMessage = -1 }, "largest message of -1 bytes: choose 1024 to"},
		{"the clock is not before 1970", func(c *Config) { c.Now = func() time.Time { return time.Unix(-1, 0) } }, "set it to a time from 1970 to 2100"},
		{"the clock is not far ahead", func(c *Config) { c.Now = func() time.Time { return time.Unix(1<<40, 0) } }, "set it to a time from 1970 to 2100"},
		{"memory is bounded", func(c *Config) { c.Remember = MaxRemember + 1 }, "remembered requests: choose 1 to"},
	} {
		t.Run(row.rule, func(t *testing.T) {
			config := quick()
			row.change(&config)
			if s, err := New(config); err == nil || s != nil || !strings.Contains(err.Error(), row.says) {
				t.Errorf("the error is %v, and should say %q", err, row.says)
			}
		})
	}
}
