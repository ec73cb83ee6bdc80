package gateway

import (
	"strings"
	"testing"

	"srtm/traffic"
)

// Every request here is wrong in its own way and in all the later ways, so that
// the order is seen as well as the answer.
func TestAnswersComeInTheirOrder(t *testing.T) {
	d := startDSP(t, says(accepted))
	pki := newPKI(t)
	g := open(t, d.url(), func(c *Config, r *traffic.Rules) {
		c.TLS = pki.listener(t)
		c.Limits.Message = 10_000
		*r = scarce()
	})
	large := strings.Repeat("x", 10_001)
	for _, row := range []struct {
		rule    string
		bearer  string // common name of the certificate
		request string
		status  int
		line    string
	}{
		{"a certificate of which nothing is known is refused before all else", "stranger",
			"GET /nowhere HTTP/1.1\r\nHost: door\r\nContent-Type: text/plain\r\nContent-Length: 10001\r\n\r\n" + large,
			403, "nothing is known of the certificate"},
		{"then a path that is no service", alpha1.String(),
			"GET /nowhere HTTP/1.1\r\nHost: door\r\nContent-Type: text/plain\r\nContent-Length: 10001\r\n\r\n" + large,
			404, `there is no service at "/nowhere"; send to one of /api/v1/serviceS, /api/v1/serviceT`},
		{"then a method other than POST", alpha1.String(),
			"GET " + service + " HTTP/1.1\r\nHost: door\r\nContent-Type: text/plain\r\nContent-Length: 10001\r\n\r\n" + large,
			405, `the method is "GET"; use POST`},
		{"then a type other than XML", alpha1.String(),
			"POST " + service + " HTTP/1.1\r\nHost: door\r\nContent-Type: text/plain\r\nContent-Length: 10001\r\n\r\n" + large,
			415, `Content-Type is "text/plain"; send application/xml or text/xml`},
		{"then a body that is too large", alpha1.String(),
			post(large), 413, "the body has 10001 bytes; send at most 10000"},
		{"then one that is no DUIS request", alpha1.String(),
			post("<Request/>"), 400, "not a DUIS request: "},
		{"then an originator that is in no account", alpha1.String(),
			post(message(nobody)), 403, "the RequestID's originator 90-B3-D5-1F-30-99-00-00 is not in the portfolio"},
		{"then a foreign originator", alpha1.String(),
			post(message(beta1)), 403, "the RequestID's originator 90-B3-D5-1F-30-02-00-00 is not one that this certificate may send for"},
		{"then, within the allocation, the DSP answers", alpha1.String(), post(message(alpha1)), 200, "<a>"},
		{"or with what is spare", alpha1.String(), post(message(alpha2)), 200, "<a>"},
		{"then traffic is refused, without a body", alpha1.String(), post(message(alpha1)), 503, ""},
	} {
		v := g.visitTLS(pki.client(t, row.bearer))
		r := v.send(row.request).reply()
		if r.StatusCode != row.status || !strings.HasPrefix(r.body, row.line) || row.line == "" && r.body != "" {
			t.Errorf("%s: %d %q, want %d %q", row.rule, r.StatusCode, r.body, row.status, row.line)
		}
		if r.StatusCode != 200 && r.body != "" {
			if strings.Count(r.body, "\n") != 1 || !strings.HasSuffix(r.body, "\n") || r.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
				t.Errorf("%s: %q of type %q is not one line of text", row.rule, r.body, r.Header.Get("Content-Type"))
			}
		}
	}
	if n := len(d.requests()); n != 2 {
		t.Errorf("the DSP got %d requests, want 2", n)
	}
}

func TestAThrottledRequestIsToldWhenToComeBackAndTheConnectionIsKept(t *testing.T) {
	d := startDSP(t, says(accepted))
	g := open(t, d.url(), func(_ *Config, r *traffic.Rules) { *r = scarce() })
	v := g.visit()
	var retry []string
	for range 5 {
		r := v.send(post(message(alpha1))).reply()
		if r.StatusCode == 503 {
			retry = append(retry, r.Header.Get("Retry-After"))
			if r.body != "" || r.ContentLength != 0 || r.Close || r.Header.Get("Content-Type") != "" {
				t.Errorf("refusal has body %q, length %d, close %v, type %q", r.body, r.ContentLength, r.Close, r.Header.Get("Content-Type"))
			}
		}
	}
	if got := strings.Join(retry, " "); got != "1 2 3" {
		t.Errorf("Retry-After of three refusals in one second: %q, want 1 2 3", got)
	}
	if r := v.send(post(message(beta1))).reply(); r.StatusCode != 200 {
		t.Errorf("another account on the same connection: %d, want 200", r.StatusCode)
	}
	if got := g.count("throttled"); got != 3 {
		t.Errorf("counted %d throttled, want 3", got)
	}
}

func TestTheConnectionIsKeptAfterASmallRequestIsRefused(t *testing.T) {
	d := startDSP(t, says(accepted))
	g := open(t, d.url(), nil)
	v := g.visit()
	body := message(alpha1)
	for _, refused := range []string{
		strings.Replace(post(body), service, "/nowhere", 1),
		strings.Replace(post(body), "POST", "PUT", 1),
		strings.Replace(post(body), "application/xml", "application/json", 1),
		post("no XML"),
		post(message(nobody)),
	} {
		if r := v.send(refused).reply(); r.StatusCode < 400 || r.Close {
			t.Errorf("%.40q: %d, close %v; want a refusal that keeps the connection", refused, r.StatusCode, r.Close)
		}
	}
	if r := v.send(post(body)).reply(); r.StatusCode != 200 {
		t.Errorf("a good request on the same connection: %d, want 200", r.StatusCode)
	}
}

func TestWhatTypeIsTaken(t *testing.T) {
	d := startDSP(t, says(accepted))
	g := open(t, d.url(), nil)
	for _, row := range []struct {
		header string
		status int
	}{
		{"Content-Type: application/xml", 200},
		{"content-TYPE: TEXT/xml", 200},
		{"Content-Type: application/xml; charset=utf-8", 200},
		{`Content-Type: application/xml;charset="UTF-8"`, 200},
		{"Content-Type:", 200},
		{"X-Nothing: at all", 200},
		{"Content-Type: application/xml\r\nContent-Type: application/xml", 200},
		{"Content-Type: application/xml\r\nContent-Type: text/plain", 415},
		{"Content-Type: application/json", 415},
		{"Content-Type: application/xmlish", 415},
		{"Content-Type: application/xml; charset", 415},
		{"Content-Type: application/xml; charset=utf-8; charset=utf-16", 415},
		{"Content-Type: application/xml; charset=utf-16", 400},
		{"Content-Type: application/xml; charset=utf-7", 400},
		{"Content-Encoding: gzip", 415},
		{"Content-Encoding: identity", 200},
	} {
		raw := strings.Replace(post(message(alpha1)), "Content-Type: application/xml", row.header, 1)
		if r := g.visit().send(raw).reply(); r.StatusCode != row.status {
			t.Errorf("%q: %d %s, want %d", row.header, r.StatusCode, r.body, row.status)
		}
	}
}

func TestTheTwoMessagesOfACriticalCommandBothPass(t *testing.T) {
	d := startDSP(t, says(accepted))
	g := open(t, d.url(), nil)
	v := g.visit()
	for _, command := range []int{4, 5} {
		if r := v.send(post(variantMessage(alpha1, command, "1.1.1"))).reply(); r.StatusCode != 200 {
			t.Errorf("Command Variant %d: %d, want 200", command, r.StatusCode)
		}
	}
	if n := len(d.requests()); n != 2 {
		t.Errorf("the DSP got %d messages, want 2", n)
	}
}

func TestAnOriginatorInLowerCaseIsTheSameUser(t *testing.T) {
	d := startDSP(t, says(accepted))
	g := open(t, d.url(), func(_ *Config, r *traffic.Rules) { *r = scarce() })
	v := g.visit()
	upper := message(alpha1)
	lower := strings.Replace(upper, alpha1.String(), strings.ToLower(alpha1.String()), 1)
	var got []int
	for _, m := range []string{lower, upper, lower} {
		got = append(got, v.send(post(m)).reply().StatusCode)
	}
	if got[0] != 200 || got[1] != 200 || got[2] != 503 {
		t.Errorf("three requests of one user, of which two may pass: %v", got)
	}
	if n := len(d.requests()); n != 2 || !strings.Contains(d.requests()[0], strings.ToLower(alpha1.String())) {
		t.Errorf("the DSP got %d requests; the first does not have the identifier as it came", n)
	}
}

func TestAVariantThatIsNotInTheCatalogueIsCarriedAndCounted(t *testing.T) {
	d := startDSP(t, says(accepted))
	g := open(t, d.url(), nil)
	if r := g.visit().send(post(variantMessage(alpha1, 1, "99.9"))).reply(); r.StatusCode != 200 {
		t.Errorf("%d, want 200", r.StatusCode)
	}
	if n := g.server.Stats().UnknownVariants; n != 1 {
		t.Errorf("counted %d, want 1", n)
	}
}
