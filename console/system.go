package console

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"time"
)

// Machine is what the gateway's process knows of itself and of what it stands on.
type Machine struct {
	Node         string        // the machine's name
	Started      time.Time     // of this process
	Data         string        // the data folder
	Free, Size   uint64        // octets of its disk; both 0: not known
	PerDay       uint64        // octets that the journal grows by in a day, as it did lately; 0: not known
	Ledger       LedgerKeeping // how the counting keeps up
	Certificates []Certificate
	PolicyFile   string // where it is; empty: there is none
	PolicyWrong  string // why the file that is watched is not taken; empty: it is
}

// LedgerKeeping is how the ledger keeps up with the journal.
type LedgerKeeping struct {
	Kind  string `json:"kind"`            // SQLite or PostgreSQL
	Wrong string `json:"wrong,omitempty"` // why it does not keep up
}

// Expiry is when a certificate runs out.
type Expiry struct {
	Name string    `json:"name"` // of the flag that names its file
	Ends time.Time `json:"ends"`
}

// System is whether srtm itself is well: the page of that name, and
// /api/v1/system.
type System struct {
	At           time.Time       `json:"at"`
	Well         bool            `json:"well"`
	Sentence     []Phrase        `json:"sentence"`
	Troubles     []Trouble       `json:"troubles"`
	Version      string          `json:"version"`
	Go           string          `json:"go"`
	Node         string          `json:"node"`
	Started      time.Time       `json:"started"`
	Memory       uint64          `json:"memory_octets"` // that the process has of the machine
	Goroutines   int             `json:"goroutines"`
	Connections  int64           `json:"connections"` // of callers
	InFlight     int64           `json:"in_flight"`
	DSPInUse     int             `json:"dsp_connections_in_use"`
	DSPIdle      int             `json:"dsp_connections_idle"`
	Watchers     int             `json:"watchers"`
	Journal      JournalState    `json:"journal"`
	Ledger       *LedgerState    `json:"ledger,omitempty"`
	Offset       float64         `json:"clock_offset_s"`
	Disk         *DiskState      `json:"disk,omitempty"`
	Certificates []Expiry        `json:"certificates"`
	PolicyFile   PolicyFileState `json:"policy_file"`
}

// Trouble is something that is wrong, and what can be done.
type Trouble struct {
	What  string `json:"what"`
	Do    string `json:"do"`
	Grave bool   `json:"grave"` // somebody must act
}

// LedgerState is how far the ledger is.
type LedgerState struct {
	LedgerKeeping
	Position uint64    `json:"position"`
	At       time.Time `json:"at"`     // of the last record folded
	Behind   uint64    `json:"behind"` // records
}

// DiskState is how much room there is for the journal.
type DiskState struct {
	Folder string   `json:"folder"`
	Free   uint64   `json:"free_octets"`
	Size   uint64   `json:"size_octets"`
	PerDay uint64   `json:"journal_octets_per_day"`
	Days   *float64 `json:"days_left,omitempty"` // at that rate; absent: not known
}

// PolicyFileState is how the policy file fares, which is watched.
type PolicyFileState struct {
	Path  string `json:"path,omitempty"`
	Wrong string `json:"wrong,omitempty"` // why it is not taken
}

// When what runs out is told.
const (
	soonEnds   = 30 * aDay // of a certificate
	graveEnds  = 7 * aDay
	fewDays    = 14 // that the disk lasts
	graveDays  = 3
	mostBehind = 100_000 // records of the ledger
	mostOffset = time.Second
)

func (s *Server) system(c *call) (any, error) { return s.systemFor(c), nil }

func (s *Server) systemPage(c *call) (any, error) { return s.systemFor(c), nil }

// systemFor gathers it.
func (s *Server) systemFor(c *call) *System {
	m, state := s.source.Machine(), s.meter.state()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	v := &System{
		At: state.At, Version: s.source.Version, Go: runtime.Version(), Node: m.Node, Started: m.Started.UTC(), Memory: memory.Sys, Goroutines: runtime.NumGoroutine(),
		Connections: state.Door.Connections, InFlight: state.Door.InFlight, DSPInUse: state.DSP.InUse, DSPIdle: state.DSP.Idle,
		Journal: state.Journal, Offset: state.Offset, Certificates: []Expiry{}, Watchers: s.hub.count(), PolicyFile: PolicyFileState{m.PolicyFile, m.PolicyWrong}, Troubles: []Trouble{},
	}
	for _, cert := range m.Certificates {
		v.Certificates = append(v.Certificates, Expiry{cert.Name, cert.NotAfter.UTC()})
	}
	if m.Size > 0 {
		v.Disk = &DiskState{Folder: m.Data, Free: m.Free, Size: m.Size, PerDay: m.PerDay}
		if m.PerDay > 0 {
			days := tenth(float64(m.Free) / float64(m.PerDay))
			v.Disk.Days = &days
		}
	}
	s.ledgerTrouble(c, v, m.Ledger)
	s.troubles(v)
	v.Well = len(v.Troubles) == 0
	v.Sentence = sentenceOfSystem(v)
	return v
}

func (v *System) wrong(grave bool, do, format string, args ...any) {
	v.Troubles = append(v.Troubles, Trouble{fmt.Sprintf(format, args...), do, grave})
}

// ledgerTrouble says how far the ledger is.
func (s *Server) ledgerTrouble(c *call, v *System, keeping LedgerKeeping) {
	if s.source.Ledger == nil {
		return
	}
	v.Ledger = &LedgerState{LedgerKeeping: keeping}
	at, position, err := s.foldedTo(c)
	if err != nil && keeping.Wrong == "" {
		v.Ledger.Wrong = err.Error()
	}
	v.Ledger.At, v.Ledger.Position = at, position
	v.Ledger.Behind = uint64(v.Journal.Durable) - min(position, uint64(v.Journal.Durable))
	switch {
	case v.Ledger.Wrong != "":
		v.wrong(false, "Nothing is lost: the journal has everything. See the log; srtm report --rebuild makes the ledger anew.", "The ledger does not keep up: %s", v.Ledger.Wrong)
	case v.Ledger.Behind > mostBehind:
		v.wrong(false, "Wait, and see whether it falls; reports and Episodes are as old as that until then.", "The ledger is %s records behind the journal.", count(v.Ledger.Behind))
	}
}

// troubles finds what else is wrong.
func (s *Server) troubles(v *System) {
	if j := v.Journal; j.Failing != "" {
		v.wrong(true, "Free or mend the disk of the data folder; what the policy says under journal.on_failure holds meanwhile.", "The journal cannot record: %s; %s decisions are missing from it.", j.Failing, count(j.Missing))
	}
	if offset := time.Duration(v.Offset * float64(time.Second)); offset.Abs() >= mostOffset {
		v.wrong(false, "Mend the machine's time service; decisions go on by a clock that never goes back.", "The wall clock is %v %s the time that decisions are made by.", offset.Abs().Round(time.Millisecond),
			map[bool]string{true: "ahead of", false: "behind"}[offset > 0])
	}
	if d := v.Disk; d != nil && d.Days != nil && *d.Days < fewDays {
		v.wrong(*d.Days < graveDays, "Give the data folder a larger disk, or have the policy keep the journal for less long (journal.keep).", "The disk of %s has %s free, which lasts %s days at today's rate.", d.Folder, octets(d.Free), rate(*d.Days))
	}
	for _, cert := range v.Certificates {
		switch left := cert.Ends.Sub(v.At); {
		case left <= 0:
			v.wrong(true, "Renew it and start the gateway again.", "The certificate of --%s ended at %s.", cert.Name, clock(cert.Ends, v.At))
		case left < soonEnds:
			v.wrong(left < graveEnds, "Renew it and start the gateway again before then.", "The certificate of --%s ends in %s.", cert.Name, age(left))
		}
	}
	if w := v.PolicyFile.Wrong; w != "" {
		v.wrong(false, "Correct the file; the policy in force holds meanwhile.", "The policy file is not taken: %s", strings.TrimSpace(w))
	}
	if s.source.Gate != nil {
		if err := s.source.Gate.Trouble(); err != nil {
			v.wrong(false, "Put the file in order (srtm user list says what is wrong); who was known before still is.", "The file of users cannot be read: %v.", err)
		}
	}
	if err := s.source.Ready(); err != nil {
		v.wrong(true, "Requests are not to be sent here until that is over.", "The gateway is not ready: %v.", err)
	}
}

func sentenceOfSystem(v *System) []Phrase {
	var out sentence
	if v.Well {
		out.stress("srtm is well")
		out.say(": it has run for %s on %s, everything is recorded", age(v.At.Sub(v.Started)), v.Node)
		if v.Disk != nil && v.Disk.Days != nil {
			out.say(", and the disk lasts %s days at today's rate", daysLeft(*v.Disk.Days))
		}
		out.say(".")
		return out
	}
	grave := 0
	for _, t := range v.Troubles {
		if t.Grave {
			grave++
		}
	}
	if grave > 0 {
		out.stress("Somebody must act")
		out.say(". ")
	} else {
		out.stress("srtm works, and something is to be looked at")
		out.say(". ")
	}
	for i, t := range v.Troubles {
		if i > 0 {
			out.say(" ")
		}
		out.say("%s %s", t.What, t.Do)
	}
	return out
}

// daysLeft does not count years by the day.
func daysLeft(days float64) string {
	const many = 1000
	if days > many {
		return "more than 1,000"
	}
	return rate(days)
}

// octets writes a size for people.
func octets(n uint64) string {
	const step = 1024
	units := []string{"octets", "KiB", "MiB", "GiB", "TiB"}
	v, i := float64(n), 0
	for v >= step && i < len(units)-1 {
		v, i = v/step, i+1
	}
	return rate(tenth(v)) + " " + units[i]
}

// foldedTo is how far the ledger is.
func (s *Server) foldedTo(c *call) (to time.Time, position uint64, err error) {
	err = s.counted(c, func(ctx context.Context, l Ledger) error {
		status, err := l.Status(ctx)
		to, position = at(status.At), uint64(status.Position)
		return err
	})
	return to, position, err
}

// count says how many watch.
func (h *hub) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.watchers)
}
