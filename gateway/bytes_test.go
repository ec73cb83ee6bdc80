package gateway

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"sort"
	"strings"
	"testing"
)

// lines returns the head's lines in order of their bytes, and the body.
func lines(raw string) (start string, fields []string, body string) {
	head, body, _ := strings.Cut(raw, "\r\n\r\n")
	all := strings.Split(head, "\r\n")
	fields = all[1:]
	sort.Strings(fields)
	return all[0], fields, body
}

// awkward headers: names in any case, values with anything, repetition.
var awkward = []string{
	"x-lower: 1", "X-UPPER:no space", "X-Repeated: one", "X-Repeated: two", "x-repeated: one", "Cookie: a=1; b=2", "cookie: c=3",
	"User-agent: odd/1.0", "ACCEPT: */*", "Accept: text/xml", "X-Empty:", "X-Tabs:\ta\tb", "X-Latin: caf\xe9", "X-Quoted: \"a, b\";c",
	"Date: yesterday", "Server: mine", "Set-Cookie: s=1", "Set-Cookie: s=2", "X!#$%&'*+-.^_`|~9: token", "Authorization: Basic eDp5",
	"X-Content-Type: one", "X-Content-Type: two", "Via: 1.1 somebody", "Content-Language: cy", "X-Long: " + strings.Repeat("0123456789", 500),
}

func TestARequestReachesTheDSPAsItCame(t *testing.T) {
	d := startDSP(t, says(accepted))
	g := open(t, d.url(), nil)
	many := append([]string(nil), awkward...)
	for i := range 200 {
		many = append(many, fmt.Sprintf("X-Header-%d: %d", i, i))
	}
	target := service + "?a=1&b=%20&c=/../x"
	raw := strings.Replace(post(message(alpha1), many...), service, target, 1)
	if r := g.visit().send(raw).reply(); r.StatusCode != 200 {
		t.Fatalf("%d %s", r.StatusCode, r.body)
	}
	start, fields, body := lines(d.requests()[0])
	_, sent, sentBody := lines(strings.Replace(raw, "Host: door", "Host: "+d.ln.Addr().String(), 1))
	if start != "POST "+target+" HTTP/1.1" {
		t.Errorf("request line %q", start)
	}
	if body != sentBody {
		t.Errorf("the body differs: %q, want %q", body, sentBody)
	}
	if got, want := strings.Join(fields, "\n"), strings.Join(sent, "\n"); got != want {
		t.Errorf("the headers differ:\n%s\nwant:\n%s", got, want)
	}
}

func TestWhatConcernsOneConnectionIsNotPassedOn(t *testing.T) {
	hop := []string{
		"Connection: keep-alive, X-Private, x-other", "Connection: Upgrade", "Keep-Alive: timeout=5", "TE: trailers", "Trailer: X-Sum",
		"Upgrade: websocket", "Proxy-Authorization: Basic eDp5", "Proxy-Connection: keep-alive", "Proxy-Anything: 1",
		"X-PRIVATE: secret", "X-Other: 1", "X-Stays: 1",
	}
	d := startDSP(t, says("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"+joinLines(hop)+"\r\n"))
	g := open(t, d.url(), nil)
	r := g.visit().send(post(message(alpha1), append(hop, "Expect: 100-continue")...)).reply()
	_, fields, _ := lines(d.requests()[0])
	if got, want := strings.Join(fields, "|"), strings.Join([]string{
		fmt.Sprintf("Content-Length: %d", len(message(alpha1))), "Content-Type: application/xml", "Host: " + d.ln.Addr().String(), "X-Stays: 1",
	}, "|"); got != want {
		t.Errorf("the DSP got %s, want %s", got, want)
	}
	if len(r.Header) != 2 || r.Header.Get("X-Stays") != "1" || r.Header.Get("Content-Length") != "0" {
		t.Errorf("the client got %v, want X-Stays and Content-Length", r.Header)
	}
}

// rawReply reads an answer with a Content-Length as it is.
func rawReply(t *testing.T, conn net.Conn) string {
	t.Helper()
	raw, err := readRaw(bufio.NewReader(conn))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestAnAnswerReachesTheClientAsItCame(t *testing.T) {
	for _, row := range []struct{ rule, start string }{
		{"an answer", "HTTP/1.1 200 OK"},
		{"a reason phrase of its own", "HTTP/1.1 200 I99 acknowledged, caf\xe9"},
		{"no reason phrase", "HTTP/1.1 200 "},
		{"a client error", "HTTP/1.1 422 Nope"},
		{"the DSP's own 404", "HTTP/1.1 404 Not here"},
		{"the DSP's own 503", "HTTP/1.1 503 Busy"},
		{"the DSP's own 502", "HTTP/1.1 502 Bad Gateway"},
		{"a code that nobody knows", "HTTP/1.1 799 Odd"},
	} {
		answer := row.start + "\r\n" + joinLines(awkward) + "content-length: 5\r\n\r\n<a/>\x00"
		d := startDSP(t, says(answer))
		g := open(t, d.url(), nil)
		start, fields, body := lines(rawReply(t, g.visit().send(post(message(alpha1))).conn))
		wantStart, want, wantBody := lines(answer)
		if start != wantStart || body != wantBody || strings.Join(fields, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s: got\n%q\n%q\n%s\nwant\n%q\n%q\n%s", row.rule, start, body, strings.Join(fields, "\n"),
				wantStart, wantBody, strings.Join(want, "\n"))
		}
	}
}

func TestHoweverTheDSPFramesItsAnswerTheClientGetsTheSameBody(t *testing.T) {
	large := strings.Repeat("0123456789abcdef", 1<<17) // 2 MiB: more than is held
	frames := map[string]func(string) string{
		"Content-Length": func(b string) string { return fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(b), b) },
		"chunked": func(b string) string {
			return fmt.Sprintf("Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n%x;ext=1\r\n%s\r\n%x\r\n%s\r\n0\r\nX-Sum: 1\r\n\r\n",
				len(b)/2, b[:len(b)/2], len(b)-len(b)/2, b[len(b)/2:])
		},
		"the end of the connection": func(b string) string { return "\r\n" + b },
		"chunks and a Content-Length": func(b string) string {
			return fmt.Sprintf("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(b), b)
		},
	}
	for frame, write := range frames {
		for _, body := range []string{"<answer/>", large} {
			d := startDSP(t, func(conn net.Conn, _ int, _ string) bool {
				_, err := io.WriteString(conn, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\nHTTP/1.1 200 OK\r\n"+write(body))
				return err == nil && frame != "the end of the connection"
			})
			g := open(t, d.url(), nil)
			v := g.visit()
			for range 2 {
				if r := v.send(post(message(alpha1))).reply(); r.StatusCode != 200 || r.body != body {
					t.Errorf("%s: %d with %d bytes, want 200 with %d", frame, r.StatusCode, len(r.body), len(body))
				}
			}
			old := g.visit().send(strings.Replace(post(message(alpha1)), "HTTP/1.1", "HTTP/1.0", 1))
			if r := old.reply(); r.StatusCode != 200 || r.body != body || r.TransferEncoding != nil {
				t.Errorf("%s to an HTTP/1.0 client: %d with %d bytes, %v; want 200 with %d, not chunked", frame, r.StatusCode, len(r.body), r.TransferEncoding, len(body))
			}
		}
	}
}

func TestAnAnswerWithoutABodyHasNone(t *testing.T) {
	for _, status := range []string{"204 No Content", "304 Not Modified"} {
		d := startDSP(t, says("HTTP/1.1 "+status+"\r\nContent-Length: 7\r\n\r\n"))
		g := open(t, d.url(), nil)
		v := g.visit()
		for range 2 {
			if r := v.send(post(message(alpha1))).reply(); !strings.HasPrefix(r.Status, status) || r.body != "" {
				t.Errorf("%s: %s %q", status, r.Status, r.body)
			}
		}
	}
}

func TestAChunkedRequestArrivesWithItsLength(t *testing.T) {
	d := startDSP(t, says(accepted))
	g := open(t, d.url(), nil)
	body := message(alpha1)
	v := g.visit()
	for range 2 {
		v.send("POST " + service + " HTTP/1.1\r\nHost: door\r\nTransfer-Encoding: CHUNKED\r\nX-Kept: 1\r\n\r\n")
		for _, part := range []string{body[:1], body[1:100], body[100:]} {
			v.send(fmt.Sprintf("%X;x=\"y\"\r\n%s\r\n", len(part), part))
		}
		if r := v.send("0\r\nX-Trailer: dropped\r\n\r\n").reply(); r.StatusCode != 200 {
			t.Fatalf("%d %s", r.StatusCode, r.body)
		}
	}
	for _, raw := range d.requests() {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(raw)))
		if err != nil {
			t.Fatal(err)
		}
		got, _ := io.ReadAll(r.Body)
		if string(got) != body || r.ContentLength != int64(len(body)) || r.Header.Get("X-Kept") != "1" || r.Header.Get("X-Trailer") != "" || r.TransferEncoding != nil {
			t.Errorf("the DSP got %q", raw)
		}
	}
}

func TestEveryByteOfABodyComesThrough(t *testing.T) {
	d := startDSP(t, says(accepted))
	g := open(t, d.url(), nil)
	v := g.visit()
	tail := make([]byte, 256)
	for i := range tail {
		tail[i] = byte(i)
	}
	for _, size := range []int{0, 1, 4095, 4096, 4097, 16 << 10, 100 << 10, 1 << 20} {
		body := message(alpha1)
		if more := size - len(body); more > 0 {
			body += string(bytes.Repeat(tail, more/256+1)[:more])
		}
		if r := v.send(post(body)).reply(); r.StatusCode != 200 {
			t.Fatalf("%d bytes: %d %s", len(body), r.StatusCode, r.body)
		}
		got := d.requests()
		if _, _, last := lines(got[len(got)-1]); last != body {
			t.Errorf("%d bytes: the DSP got %d others", len(body), len(last))
		}
	}
}
