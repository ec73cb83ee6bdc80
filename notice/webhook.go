package notice

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// payload is the body of a webhook.
type payload struct {
	Type      string    `json:"type"` // "srtm." and the kind
	Timestamp time.Time `json:"timestamp"`
	Data      data      `json:"data"`
}

type data struct {
	Environment string          `json:"environment"`
	Account     string          `json:"account,omitempty"`
	Sentence    string          `json:"sentence"`
	Advice      string          `json:"advice"`
	Numbers     json.RawMessage `json:"numbers,omitempty"`
	Reference   string          `json:"reference,omitempty"`
	Console     string          `json:"console,omitempty"`
	LeftOut     int             `json:"left_out,omitempty"`
}

// attempt makes one attempt over the network.
func (b *Outbox) attempt(ctx context.Context, j job) (receipt, error) {
	if j.target.webhook != nil {
		return j.post(ctx, b.clock())
	}
	return j.mail(ctx, b.o.Timeout)
}

func (j job) payload() ([]byte, error) {
	return json.Marshal(payload{"srtm." + string(j.event.Kind), j.event.At, data{
		Environment: j.config.Environment, Account: j.event.Account, Sentence: j.event.Sentence, Advice: advice(j.event),
		Numbers: j.event.Numbers, Reference: j.event.Reference, Console: j.config.Console, LeftOut: j.leftOut,
	}})
}

// sign returns the value of webhook-signature: one signature for each secret.
func sign(secrets [][]byte, id, timestamp string, body []byte) string {
	var all []string
	for _, secret := range secrets {
		mac := hmac.New(sha256.New, secret)
		fmt.Fprintf(mac, "%s.%s.", id, timestamp)
		mac.Write(body)
		all = append(all, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	return strings.Join(all, " ")
}

// post sends a webhook.
func (j job) post(ctx context.Context, now time.Time) (receipt, error) {
	body, err := j.payload()
	if err != nil {
		return receipt{}, err
	}
	hook := j.target.webhook
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, hook.url.String(), bytes.NewReader(body))
	if err != nil {
		return receipt{}, err
	}
	timestamp := strconv.FormatInt(now.Unix(), 10)
	for name, value := range map[string]string{
		"Content-Type": "application/json", "User-Agent": "srtm",
		"webhook-id": j.event.ID, "webhook-timestamp": timestamp, "webhook-signature": sign(hook.secrets, j.event.ID, timestamp, body),
	} {
		req.Header.Set(name, value)
	}
	transport := &http.Transport{
		DialContext: j.config.dialer(hook.url.Scheme == "http").DialContext, DisableKeepAlives: true, ForceAttemptHTTP2: true,
		TLSClientConfig: &tls.Config{RootCAs: hook.roots, MinVersion: tls.VersionTLS12}, MaxResponseHeaderBytes: 64 << 10,
	}
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	digest := sha256.Sum256(body)
	got := receipt{sha256: hex.EncodeToString(digest[:])}
	resp, err := client.Do(req)
	if err != nil {
		return got, errors.New(strings.TrimPrefix(err.Error(), `Post "`+hook.url.String()+`": `)) // a path may be a secret
	}
	_, _ = io.CopyN(io.Discard, resp.Body, 4<<10)
	_ = resp.Body.Close()
	got.answer = strconv.Itoa(resp.StatusCode) + " " + http.StatusText(resp.StatusCode)
	return got, judge(resp, got.answer, now)
}

// judge says what a status means: 2xx has it, 410 never wants one again; 408, 425,
// 429 and 5xx are the target's trouble, anything else this notice's.
func judge(resp *http.Response, answer string, now time.Time) error {
	failed := &sendError{error: errors.New("answered " + answer)}
	switch code := resp.StatusCode; {
	case code/100 == 2:
		return nil
	case code/100 == 3:
		failed.error = errors.New("answered " + answer + "; redirects are not followed: put the final URL into the file")
	case code == http.StatusGone:
		failed.own, failed.gone = true, true
	case code == http.StatusRequestTimeout, code == http.StatusTooEarly, code == http.StatusTooManyRequests, code >= 500:
		failed.after = retryAfter(resp.Header.Get("Retry-After"), now)
	default:
		failed.own = true
	}
	return failed
}

// retryAfter reads seconds or a date; 0 where there is neither.
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
