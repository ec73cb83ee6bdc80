package gateway

import (
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"testing"

	"srtm/traffic"
)

// BenchmarkDoor sends Service Requests over loopback, on as many connections as
// there are processors, to a DSP that answers at once: through the gateway;
// through the reverse proxy of Go's library, which neither reads nor decides;
// and with nothing in between.
func BenchmarkDoor(b *testing.B) {
	address := trivialDSP(b)

	b.Run("gateway", func(b *testing.B) {
		g := open(b, "http://"+address, func(c *Config, _ *traffic.Rules) { c.Clock = nil })
		knock(b, g.addr)
	})
	b.Run("ReverseProxy", func(b *testing.B) {
		proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: address})
		proxy.ErrorLog = log.New(io.Discard, "", 0)
		proxy.Transport = &http.Transport{MaxIdleConnsPerHost: 1000, DisableCompression: true}
		front := listen(b)
		server := &http.Server{Handler: proxy}
		go func() { _ = server.Serve(front) }()
		defer server.Close()
		knock(b, front.Addr().String())
	})
	b.Run("nothing", func(b *testing.B) { knock(b, address) })
}

// trivialDSP answers at once whatever it is sent, and returns its address.
func trivialDSP(b *testing.B) string {
	ln := listen(b)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, "<a/>")
	})}
	go func() { _ = server.Serve(ln) }()
	b.Cleanup(func() { _ = server.Close() })
	return ln.Addr().String()
}

// BenchmarkRefusal is the same for requests that are throttled.
func BenchmarkRefusal(b *testing.B) {
	g := open(b, "http://127.0.0.1:1", func(_ *Config, r *traffic.Rules) {
		*r = scarce()
		r.Accounts[0].Allocation = 0
	})
	v := g.visit()
	for g.count("throttled") == 0 {
		v.send(post(message(alpha1))).reply()
	}
	knock(b, g.addr)
}

func knock(b *testing.B, address string) { knockWith(b, address, 4) }

// knockWith sends on so many connections for each processor.
func knockWith(b *testing.B, address string, lanes int) {
	request := []byte(post(message(alpha1)))
	b.SetParallelism(lanes)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			b.Error(err)
			return
		}
		defer conn.Close()
		answer := make([]byte, 4096)
		for pb.Next() {
			if _, err := conn.Write(request); err != nil {
				b.Error(err)
				return
			}
			if _, err := conn.Read(answer); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
