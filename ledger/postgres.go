package ledger

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// OpenPostgres opens the ledger in a PostgreSQL database, and makes its tables when
// they are missing. No error has the DSN or its password in it.
func OpenPostgres(dsn string, o Options) (*Ledger, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil { // it may quote what it could not read
		return nil, errors.New("opening the ledger: the PostgreSQL DSN cannot be read; write postgres://user@host:5432/database?sslmode=verify-full and put the password into PGPASSFILE")
	}
	if o.ReadOnly {
		config.RuntimeParams["default_transaction_read_only"] = "on"
	}
	db := stdlib.OpenDB(*config)
	l := &Ledger{options: o, dialect: postgresDialect(), read: db}
	if !o.ReadOnly {
		l.write = db
	}
	l, err = l.ready()
	if err != nil {
		return nil, fmt.Errorf("opening the ledger in database %q on %s: %w", config.Database, config.Host, concealed(err, config.Password))
	}
	return l, nil
}

// concealed returns the error, or only its text where it would show a secret.
func concealed(err error, secret string) error {
	if secret == "" || !strings.Contains(err.Error(), secret) {
		return err
	}
	return errors.New(strings.ReplaceAll(err.Error(), secret, "…"))
}
