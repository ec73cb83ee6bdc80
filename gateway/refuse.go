package gateway

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"srtm/duis"
)

// kind says why the gateway answers a request itself.
type kind uint8

// The kinds, in the order in which a request meets them.
const (
	malformed kind = iota
	cutShort
	slow
	headTooLarge
	wrongVersion
	unknownCoding
	unknownCertificate
	noService
	wrongMethod
	wrongType
	tooLarge
	notDUIS
	foreignOriginator
	unlisted
	unrecorded
	throttled
	tooMany     // throttled, as 429
	codedAnswer // throttled, as a DUIS response
	withheld
	dspBusy
	dspUnreachable
	dspBroken
	dspTimeout
	kinds // how many there are
)

// answers has a status code and a reason for each kind. No other place knows
// status codes.
var answers = [kinds]struct {
	status int
	reason string
}{
	malformed:          {400, "malformed"},
	cutShort:           {400, "cut-short"},
	slow:               {408, "slow"},
	headTooLarge:       {431, "head-too-large"},
	wrongVersion:       {505, "wrong-version"},
	unknownCoding:      {501, "unknown-coding"},
	unknownCertificate: {403, "unknown-certificate"},
	noService:          {404, "no-service"},
	wrongMethod:        {405, "wrong-method"},
	wrongType:          {415, "wrong-type"},
	tooLarge:           {413, "too-large"},
	notDUIS:            {400, "not-duis"},
	foreignOriginator:  {403, "foreign-originator"},
	unlisted:           {403, "unlisted"},
	unrecorded:         {503, "unrecorded"},
	throttled:          {503, "throttled"},
	tooMany:            {429, "throttled"},
	codedAnswer:        {200, "throttled"},
	withheld:           {502, "withheld"},
	dspBusy:            {502, "dsp-busy"},
	dspUnreachable:     {502, "dsp-unreachable"},
	dspBroken:          {502, "dsp-broken"},
	dspTimeout:         {504, "dsp-timeout"},
}

func (k kind) status() int    { return answers[k].status }
func (k kind) String() string { return answers[k].reason }

// unframed says that after such a refusal nobody knows where the next request
// begins, so that the connection cannot be kept.
func (k kind) unframed() bool { return k < unknownCertificate }

// usualForm is the status of a refusal for traffic where the policy says nothing.
const usualForm = 503

// forms are the forms of a refusal for traffic, by their status.
var forms = map[int]kind{503: throttled, 429: tooMany, 200: codedAnswer}

// refusal is an answer that the gateway gives itself.
type refusal struct {
	kind       kind
	line       string // what is wrong and what would be right, or a whole codedAnswer; empty: no body
	retryAfter uint32 // whole seconds; 0: not said
}

func refuse(k kind, format string, args ...any) *refusal {
	return &refusal{kind: k, line: fmt.Sprintf(format, args...)}
}

// throttle is the refusal for traffic, in the form that the policy chose, and when
// to come back. The schema has no response to a variant that it does not know:
// that is refused in the usual form.
func (x *exchange) throttle(now time.Time) *refusal {
	no := &refusal{kind: x.manners.form, retryAfter: x.decision.Numbers.RetryAfter}
	if no.kind != codedAnswer {
		return no
	}
	response := duis.Response{Request: x.header.ID, Variant: x.header.Variant, Code: x.manners.code, At: now}
	document, err := response.AppendTo(make([]byte, 0, 1<<10))
	if err != nil {
		no.kind = forms[usualForm]
		return no
	}
	no.line = string(document)
	return no
}

// reasonPhrases holds those of RFC 9110, 15, and RFC 6585 for the codes above.
var reasonPhrases = map[int]string{
	200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout",
	413: "Content Too Large", 415: "Unsupported Media Type", 429: "Too Many Requests", 431: "Request Header Fields Too Large",
	501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
	505: "HTTP Version Not Supported",
}

// appendTo appends the whole answer.
func (no *refusal) appendTo(dst []byte, x *exchange, now time.Time) []byte {
	dst = append(dst, "HTTP/1.1 "...)
	dst = strconv.AppendInt(dst, int64(no.kind.status()), 10)
	dst = append(dst, ' ')
	dst = append(dst, reasonPhrases[no.kind.status()]...)
	dst = append(dst, "\r\nDate: "...)
	dst = now.UTC().AppendFormat(dst, "Mon, 02 Jan 2006 15:04:05 GMT")
	if no.kind == wrongMethod {
		dst = append(dst, "\r\nAllow: POST"...)
	}
	if no.retryAfter > 0 {
		dst = append(dst, "\r\nRetry-After: "...)
		dst = strconv.AppendUint(dst, uint64(no.retryAfter), 10)
	}
	body := no.line
	switch {
	case no.kind == codedAnswer:
		dst = append(dst, "\r\nContent-Type: application/xml"...)
	case body != "":
		body = oneLine(body)
		dst = append(dst, "\r\nContent-Type: text/plain; charset=utf-8"...)
	}
	dst = append(dst, "\r\nContent-Length: "...)
	dst = strconv.AppendInt(dst, int64(len(body)), 10)
	dst = append(dst, "\r\n"...)
	dst = x.appendLimit(dst)
	dst = x.appendConnection(dst)
	dst = append(dst, "\r\n"...)
	if x.bodiless() {
		return dst
	}
	return append(dst, body...)
}

// oneLine makes of s one line with an end, of bounded length.
func oneLine(s string) string {
	if len(s) > 500 {
		s = strings.ToValidUTF8(s[:500], "") + "…"
	}
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	return s + "\n"
}
