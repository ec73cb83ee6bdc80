package dsp

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"srtm/duis"
	"srtm/outage"
)

// MeasurementsPath is where GET returns Measurements as JSON. The query
// ?seconds=N asks for the last N seconds one by one; 60 without it.
const MeasurementsPath = "/measurements"

// Limits on what a Config may hold.
const (
	MaxMessage  = 64 << 20
	MaxRemember = 1 << 24
)

// Paths are the paths of the three services.
type Paths struct {
	SendCommand, NonDevice, Transform string
}

// DefaultPaths are those of the DCC's own emulator. Paths in production are
// not public.
func DefaultPaths() Paths {
	return Paths{SendCommand: "/api/v1/serviceS", NonDevice: "/api/v1/serviceD", Transform: "/api/v1/serviceT"}
}

// service returns the service at the path.
func (p Paths) service(path []byte) duis.Service {
	switch string(path) {
	case p.SendCommand:
		return duis.SendCommand
	case p.NonDevice:
		return duis.NonDevice
	case p.Transform:
		return duis.Transform
	}
	return duis.NoService
}

func (p Paths) check() error {
	seen := map[string]bool{MeasurementsPath: true}
	for _, path := range []string{p.SendCommand, p.NonDevice, p.Transform} {
		if !strings.HasPrefix(path, "/") || strings.ContainsAny(path, "?# ") {
			return fmt.Errorf("path %q: choose one that begins with / and has no query", path)
		}
		if seen[path] {
			return fmt.Errorf("path %q is used twice, or for the measurements: choose one path for each service", path)
		}
		seen[path] = true
	}
	return nil
}

// Config says what a Server is like. Everything but Model.Capacity has a
// default, which is taken where the value is zero.
type Config struct {
	Model      outage.Config // how much it can do, and how it fails
	Paths      Paths         // default DefaultPaths()
	MaxMessage int           // largest body in bytes; default 1 MiB; larger ones get 413
	Remember   int           // how many RequestIDs with Command Variant are remembered to see repeats; default 262,144

	TLS *tls.Config      // speaks TLS when not nil; ClientCAs and ClientAuth say who may connect
	Now func() time.Time // the clock; default time.Now
	Log *slog.Logger     // default: nothing is logged

	// Keep, where not nil, is given every POST on a service path as it
	// arrives: the path, the header fields as received and the body. It is
	// called from many goroutines at once, and what it is given is valid only
	// until it returns.
	Keep func(path string, header, body []byte)
}

func (c Config) withDefaults() Config {
	if c.Paths == (Paths{}) {
		c.Paths = DefaultPaths()
	}
	if c.MaxMessage == 0 {
		c.MaxMessage = 1 << 20
	}
	if c.Remember == 0 {
		c.Remember = 1 << 18
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

func (c Config) check() error {
	var faults []error
	faults = append(faults, c.Paths.check())
	if c.MaxMessage < 1<<10 || c.MaxMessage > MaxMessage {
		faults = append(faults, fmt.Errorf("largest message of %d bytes: choose 1024 to %d", c.MaxMessage, MaxMessage))
	}
	if c.Remember < 1 || c.Remember > MaxRemember {
		faults = append(faults, fmt.Errorf("%d remembered requests: choose 1 to %d", c.Remember, MaxRemember))
	}
	if now := c.Now().UTC(); now.Year() < 1970 || now.Year() > 2100 {
		faults = append(faults, fmt.Errorf("the clock reads %v: set it to a time from 1970 to 2100", now))
	}
	return errors.Join(faults...)
}
