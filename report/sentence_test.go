package report

import (
	"testing"
	"time"
)

const sr = 1_000_000_000

func TestSentence(t *testing.T) {
	for _, row := range []struct {
		rule string
		s    summary
		want string
	}{
		{"what was refused while the allocation was lowered was over that, and not over the usual one",
			summary{name: "B", month: "May 2026", offered: 100, forwarded: 90, throttled: 10, active: time.Minute, episodes: 1, lowest: 45 * sr, highest: 45 * sr, known: true,
				lowered: []above{{3, 25 * sr, "reserved capacity"}, {2, 18 * sr, "maintenance"}}, held: 4},
			"In May 2026 B sent 100 Service Requests; 90 (90 %) were forwarded. Traffic management was active for 1 min in 1 episode; 10 requests were throttled, all while you were over your allocation as it was then: 1 over 45/s; 3 over 25/s, to which it was lowered (reserved capacity); 2 over 18/s, to which it was lowered (maintenance); and 4 over the rate that the operator held you to."},
		{"nothing was over the usual allocation",
			summary{name: "B", month: "May 2026", offered: 10, forwarded: 7, throttled: 3, active: time.Minute, episodes: 1, lowest: 45 * sr, highest: 45 * sr, known: true,
				lowered: []above{{3, 25 * sr, "by hand"}}},
			"In May 2026 B sent 10 Service Requests; 7 (70 %) were forwarded. Traffic management was active for 1 min in 1 episode; 3 requests were throttled, all while you were over your allocation as it was then: 3 over 25/s, to which it was lowered (by hand)."},
		{"a broken guarantee is not said to be of the usual allocation where it was lowered",
			summary{name: "B", month: "May 2026", offered: 10, forwarded: 6, throttled: 4, broken: 2, active: time.Minute, episodes: 1, lowest: 45 * sr, highest: 45 * sr, known: true,
				lowered: []above{{2, 25 * sr, "by hand"}}},
			"In May 2026 B sent 10 Service Requests; 6 (60 %) were forwarded. Traffic management was active for 1 min in 1 episode; 4 requests were throttled, 2 of them while you were within your allocation as it was then, which must not happen."},
		{"what shadow let pass while closed is no throttling",
			summary{name: "B", month: "May 2026", offered: 3, shadowClosed: 3},
			"In May 2026 B sent 3 Service Requests; 0 (0 %) were forwarded. Traffic management was not active; no request was throttled. In shadow 3 requests would have been refused because nothing was taken; they went on too."},
		{"everything that a month can have",
			summary{name: "Bravo Energy", month: "October 2026", offered: 41_204_118, forwarded: 41_197_902, throttled: 6216,
				active: 72*time.Minute + 3*time.Second, episodes: 3, lowest: 540 * sr, highest: 540 * sr, known: true},
			"In October 2026 Bravo Energy sent 41,204,118 Service Requests; 41,197,902 (99.985 %) were forwarded. Traffic management was active for 1 h 12 min in 3 episodes; 6,216 requests were throttled, all while you were over your allocation of 540/s."},
		{"nothing was sent",
			summary{name: "Bravo Energy", month: "October 2026"},
			"In October 2026 Bravo Energy sent no Service Requests. Traffic management was not active."},
		{"nothing was sent while others were throttled",
			summary{name: "Bravo Energy", month: "October 2026", active: 90 * time.Second, episodes: 1},
			"In October 2026 Bravo Energy sent no Service Requests. Traffic management was active for 1 min 30 s in 1 episode."},
		{"one of each",
			summary{name: "B", month: "May 2026", offered: 2, forwarded: 1, throttled: 1, active: time.Second, episodes: 1, lowest: sr / 2, highest: sr, known: true},
			"In May 2026 B sent 2 Service Requests; 1 (50 %) was forwarded. Traffic management was active for 1 s in 1 episode; 1 request was throttled, all while you were over your allocation of 0.5/s to 1/s."},
		{"nearly all is not all",
			summary{name: "B", month: "May 2026", offered: 1_000_000_000, forwarded: 999_999_999, throttled: 1, active: time.Hour, episodes: 1, known: true},
			"In May 2026 B sent 1,000,000,000 Service Requests; 999,999,999 (99.999 %) were forwarded. Traffic management was active for 1 h in 1 episode; 1 request was throttled, all while you were over your allocation of 0/s."},
		{"all was forwarded",
			summary{name: "B", month: "May 2026", offered: 7, forwarded: 7},
			"In May 2026 B sent 7 Service Requests; 7 (100 %) were forwarded. Traffic management was not active; no request was throttled."},
		{"the guarantee was broken, and the sentence says so",
			summary{name: "B", month: "May 2026", offered: 10, forwarded: 6, throttled: 4, broken: 2, active: time.Minute, episodes: 1, lowest: 5 * sr, highest: 5 * sr, known: true},
			"In May 2026 B sent 10 Service Requests; 6 (60 %) were forwarded. Traffic management was active for 1 min in 1 episode; 4 requests were throttled, 2 of them while you were within your allocation of 5/s, which must not happen."},
		{"what could not be judged is not called right",
			summary{name: "B", month: "May 2026", offered: 10, forwarded: 6, throttled: 4, unjudged: 3, active: time.Minute, episodes: 1, lowest: 5 * sr, highest: 5 * sr, known: true},
			"In May 2026 B sent 10 Service Requests; 6 (60 %) were forwarded. Traffic management was active for 1 min in 1 episode; 4 requests were throttled, none of them within your allocation of 5/s as far as it could be judged: that was not possible for 3 decisions."},
		{"what was not recorded is said, and nothing is said of all but what was",
			summary{name: "B", month: "May 2026", offered: 10, forwarded: 10, lost: 9, active: time.Minute, episodes: 1, bound: "at most"},
			"In May 2026 B sent 19 Service Requests. About 9 of them no decision could be recorded, and whether they were forwarded is not known; of the other 10, 10 (100 %) were forwarded. Traffic management was active for at most 1 min in 1 episode; no request of which there is a record was throttled."},
		{"nothing was recorded",
			summary{name: "B", month: "May 2026", lost: 1},
			"In May 2026 B sent 1 Service Request, about which no decision could be recorded: whether any was forwarded is not known. Traffic management was not active, as far as there are records."},
		{"a part of the month was recorded",
			summary{name: "B", month: "May 2026", offered: 7, forwarded: 7, part: true},
			"In the recorded part of May 2026 B sent 7 Service Requests; 7 (100 %) were forwarded. Traffic management was not active, as far as there are records; no request of which there is a record was throttled."},
	} {
		if got := row.s.String(); got != row.want {
			t.Errorf("%s:\n got %s\nwant %s", row.rule, got, row.want)
		}
	}
}

func TestAdvice(t *testing.T) {
	for _, row := range []struct {
		rule string
		a    advice
		want string
	}{
		{"nothing was throttled", advice{offered: 5, pace: sr}, ""},
		{"no allocation", advice{throttled: 1}, "Nothing of your own: without an allocation you live on what others leave."},
		{"only while closed", advice{closed: 4, pace: sr}, whileClosed},
		{"while closed too", advice{throttled: 1, closed: 4, pace: sr, queue: queue{paced: true, wait: 2 * time.Second}},
			"Held back to a steady 1/s, none would have been refused; the longest wait would have been 2 s. " + whileClosed},
		{"an allocation that changed", advice{throttled: 1, pace: sr, queue: queue{paced: true, wait: 2 * time.Second, lowest: sr, highest: 3 * sr}},
			"Held back to the allocation as it was then, 1/s to 3/s, none would have been refused; the longest wait would have been 2 s."},
		{"a short burst", advice{throttled: 40, pace: 540 * sr, queue: queue{paced: true, wait: 300 * time.Millisecond}},
			"Held back to a steady 540/s, none would have been refused; no wait would have been longer than a second."},
		{"a bulge", advice{throttled: 40, pace: 540 * sr, queue: queue{paced: true, wait: 12_400 * time.Millisecond}, reads: 5},
			"Held back to a steady 540/s, none would have been refused; the longest wait would have been 12 s."},
		{"hours of bulk reads", advice{throttled: 40, pace: 540 * sr, queue: queue{paced: true, wait: 2*time.Hour + 20*time.Second}, over: 1_234_500_000_000, reads: 1000, offered: 1500},
			"Held back to a steady 540/s, none would have been refused; the longest wait would have been 2 h. Sent at another hour instead: 1,235 SR were beyond the allocation, and 1,000 of the 1,500 sent in this episode were reads."},
	} {
		if got := row.a.String(); got != row.want {
			t.Errorf("%s:\n got %s\nwant %s", row.rule, got, row.want)
		}
	}
}
