package console

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"testing"
	"time"

	"srtm/duis"
	"srtm/journal"
	"srtm/ledger"
	"srtm/traffic"
)

// withOffice gives a world a journal on the disk, in which ALPHA and BRAVO were
// each refused once and people did things, and a machine. Where the past is not
// counted yet, that is.
func withOffice(t testing.TB, w *world) {
	t.Helper()
	dir := t.TempDir()
	write := func() {
		j, err := journal.Open(dir, journal.Options{Environment: "test"})
		if err != nil {
			t.Fatal(err)
		}
		at := w.now.UnixNano()
		j.Append(at, &journal.Start{Version: "test", Node: "one", Environment: "test"})
		rules := w.source.Policy().Rules()
		for i, user := range []uint64{alpha, bravo} {
			terms := journal.TermsOf(rules, i)
			terms.Account, terms.Policy, terms.Start = rules.Accounts[i].Name, w.source.Policy().Digest, true
			j.Append(at, &terms)
			d := &journal.Decision{Variant: "2.2", CommandVariant: 1, ID: duis.RequestID{Originator: duis.EUI64(user), Target: 0xB0, Counter: 7}}
			d.Account = rules.Accounts[i].Name
			d.Numbers = traffic.Decision{At: at, User: user, Verdict: traffic.Throttle, Reason: traffic.OverAllocation, RetryAfter: 2, Allocation: rules.Accounts[i].Allocation, Cost: traffic.SR}
			j.Append(at, d)
		}
		for _, a := range []journal.Act{
			{Who: "Olga", What: AccessMark + "signed in by password, from 10.1.2.3"}, {Who: "Olga", What: "act 1 began: BRAVO held to 7.531/s", Why: "bravo broke something", Account: "BRAVO"},
			{Who: "Ivo", What: RecordsMark + "explain with targets", Why: "query 4711"},
		} {
			j.Append(at, &a)
		}
		j.Append(at, &journal.Proposal{Step: journal.Prepared, Name: "Second", Digest: "abc", Who: "Planner", Why: "more"})
		if err := errors.Join(j.Sync(), j.Close()); err != nil {
			t.Fatal(err)
		}
	}
	write()
	w.source.Archive = &Archive{Dir: dir, Pseudonym: func(duis.EUI64) string { return "a pseudonym" }, RequestID: func(text string) (duis.RequestID, bool, error) {
		id, err := duis.ParseRequestID(text)
		return id, false, err
	}}
	w.source.Verify = func(_ string, progress func(int, int)) (*journal.Verification, error) {
		return journal.Verify(dir, journal.Checks{Progress: progress})
	}
	w.source.Machine = func() Machine {
		return Machine{Node: "one", Started: w.source.Now().Add(-90 * time.Minute), Data: "/var/lib/srtm", Free: 100 << 30, Size: 200 << 30, PerDay: 1 << 30,
			Ledger: LedgerKeeping{Kind: "SQLite"}, PolicyFile: "/etc/srtm/policy.yaml", Certificates: []Certificate{{"tls-cert", w.source.Now().AddDate(0, 0, 80)}}}
	}
	if w.source.Ledger != nil {
		return
	}
	l, err := ledger.OpenSQLite(filepath.Join(t.TempDir(), "ledger.db"), ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	if err := l.FoldJournal(t.Context(), dir, ledger.FoldOptions{}); err != nil {
		t.Fatal(err)
	}
	w.source.Ledger = func(_ context.Context, use func(Ledger) error) error { return use(l) }
}

// requestOf is the RequestID of the one request of a user in that journal.
func requestOf(user uint64) string {
	return duis.RequestID{Originator: duis.EUI64(user), Target: 0xB0, Counter: 7}.String()
}

func init() {
	maps.Copy(cases, map[string][]string{
		"GET /api/v1/policy": {""}, "GET /api/v1/policies/{digest}/compare": {"in-force", "in-force?with=in-force"},
		"GET /api/v1/audit": {"", "?account=BRAVO"}, "GET /api/v1/audit/verification": {""}, "POST /api/v1/audit/verification": {"{}"},
		"GET /api/v1/explain/{request}": {requestOf(alpha), requestOf(bravo), "5", "7", "99999"}, "GET /api/v1/system": {""},
		"GET /policy": {""}, "GET /policy/new": {""}, "GET /policy/new/draft/{digest}": {"abc"}, "GET /policy/compare": {"", "?old=in-force"},
		"GET /policy/challenges/new": {"", "?account=BRAVO"}, "GET /policy/challenges/{id}/answer": {"1"}, "GET /policy/{digest}": {"in-force", "abc"},
		"GET /policy/{digest}/tmmd": {"in-force", "in-force ?edition=full", "abc"}, "GET /policy/compare/document": {"?old=in-force&new=in-force"},
		"GET /policy/{digest}/approve": {"in-force"}, "GET /policy/{digest}/confirm": {"in-force"}, "GET /policy/{digest}/withdraw": {"in-force"}, "GET /policy/{digest}/rollback": {"in-force"},
		"POST /policy/{digest}/approve": {"in-force why=x"}, "POST /policy/{digest}/confirm": {"in-force why=x"}, "POST /policy/{digest}/withdraw": {"in-force why=x"}, "POST /policy/{digest}/rollback": {"in-force why=x"},
		"POST /policy/new": {"capacity=1"}, "POST /policy/new/draft/{digest}": {"abc why=x"},
		"POST /policy/challenges/new": {"account={x}&text=more", "text=more"}, "POST /policy/challenges/{id}/answer": {"1 text=no"},
		"GET /acts": {""}, "GET /acts/new": {"", "?what=hold&account=BRAVO&rate=1&for=1h"}, "POST /acts/new": {"reason=x"},
		"GET /acts/{id}/approve": {"1"}, "GET /acts/{id}/withdraw": {"1"}, "GET /acts/{id}/end": {"1"},
		"POST /acts/{id}/approve": {"1 why=x"}, "POST /acts/{id}/withdraw": {"1 why=x"}, "POST /acts/{id}/end": {"1 why=x"},
		"GET /audit": {"", "?account=BRAVO"}, "GET /audit.csv": {""}, "POST /audit/verify": {""},
		"GET /explain": {"", "?request=" + requestOf(bravo), "?request=" + requestOf(alpha)}, "GET /system": {""},
	})
}

// officeAPICases are calls of the routes of Policy, Audit, Explain and System.
func officeAPICases() map[string][]apiCase {
	vary := `{"by":"Planner","why":"so","vary":{"capacity":"1100/s"}}`
	return map[string][]apiCase{
		"GET /policy": {{"", "", 200}}, "GET /policies/{digest}/compare": {{"in-force", "", 200}, {"none", "", 404}},
		"POST /policies":          {{"?preview=true", vary, 200}, {"", vary, 200}, {"", `{"by":"P","why":"x","vary":{}}`, 422}},
		"GET /audit":              {{"", "", 200}, {"", "?kind=sign-in", 200}, {"", "?kind=no", 400}, {"", "?from=no", 400}},
		"GET /audit/verification": {{"", "", 200}}, "POST /audit/verification": {{"", "{}", 200}},
		"GET /explain/{request}": {{requestOf(bravo), "", 200}, {"5", "", 200}, {"nonsense", "", 400}, {"1", "?days=0", 400}}, "GET /system": {{"", "", 200}},
	}
}
