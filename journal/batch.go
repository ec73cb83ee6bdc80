package journal

// batch is the records of one commit. Decisions and outcomes, of which there are
// very many, are kept as values, so that nothing is allocated for one.
type batch struct {
	commit    *commit
	first     Position
	items     []item
	decisions []Decision
	outcomes  []Outcome
	others    []Record
	wanted    bool  // to be committed even if it is empty
	done      bool  // the disk has answered
	reports   *lost // what its Gap and Lost records tell of
}

// item says where in a batch a record is.
type item struct {
	at    int64
	kind  kind
	index int32
}

func newBatch(first Position) *batch { return &batch{commit: newCommit(), first: first} }

// reuse empties the batch for other records.
func (b *batch) reuse(first Position) *batch {
	clear(b.others)
	*b = batch{commit: newCommit(), first: first, items: b.items[:0], decisions: b.decisions[:0], outcomes: b.outcomes[:0], others: b.others[:0]}
	return b
}

// add adds a copy of r.
func (b *batch) add(at int64, r Record) {
	i := item{at: at, kind: r.kind()}
	switch r := r.(type) {
	case *Decision:
		i.index = int32(len(b.decisions))
		b.decisions = append(b.decisions, *r)
	case *Outcome:
		i.index = int32(len(b.outcomes))
		b.outcomes = append(b.outcomes, *r)
	default:
		i.index = int32(len(b.others))
		b.others = append(b.others, clone(r))
	}
	b.items = append(b.items, i)
}

// clone keeps a record of which the caller may change the original.
func clone(r Record) Record {
	switch r := r.(type) {
	case *Terms:
		c := *r
		return &c
	case *Lost:
		c := *r
		return &c
	case *Notice:
		c := *r
		return &c
	case *Challenge:
		c := *r
		return &c
	case *Delivery:
		c := *r
		return &c
	}
	return r
}

func (b *batch) record(i item) Record {
	switch i.kind {
	case kindDecision:
		return &b.decisions[i.index]
	case kindOutcome:
		return &b.outcomes[i.index]
	}
	return b.others[i.index]
}

// lost counts records that could not be kept.
type lost struct {
	cause              string
	first, last        Position
	from, to           int64
	decisions, outcome uint64
	accounts           map[string]*Lost
	again              []Record // what later records cannot be understood without
}

func (l *lost) add(p Position, at int64, r Record) {
	if l.first == 0 || p < l.first {
		l.first, l.from = p, at
	}
	l.last, l.to = max(l.last, p), max(l.to, at)
	switch r := r.(type) {
	case *Decision:
		l.account(r.Account, at).Decisions++
		l.decisions++
	case *Outcome:
		l.account(r.Account, at).Outcomes++
		l.outcome++
	case *Terms:
		if !r.Repeated {
			l.keep(r)
		}
	case *Start, *Stop, *Policy, *Proposal, *Act, *Damage, *Notice, *Challenge, *Delivery, *CommonDelivery:
		l.keep(r)
	}
}

// keep has a record appended again when the disk works: starts, policies and
// terms are few, and without them an honest journal looks like a dishonest one.
func (l *lost) keep(r Record) {
	const most = 10_000
	if len(l.again) < most {
		l.again = append(l.again, clone(r))
	}
}

func (l *lost) account(name string, at int64) *Lost {
	if l.accounts == nil {
		l.accounts = make(map[string]*Lost)
	}
	a := l.accounts[name]
	if a == nil {
		a = &Lost{Own: Own{Account: name}, From: at, To: at}
		l.accounts[name] = a
	}
	a.From, a.To = min(a.From, at), max(a.To, at)
	return a
}

// merge adds what o tells of, which came before.
func (l *lost) merge(o *lost) {
	if o.first != 0 && (l.first == 0 || o.first < l.first) {
		l.first, l.from = o.first, o.from
	}
	l.last, l.to = max(l.last, o.last), max(l.to, o.to)
	l.decisions += o.decisions
	l.outcome += o.outcome
	for name, was := range o.accounts {
		a := l.account(name, was.From)
		a.To = max(a.To, was.To)
		a.Decisions += was.Decisions
		a.Outcomes += was.Outcomes
	}
}

func (l *lost) any() bool { return l.first != 0 }
