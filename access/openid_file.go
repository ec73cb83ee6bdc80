package access

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// What a configuration of OpenID Connect may be at most.
const (
	maxConfig = 64 << 10 // octets
	maxRules  = 1000
)

// openIDFile is the configuration as people write it.
type openIDFile struct {
	Issuer     string   `yaml:"issuer"`
	ClientID   string   `yaml:"client_id"`
	SecretFile string   `yaml:"client_secret_file"`
	Redirect   string   `yaml:"redirect"`
	Label      string   `yaml:"label"`
	Scopes     []string `yaml:"scopes"`
	Name       string   `yaml:"name"`
	Skew       string   `yaml:"skew"`
	Roles      []struct {
		Claim string `yaml:"claim"`
		Value string `yaml:"value"`
		Role  Role   `yaml:"role"`
	} `yaml:"roles"`
	Accounts []struct {
		Claim   string `yaml:"claim"`
		Value   string `yaml:"value"`
		Account string `yaml:"account"`
	} `yaml:"accounts"`
}

// ReadOpenID reads a configuration from a YAML file, and the client's secret from
// the file that it names, which lies beside it. Both are checked.
func ReadOpenID(path string) (*OpenID, error) {
	text, err := readBounded(path, maxConfig)
	if err != nil {
		return nil, err
	}
	secret := func(name string) (string, error) {
		if !filepath.IsAbs(name) {
			name = filepath.Join(filepath.Dir(path), name)
		}
		text, err := readBounded(name, maxConfig)
		return strings.TrimSpace(string(text)), err
	}
	o, err := parseOpenID(text, secret)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return o, nil
}

// parseOpenID reads a configuration; secret reads the file of that name.
func parseOpenID(text []byte, secret func(name string) (string, error)) (*OpenID, error) {
	var f openIDFile
	if err := yaml.Load(text, &f, yaml.WithKnownFields(), yaml.WithUniqueKeys()); err != nil {
		return nil, fmt.Errorf("it cannot be read: %.300s", err.Error())
	}
	if len(f.Roles)+len(f.Accounts) > maxRules {
		return nil, fmt.Errorf("it has more than %d roles and accounts", maxRules)
	}
	o := &OpenID{Issuer: f.Issuer, ClientID: f.ClientID, Redirect: f.Redirect, Label: f.Label, Scopes: f.Scopes, Name: f.Name}
	for _, r := range f.Roles {
		o.Roles = append(o.Roles, RoleRule{r.Claim, r.Value, r.Role})
	}
	for _, a := range f.Accounts {
		o.Accounts = append(o.Accounts, AccountRule{a.Claim, a.Value, a.Account})
	}
	var err error
	if f.Skew != "" {
		if o.Skew, err = time.ParseDuration(f.Skew); err != nil {
			return nil, fmt.Errorf("skew %.40q: a duration such as 1m is needed", f.Skew)
		}
	}
	if f.SecretFile != "" {
		if o.ClientSecret, err = secret(f.SecretFile); err != nil {
			return nil, err
		}
		if o.ClientSecret == "" {
			return nil, errors.New("the file that client_secret_file names is empty")
		}
	}
	return o, o.check()
}

func readBounded(path string, octets int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, octets+1))
	if err == nil && int64(len(text)) > octets {
		err = fmt.Errorf("%s is longer than %d octets", path, octets)
	}
	return text, err
}
