package console

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Server is the admin listener's.
type Server struct {
	source Source
	meter  *meter
	http   *http.Server
	log    *slog.Logger
}

// New returns a Server that shows what source tells. It listens to nobody yet.
func New(source Source, log *slog.Logger) *Server {
	s := &Server{source: source, meter: &meter{source: source}, log: log}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collector{source}, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))

	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.index)
	mux.HandleFunc("GET /healthz", s.healthy)
	mux.HandleFunc("GET /readyz", s.ready)
	mux.HandleFunc("GET /api/v1/state", s.state)
	mux.HandleFunc("GET /api/v1/journal/head", s.head)
	s.amend(mux)
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{EnableOpenMetrics: true}))
	s.http = &http.Server{
		Handler: onlyLoopback(http.NewCrossOriginProtection().Handler(mux)), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: time.Minute,
		WriteTimeout: 2 * time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	return s
}

// CheckAddress says what is wrong with an address to listen on, which must be a
// loopback address.
func CheckAddress(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("admin address %q: %w; write host:port, such as 127.0.0.1:9101", addr, err)
	}
	if !isLoopback(host) {
		return fmt.Errorf("admin address %q is not loopback; there is no sign-in yet, so listen on 127.0.0.1 or [::1]", addr)
	}
	return nil
}

// Listen listens on addr, which must pass CheckAddress.
func Listen(addr string) (net.Listener, error) {
	if err := CheckAddress(addr); err != nil {
		return nil, err
	}
	return net.Listen("tcp", addr)
}

// Serve answers until Shutdown, and measures rates meanwhile.
func (s *Server) Serve(l net.Listener) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go s.meter.run(ctx)
	if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Shutdown stops listening and waits for answers under way, as long as ctx
// allows; then it cuts them off and returns ctx's error.
func (s *Server) Shutdown(ctx context.Context) error {
	if err := s.http.Shutdown(ctx); err != nil {
		return errors.Join(err, s.http.Close())
	}
	return nil
}

// onlyLoopback refuses whoever names another host than this machine: that is a
// page in a browser whose name was made to lead here.
func onlyLoopback(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		if !isLoopback(host) {
			http.Error(w, "the console answers on loopback only; ask for 127.0.0.1, [::1] or localhost", http.StatusForbidden)
			return
		}
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.Unmap().IsLoopback()
}

func (s *Server) index(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	p := s.source.Policy()
	fmt.Fprintf(w, "srtm %s, environment %s, policy %s\n\n"+
		"/api/v1/state         all numbers, JSON\n/api/v1/policies      the policy in force, what is to come and what waits\n/api/v1/journal/head  the journal's last signed head\n/metrics              for Prometheus\n"+
		"/healthz              the process lives\n/readyz               requests may be sent here\n", s.source.Version, p.Environment, p.Name)
}

func (s *Server) healthy(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") }

func (s *Server) ready(w http.ResponseWriter, _ *http.Request) {
	if err := s.source.Ready(); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ready")
}

func (s *Server) state(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	if err := out.Encode(s.meter.state()); err != nil {
		s.log.Debug("write state", "error", err)
	}
}
