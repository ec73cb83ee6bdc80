package gateway

import (
	"bytes"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"srtm/traffic"
)

const hundredMB = 100 << 20

// zeros is a body that is never in memory.
type zeros struct{ left int }

func (z *zeros) Read(p []byte) (int, error) {
	if z.left == 0 {
		return 0, io.EOF
	}
	n := min(len(p), z.left)
	clear(p[:n])
	z.left -= n
	return n, nil
}

// A client that sends all of a large body before it reads anything, as many do,
// must still find the answer.
func TestWhoSendsAHugeBodyFirstAndReadsLaterReadsTheRefusal(t *testing.T) {
	d := startDSP(t, says(accepted))
	pki := newPKI(t)
	for _, secure := range []bool{false, true} {
		g := open(t, d.url(), func(c *Config, _ *traffic.Rules) {
			if secure {
				c.TLS = pki.listener(t)
			}
		})
		for _, row := range []struct{ frame, start, end string }{
			{"with its length", "Content-Length: 104857600\r\n\r\n", ""},
			{"in chunks", "Transfer-Encoding: chunked\r\n\r\n6400000\r\n", "\r\n0\r\n\r\n"},
		} {
			var v *visitor
			if secure {
				v = g.visitTLS(pki.client(t, alpha1.String()))
			} else {
				v = g.visit()
			}
			v.send("POST " + service + " HTTP/1.1\r\nHost: door\r\n" + row.start)
			if n, err := io.Copy(v.conn, &zeros{hundredMB}); err != nil {
				t.Errorf("%s, TLS %v: writing failed after %d bytes: %v", row.frame, secure, n, err)
				continue
			}
			r := v.send(row.end).reply()
			if r.StatusCode != 413 || !strings.Contains(r.body, "send at most") || !r.Close {
				t.Errorf("%s, TLS %v: %d %q, want 413", row.frame, secure, r.StatusCode, r.body)
			}
		}
	}
	if n := len(d.requests()); n != 0 {
		t.Errorf("the DSP got %d requests, want none", n)
	}
}

func TestGosClientReadsTheRefusalOfAHugeBody(t *testing.T) {
	d := startDSP(t, says(accepted))
	g := open(t, d.url(), nil)
	for _, length := range []int64{hundredMB, -1} {
		request, err := http.NewRequest("POST", "http://"+g.addr+service, &zeros{hundredMB})
		if err != nil {
			t.Fatal(err)
		}
		request.ContentLength = length
		response, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			t.Errorf("length %d: %v", length, err)
			continue
		}
		body, err := io.ReadAll(response.Body)
		if response.StatusCode != 413 || err != nil {
			t.Errorf("length %d: %d %q, %v; want 413", length, response.StatusCode, body, err)
		}
	}
}

func TestCurlReadsTheRefusalOfAHugeBody(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Fatal("curl is missing; install it with scripts/ or apt-get install curl")
	}
	d := startDSP(t, says(accepted))
	g := open(t, d.url(), nil)
	for _, how := range []string{"", "Expect:", "Transfer-Encoding: chunked"} { // curl's own way; without waiting for 100; in chunks
		args := []string{"-s", "-S", "-w", " %{http_code}", "-H", "Content-Type: application/xml", "--data-binary", "@-", "http://" + g.addr + service}
		if how != "" {
			args = append([]string{"-H", how}, args...)
		}
		cmd := exec.Command(curl, args...)
		cmd.Stdin = &zeros{hundredMB}
		var errors bytes.Buffer
		cmd.Stderr = &errors
		out, err := cmd.Output()
		if err != nil || !strings.HasSuffix(string(out), "\n 413") {
			t.Errorf("curl %q: %q %q %v, want the line and 413", how, out, errors.String(), err)
		}
	}
}

// A certificate of which nothing is known is refused before any of the body has
// been sent.
func TestAStrangerIsRefusedBeforeItsBodyIsRead(t *testing.T) {
	d := startDSP(t, says(accepted))
	pki := newPKI(t)
	g := open(t, d.url(), func(c *Config, _ *traffic.Rules) { c.TLS = pki.listener(t) })
	v := g.visitTLS(pki.client(t, "stranger"))
	r := v.send("POST " + service + " HTTP/1.1\r\nHost: door\r\nContent-Length: 1000\r\n\r\n").reply()
	if r.StatusCode != 403 || r.Close {
		t.Errorf("%d, close %v; want 403 and the connection kept", r.StatusCode, r.Close)
	}
	v.send(strings.Repeat("x", 1000) + post(message(alpha1)))
	if r := v.reply(); r.StatusCode != 403 {
		t.Errorf("the next request: %d, want 403", r.StatusCode)
	}
}
