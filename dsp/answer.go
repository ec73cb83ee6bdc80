package dsp

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/valyala/fasthttp"

	"srtm/duis"
	"srtm/outage"
)

// kind is what a request gets; its text is a key of Measurements.Answers.
type kind string

const (
	acknowledged kind = "acknowledged"
	result       kind = "result"
	preCommand   kind = "pre_command"
	wrongService kind = "wrong_service"
	notDUIS      kind = "not_duis"
	refused      kind = "refused"
	cutOff       kind = "cut_off" // the server was shut down before the answer was due
)

// request is one request on a service path.
type request struct {
	service duis.Service
	header  duis.Header // zero where fault is not nil
	fault   error       // why it is no DUIS request
	at      int64       // arrival
}

// read reads what a message says of itself.
func read(service duis.Service, message []byte) request {
	r := request{service: service}
	r.header, r.fault = duis.ReadHeader(message)
	return r
}

// handle answers one HTTP request: the rules of the package comment.
func (s *Server) handle(ctx *fasthttp.RequestCtx) {
	ctx.Response.Header.SetBytesV(fasthttp.HeaderDate, fasthttp.AppendHTTPDate(nil, s.config.Now()))
	path := ctx.Path()
	service := s.config.Paths.service(path)
	switch {
	case service == duis.NoService && string(path) == MeasurementsPath:
		s.serveMeasurements(ctx)
	case service == duis.NoService:
		p := s.config.Paths
		say(ctx, fasthttp.StatusNotFound, fmt.Sprintf("no such service: POST to %s, %s or %s, or GET %s",
			p.SendCommand, p.NonDevice, p.Transform, MeasurementsPath))
	case !ctx.IsPost():
		ctx.Response.Header.Set(fasthttp.HeaderAllow, fasthttp.MethodPost)
		say(ctx, fasthttp.StatusMethodNotAllowed, "a service takes POST only")
	default:
		s.serve(ctx, service)
	}
}

// serve answers one request on a service path when its answer is due.
func (s *Server) serve(ctx *fasthttp.RequestCtx, service duis.Service) {
	if s.config.Keep != nil {
		s.config.Keep(string(ctx.Path()), ctx.Request.Header.RawHeaders(), ctx.PostBody())
	}
	r := read(service, ctx.PostBody())
	due := s.arrive(&r)
	switch {
	case due.Status == outage.Refused:
		say(ctx, fasthttp.StatusServiceUnavailable, "overloaded")
		s.answered(&r, refused)
	case !s.wait(due.Done - r.at):
		ctx.SetConnectionClose()
		say(ctx, fasthttp.StatusServiceUnavailable, "shut down before the answer was due")
		s.answered(&r, cutOff)
	default:
		s.answered(&r, s.write(ctx, &r))
	}
}

// wait returns when the time has passed, or reports false when the server is
// shut down before that.
func (s *Server) wait(nanoseconds int64) bool {
	timer := time.NewTimer(time.Duration(nanoseconds))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.cut:
		return false
	}
}

// write writes the answer that the request gets from a server that is not
// overloaded, and returns which one it was.
func (s *Server) write(ctx *fasthttp.RequestCtx, r *request) kind {
	switch {
	case r.fault != nil:
		say(ctx, fasthttp.StatusBadRequest, "not a DUIS request: "+r.fault.Error())
		return notDUIS
	case r.header.Variant == duis.Unknown: // the schema has no response to it
		say(ctx, fasthttp.StatusBadRequest, "not a DUIS request: there is no Service Request Variant "+r.header.VariantText)
		return notDUIS
	}
	response := duis.Response{Request: r.header.ID, Variant: r.header.Variant, At: time.Unix(0, s.now())}
	what := result
	switch {
	case r.header.CommandVariant.Service() != r.service:
		what, response.Code = wrongService, s.wrongService
	case r.service == duis.SendCommand:
		what, response.Code = acknowledged, duis.Acknowledged
	case r.service == duis.Transform:
		what, response.Code = preCommand, duis.Success
		response.PreCommand = duis.PreCommand{GBCSVersion: "4.3", GBCSPayload: []byte("Pre-Command of the stand-in DSP for " + r.header.ID.String())}
	default:
		response.Code = duis.Success
	}
	body, err := response.AppendTo(make([]byte, 0, 1024))
	if err != nil { // every part of it has been checked
		s.config.Log.Error("stand-in DSP cannot write a response", "request", r.header.ID.String(), "error", err)
		say(ctx, fasthttp.StatusInternalServerError, "it cannot write its response")
		return what
	}
	ctx.SetContentType("application/xml")
	ctx.Response.SetBodyRaw(body)
	return what
}

// answerBroken answers what is no HTTP request that the server can take.
func answerBroken(ctx *fasthttp.RequestCtx, err error) {
	var small *fasthttp.ErrSmallBuffer
	switch {
	case errors.Is(err, fasthttp.ErrBodyTooLarge):
		say(ctx, fasthttp.StatusRequestEntityTooLarge, "the message is too large")
	case errors.As(err, &small):
		say(ctx, fasthttp.StatusRequestHeaderFieldsTooLarge, "the header fields are too large")
	default:
		say(ctx, fasthttp.StatusBadRequest, "not an HTTP request: "+err.Error())
	}
}

// speaker begins every line of text: what stands before a DSP says much the same.
const speaker = "stand-in DSP: "

// say answers with one line of text, which tells who says it. What comes from the
// request may hold line ends, and does not get them into the line.
func say(ctx *fasthttp.RequestCtx, status int, line string) {
	line = speaker + strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, line)
	ctx.SetStatusCode(status)
	ctx.SetContentType("text/plain; charset=utf-8")
	ctx.SetBodyString(line + "\n")
}
