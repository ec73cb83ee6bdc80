package console

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Server is the admin listener's.
type Server struct {
	source   Source
	meter    *meter
	hub      *hub
	http     *http.Server
	log      *slog.Logger
	exporter http.Handler // of metrics
	numbers  *collector   // that it gives
	looks    *looks
	drafts   drafts // of policies
	verifier verifier
	searches chan struct{} // a place for each search of the journal
	api      []byte        // the OpenAPI document
	trials   *trials
	making   *maker
}

// New returns a Server that shows what source tells. It listens to nobody yet.
func New(source Source, log *slog.Logger) *Server {
	registry, numbers := prometheus.NewRegistry(), newCollector(source)
	registry.MustRegister(numbers, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	s := &Server{
		source: source, log: log, numbers: numbers, meter: &meter{source: source}, looks: newLooks(), trials: newTrials(), making: newMaker(),
		exporter: promhttp.HandlerFor(registry, promhttp.HandlerOpts{EnableOpenMetrics: true}),
	}
	s.searches = make(chan struct{}, atOnce)
	s.hub = newHub(s.render)
	s.api = s.describe()
	s.http = &http.Server{
		Handler: s.handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: time.Minute,
		WriteTimeout: 2 * time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	s.http.RegisterOnShutdown(s.hub.close)
	return s
}

// handler is all that a request passes.
func (s *Server) handler() http.Handler {
	var h http.Handler = s.sameOrigin(s.mux())
	if s.source.Gate != nil {
		h = s.source.Gate.Identify(h)
	}
	return harden(s.onlyLoopback(h))
}

// Serve answers until Shutdown, and measures rates meanwhile.
func (s *Server) Serve(l net.Listener) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go s.run(ctx)
	if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// run measures once a second, and tells those who watch, until ctx ends.
func (s *Server) run(ctx context.Context) {
	s.beat()
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			s.beat()
		}
	}
}

func (s *Server) beat() {
	now := s.meter.tick()
	s.numbers.kept.look(s.source)
	s.Observe(now.snapshot.Active, now.snapshot.Since)
	s.hub.beat()
}

// Shutdown stops listening, cancels what is tried and reports that are made, and
// waits for answers under way, as long as ctx allows; then it cuts them off and
// returns ctx's error.
func (s *Server) Shutdown(ctx context.Context) error {
	defer s.trials.close()
	defer s.making.close()
	s.trials.cancel()
	s.making.cancel()
	if err := s.http.Shutdown(ctx); err != nil {
		return errors.Join(err, s.http.Close())
	}
	return nil
}

func (s *Server) healthy(c *call) error {
	c.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err := fmt.Fprintln(c.w, "ok")
	return err
}

func (s *Server) ready(c *call) error {
	if err := s.source.Ready(); err != nil {
		http.Error(c.w, err.Error(), http.StatusServiceUnavailable)
		return nil
	}
	c.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err := fmt.Fprintln(c.w, "ready")
	return err
}

func (s *Server) metrics(c *call) error {
	s.exporter.ServeHTTP(c.w, c.r)
	return nil
}

func (s *Server) state(*call) (any, error) { return s.meter.state(), nil }
