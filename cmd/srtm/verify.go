package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"srtm/evidence"
)

// verifyCmd checks a bundle.
type verifyCmd struct {
	File      string   `arg:"" help:"The bundle, as srtm dispute made it."`
	Key       []string `placeholder:"KEY" sep:"none" help:"The public key that signs the heads, known from elsewhere, such as a report; or a file with it. May be repeated."`
	Head      []string `placeholder:"FILE" sep:"none" help:"A file of signed heads that you got earlier, or a folder of such files: as far as the bundle reaches, each must be in it as it is. May be repeated."`
	Decisions string   `placeholder:"CSV" help:"File that the bundle's decisions are written to, if it holds."`
}

// Help shows examples.
func (verifyCmd) Help() string {
	return `Examples:
  srtm verify bravo.zip --key srtm-journal+1a2b3c4d+AXc...
  srtm verify bravo.zip --key head.pub --head 2026-10-14T03.head --decisions bravo.csv

From the bundle alone: every record is linked to the one before and none is left out; each signed head
proves the chain; each decision follows from its numbers; the assured bucket is recomputed, and nothing
within the allocation was refused. What was refused while something had lowered the allocation, or by an
operator's act, is said apart; notices of coming allocations and challenges in words. Exit 0 when the bundle holds, 1 when not; then it is said where.`
}

// Run checks it.
func (c *verifyCmd) Run(a *app) error {
	if c.Decisions == "-" {
		return usageError{errors.New("--decisions - would print what may turn out not to hold; name a file, which appears only if the bundle holds")}
	}
	trust, err := readTrust(c.Key, c.Head)
	if err != nil {
		return err
	}
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	bar := newProgress(a.stderr, "verify", 1)
	defer bar.end()
	trust.Progress = func(done, total uint64) { bar.reach(int64(done), int64(total)) }
	var result *evidence.Result
	check := func() error {
		result = evidence.Check(f, info.Size(), trust)
		bar.end()
		if !result.Sound() {
			return fmt.Errorf("%s does not hold", c.File)
		}
		return nil
	}
	if c.Decisions != "" {
		err = writeWhole(c.Decisions, forOwner, a.stdout, func(w io.Writer) error {
			out := evidence.NewDecisions(w)
			trust.Decision = out.Write
			return errors.Join(check(), out.Flush())
		})
	} else {
		err = check()
	}
	if result != nil {
		err = errors.Join(result.Write(a.stdout), err)
	}
	return err
}

// readTrust reads what is known from elsewhere: keys, or files with them, and files
// or folders of heads.
func readTrust(keys, heads []string) (t evidence.Trust, err error) {
	for _, key := range keys {
		what := fmt.Sprintf("%.60q is neither a file nor", key)
		if text, err := os.ReadFile(key); err == nil {
			what, key = "the file "+key+" does not hold", string(text)
		}
		key = strings.TrimSpace(key)
		if strings.HasPrefix(key, "PRIVATE+KEY") { // and is not shown again
			return t, usageError{errors.New("--key: that is the private key, which nobody but the gateway should have; give head.pub, which lies beside it")}
		}
		if _, err := note.NewVerifier(key); err != nil {
			return t, usageError{fmt.Errorf("--key: %s a public key; give one such as srtm-journal+1a2b3c4d+AXc…, or head.pub", what)}
		}
		t.Keys = append(t.Keys, key)
	}
	t.Heads, err = readHeads(heads)
	return t, err
}
