package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"srtm/amendment"
	"srtm/policy"
)

// policyFile is the file that a gateway was given, watched: what is written there
// is proposed, as if somebody had submitted it.
type policyFile struct {
	path       string
	amendments *amendments
	log        *slog.Logger
	seen       string // digest of the last that was proposed, or could not be read: its error
	stamp      string // of the files when they were last looked at
}

// theFile is in whose name a changed file is proposed: who wrote it is not known.
var theFile = amendment.Person{Name: "the policy file"}

// watchPolicy proposes what is written to the policy file, soon after it was
// written or at once on SIGHUP, until ctx ends.
func watchPolicy(ctx context.Context, path string, a *amendments) {
	f := &policyFile{path: path, amendments: a, log: a.log}
	f.stamp = f.stamps(a.inForce.Load())
	if p, err := policy.Load(path); err == nil {
		f.seen = p.Digest // Start has proposed it
	}
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangups:
			f.log.Info("SIGHUP: the policy file is read again; certificates take a restart", "file", path)
			f.seen = ""
			f.propose()
		case <-ticker.C:
			f.look()
		}
	}
}

// look proposes the file once it has not changed between two looks: somebody may
// still be writing.
func (f *policyFile) look() {
	stamp := f.stamps(f.amendments.inForce.Load())
	settled := stamp == f.stamp
	f.stamp = stamp
	if settled {
		f.propose()
	}
}

// stamps tells one state of the policy's files from another, without reading them.
func (f *policyFile) stamps(p *policy.Policy) string {
	var all strings.Builder
	for i, file := range p.Files {
		path := filepath.Join(filepath.Dir(f.path), file.Name)
		if i == 0 {
			path = f.path
		}
		if info, err := os.Stat(path); err == nil {
			fmt.Fprintf(&all, "%s %d %d\n", path, info.Size(), info.ModTime().UnixNano())
		}
	}
	return all.String()
}

// propose proposes what the file says, unless it said so before.
func (f *policyFile) propose() {
	p, err := policy.Load(f.path)
	if err != nil {
		if f.seen != err.Error() {
			f.seen = err.Error()
			f.log.Error("the policy file changed and cannot be used; the policy in force continues", "file", f.path, "error", err.Error())
		}
		return
	}
	if p.Digest == f.seen || p.Digest == f.amendments.inForce.Load().Digest {
		f.seen = p.Digest
		return
	}
	f.seen = p.Digest
	_, _ = f.amendments.Propose(p, theFile, "the file changed", amendment.ProposeOptions{}) // which logs what came of it
}

// say logs what became of a proposal.
func (a *amendments) say(p amendment.Proposal, err error) {
	var refusal *amendment.Refusal
	switch {
	case errors.As(err, &refusal):
		a.log.Error("a policy was refused; the policy in force continues", "policy", refusal.Name, "why", strings.Join(refusal.Reasons, "; "))
	case err != nil:
		a.log.Error("a policy could not be proposed; the policy in force continues", "error", err.Error())
	case p.Accepted:
		a.log.Info("a policy is accepted", "policy", p.Name, "sha256", p.Digest, "takes effect", p.From.Format(time.RFC3339Nano), "accounts told", len(p.Notices))
	default:
		a.log.Warn("a policy waits", "policy", p.Name, "sha256", p.Digest, "for", strings.Join(p.Awaits, "; "), "hint", "srtm policy versions shows it; srtm policy confirm, approve or withdraw answers")
	}
}
