package notice

import (
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"
)

const page = "../docs/notices.md"

// example returns the first block of a language on the page.
func example(t *testing.T, language string) string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "```"+language+"\n")
	block, _, ended := strings.Cut(rest, "\n```")
	if !found || !ended {
		t.Fatalf("%s has no example in %s", page, language)
	}
	return block + "\n"
}

// TestDocumentedFile: the file of the page is one.
func TestDocumentedFile(t *testing.T) {
	text := example(t, "yaml")
	_, ca := certificate(t)
	c, err := Parse("notices.yaml", []byte(text), func(name string) (File, error) {
		return map[string]File{"smtp.password": {Text: []byte("x")}, "ca.pem": {Text: []byte(ca)}, "alpha.secret": {Text: []byte(testSecret)}}[name], nil
	})
	if err != nil || len(c.Warnings) != 0 || len(c.Subscriptions) != 3 {
		t.Errorf("%v, %+v", err, c)
	}
	if c != nil && c.limits != (limits{20, 10 * time.Minute, 24 * time.Hour}) {
		t.Errorf("the defaults are %+v", c.limits)
	}
	var all map[string]any
	if err := yaml.Unmarshal([]byte(text), &all); err != nil || len(all) != 6 {
		t.Errorf("the page does not have all keys: %v, %v", all, err)
	}
	written, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range Kinds() {
		if !strings.Contains(string(written), "`"+string(k)+"`") {
			t.Errorf("the page does not name the kind %s", k)
		}
	}
}

// delivered is a webhook that really was sent.
func delivered(t *testing.T) got {
	t.Helper()
	in := receiving(t, false, ok)
	tried, err := hooked(t, in.URL, "").Try(t.Context(), "", time.Now, time.Minute)
	if err != nil || tried[0].Outcome != Delivered {
		t.Fatal(tried, err)
	}
	return in.all[0]
}

// TestDocumentedShell runs the page's shell lines on a webhook that was sent, on a
// forged one, and on the vector that the page gives.
func TestDocumentedShell(t *testing.T) {
	real := delivered(t)
	run := func(secret, id, timestamp, signature, body string) (string, error) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "body.json"), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("sh", "-c", example(t, "sh"))
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "secret="+secret, "id="+id, "timestamp="+timestamp, "signature="+signature)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	id, timestamp, signature := real.header.Get("webhook-id"), real.header.Get("webhook-timestamp"), real.header.Get("webhook-signature")
	if out, err := run(testSecret, id, timestamp, "v1,AAAA "+signature, string(real.body)); err != nil || out != "good\n" {
		t.Errorf("a good one: %q, %v", out, err)
	}
	if out, err := run(testSecret, id, timestamp, signature, string(real.body)+" "); err == nil || out != "forged\n" {
		t.Errorf("a forged one: %q, %v", out, err)
	}
	if out, err := run("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", `{"test": 2432232314}`); err != nil {
		t.Errorf("the vector: %q, %v", out, err)
	}
}

// TestDocumentedGo builds the page's Go lines and runs them on the same.
func TestDocumentedGo(t *testing.T) {
	real := delivered(t)
	program := fmt.Sprintf(`package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

%s
func main() {
	body, _ := base64.StdEncoding.DecodeString(%q)
	h := http.Header{}
	for name, value := range map[string]string{"webhook-id": %q, "webhook-timestamp": %q, "webhook-signature": %q} {
		h.Set(name, value)
	}
	fmt.Println(verify(%q, h, body, time.Now()), verify(%[6]q, h, append(body, ' '), time.Now()), verify(%[6]q, h, body, time.Now().Add(6*time.Minute)))
}
`, example(t, "go"), base64.StdEncoding.EncodeToString(real.body), real.header.Get("webhook-id"), real.header.Get("webhook-timestamp"), real.header.Get("webhook-signature"), testSecret)
	file := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(file, []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "run", file).CombinedOutput()
	if err != nil || string(out) != "true false false\n" {
		t.Errorf("%s %v", out, err)
	}
}
