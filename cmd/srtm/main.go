// Command srtm is Service Request Traffic Management: a gateway before the DSP,
// and what belongs to it. Each verb has a file of its own; no rule is made here.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
)

// version is that of the program; a release is one commit with another number.
const version = "0.1.0"

// The exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// verbs are all that srtm does. Kong reads names, flags and help from the tags.
type verbs struct {
	Demo      demoCmd      `cmd:"" help:"See the whole system at work on this machine, in about a minute."`
	Gateway   gatewayCmd   `cmd:"" help:"Stand before the DSP: take Service Requests, decide, forward or refuse."`
	DSP       dspCmd       `cmd:"" name:"dsp" help:"Run a stand-in DSP with a finite capacity, for tests and drills."`
	Load      loadCmd      `cmd:"" help:"Play a scenario: stand-in Service Users that send DUIS requests over HTTP."`
	Allocate  allocateCmd  `cmd:"" help:"Print every Service User's allocation as CSV."`
	Policy    policyCmd    `cmd:"" help:"Work with policy files."`
	Portfolio portfolioCmd `cmd:"" help:"Compare portfolios, and move units from one Service User to another."`
	Replay    replayCmd    `cmd:"" help:"Decide about recorded arrivals under a policy."`
	Simulate  simulateCmd  `cmd:"" help:"Try policies on virtual Service Users and a virtual DSP, beside other rules."`
	State     stateCmd     `cmd:"" help:"Show what a running gateway sees."`
	Act       actCmd       `cmd:"" help:"Do something by hand at a running gateway, for a while."`
	Drill     drillCmd     `cmd:"" help:"Have everything of one Service User refused for a while, and see how its adapter takes it."`
	Explain   explainCmd   `cmd:"" help:"Say any decision as a sentence, with its numbers."`
	Dispute   disputeCmd   `cmd:"" help:"Pack one Service User's decisions with proof that none is left out."`
	Verify    verifyCmd    `cmd:"" help:"Check such a bundle, and recompute the guarantee from it alone."`
	Report    reportCmd    `cmd:"" help:"Write a month's reports: to each Service User, to operator and Panel, and public."`
	Journal   journalCmd   `cmd:"" help:"Check and export what a gateway recorded."`
	User      userCmd      `cmd:"" help:"Say who may use console and API, and make API tokens."`
	Notice    noticeCmd    `cmd:"" help:"Check who is told what by e-mail and webhook, and try it."`
	Version   versionCmd   `cmd:"" help:"Print the version."`
}

// app is what verbs need of the world.
type app struct {
	stdout io.Writer
	stderr io.Writer
}

func main() { os.Exit(run(&app{os.Stdout, os.Stderr}, os.Args[1:])) }

// untilStopped returns a context that ends with the first SIGINT or SIGTERM, for
// verbs that then have something to finish; a second one ends the process at
// once. All other verbs die of the first.
func (a *app) untilStopped() (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// run obeys one command line and returns the exit code.
func run(a *app, args []string) (code int) {
	exited := false
	parser, err := kong.New(&verbs{},
		kong.Name("srtm"),
		kong.Description("Service Request Traffic Management (SECMP0067): keeps the DSP from being overwhelmed, fairly and provably."),
		kong.Writers(a.stdout, a.stderr),
		kong.Exit(func(c int) { exited, code = true, c }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
	)
	if err != nil {
		return a.fail(err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if exited { // --help
		return code
	}
	if err != nil {
		fmt.Fprintf(a.stderr, "srtm: %v\n%s\n", err, usageHint(err))
		return exitUsage
	}
	if err := command.Run(a); err != nil {
		return a.fail(err)
	}
	return exitDone
}

// usageHint says where to look.
func usageHint(err error) string {
	var parse *kong.ParseError
	if errors.As(err, &parse) && parse.Context != nil && parse.Context.Selected() != nil {
		return "hint: srtm " + parse.Context.Selected().Path() + " --help shows examples"
	}
	return "hint: srtm --help lists the verbs"
}

// fail writes an error to stderr, each of its lines as one.
func (a *app) fail(err error) int {
	var usage usageError
	code := exitFailed
	if errors.As(err, &usage) {
		code = exitUsage
	}
	for line := range strings.Lines(err.Error()) {
		fmt.Fprintf(a.stderr, "srtm: %s\n", strings.TrimSuffix(line, "\n"))
	}
	return code
}

// usageError is an error in how srtm was called.
type usageError struct{ error }

// versionCmd prints the version.
type versionCmd struct{}

// Run prints it.
func (versionCmd) Run(a *app) error {
	_, err := fmt.Fprintf(a.stdout, "srtm %s\n", version)
	return err
}
