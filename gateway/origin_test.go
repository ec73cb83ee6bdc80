package gateway

import (
	"net"
	"strings"
	"testing"

	"srtm/traffic"
)

// What goes to the DSP is what came, and then what the policy adds.
func TestWhoseRequestItIsCanBeToldToTheDSP(t *testing.T) {
	came := []string{"via: 1.0 inner", "X-Forwarded-For: 203.0.113.9"}
	head := "POST " + service + " HTTP/1.1\r\nHost: %\r\nContent-Type: application/xml\r\n" + joinLines([]string{"Content-Length: #"}) + joinLines(came)
	for _, row := range []struct {
		rule         string
		via, address bool
		request      func(string) string
		added        string
	}{
		{"nothing is added unless the policy says so", false, false, nil, ""},
		{"the gateway's name", true, false, nil, "Via: 1.1 srtm\r\n"},
		{"the client's address", false, true, nil, "X-Forwarded-For: 127.0.0.1\r\n"},
		{"both", true, true, nil, "Via: 1.1 srtm\r\nX-Forwarded-For: 127.0.0.1\r\n"},
		{"the protocol is that in which it came", true, false, func(s string) string {
			return strings.Replace(s, "HTTP/1.1", "HTTP/1.0", 1)
		}, "Via: 1.0 srtm\r\n"},
	} {
		d := startDSP(t, says(accepted))
		g := open(t, d.url(), func(c *Config, _ *traffic.Rules) { c.Via, c.ForwardedFor = row.via, row.address })
		body := message(alpha1)
		request := post(body, came...)
		if row.request != nil {
			request = row.request(request)
		}
		if r := g.visit().send(request).reply(); r.StatusCode != 200 {
			t.Errorf("%s: %d", row.rule, r.StatusCode)
		}
		sent, sentBody, _ := strings.Cut(d.requests()[0], "\r\n\r\n")
		want := strings.NewReplacer("%", d.ln.Addr().String(), "#", lengthOf(body)).Replace(head) + row.added
		if sent+"\r\n" != want || sentBody != body {
			t.Errorf("%s: the DSP got\n%q, not\n%q", row.rule, sent+"\r\n", want)
		}
	}
}

func lengthOf(body string) string {
	_, rest, _ := strings.Cut(post(body), "Content-Length: ")
	length, _, _ := strings.Cut(rest, "\r\n")
	return length
}

// addressed is a connection from some address.
type addressed struct {
	net.Conn
	from net.Addr
}

// RemoteAddr is where it comes from.
func (a addressed) RemoteAddr() net.Addr { return a.from }

func TestAClientsAddressIsWrittenWithoutItsPort(t *testing.T) {
	for text, want := range map[string]string{
		"192.0.2.1:4": "192.0.2.1", "[2001:db8::1]:4": "2001:db8::1", "[::ffff:192.0.2.1]:4": "192.0.2.1", "[fe80::1%lo]:4": "fe80::1",
	} {
		from, err := net.ResolveTCPAddr("tcp", text)
		if err != nil {
			t.Fatal(err)
		}
		c := &session{raw: addressed{from: from}}
		if got := c.address(); got != want {
			t.Errorf("%s is written %s, not %s", text, got, want)
		}
	}
	if got := (&session{raw: addressed{from: &net.UnixAddr{Name: "@"}}}).address(); got != "unknown" {
		t.Errorf("what has no address is written %s", got)
	}
}
