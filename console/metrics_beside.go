package console

import "time"

// Beside is what runs beside the gateway, and what it lies on.
type Beside struct {
	Folded       time.Time // everything recorded before is in the ledger; zero: not known
	DiskFree     uint64    // bytes where the journal lies
	DiskKnown    bool      // DiskFree was found out
	Certificates []Certificate
	Notices      *Notices // nil: nobody is told anything
}

// Certificate is a file of certificates that srtm shows, or verifies others by.
type Certificate struct {
	Name     string    // that of the flag, such as tls-cert
	NotAfter time.Time // when the first of them expires
}

// Notices is how notices fare. Counters never go down while the process lives.
type Notices struct {
	Put, Delivered, Failures, GivenUp, HeldBack uint64
	Pending                                     int       // deliveries
	Failing                                     int       // targets that take none at present
	Oldest                                      time.Time // of those pending; zero: there is none
}

// mostCertificates bounds how many certificates have a metric.
const mostCertificates = 16

func (w writer) beside(b Beside) {
	if !b.Folded.IsZero() {
		w.put(families.LedgerFolded, secondsOf(b.Folded))
	}
	if b.DiskKnown {
		w.put(families.DiskFree, float64(b.DiskFree))
	}
	expiry := map[string]time.Time{}
	for i, c := range b.Certificates {
		name := c.Name
		if i >= mostCertificates {
			name = other
		}
		if first, known := expiry[name]; !known || c.NotAfter.Before(first) {
			expiry[name] = c.NotAfter
		}
	}
	for name, first := range expiry {
		w.put(families.Certificates, secondsOf(first), name)
	}
	if b.Notices != nil {
		w.notices(*b.Notices)
	}
}

func (w writer) notices(n Notices) {
	w.put(families.NoticesPut, float64(n.Put))
	w.put(families.NoticesDelivered, float64(n.Delivered))
	w.put(families.NoticesFailed, float64(n.Failures))
	w.put(families.NoticesGivenUp, float64(n.GivenUp))
	w.put(families.NoticesHeld, float64(n.HeldBack))
	w.put(families.NoticesPending, float64(n.Pending))
	w.put(families.NoticesIll, float64(n.Failing))
	if !n.Oldest.IsZero() {
		w.put(families.NoticesOldest, secondsOf(n.Oldest))
	}
}

// secondsOf is a time in seconds since 1970, to the millisecond.
func secondsOf(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
