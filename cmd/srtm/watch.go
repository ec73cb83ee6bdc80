package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"srtm/amendment"
	"srtm/policy"
)

// policyFile is the file that a gateway was given, watched: what is written there
// is proposed, in nobody's name.
type policyFile struct {
	path       string
	amendments *amendments
	log        *slog.Logger
	names      []string // files beside it that it named when it was last read
	stamp      string   // of all of them when they were last looked at
	read       string   // of all of them when they were last read; empty: they are to be read again
	said       string   // what was logged last of what it says, not to be repeated
}

// watchPolicy proposes what is written to the policy file, soon after it was
// written or at once on SIGHUP, until ctx ends.
func watchPolicy(ctx context.Context, path string, a *amendments) {
	f := &policyFile{path: path, amendments: a, log: a.log}
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
			f.said = ""
			f.propose(f.load())
		case <-ticker.C:
			f.look()
		}
	}
}

// look reads the file once neither it nor what it names has changed between two
// looks, for somebody may still be writing; and not again until one of them does.
func (f *policyFile) look() {
	stamp := f.stamps()
	settled := stamp == f.stamp
	f.stamp = stamp
	if !settled || stamp == f.read {
		return
	}
	p, err := f.load()
	if f.stamp = f.stamps(); f.stamp != stamp { // it changed meanwhile, or names other files
		return
	}
	f.read = stamp
	f.propose(p, err)
}

// load reads the policy and notes which files it names, also where it cannot be
// used.
func (f *policyFile) load() (*policy.Policy, error) {
	info, err := os.Stat(f.path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > policy.MaxPolicy { // and policy.Load says so
		return policy.Load(f.path)
	}
	text, err := os.ReadFile(f.path)
	if err != nil {
		return nil, err
	}
	beside := &noted{FS: os.DirFS(filepath.Dir(f.path))}
	p, err := policy.Parse(f.path, text, beside)
	slices.Sort(beside.names)
	f.names = slices.Compact(beside.names)
	return p, err
}

// noted notes which files are opened, or would be if they were there.
type noted struct {
	fs.FS
	names []string
}

// Open opens a file.
func (n *noted) Open(name string) (fs.File, error) {
	n.names = append(n.names, name)
	return n.FS.Open(name)
}

// stamps tells one state of the policy's files from another, without reading them.
func (f *policyFile) stamps() string {
	var all strings.Builder
	paths := []string{f.path}
	for _, name := range f.names {
		paths = append(paths, filepath.Join(filepath.Dir(f.path), filepath.FromSlash(name)))
	}
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil {
			fmt.Fprintf(&all, "%s %d %d\n", path, info.Size(), info.ModTime().UnixNano())
		} else {
			fmt.Fprintf(&all, "%s is not there\n", path)
		}
	}
	return all.String()
}

// propose proposes what the file says, unless that is known. Whatever fails for
// another reason than the policy is tried again.
func (f *policyFile) propose(p *policy.Policy, err error) {
	f.amendments.fileWrong.Store(nil)
	if err != nil {
		wrong := err.Error()
		f.amendments.fileWrong.Store(&wrong)
		f.say(slog.LevelError, "the policy file changed and cannot be used; the policy in force continues", err.Error())
		return
	}
	_, why, err := f.amendments.File(p) // which logs what comes of a proposal
	switch {
	case err != nil && !errors.As(err, new(*amendment.Refusal)):
		f.read = ""
	case why != "":
		f.say(slog.LevelInfo, "the policy file is known and changes nothing; the policy in force continues", why)
	default:
		f.said = ""
	}
}

// say logs something once.
func (f *policyFile) say(level slog.Level, what, why string) {
	if f.said != why {
		f.said = why
		f.log.Log(context.Background(), level, what, "file", f.path, "why", why)
	}
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
