package gateway

import (
	"strings"
	"testing"
	"time"

	"srtm/traffic"
)

// What two readers could take for different requests is refused, and the
// connection closed, so that nothing behind it can be taken for a request.
func TestWhatIsNotClearlyOneRequestIsRefusedAndTheConnectionClosed(t *testing.T) {
	d := startDSP(t, says(accepted))
	g := open(t, d.url(), nil)
	body := message(alpha1)
	good := post(body)
	length := func(headers string) string {
		return "POST " + service + " HTTP/1.1\r\nHost: door\r\n" + headers + "\r\n" + body
	}
	n := func(s string) string { return strings.ReplaceAll(s, "N", "426") }
	if len(body) != 426 {
		t.Fatalf("the message has %d bytes; this test writes 426", len(body))
	}
	for _, row := range []struct {
		rule, raw string
		status    int
		line      string
	}{
		{"both lengths", length(n("Content-Length: N\r\nTransfer-Encoding: chunked\r\n")), 400, "there are both Content-Length and Transfer-Encoding"},
		{"two lengths", length(n("Content-Length: N\r\nContent-Length: N\r\n")), 400, "there are 2 Content-Length headers"},
		{"two lengths in one", length(n("Content-Length: N, N\r\n")), 400, `Content-Length is "426, 426"`},
		{"a length with a sign", length(n("Content-Length: +N\r\n")), 400, `Content-Length is "+426"`},
		{"a negative length", length("Content-Length: -1\r\n"), 400, `Content-Length is "-1"`},
		{"a length that overflows", length("Content-Length: 99999999999999999999\r\n"), 400, "Content-Length is "},
		{"an empty length", length("Content-Length:\r\n"), 400, `Content-Length is ""`},
		{"two codings", length("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400, "there are 2 Transfer-Encoding headers"},
		{"another coding", length("Transfer-Encoding: gzip, chunked\r\n"), 501, `Transfer-Encoding is "gzip, chunked"`},
		{"the identity coding", length(n("Transfer-Encoding: identity\r\n")), 501, `Transfer-Encoding is "identity"`},
		{"chunks in HTTP/1.0", strings.Replace(length("Transfer-Encoding: chunked\r\n"), "1.1", "1.0", 1), 400, "Transfer-Encoding came with HTTP/1.0"},
		{"a folded header", length(n("X-Fold: a\r\n b\r\nContent-Length: N\r\n")), 400, `not an HTTP request: the header line " b" is folded`},
		{"a space before the colon", length(n("Content-Length : N\r\n")), 400, `not an HTTP request: the header name "Content-Length " is not a token`},
		{"a header without a colon", length(n("Content-Length N\r\n")), 400, `not an HTTP request: the header line "Content-Length 426" has no colon`},
		{"a header without a name", length(": x\r\n"), 400, "not an HTTP request: the header name"},
		{"a bare LF", strings.Replace(good, "\r\n", "\n", 1), 400, "not an HTTP request: a line ends in LF alone"},
		{"a bare CR", length("X: a\rContent-Length: 5\r\n"), 400, `not an HTTP request: the value of header "X" has the control character 0x0d`},
		{"a NUL", length("X: a\x00b\r\n"), 400, "not an HTTP request: the value of header"},
		{"a Connection that names too much", length(n("Connection: " + strings.Repeat("a, ", 40) + "\r\nContent-Length: N\r\n")), 400, "Connection names more than 32 options"},
		{"no host", strings.Replace(good, "Host: door\r\n", "", 1), 400, "there are 0 Host headers"},
		{"two hosts", length(n("Host: other\r\nContent-Length: N\r\n")), 400, "there are 2 Host headers"},
		{"no version", strings.Replace(good, " HTTP/1.1", "", 1), 400, "the request line"},
		{"two spaces", strings.Replace(good, "POST ", "POST  ", 1), 400, "the request line"},
		{"a method that is no token", strings.Replace(good, "POST", "PO(ST", 1), 400, "the request line"},
		{"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, `the protocol is "HTTP/2.0"; use HTTP/1.1`},
		{"something else altogether", "\x16\x03\x01\x02\x00\x01\r\n\r\n", 400, "the request line"},
		{"a chunk that is longer than it says", length("Transfer-Encoding: chunked\r\n") + "", 400, "the chunked body is malformed"},
		{"a chunk size with a bare LF", length("Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n"), 400, "the chunked body is malformed"},
		{"a trailer with a bare LF", "POST " + service + " HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n<\r\n0\r\nX: y\n\r\n", 400, "the chunked body is malformed: the trailer"},
		{"a trailer that frames", "POST " + service + " HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n<\r\n0\r\nContent-Length: 5\r\n\r\n", 400, "the chunked body is malformed: the trailer"},
		{"a trailer that is a request", "POST " + service + " HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n<\r\n0\r\nGET /evil HTTP/1.1\r\n\r\n", 400, "the chunked body is malformed: the trailer"},
		{"a length with a leading zero", length("Content-Length: 0426\r\n"), 400, `Content-Length is "0426"`},
		{"a length with an underscore", length(n("Content-Length: N\r\nContent_Length: 5\r\n")), 400, `there is a header "Content_Length"`},
		{"a coding with an underscore", length(n("Content-Length: N\r\nTransfer_Encoding: chunked\r\n")), 400, `there is a header "Transfer_Encoding"`},
		{"a fragment", strings.Replace(good, service, service+"?a#b", 1), 400, "the target"},
		{"an absolute form whose path is in its fragment", strings.Replace(good, service, "http://host#"+service, 1), 400, "the target"},
		{"headers that are too large", length("X: " + strings.Repeat("x", 17<<10) + "\r\n"), 431, "the request line and headers are larger than 16384 bytes"},
		{"a request line that is too large", "GET /" + strings.Repeat("x", 17<<10) + " HTTP/1.1\r\n\r\n", 431, "the request line and headers are larger than 16384 bytes"},
	} {
		v := g.visit().send(row.raw + good)
		r := v.reply()
		if r.StatusCode != row.status || !strings.HasPrefix(r.body, row.line) || !r.Close {
			t.Errorf("%s: %d %q, close %v; want %d %q and close", row.rule, r.StatusCode, r.body, r.Close, row.status, row.line)
		}
		if !v.closed() {
			t.Errorf("%s: the connection was not closed", row.rule)
		}
	}
	if n := len(d.requests()); n != 0 {
		t.Errorf("the DSP got %d requests, want none: %q", n, d.requests())
	}
}

func TestWhatIsUnusualButClearIsTaken(t *testing.T) {
	d := startDSP(t, says(accepted))
	g := open(t, d.url(), nil)
	good := post(message(alpha1))
	for _, row := range []struct{ rule, raw, target string }{
		{"an empty line before the request", "\r\n" + good, service},
		{"a target in absolute form", strings.Replace(good, service, "http://anywhere:80"+service+"?q", 1), service + "?q"},
		{"HTTP/1.0", strings.Replace(good, "1.1", "1.0", 1), service},
		{"HTTP/1.0 without a host", strings.NewReplacer("1.1", "1.0", "Host: door\r\n", "").Replace(good), service},
		{"another expectation", strings.Replace(good, "Host", "Expect: the best\r\nHost", 1), service},
	} {
		r := g.visit().send(row.raw).reply()
		got := d.requests()
		start, _, _ := lines(got[len(got)-1])
		if r.StatusCode != 200 || start != "POST "+row.target+" HTTP/1.1" {
			t.Errorf("%s: %d %q, DSP got %q", row.rule, r.StatusCode, r.body, start)
		}
	}
}

func TestPipelinedRequestsAreAnsweredInOrder(t *testing.T) {
	d := startDSP(t, says(accepted))
	g := open(t, d.url(), nil)
	v := g.visit().send(post(message(alpha1)) + post(message(nobody)) + post("<no>") + post(message(beta1)))
	var got []int
	for range 4 {
		got = append(got, v.reply().StatusCode)
	}
	if got[0] != 200 || got[1] != 403 || got[2] != 400 || got[3] != 200 {
		t.Errorf("answers %v, want 200 403 400 200", got)
	}
}

func TestWhoWantsTheConnectionClosedGetsIt(t *testing.T) {
	d := startDSP(t, says(accepted))
	g := open(t, d.url(), nil)
	good := post(message(alpha1))
	old := strings.Replace(good, "1.1", "1.0", 1)
	for _, row := range []struct {
		rule, raw  string
		connection string
	}{
		{"HTTP/1.1 keeps it", good, ""},
		{"unless asked not to", strings.Replace(good, "Host", "Connection: foo, Close\r\nHost", 1), "close"},
		{"HTTP/1.0 does not", old, "close"},
		{"unless asked to", strings.Replace(old, "Host", "Connection: Keep-Alive\r\nHost", 1), "keep-alive"},
	} {
		v := g.visit().send(row.raw)
		raw := rawReply(t, v.conn)
		_, fields, _ := lines(raw)
		got := ""
		for _, f := range fields {
			if v, ok := strings.CutPrefix(f, "Connection: "); ok {
				got = v
			}
		}
		if got != row.connection {
			t.Errorf("%s: Connection %q, want %q", row.rule, got, row.connection)
		}
		if row.connection == "close" && !v.closed() {
			t.Errorf("%s: not closed", row.rule)
		}
	}
}

func TestWhoWaitsForPermissionGetsItOnlyForABodyThatIsWanted(t *testing.T) {
	d := startDSP(t, says(accepted))
	g := open(t, d.url(), nil)
	body := message(alpha1)
	head := strings.TrimSuffix(post(body, "Expect: 100-continue"), body)
	v := g.visit().send(head)
	if r := v.reply(); r.StatusCode != 100 {
		t.Fatalf("%d, want 100", r.StatusCode)
	}
	if r := v.send(body).reply(); r.StatusCode != 200 {
		t.Errorf("%d %s, want 200", r.StatusCode, r.body)
	}
	for _, unwanted := range []string{
		strings.Replace(head, service, "/nowhere", 1), strings.Replace(head, "application/xml", "text/plain", 1),
		strings.Replace(head, "Content-Length: ", "Content-Length: 9999", 1),
	} {
		v := g.visit().send(unwanted)
		if r := v.reply(); r.StatusCode < 400 || !r.Close {
			t.Errorf("%q: %d, close %v; want a refusal and close", unwanted, r.StatusCode, r.Close)
		}
	}
}

func TestWhoIsTooSlowIsToldSo(t *testing.T) {
	d := startDSP(t, says(accepted))
	good := post(message(alpha1))
	const patience = 50 * time.Millisecond
	for _, row := range []struct {
		rule, raw, line string
		change          func(*Timeouts)
	}{
		{"in the headers", good[:30], "the headers did not arrive within 50ms", func(t *Timeouts) { t.Head = patience }},
		{"in the body", good[:len(good)-1], "the body did not arrive within 50ms", func(t *Timeouts) { t.Body = patience }},
	} {
		g := open(t, d.url(), func(c *Config, _ *traffic.Rules) { row.change(&c.Timeouts) })
		v := g.visit().send(row.raw)
		if r := v.reply(); r.StatusCode != 408 || !strings.HasPrefix(r.body, row.line) || !v.closed() {
			t.Errorf("%s: %d %q, want 408 %q and close", row.rule, r.StatusCode, r.body, row.line)
		}
	}
	g := open(t, d.url(), func(c *Config, _ *traffic.Rules) { c.Timeouts.Idle = patience })
	if v := g.visit(); !v.closed() {
		t.Error("a connection on which nothing comes was not closed")
	}
	if n := len(d.requests()); n != 0 {
		t.Errorf("the DSP got %d requests, want none", n)
	}
}

func TestWhatIsCutShortIsNotCarried(t *testing.T) {
	d := startDSP(t, says(accepted))
	g := open(t, d.url(), nil)
	good := post(message(alpha1))
	for _, row := range []struct{ raw, line string }{
		{good[:30], "the headers end before the empty line"},
		{good[:len(good)-1], "the body ends after 425 of 426 bytes"},
		{"POST " + service + " HTTP/1.1\r\nHost: door\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<a", "the body ends before its time"},
	} {
		v := g.visit().send(row.raw)
		if err := v.conn.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if r := v.reply(); r.StatusCode != 400 || !strings.HasPrefix(r.body, row.line) {
			t.Errorf("%q: %d %q, want 400 %q", row.raw, r.StatusCode, r.body, row.line)
		}
	}
	if n := len(d.requests()); n != 0 {
		t.Errorf("the DSP got %d requests, want none", n)
	}
}

func TestAHeadRequestGetsNoBody(t *testing.T) {
	d := startDSP(t, says(accepted))
	g := open(t, d.url(), nil)
	v := g.visit().send("HEAD " + service + " HTTP/1.1\r\nHost: door\r\n\r\nHEAD /x HTTP/1.1\r\nHost: door\r\nConnection: close\r\n\r\n")
	raw := make([]byte, 4096)
	n := 0
	for {
		m, err := v.conn.Read(raw[n:])
		n += m
		if err != nil {
			break
		}
	}
	got := string(raw[:n])
	if strings.Count(got, "HTTP/1.1 40") != 2 || !strings.Contains(got, "405 Method Not Allowed") || !strings.Contains(got, "Allow: POST") ||
		strings.Contains(got, "use POST") || !strings.HasSuffix(got, "\r\n\r\n") {
		t.Errorf("got %q", got)
	}
}
