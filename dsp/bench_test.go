package dsp

import (
	"strings"
	"testing"

	"github.com/valyala/fasthttp"
)

// BenchmarkThroughput sends requests over loopback through 256 connections at a
// time, from the same process. Each answer takes at least a millisecond.
func BenchmarkThroughput(b *testing.B) {
	config := quick()
	config.Model.Capacity *= 10
	s, url := overLoopback(b, config)
	client := fasthttp.HostClient{Addr: strings.TrimPrefix(url, "http://"), MaxConns: 256}
	body := document(requestID(1, 1), 1, "4.8.1")
	b.SetParallelism(128)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		request, response := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
		request.Header.SetMethod(fasthttp.MethodPost)
		request.SetRequestURI(url + onS)
		request.SetBody(body)
		for pb.Next() {
			if err := client.Do(request, response); err != nil || response.StatusCode() != 200 {
				b.Errorf("status %d, %v", response.StatusCode(), err)
				return
			}
		}
	})
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
	b.ReportMetric(s.Measure(0).Latency.P99, "p99-ms")
	client.CloseIdleConnections()
}
