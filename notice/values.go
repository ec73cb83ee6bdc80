package notice

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// maxSecretFile is the most bytes that a file of secrets or certificates may have.
const maxSecretFile = 1 << 20

func readBounded(name string, most int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, most))
}

func readSecretFile(name string) (File, error) {
	info, err := os.Stat(name)
	if err != nil {
		return File{}, err
	}
	if !info.Mode().IsRegular() {
		return File{}, errors.New("it is not a file")
	}
	text, err := readBounded(name, maxSecretFile)
	return File{text, runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0}, err
}

// file returns what is in the file that a value names.
func (r *configReader) read(n *yaml.Node, path string, secret bool) ([]byte, bool) {
	name, ok := r.text(n, path)
	if !ok {
		return nil, false
	}
	f, err := r.beside(name)
	if err != nil {
		r.wrong(n, path, "the file cannot be read: "+oneLine(err.Error(), 200), "name a file beside this one, or its whole path")
		return nil, false
	}
	if secret && f.Shared {
		r.warnings = append(r.warnings, fmt.Sprintf("%s: others on this machine may read %s; chmod 600 it", path, oneLine(name, 100)))
	}
	return f.Text, true
}

func (r *configReader) roots(n *yaml.Node, path string) *x509.CertPool {
	text, ok := r.read(n, path, false)
	if !ok {
		return nil
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		r.wrong(n, path, "the file has no certificate", "it is PEM, beginning with -----BEGIN CERTIFICATE-----")
	}
	return pool
}

func (r *configReader) smtp(n *yaml.Node) *smtpServer {
	keys := r.mapping(n, "smtp", "server", "tls", "from", "user", "password_file", "ca_file")
	s := &smtpServer{tls: "starttls"}
	if server, ok := r.text(keys["server"], "smtp.server"); ok {
		host, port, err := net.SplitHostPort(server)
		number, bad := strconv.ParseUint(port, 10, 16)
		if err != nil || bad != nil || number == 0 || host == "" {
			r.wrong(keys["server"], "smtp.server", "this is not a server", "write it as mail.example.net:587")
		}
		s.host, s.port = host, int(number)
	} else if keys["server"] == nil {
		r.wrong(n, "smtp.server", "there is no server", "write it as mail.example.net:587")
	}
	if from, ok := r.text(keys["from"], "smtp.from"); ok {
		address, err := mail.ParseAddress(from)
		if err != nil || bareAddress(address.Address) == nil {
			r.wrong(keys["from"], "smtp.from", "this is not an e-mail address", "write it as srtm@example.net")
		}
		s.from = address
	} else if keys["from"] == nil {
		r.wrong(n, "smtp.from", "it does not say whom mail is from", "write it as srtm@example.net")
	}
	if text, ok := r.text(keys["tls"], "smtp.tls"); ok {
		s.tls = text
	}
	r.credentials(keys, s)
	if keys["ca_file"] != nil {
		s.roots = r.roots(keys["ca_file"], "smtp.ca_file")
	}
	return s
}

func (r *configReader) credentials(keys map[string]*yaml.Node, s *smtpServer) {
	switch {
	case s.tls != "starttls" && s.tls != "implicit" && s.tls != "none":
		r.wrong(keys["tls"], "smtp.tls", "there is no such way", "starttls, implicit, or none for a server on loopback")
	case s.tls == "none" && s.host != "" && !isLoopback(s.host):
		r.wrong(keys["tls"], "smtp.tls", "mail would go over the network in the clear", "starttls or implicit; none is for a server on loopback alone")
	case s.tls == "none" && keys["user"] != nil:
		r.wrong(keys["user"], "smtp.user", "the password would go in the clear", "use tls: starttls or implicit")
	}
	s.user, _ = r.text(keys["user"], "smtp.user")
	if (keys["user"] == nil) != (keys["password_file"] == nil) {
		at := keys["user"]
		if at == nil {
			at = keys["password_file"]
		}
		r.wrong(at, "smtp", "user and password_file go together", "give both or none")
	}
	if keys["password_file"] == nil {
		return
	}
	text, ok := r.read(keys["password_file"], "smtp.password_file", true)
	if s.password = string(bytes.TrimRight(text, "\r\n")); ok && (s.password == "" || strings.ContainsAny(s.password, "\r\n\x00")) {
		r.wrong(keys["password_file"], "smtp.password_file", "the file is not one line", "it holds the password alone")
	}
}

func (r *configReader) limits(n *yaml.Node) limits {
	l := limits{perHour: 20, approaching: 10 * time.Minute, giveUp: 24 * time.Hour}
	if n == nil {
		return l
	}
	keys := r.mapping(n, "limits", "per_hour", "approaching", "give_up")
	if text, ok := r.text(keys["per_hour"], "limits.per_hour"); ok {
		number, err := strconv.Atoi(text)
		if err != nil || number < 1 || number > 3600 {
			r.wrong(keys["per_hour"], "limits.per_hour", "this is not a number of notices", "1 to 3600")
		}
		l.perHour = number
	}
	for name, to := range map[string]*time.Duration{"approaching": &l.approaching, "give_up": &l.giveUp} {
		if text, ok := r.text(keys[name], "limits."+name); ok {
			d, err := time.ParseDuration(text)
			if err != nil || d < time.Minute || d > 7*24*time.Hour {
				r.wrong(keys[name], "limits."+name, "this is not a time that works", "1m to 168h, written as 10m or 24h")
			}
			*to = d
		}
	}
	return l
}

func (r *configReader) webhook(n *yaml.Node, path string) *webhook {
	keys := r.mapping(n, path, "url", "secret_file", "ca_file")
	hook := &webhook{}
	if text, ok := r.text(keys["url"], path+".url"); ok {
		hook.url = r.hookURL(keys["url"], path+".url", text)
	} else if keys["url"] == nil {
		r.wrong(n, path+".url", "there is no URL", "write it as https://alpha.example/srtm")
	}
	if keys["secret_file"] == nil {
		r.wrong(n, path+".secret_file", "there is no secret to sign with", "srtm notice secret > alpha.secret makes one; name that file")
	} else if text, ok := r.read(keys["secret_file"], path+".secret_file", true); ok {
		var err error
		if hook.secrets, err = parseSecrets(text); err != nil {
			r.wrong(keys["secret_file"], path+".secret_file", err.Error(), "a line whsec_ and base64 of 24 to 64 bytes, as srtm notice secret makes it")
		}
	}
	if keys["ca_file"] != nil {
		hook.roots = r.roots(keys["ca_file"], path+".ca_file")
	}
	if hook.url == nil || hook.secrets == nil {
		return nil
	}
	return hook
}

func (r *configReader) hookURL(n *yaml.Node, path, text string) *url.URL {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || u.Opaque != "" || len(text) > 1000:
		r.wrong(n, path, "this is not the URL of a webhook", "write it as https://alpha.example/srtm")
	case u.User != nil || u.Fragment != "":
		r.wrong(n, path, "a URL with credentials or a fragment is not allowed", "remove what stands before @ or after #; the signature is the credential")
	case u.Scheme != "https" && u.Scheme != "http":
		r.wrong(n, path, "webhooks go over https", "write it as https://alpha.example/srtm")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		r.wrong(n, path, "notices would go over the network in the clear", "use https; http is for loopback alone")
	default:
		return u
	}
	return nil
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

// secretPrefix begins a secret, as the Standard Webhooks specification has it.
const secretPrefix = "whsec_"

// parseSecrets reads one secret, or two while one takes the place of the other.
func parseSecrets(text []byte) ([][]byte, error) {
	lines := strings.Fields(string(text))
	if len(lines) == 0 || len(lines) > 2 {
		return nil, fmt.Errorf("the file has %d secrets, and one or two are right", len(lines))
	}
	var secrets [][]byte
	for _, line := range lines {
		rest, ok := strings.CutPrefix(line, secretPrefix)
		secret, err := base64.StdEncoding.DecodeString(rest)
		if !ok || err != nil || len(secret) < 24 || len(secret) > 64 {
			return nil, errors.New("the file holds no secret of this form") // never shown: it may be one of another form
		}
		secrets = append(secrets, secret)
	}
	return secrets, nil
}
