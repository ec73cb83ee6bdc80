package gateway

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"srtm/duis"
	"srtm/journal"
	"srtm/traffic"
)

// throttled asks until it is refused for traffic, and returns the refusal.
func (v *visitor) throttled(request string, forwarded func(reply) bool) reply {
	v.t.Helper()
	for range 10 {
		if r := v.send(request).reply(); !forwarded(r) {
			return r
		}
	}
	v.t.Fatal("ten requests were forwarded")
	return reply{}
}

func fromDSP(r reply) bool { return r.StatusCode == 200 && r.body == "<a>" }

func TestTheFormsOfARefusal(t *testing.T) {
	d := startDSP(t, says(accepted))
	for _, row := range []struct {
		rule    string
		refusal Refusal
		srv     string
		status  string
		coded   bool
	}{
		{"503 without a body, where the policy says nothing", Refusal{}, "4.8.1", "503 Service Unavailable", false},
		{"or says so", Refusal{Status: 503}, "4.8.1", "503 Service Unavailable", false},
		{"429 without a body", Refusal{Status: 429}, "4.8.1", "429 Too Many Requests", false},
		{"200 with a DUIS response", Refusal{200, "E100"}, "4.8.1", "200 OK", true},
		{"but 503 to a variant of which the schema has no response", Refusal{200, "E100"}, "99.9", "503 Service Unavailable", false},
	} {
		g := open(t, d.url(), func(c *Config, r *traffic.Rules) { *r, c.Refusal = scarce(), row.refusal })
		v := g.visit()
		r := v.throttled(post(variantMessage(alpha1, 1, row.srv)), fromDSP)
		if r.Status != row.status || r.Header.Get("Retry-After") != "1" || r.Close || (r.body != "") != row.coded {
			t.Errorf("%s: %s, Retry-After %q, close %v, body %q", row.rule, r.Status, r.Header.Get("Retry-After"), r.Close, r.body)
		}
		if row.coded {
			if code, err := duis.ReadResponseCode([]byte(r.body)); err != nil || code.String() != row.refusal.Code || r.Header.Get("Content-Type") != "application/xml" {
				t.Errorf("%s: code %v, %v, of type %q", row.rule, code, err, r.Header.Get("Content-Type"))
			}
			if !strings.Contains(r.body, "<sr:RequestID>"+alpha1.String()+":00-DB-12-34-56-78-90-A0:1000</sr:RequestID>") {
				t.Errorf("%s: the response does not have the request's RequestID: %s", row.rule, r.body)
			}
		}
		if n := g.count("throttled"); n != 1 {
			t.Errorf("%s: counted %d throttled", row.rule, n)
		}
		if r := v.send(post(message(beta1))).reply(); !fromDSP(r) {
			t.Errorf("%s: the next request on the connection: %d", row.rule, r.StatusCode)
		}
	}
}

func TestTheDUISResponseOfARefusalIsValidByTheSchema(t *testing.T) {
	folder, err := exec.Command("../scripts/duis-schema").Output()
	if err != nil {
		t.Fatalf("scripts/duis-schema: %v", err)
	}
	g := open(t, "http://127.0.0.1:1", func(c *Config, r *traffic.Rules) { *r, c.Refusal = scarce(), Refusal{200, "E100"} })
	v := g.visit()
	dir := t.TempDir()
	args := []string{"--nonet", "--noout", "--schema", filepath.Join(strings.TrimSpace(string(folder)), "DUIS.xsd")}
	for _, srv := range []string{"4.8.1", "1.1.1", "6.8", "8.14.1", "12.1"} {
		r := v.throttled(post(variantMessage(alpha1, 4, srv)), func(r reply) bool { return r.StatusCode == 502 })
		file := filepath.Join(dir, srv+".xml")
		if err := os.WriteFile(file, []byte(r.body), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, file)
	}
	if out, err := exec.Command("xmllint", args...).CombinedOutput(); err != nil {
		t.Errorf("xmllint: %v\n%s", err, out)
	}
}

func TestARefusalWhileClosedSaysWhenThatEnds(t *testing.T) {
	d := startDSP(t, says(accepted))
	g := open(t, d.url(), nil)
	end := g.server.cfg.Clock() + int64(2*time.Hour)
	g.become(func(c *Change) {
		c.Rules = plenty()
		c.Rules.Threshold, c.Rules.Release, c.Rules.Closed, c.Rules.Until = 0, 0, true, end
		for i := range c.Rules.Accounts {
			c.Rules.Accounts[i].Allocation = 0
		}
		c.Conduct.LimitHeaders = true
	})
	r := g.visit().send(post(message(alpha1))).reply()
	seconds, _ := strconv.Atoi(r.Header.Get("Retry-After"))
	if r.StatusCode != 503 || seconds <= 7190 || seconds > 7200 || r.Header.Get("RateLimit") != "" || len(d.requests()) != 0 {
		t.Errorf("%d, Retry-After %d, RateLimit %q, %d sent", r.StatusCode, seconds, r.Header.Get("RateLimit"), len(d.requests()))
	}
}

func TestWhatIsShadowedIsForwardedWithItsOutcome(t *testing.T) {
	for rule, shadow := range map[string]func(*traffic.Rules){
		"everybody":   func(r *traffic.Rules) { r.Mode = traffic.ModeShadow },
		"one account": func(r *traffic.Rules) { r.Accounts[0].Shadow = true },
	} {
		d := startDSP(t, says(accepted))
		g, records := kept(t, d.url(), &faulty{}, func(_ *Config, r *traffic.Rules) {
			*r = scarce()
			shadow(r)
		})
		v := g.visit()
		for range 5 {
			if r := v.send(post(message(alpha1))).reply(); !fromDSP(r) {
				t.Errorf("%s: %d %s", rule, r.StatusCode, r.body)
			}
		}
		await(func() bool { return len(outcomes(records())) == 5 })
		shadowed := 0
		for _, r := range records() {
			if decision, is := r.(*journal.Decision); is && decision.Numbers.Verdict == traffic.Shadow {
				shadowed++
			}
		}
		if shadowed != 3 || len(d.requests()) != 5 || g.count("throttled") != 0 {
			t.Errorf("%s: %d shadowed, %d sent, %d throttled", rule, shadowed, len(d.requests()), g.count("throttled"))
		}
	}
}

// The second message of a critical command goes through when all is full, once,
// if its first was forwarded; and variants cost what the policy says.
func TestCriticalCommandsAreFinishedAndVariantsTreated(t *testing.T) {
	d := startDSP(t, says(accepted))
	g := open(t, d.url(), func(_ *Config, r *traffic.Rules) {
		*r = scarce()
		r.Threshold, r.Release, r.Margin = 4*traffic.PerSecond, 3*traffic.PerSecond, 2*traffic.PerSecond
		r.Accounts[0].Allocation, r.Accounts[1].Allocation = 2*traffic.PerSecond, 2*traffic.PerSecond
		r.FinishCritical = 10 * time.Minute
		r.Variants = map[string]traffic.Treatment{"4.8.1": {Cost: 2 * traffic.SR}, "7.1": {Exempt: true}}
	})
	v := g.visit()
	for _, row := range []struct {
		rule    string
		command int
		srv     string
		status  int
	}{
		{"the first message takes what is assured", 4, "1.1.1", 200},
		{"a request that costs two takes what is free, and one more is left", 1, "4.8.1", 200},
		{"a request that costs two finds one", 1, "4.8.1", 503},
		{"a usual one finds it", 1, "6.8", 200},
		{"and then nothing", 1, "6.8", 503},
		{"a first message finds nothing either", 4, "6.8", 503},
		{"the second message goes through", 5, "1.1.1", 200},
		{"but once", 5, "1.1.1", 503},
		{"what is exempt goes through", 1, "7.1", 200},
		{"until even that is too much", 1, "7.1", 503},
	} {
		if r := v.send(post(variantMessage(alpha1, row.command, row.srv))).reply(); r.StatusCode != row.status {
			t.Errorf("%s: %d, want %d", row.rule, r.StatusCode, row.status)
		}
	}
}

var limitForm = regexp.MustCompile(`^"allocation";q=(\d+);w=(\d+)\n"allocation";r=(\d+);t=(\d+)$`)

func limitsIn(h http.Header) string {
	return strings.Join(h["Ratelimit-Policy"], ",") + "\n" + strings.Join(h["Ratelimit"], ",")
}

func TestLimitHeaders(t *testing.T) {
	dspSays := "HTTP/1.1 200 OK\r\nx-Odd: 1\r\nContent-Length: 3\r\n\r\n<a>"
	d := startDSP(t, says(dspSays))
	g := open(t, d.url(), func(c *Config, r *traffic.Rules) {
		*r, c.LimitHeaders = scarce(), true
		r.Threshold, r.Release, r.Unlisted = 7*traffic.PerSecond, 3*traffic.PerSecond, "NONE"
		r.Accounts[0].Allocation = 6 * traffic.PerSecond // three in half a second
		r.Accounts[1].Allocation = traffic.PerSecond / 10
		r.Accounts = append(r.Accounts, traffic.Account{Name: "NONE"})
		c.Directory = directoryOf(t, Senders{Accounts: accounts(), Unlisted: "NONE"})
	})
	v := g.visit()
	for i, want := range []string{
		"\"allocation\";q=6;w=1\n\"allocation\";r=2;t=1", "\"allocation\";q=6;w=1\n\"allocation\";r=1;t=1",
		"\"allocation\";q=6;w=1\n\"allocation\";r=0;t=1",
	} {
		r := v.send(post(message(alpha1))).reply()
		if got := limitsIn(r.Header); got != want || !fromDSP(r) || r.Header.Get("x-odd") != "1" || len(r.Header) != 4 {
			t.Errorf("request %d: %d, %q, want %q; %v", i+1, r.StatusCode, got, want, r.Header)
		}
	}
	if r := v.throttled(post(message(alpha1)), fromDSP); limitsIn(r.Header) != "\"allocation\";q=6;w=1\n\"allocation\";r=0;t=1" {
		t.Errorf("the refusal says %q", limitsIn(r.Header))
	}
	if r := v.send(post(message(beta1))).reply(); limitsIn(r.Header) != "\"allocation\";q=1;w=10\n\"allocation\";r=0;t=10" {
		t.Errorf("one request in ten seconds: %q", limitsIn(r.Header))
	}
	for rule, request := range map[string]string{
		"an account without an allocation": post(message(nobody)), "what was not decided": post("<Request/>"),
	} {
		if r := v.send(request).reply(); limitsIn(r.Header) != "\n" {
			t.Errorf("%s: %q", rule, limitsIn(r.Header))
		}
	}
	g.become(func(c *Change) { c.Rules.Mode, c.Conduct.LimitHeaders = traffic.ModeOff, false })
	if raw := g.visit().send(post(message(beta1))).raw(len(dspSays)); raw != dspSays {
		t.Errorf("without the headers the answer is %q", raw)
	}
}

// raw reads so many bytes of an answer as they come.
func (v *visitor) raw(n int) string {
	v.t.Helper()
	b := make([]byte, n)
	for read := 0; read < n; {
		got, err := v.in.Read(b[read:])
		if err != nil {
			v.t.Fatal(err)
		}
		read += got
	}
	return string(b)
}

// What the headers say is true: a client that believes them stays within its
// allocation, and as many requests as are left are forwarded at once.
func TestLimitHeadersAreTrue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const at = int64(time.Hour)
		r := plenty()
		r.Burst = time.Duration(rapid.IntRange(20, 10_000).Draw(t, "burst in ms")) * time.Millisecond
		a := traffic.Rate(rapid.Int64Range(1, 400_000).Draw(t, "thousandths a second")) * traffic.PerSecond / 1000
		r.Accounts[0].Allocation = a
		c, err := traffic.New(r, traffic.Start{At: at})
		if err != nil {
			t.Fatal(err)
		}
		var d traffic.Decision
		for range rapid.IntRange(1, 50).Draw(t, "requests") {
			d, _ = c.Admit(at, traffic.Request{User: uint64(alpha1)})
		}
		l := limitOf(&d)
		if l.window < 1 || l.quota != int64(a)*l.window/int64(traffic.SR) || a.Over(time.Duration(l.window)*time.Second) < d.Depth {
			t.Fatalf("a quota of %d in %d s is not %v, of which the bucket holds %v", l.quota, l.window, a, d.Depth)
		}
		if l.full < 0 || l.full > l.window || l.left > int64(d.Depth/traffic.SR) {
			t.Fatalf("%d left, full in %d s, of %v", l.left, l.full, d.Depth)
		}
		for i := range l.left + 1 {
			d, _ = c.Admit(at, traffic.Request{User: uint64(alpha1)})
			if within := d.Reason == traffic.WithinAllocation; within != (i < l.left) {
				t.Fatalf("of %d left, request %d is within the allocation: %v", l.left, i+1, within)
			}
		}
		x := exchange{manners: newManners(Conduct{LimitHeaders: true}), decided: true, decision: journal.Decision{Numbers: d}}
		text := strings.ReplaceAll(strings.TrimSuffix(string(x.appendLimit(nil)), "\r\n"), "\r\n", "\n")
		text = strings.ReplaceAll(strings.ReplaceAll(text, "RateLimit-Policy: ", ""), "RateLimit: ", "")
		if !limitForm.MatchString(text) {
			t.Fatalf("the headers are %q", text)
		}
	})
}
