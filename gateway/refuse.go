package gateway

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"srtm/traffic"
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

// refusal is an answer that the gateway gives itself.
type refusal struct {
	kind       kind
	line       string // what is wrong and what would be right; empty: no body
	retryAfter uint32 // whole seconds; 0: not said
}

func refuse(k kind, format string, args ...any) *refusal {
	return &refusal{kind: k, line: fmt.Sprintf(format, args...)}
}

// throttle is the refusal for traffic: no body, and when to come back.
func throttle(d traffic.Decision) *refusal {
	return &refusal{kind: throttled, retryAfter: d.RetryAfter}
}

// reasonPhrases holds those of RFC 9110, 15, and RFC 6585 for the codes above.
var reasonPhrases = map[int]string{
	400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout",
	413: "Content Too Large", 415: "Unsupported Media Type", 431: "Request Header Fields Too Large",
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
	line := oneLine(no.line)
	if line != "" {
		dst = append(dst, "\r\nContent-Type: text/plain; charset=utf-8"...)
	}
	dst = append(dst, "\r\nContent-Length: "...)
	dst = strconv.AppendInt(dst, int64(len(line)), 10)
	dst = append(dst, "\r\n"...)
	dst = x.appendConnection(dst)
	dst = append(dst, "\r\n"...)
	if x.bodiless() {
		return dst
	}
	return append(dst, line...)
}

// oneLine makes of s one line with an end, of bounded length.
func oneLine(s string) string {
	if s == "" {
		return ""
	}
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
