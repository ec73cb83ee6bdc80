package access

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// What a provider may take and send.
const (
	providerWait  = 10 * time.Second
	providerBytes = 1 << 20
	maxTokenAge   = 10 * time.Minute // of an ID token, beside the skew
)

// provider is an OpenID Provider that was discovered. It fetches its keys again
// when it meets one that it does not know.
type provider struct {
	config   OpenID
	now      func() time.Time
	oauth    oauth2.Config
	verifier *oidc.IDTokenVerifier
}

// newProvider reads what the issuer publishes about itself.
func newProvider(ctx context.Context, config OpenID, now func() time.Time) (*provider, error) {
	// Not the request's: its cancellation is for this look-up, keys are fetched later.
	found, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), config.HTTP), config.Issuer)
	if err != nil {
		return nil, err
	}
	var published struct {
		JWKS string `json:"jwks_uri"`
	}
	if err := found.Claims(&published); err != nil {
		return nil, err
	}
	at := found.Endpoint()
	if err := errors.Join(checkURL("authorization_endpoint", at.AuthURL), checkURL("token_endpoint", at.TokenURL), checkURL("jwks_uri", published.JWKS)); err != nil {
		return nil, err
	}
	return &provider{
		config: config, now: now,
		oauth: oauth2.Config{
			ClientID: config.ClientID, ClientSecret: config.ClientSecret, Endpoint: at, RedirectURL: config.Redirect,
			Scopes: append([]string{oidc.ScopeOpenID}, config.Scopes...),
		},
		verifier: found.Verifier(&oidc.Config{
			ClientID: config.ClientID,
			// Whatever the provider says that it can: neither none, nor a key that both sides have.
			SupportedSigningAlgs: []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.EdDSA},
			Now:                  func() time.Time { return now().Add(-config.Skew) },
		}),
	}, nil
}

// begin is where the browser is sent.
func (p *provider) begin(f flow) string {
	return p.oauth.AuthCodeURL(f.State, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier))
}

// exchange gives the code back for an ID token, checks that, and returns what it
// says.
func (p *provider) exchange(ctx context.Context, code string, f flow) (claims, error) {
	if code == "" {
		return nil, errors.New("the return has no code")
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, p.config.HTTP), providerWait)
	defer cancel()
	got, err := p.oauth.Exchange(ctx, code, oauth2.VerifierOption(f.Verifier))
	if err != nil {
		return nil, exchangeError(err)
	}
	raw, ok := got.Extra("id_token").(string)
	if !ok {
		return nil, errors.New("the provider sent no ID token")
	}
	id, err := p.verifier.Verify(ctx, raw)
	if err != nil {
		return nil, fmt.Errorf("the ID token: %w", err)
	}
	var c claims
	if err := id.Claims(&c); err != nil {
		return nil, errors.New("the ID token: its claims cannot be read")
	}
	if id.AccessTokenHash != "" {
		if err := id.VerifyAccessToken(got.AccessToken); err != nil {
			return nil, fmt.Errorf("the ID token: %w", err)
		}
	}
	return c, p.check(id, c, f)
}

// check does what the library leaves to its caller: nonce, time of issue, and for whom a
// token for several was issued.
func (p *provider) check(id *oidc.IDToken, c claims, f flow) error {
	now := p.now()
	azp, said := c["azp"]
	switch {
	case subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(f.Nonce)) != 1:
		return errors.New("the ID token: its nonce is not the one that this browser began with")
	case id.Subject == "":
		return errors.New("the ID token: it has no subject")
	case id.IssuedAt.After(now.Add(p.config.Skew)):
		return fmt.Errorf("the ID token: it is issued at %s, which is yet to come: do the clocks agree?", id.IssuedAt.UTC().Format(time.RFC3339))
	case id.IssuedAt.Before(now.Add(-maxTokenAge - p.config.Skew)):
		return fmt.Errorf("the ID token: it is issued at %s, which is too long ago: do the clocks agree?", id.IssuedAt.UTC().Format(time.RFC3339))
	case said && azp != p.config.ClientID, !said && len(id.Audience) > 1:
		return errors.New("the ID token: it was issued for another client")
	}
	return nil
}

// exchangeError keeps what the provider wrote, which may repeat the code, out of an
// error.
func exchangeError(err error) error {
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) {
		return errors.New("the provider did not answer with tokens")
	}
	status := 0
	if refused.Response != nil {
		status = refused.Response.StatusCode
	}
	return fmt.Errorf("the provider refused the code: status %d, %s", status, printable(refused.ErrorCode))
}

// boundedClient is for talking to a provider: in bounded time, about bounded
// answers.
func boundedClient() *http.Client {
	return &http.Client{Timeout: providerWait, Transport: bounded{http.DefaultTransport}}
}

type bounded struct{ next http.RoundTripper }

// RoundTrip cuts off a body that is too long.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(resp.Body, providerBytes), resp.Body}
	return resp, nil
}
