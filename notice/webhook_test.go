package notice

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"
)

// got is one request that a receiver took.
type got struct {
	header http.Header
	body   []byte
}

// receiver is a real HTTP server that answers what a test says.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	all    []got
	answer func(w http.ResponseWriter, r *http.Request, n int)
	took   chan struct{}
}

func receiving(t *testing.T, secure bool, answer func(w http.ResponseWriter, r *http.Request, n int)) *receiver {
	r := &receiver{answer: answer, took: make(chan struct{}, 1000)}
	handler := http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return
		}
		r.mu.Lock()
		r.all = append(r.all, got{req.Header, body})
		n := len(r.all)
		r.mu.Unlock()
		r.answer(w, req, n)
		r.took <- struct{}{}
	})
	r.Server = httptest.NewUnstartedServer(handler)
	r.Config.ErrorLog = log.New(io.Discard, "", 0)
	if secure {
		r.StartTLS()
	} else {
		r.Start()
	}
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ca() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: r.Certificate().Raw}))
}

// hooked is a configuration of one webhook.
func hooked(t *testing.T, url string, more string) *Configuration {
	return configured(t, more+"\nwebhooks: {allow: [127.0.0.0/8]}\nsubscriptions: [{who: ALPHA, webhook: {url: \""+url+"\", secret_file: secret}}]\n", nil)
}

// quick has a first retry that a test does not wait for.
func quick(c *Configuration, r *record) Options {
	return Options{Configuration: c, Record: r.add, FirstRetry: time.Millisecond, MostRetry: 5 * time.Millisecond}
}

// settled waits until nothing is pending.
func settled(t *testing.T, b *Outbox) {
	t.Helper()
	ticker := time.NewTicker(2 * time.Millisecond)
	defer ticker.Stop()
	for b.Stats().Pending > 0 {
		select {
		case <-t.Context().Done():
			t.Fatal("notices wait")
		case <-ticker.C:
		}
	}
}

func ok(w http.ResponseWriter, _ *http.Request, _ int) { w.WriteHeader(http.StatusNoContent) }

// TestWebhookIsSigned: the signature is what the specification says, computed here
// anew, and the body says all.
func TestWebhookIsSigned(t *testing.T) {
	in := receiving(t, false, ok)
	var r record
	b := opened(t, t.TempDir(), quick(hooked(t, in.URL+"/srtm?x=1", "console: https://srtm.example:9101"), &r))
	running(t, b)
	e := about(Active, "ALPHA", "Traffic <management> is active.")
	e.Numbers, e.Reference = json.RawMessage(`{"offered_per_s":2412}`), "INC0042"
	id := put(t, b, e)
	settled(t, b)
	h, body := in.all[0].header, in.all[0].body
	if h.Get("webhook-id") != id || h.Get("content-type") != "application/json" {
		t.Errorf("%v", h)
	}
	key, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=")
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + h.Get("webhook-timestamp") + "." + string(body)))
	if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); h.Get("webhook-signature") != want {
		t.Errorf("signed %q, want %q", h.Get("webhook-signature"), want)
	}
	var read struct {
		Type      string
		Timestamp time.Time
		Data      map[string]any
	}
	if err := json.Unmarshal(body, &read); err != nil || read.Type != "srtm.active" || !read.Timestamp.Equal(begin) {
		t.Errorf("%s: %v", body, err)
	}
	for key, want := range map[string]string{"environment": "production", "account": "ALPHA", "sentence": e.Sentence, "reference": "INC0042", "console": "https://srtm.example:9101"} {
		if read.Data[key] != want {
			t.Errorf("%s is %v", key, read.Data[key])
		}
	}
	digest := sha256.Sum256(body)
	if d := r.all[0]; d.Outcome != Delivered || d.Detail != "204 No Content" || d.SHA256 != hex.EncodeToString(digest[:]) || d.ID != id || d.Attempt != 1 || strings.Contains(d.Target.Address, "srtm?") {
		t.Errorf("%+v", d)
	}
}

// TestSignature holds the vector that the specification's own libraries test with.
func TestSignature(t *testing.T) {
	key, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	one := sign([][]byte{key}, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`))
	if one != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Error(one)
	}
	if two := sign([][]byte{key, []byte("other")}, "a", "1", nil); len(strings.Fields(two)) != 2 {
		t.Errorf("a secret that takes another's place signs beside it: %q", two)
	}
}

func TestReceiversThatFail(t *testing.T) {
	for _, row := range []struct {
		rule   string
		answer func(w http.ResponseWriter, r *http.Request, n int)
		want   string // outcomes, and the last detail
	}{
		{"500, then 200: tried again with the same ID", func(w http.ResponseWriter, _ *http.Request, n int) {
			if n < 3 {
				w.WriteHeader(http.StatusInternalServerError)
			}
		}, "failed failed delivered 200 OK"},
		{"400, then 200", func(w http.ResponseWriter, _ *http.Request, n int) {
			if n < 2 {
				w.WriteHeader(http.StatusBadRequest)
			}
		}, "failed delivered 200 OK"},
		{"a broken connection, then 202", func(w http.ResponseWriter, _ *http.Request, n int) {
			if n < 2 {
				panic(http.ErrAbortHandler)
			}
			w.WriteHeader(http.StatusAccepted)
		}, "failed delivered 202 Accepted"},
		{"410: never again", func(w http.ResponseWriter, _ *http.Request, _ int) { w.WriteHeader(http.StatusGone) }, "given-up answered 410 Gone"},
		{"an endless answer is not read to its end", func(w http.ResponseWriter, r *http.Request, _ int) {
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 1<<10)); err != nil {
					return
				}
			}
		}, "delivered 200 OK"},
	} {
		in := receiving(t, false, row.answer)
		var r record
		b := opened(t, t.TempDir(), quick(hooked(t, in.URL, ""), &r))
		stop := running(t, b)
		put(t, b, about(Act, "ALPHA", "x"))
		settled(t, b)
		stop()
		var outcomes []string
		for _, d := range r.all {
			outcomes = append(outcomes, string(d.Outcome))
		}
		if got := strings.Join(outcomes, " ") + " " + r.all[len(r.all)-1].Detail; got != row.want {
			t.Errorf("%s: %q", row.rule, got)
		}
		for _, g := range in.all {
			if g.header.Get("webhook-id") != in.all[0].header.Get("webhook-id") {
				t.Errorf("%s: another ID", row.rule)
			}
		}
	}
}

// TestRedirectsAreNotFollowed: not even to a place that is allowed.
func TestRedirectsAreNotFollowed(t *testing.T) {
	secret := receiving(t, false, ok)
	in := receiving(t, false, func(w http.ResponseWriter, r *http.Request, n int) {
		if n == 1 {
			http.Redirect(w, r, secret.URL, http.StatusTemporaryRedirect)
		}
	})
	var r record
	b := opened(t, t.TempDir(), quick(hooked(t, in.URL, ""), &r))
	running(t, b)
	put(t, b, about(Act, "ALPHA", "x"))
	settled(t, b)
	if len(secret.all) != 0 || !strings.Contains(r.all[0].Detail, "redirects are not followed") {
		t.Errorf("%d requests; %s", len(secret.all), r.all[0].Detail)
	}
}

// TestReceiverThatHangs: the attempt ends after Timeout, and another target is not
// held up.
func TestReceiverThatHangs(t *testing.T) {
	hang := receiving(t, false, func(_ http.ResponseWriter, r *http.Request, _ int) { <-r.Context().Done() })
	in := receiving(t, false, ok)
	c := configured(t, "webhooks: {allow: [127.0.0.1]}\nsubscriptions:\n- {who: ALPHA, webhook: {url: \""+hang.URL+"\", secret_file: secret}}\n- {who: operators, webhook: {url: \""+in.URL+"\", secret_file: secret}}\n", nil)
	var r record
	o := quick(c, &r)
	o.Timeout = 100 * time.Millisecond
	b := opened(t, t.TempDir(), o)
	stop := running(t, b)
	put(t, b, about(Act, "ALPHA", "x"))
	<-in.took
	<-hang.took
	<-hang.took
	stop()
	if got := r.of("operators"); got != "operators delivered x" {
		t.Error(got)
	}
	if got := r.of("ALPHA"); !strings.HasPrefix(got, "ALPHA failed x") || strings.Contains(got, "delivered") {
		t.Error(got)
	}
}

// TestTLS: a receiver is known by its certificate, and one that is not is refused.
func TestTLS(t *testing.T) {
	in := receiving(t, true, ok)
	text := "webhooks: {allow: [127.0.0.1]}\nsubscriptions: [{who: ALPHA, webhook: {url: \"" + in.URL + "\", secret_file: secret, ca_file: ca.pem}}]\n"
	tried, err := configured(t, text, map[string]string{"ca.pem": in.ca()}).Try(t.Context(), "ALPHA", time.Now, time.Minute)
	if err != nil || len(tried) != 1 || tried[0].Outcome != Delivered {
		t.Errorf("%+v, %v", tried, err)
	}
	tried, err = configured(t, strings.Replace(text, ", ca_file: ca.pem", "", 1), nil).Try(t.Context(), "", time.Now, time.Minute)
	if err != nil || tried[0].Outcome != Failed || !strings.Contains(tried[0].Detail, "certificate") {
		t.Errorf("%+v, %v", tried, err)
	}
}

// TestClosedRanges: what a webhook does not reach unless the file says so, under
// whatever name or form.
func TestClosedRanges(t *testing.T) {
	c := &Configuration{allow: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}}
	for address, open := range map[string]bool{
		"8.8.8.8": true, "2a00:1450:4009::1": true, "10.1.2.3": true, "::ffff:10.1.2.3": true,
		"10.2.0.1": false, "127.0.0.1": false, "::1": false, "::ffff:127.0.0.1": false, "169.254.169.254": false, "::ffff:169.254.169.254": false,
		"fd00:ec2::254": false, "fe80::1%eth0": false, "192.168.1.1": false, "172.31.0.1": false, "100.64.0.1": false, "0.0.0.0": false, "::": false,
		"64:ff9b::a9fe:a9fe": false, "2002:7f00:1::": false, "224.0.0.1": false, "255.255.255.255": false, "::7f00:1": false,
	} {
		if err := c.reachable(netip.MustParseAddr(address)); (err == nil) != open {
			t.Errorf("%s: %v", address, err)
		}
	}
	in := receiving(t, false, ok)
	closed := configured(t, "subscriptions: [{who: ALPHA, webhook: {url: \""+strings.Replace(in.URL, "127.0.0.1", "localhost", 1)+"\", secret_file: secret}}]\n", nil)
	tried, err := closed.Try(t.Context(), "", time.Now, time.Minute)
	if err != nil || tried[0].Outcome != Failed || !strings.Contains(tried[0].Detail, "webhooks: {allow: [") || len(in.all) != 0 {
		t.Errorf("a name that leads to loopback: %+v, %v", tried, err)
	}
}

func TestRetryAfter(t *testing.T) {
	for value, want := range map[string]time.Duration{"": 0, "120": 2 * time.Minute, "-1": 0, "x": 0, begin.Add(time.Hour).Format(http.TimeFormat): time.Hour, begin.Add(-time.Hour).Format(http.TimeFormat): 0} {
		if got := retryAfter(value, begin); got != want {
			t.Errorf("%q: %v", value, got)
		}
	}
}
