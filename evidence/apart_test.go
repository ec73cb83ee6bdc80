package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"srtm/journal"
	"srtm/traffic"
)

// That nobody within the allocation was refused cannot be had by making the
// allocation small: what the standing one would have paid for is said apart.
func TestRefusalsThatTheAllocationDoesNotAnswerForAreSaidApart(t *testing.T) {
	for _, row := range []struct {
		rule, want string
		change     func(r *traffic.Rules, w *world)
	}{
		{"nothing lowered it", "", func(*traffic.Rules, *world) {}},
		{"lowered", "refused that the standing allocation would have paid for, while it was lowered: maintenance: a release of the DSP's", func(r *traffic.Rules, w *world) {
			w.lowered = map[string]traffic.Rate{"BRAVO": r.Accounts[1].Allocation}
			r.Threshold, r.Release = r.Threshold/4, r.Release/4
			for i := range r.Accounts {
				r.Accounts[i].Allocation /= 4
			}
		}},
		{"closed", "refused that the standing allocation would have paid for, while it was lowered: maintenance: a release of the DSP's", func(r *traffic.Rules, w *world) {
			w.lowered = map[string]traffic.Rate{"BRAVO": r.Accounts[1].Allocation}
			r.Closed, r.Threshold, r.Release = true, 0, 0
			for i := range r.Accounts {
				r.Accounts[i].Allocation = 0
			}
		}},
		{"held", "refused because the account was held to a rate by the operator's hand: its standing allocation would have paid for them", func(r *traffic.Rules, _ *world) {
			r.Accounts[1].Held, r.Accounts[1].Hold = true, traffic.PerSecond
		}},
		{"held in a drill", "refused in a throttle drill, in which all of the account is refused because that was ordered: by hand: drill: ordered by the Service User itself (BRAVO held to 0/s)", func(r *traffic.Rules, w *world) {
			r.Accounts[1].Held, r.Accounts[1].Hold = true, traffic.PerSecond
			w.cause = "by hand: drill: ordered by the Service User itself (BRAVO held to 0/s)"
		}},
		{"held in shadow, where nobody is refused", "", func(r *traffic.Rules, _ *world) {
			r.Accounts[1].Held, r.Accounts[1].Hold, r.Mode = true, traffic.PerSecond, traffic.ModeShadow
		}},
	} {
		w := newWorld(t, 5)
		w.run(200, 5, 10, 5)
		r := rulesOfWorld(60 * traffic.PerSecond)
		row.change(&r, w)
		w.change(r)
		w.run(1500, 20, 100, 30)
		w.now.Store(noon + 2*second)
		w.close()
		bundle, _ := w.pack("BRAVO", 0, 2)
		res := check(bundle, Trust{Keys: []string{w.key()}})
		wantSound(t, res)
		said := strings.Join(res.Reservations, "\n")
		if row.want == "" && said != "" || !strings.Contains(said, row.want) {
			t.Errorf("%s: it is said %q, want %q", row.rule, said, row.want)
		}
		if n := 0; row.want != "" {
			if _, err := fmt.Sscanf(said, "%d ", &n); err != nil || n < 15 || n > 60 { // of 20/s for 1.5 s, and a burst
				t.Errorf("%s: %q counts %d", row.rule, said, n)
			}
		}
	}
}

// A bundle says in words what its decisions were, what would have been refused in
// shadow apart.
func TestShadowIsSaidApart(t *testing.T) {
	r := rulesOfWorld(60 * traffic.PerSecond)
	r.Accounts[1].Shadow = true
	w := newWorldOf(t, 5, r)
	w.run(1900, 20, 100, 60)
	w.close()
	bundle, _ := w.pack("BRAVO", 0, 1.9)
	res := check(bundle, Trust{Keys: []string{w.key()}})
	wantSound(t, res)
	says := res.part("rules").Says
	if !strings.Contains(says, ", 0 over allocation; in shadow, forwarded, and would have been refused: ") || !strings.Contains(says, " over allocation): each") {
		t.Errorf("it says %q", says)
	}
}

// notified is a world in which BRAVO has had a notice, and says something to it.
func notified(t *testing.T, about journal.Position) *world {
	w := newWorld(t, 6)
	w.run(100, 5, 5, 5)
	own := journal.Own{Account: "BRAVO"}
	at := w.now.Load()
	n := w.journal.Append(at, &journal.Notice{Own: own, Policy: strings.Repeat("ab", 32), PolicyName: "November", Effective: noon + 3600*second,
		Old: 20 * traffic.PerSecond, New: 25 * traffic.PerSecond, OldWeight: "100", Weight: "130", Weights: "300", Source: "portfolio.csv", Shortened: true})
	if about == 0 {
		about = n.Position()
	}
	w.journal.Append(at, &journal.Challenge{Own: own, Notice: about, Who: "B. Ravo", Text: "We have 150.\x1b[2J"})
	w.journal.Append(at, &journal.Challenge{Own: own, Notice: about, Answer: true, Who: "O. Perator", Text: "The register says 130."})
	told := journal.Telling{ID: "act-3-1", Kind: "act", Concerns: "BRAVO", Happened: at, Sentence: "Held to 5/s.", Who: "BRAVO", Means: "mail", Address: "desk@bravo.example",
		Attempt: 1, Began: at, Outcome: "failed", Detail: "451 later"}
	w.journal.Append(at, &journal.Delivery{Own: own, Telling: told})
	told.Attempt, told.Outcome, told.Detail = 2, "delivered", "250 queued as 7"
	w.journal.Append(at, &journal.Delivery{Own: own, Telling: told})
	told.Who, told.Address = "operators", "night@operator.example"
	w.journal.Append(at, &journal.CommonDelivery{Telling: told})
	w.run(100, 5, 5, 5)
	w.close()
	return w
}

func TestNoticesAndChallengesAreSaidInWords(t *testing.T) {
	w := notified(t, 0)
	bundle, _ := w.pack("BRAVO", 0, 1)
	r := check(bundle, Trust{Keys: []string{w.key()}})
	wantSound(t, r)
	var text strings.Builder
	if err := r.Write(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		": notice: from 2026-10-14 13:00:00.000 UTC the allocation is 25/s, instead of 20/s; of the portfolios' sum of 300 the account then has 130, instead of 100; portfolio: portfolio.csv; " +
			"policy November of abababababab…; it comes later than the policy says, as two persons wanted\n",
		"delivered to BRAVO by mail, desk@bravo.example, attempt 2 of ", ": 250 queued as 7; notice act-3-1 (act): Held to 5/s.\n",
		"1 attempt to tell failed, and others followed\n",
		"challenge of the notice at position ", `, by B. Ravo: "We have 150.\x1b[2J"` + "\n", "answer to a challenge of the notice at position ", ", by O. Perator: The register says 130.\n",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is not in\n%s", want, text.String())
		}
	}
	if strings.Contains(text.String(), "night@operator.example") {
		t.Errorf("BRAVO's bundle has the operators' address:\n%s", text.String())
	}
	other, _ := w.pack("ALPHA", 0, 1)
	if r := check(other, Trust{}); len(r.Notices)+len(r.Told) != 0 {
		t.Errorf("ALPHA hears of %q %q", r.Notices, r.Told)
	}
	for about, want := range map[journal.Position]string{1 << 40: "stands after it", 8: "where the account has none"} {
		bundle, _ := notified(t, about).pack("BRAVO", 0, 1)
		wantFailure(t, check(bundle, Trust{}), "rules", want)
	}
}

// The text of a policy is proved without the other files, whichever it has.
func TestADigestIsMadeOfWhicheverFilesThereAre(t *testing.T) {
	sum := func(text string) string { s := sha256.Sum256([]byte(text)); return hex.EncodeToString(s[:]) }
	for rule, roles := range map[string][]string{"a portfolio": nil, "senders": {"senders"}, "annexes": {"annex", "annex"}, "both": {"senders", "annex"}} {
		list := "policy " + sum("p") + "\nportfolio " + sum("q") + "\n"
		p := &journal.Policy{Files: []journal.File{{Text: "p"}, {Text: "q"}}}
		for i, role := range roles {
			text := fmt.Sprint(i)
			list += role + " " + sum(text) + "\n"
			p.Files = append(p.Files, journal.File{Text: text})
		}
		p.Digest = sum(list)
		shown := showPolicy(p)
		if got := shown.digest.of(sum("p")); got != p.Digest || shown.text != "p" || (shown.digest.Senders != "") != slices.Contains(roles, "senders") {
			t.Errorf("with %s it is shown as %+v, of the digest %s", rule, shown, got)
		}
	}
}

func TestWhatPersonsDidIsSaidInWords(t *testing.T) {
	digest := strings.Repeat("0123456789", 7)[:64]
	for _, row := range []struct {
		record journal.Record
		want   Deed
	}{
		{&journal.Act{Who: "A", What: "suspend", Why: "w", Account: "BRAVO", Until: 5, Reference: "INC-1", About: 3}, Deed{"act", "A", "suspend", "w", "BRAVO", 5, "INC-1", 3}},
		{&journal.Policy{Name: "November", Digest: digest, Who: "A", Why: "w", Effective: noon},
			Deed{Kind: "policy", Who: "A", What: "the policy November of 012345678901… came into force, effective from 2026-10-14 12:00:00.000 UTC", Why: "w"}},
		{&journal.Proposal{Step: journal.Refused, Name: "N", Digest: "12", Who: "A", Why: "slot"}, Deed{Kind: "proposal", Who: "A", What: "the policy N of 12 was refused", Why: "slot"}},
		{&journal.Notice{Own: journal.Own{Account: "BRAVO"}, Effective: noon, Weights: "3", Weight: "2", OldWeight: "1", Source: "s", PolicyName: "N", Policy: "12"},
			Deed{Kind: "notice", Account: "BRAVO", What: "notice: from 2026-10-14 12:00:00.000 UTC the allocation is 0/s, instead of 0/s; of the portfolios' sum of 3 the account then has 2, instead of 1; portfolio: s; policy N of 12"}},
		{&journal.Challenge{Own: journal.Own{Account: "BRAVO"}, Notice: 4, Who: "B", Text: "no"}, Deed{Kind: "challenge", Who: "B", Account: "BRAVO", What: "challenge of the notice at position 4", Why: "no"}},
		{&journal.Challenge{Answer: true, Who: "A", Text: "yes"}, Deed{Kind: "challenge", Who: "A", What: "answer to a challenge", Why: "yes"}},
	} {
		if got, is := DeedOf(row.record); !is || got != row.want {
			t.Errorf("%T is said as\n%+v\nwant\n%+v", row.record, got, row.want)
		}
	}
	if got, is := DeedOf(&journal.Delivery{Telling: journal.Telling{Outcome: "failed"}}); is {
		t.Errorf("an attempt that failed is a deed: %+v", got)
	}
	if got, is := DeedOf(&journal.CommonDelivery{Telling: journal.Telling{ID: "i", Kind: "act", Concerns: "BRAVO", Outcome: "nobody", Detail: "none", Sentence: "s"}}); !is || got.Account != "BRAVO" || got.What != "nobody: none; notice i (act): s" {
		t.Errorf("that nobody was told is said as %+v", got)
	}
	if got, is := DeedOf(&journal.Decision{}); is {
		t.Errorf("a decision is a deed: %+v", got)
	}
}
