package gateway

import (
	"bytes"
	"strconv"
)

// chunked stands for a length that only the chunks themselves tell.
const chunked = -1

// request is the head of a request, understood. It is reused: everything in it
// points into head.raw.
type request struct {
	head    head
	method  []byte
	target  []byte // path and query, as they came
	path    []byte // target without its query
	minor   byte   // HTTP/1.minor
	length  int64  // of the body, or chunked
	hops    hops
	expects bool // the client waits for 100 (Continue) before it sends the body
	closes  bool // the client wants no further request on this connection
}

// parse understands the head. Whatever a reader before or behind the gateway
// could take for the end of another message is refused: RFC 9112, 6.3 and 11.2.
func (r *request) parse() *refusal {
	r.hops.reset()
	r.length, r.expects, r.closes = 0, false, false
	if no := r.parseStart(); no != nil {
		return no
	}
	return r.parseFields()
}

func (r *request) parseStart() *refusal {
	line := r.head.start
	method, rest, ok1 := bytes.Cut(line, []byte(" "))
	target, version, ok2 := bytes.Cut(rest, []byte(" "))
	if !ok1 || !ok2 || !isToken(method) || !isVisible(target) {
		return refuse(malformed, "the request line %s is not one; write METHOD PATH HTTP/1.1", excerpt(line))
	}
	switch {
	case bytes.Equal(version, []byte("HTTP/1.1")):
		r.minor = 1
	case bytes.Equal(version, []byte("HTTP/1.0")):
		r.minor = 0
	case bytes.HasPrefix(version, []byte("HTTP/")):
		return refuse(wrongVersion, "the protocol is %s; use HTTP/1.1", excerpt(version))
	default:
		return refuse(malformed, "the request line ends in %s; end it in HTTP/1.1", excerpt(version))
	}
	if bytes.IndexByte(target, '#') >= 0 {
		return refuse(malformed, "the target %s has a fragment; leave out # and what follows", excerpt(target))
	}
	r.method = method
	r.target = originForm(target)
	r.path, _, _ = bytes.Cut(r.target, []byte("?"))
	return nil
}

// originForm cuts scheme and authority off a target in absolute form, which a
// server has to take (RFC 9112, 3.2.2).
func originForm(target []byte) []byte {
	rest, ok := target, false
	for _, scheme := range []string{"http://", "https://"} {
		if len(target) >= len(scheme) && equalFold(target[:len(scheme)], scheme) {
			rest, ok = target[len(scheme):], true
		}
	}
	if !ok {
		return target
	}
	switch i := bytes.IndexAny(rest, "/?"); {
	case i < 0:
		return []byte("/")
	case rest[i] == '?':
		return append([]byte("/"), rest[i:]...)
	default:
		return rest[i:]
	}
}

func isVisible(b []byte) bool {
	for _, c := range b {
		if c <= ' ' || c >= 0x7f {
			return false
		}
	}
	return len(b) > 0
}

// counts of the fields that may come once at most.
type counts struct{ host, length, coding int }

func (r *request) parseFields() *refusal {
	var seen counts
	for _, f := range r.head.fields {
		if no := r.parseField(f, &seen); no != nil {
			return no
		}
	}
	switch {
	case seen.host > 1 || seen.host == 0 && r.minor == 1:
		return refuse(malformed, "there are %d Host headers; send exactly one", seen.host)
	case seen.length > 1:
		return refuse(malformed, "there are %d Content-Length headers; send one", seen.length)
	case seen.coding > 1:
		return refuse(malformed, "there are %d Transfer-Encoding headers; send one", seen.coding)
	case seen.length > 0 && seen.coding > 0:
		return refuse(malformed, "there are both Content-Length and Transfer-Encoding; send one of them")
	case seen.coding > 0 && r.minor == 0:
		return refuse(malformed, "Transfer-Encoding came with HTTP/1.0, which has none; send Content-Length")
	}
	if r.minor == 0 {
		r.closes = r.closes || !r.hops.has("keep-alive")
		r.expects = false
	}
	return nil
}

func (r *request) parseField(f field, seen *counts) *refusal {
	switch {
	case f.is("host"):
		seen.host++
	case f.is("content-length"):
		seen.length++
		n, ok := parseLength(f.value)
		if !ok || len(f.value) > 1 && f.value[0] == '0' { // to some readers a leading 0 means octal
			return refuse(malformed, "Content-Length is %s; send the body's length in bytes, in decimal digits", excerpt(f.value))
		}
		r.length = n
	case f.is("transfer-encoding"):
		seen.coding++
		if !equalFold(f.value, "chunked") {
			return refuse(unknownCoding, "Transfer-Encoding is %s; send chunked, or better Content-Length", excerpt(f.value))
		}
		r.length = chunked
	case f.is("connection"):
		if !r.hops.name(f.value) {
			return refuse(malformed, "Connection names more than %d options; name fewer", maxOptions)
		}
		r.closes = r.closes || r.hops.has("close")
	case f.is("expect"):
		for member := range bytes.SplitSeq(f.value, []byte(",")) {
			r.expects = r.expects || equalFold(bytes.Trim(member, " \t"), "100-continue")
		}
	case framing(f.name):
		return refuse(malformed, "there is a header %s, which some programs take for one that says where the message ends; leave it out", excerpt(f.name))
	}
	return nil
}

// framing says whether a name becomes that of a header which frames a message
// where '_' is taken for '-', as some servers do.
func framing(name []byte) bool {
	if bytes.IndexByte(name, '_') < 0 {
		return false
	}
	name = bytes.ReplaceAll(name, []byte("_"), []byte("-"))
	return equalFold(name, "content-length") || equalFold(name, "transfer-encoding")
}

// parseLength reads a Content-Length: decimal digits and nothing else.
func parseLength(b []byte) (int64, bool) {
	if len(b) == 0 || len(b) > 18 {
		return 0, false
	}
	var n int64
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// appendTo appends the head that is sent to the DSP: the request line, the DSP's
// own Host, and every field as it came, without those that concern only the
// client's connection, and after them what extra appends. The body follows whole,
// so its length is always said; an expectation of 100 (Continue) has been met, so
// it stays behind.
func (r *request) appendTo(dst []byte, host string, length int, extra func([]byte) []byte) []byte {
	dst = append(dst, r.method...)
	dst = append(dst, ' ')
	dst = append(dst, r.target...)
	dst = append(dst, " HTTP/1.1\r\nHost: "...)
	dst = append(dst, host...)
	dst = append(dst, "\r\n"...)
	said := false
	for _, f := range r.head.fields {
		switch {
		case f.is("content-length"):
			said = true
		case f.is("host") || r.hops.drops(f) || f.is("expect"):
			continue
		}
		dst = append(dst, f.line...)
	}
	if !said {
		dst = append(dst, "Content-Length: "...)
		dst = strconv.AppendInt(dst, int64(length), 10)
		dst = append(dst, "\r\n"...)
	}
	return append(extra(dst), "\r\n"...)
}

// checkType reports a Content-Type that is not XML, or a Content-Encoding.
func (r *request) checkType() *refusal {
	for _, f := range r.head.fields {
		switch {
		case f.is("content-type"):
			name, _, ok := contentType(f.value)
			if !ok || len(name) > 0 && !equalFold(name, "application/xml") && !equalFold(name, "text/xml") {
				return refuse(wrongType, "Content-Type is %s; send application/xml or text/xml, with no parameter but charset=utf-8", excerpt(f.value))
			}
		case f.is("content-encoding") && !equalFold(f.value, "identity"):
			return refuse(wrongType, "Content-Encoding is %s; send the XML as it is", excerpt(f.value))
		}
	}
	return nil
}

// checkCharset reports a charset that overrules the UTF-8 in which the body is
// read: whoever honours it could read another originator.
func (r *request) checkCharset() *refusal {
	for _, f := range r.head.fields {
		if !f.is("content-type") {
			continue
		}
		_, charset, _ := contentType(f.value)
		if charset != nil && !equalFold(charset, "utf-8") && !equalFold(charset, "utf8") && !equalFold(charset, "us-ascii") {
			return refuse(notDUIS, "Content-Type has the charset %s; send UTF-8", excerpt(charset))
		}
	}
	return nil
}

// contentType takes a Content-Type apart: its type, empty where the value is, and
// its charset, nil where there is none. It takes nothing else: of several
// parameters, or of those in the extended notation (charset*=), readers make
// different things, and one of them might be a charset.
func contentType(value []byte) (name, charset []byte, ok bool) {
	name, parameter, more := bytes.Cut(value, []byte(";"))
	name, parameter = bytes.Trim(name, " \t"), bytes.Trim(parameter, " \t")
	if !more || len(parameter) == 0 {
		return name, nil, true
	}
	key, charset, ok := bytes.Cut(parameter, []byte("="))
	if !ok || !equalFold(key, "charset") {
		return name, nil, false
	}
	if n := len(charset); n > 1 && charset[0] == '"' && charset[n-1] == '"' {
		charset = charset[1 : n-1]
	}
	return name, charset, isToken(charset)
}
