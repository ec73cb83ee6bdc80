package journal

import (
	"encoding/binary"
	"errors"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// parts is a segment taken apart, so that it can be put together otherwise by
// somebody who owns the journal and recomputes every hash.
type parts struct {
	header header
	blocks []part
}

type part struct {
	contents
	records [][]byte
	more    []byte // after the records
}

func takeApart(t *testing.T, path string) (p parts) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if p.header, _, err = parseHeader(b); err != nil {
		t.Fatal(err)
	}
	for b = b[segmentHeader:]; len(b) > 0; {
		n, length := parseBlockHeader(b)
		one := part{contents: n}
		payload := b[blockHeader : blockHeader+length]
		for len(payload) > 0 {
			raw, rest, ok := nextRecord(payload)
			if !ok {
				t.Fatal("a block holds what is no record")
			}
			one.records, payload = append(one.records, slices.Clone(raw)), rest
		}
		p.blocks, b = append(p.blocks, one), b[blockHeader+length:]
	}
	return p
}

// putTogether writes the segment with all its hashes right, and returns the chain
// after it.
func (p parts) putTogether(t *testing.T, path string, before [32]byte) [32]byte {
	t.Helper()
	p.header.before = before
	b, chain := p.header.append(nil)
	for _, one := range p.blocks {
		block := make([]byte, blockHeader)
		for _, raw := range one.records {
			block = append(binary.AppendUvarint(block, uint64(len(raw))), raw...)
		}
		block = append(block, one.more...)
		chain = sealBlock(block, p.header.marker, one.contents, chain)
		b = append(b, block...)
	}
	if err := os.WriteFile(path, b, 0o640); err != nil {
		t.Fatal(err)
	}
	return chain
}

// find returns where the first record of a kind stands, from a block on.
func (p parts) find(k kind, from int) (block, record int) {
	for i := from; i < len(p.blocks); i++ {
		for n, raw := range p.blocks[i].records {
			if kind(raw[0]) == k {
				return i, n
			}
		}
	}
	panic("the journal in this test has no such record")
}

// replace puts another record in the place of the first of a kind.
func (p parts) replace(k kind, r Record) {
	block, record := p.find(k, 1)
	old := p.blocks[block].records[record]
	p.blocks[block].records[record] = appendRecord(nil, int64(binary.BigEndian.Uint64(old[1:])), r)
}

// checkpoint changes what the segment begins with.
func (p parts) checkpoint(t *testing.T, at int64, change func(*Checkpoint)) {
	t.Helper()
	e, err := (&decoder{}).decode(p.blocks[0].records[0])
	if err != nil {
		t.Fatal(err)
	}
	c := e.Record.(*Checkpoint)
	change(c)
	p.blocks[0].records[0] = appendRecord(nil, e.At+at, c)
}

// claim has the first head state something else, signed with the right key.
func (p parts) claim(t *testing.T, s signer, change func(*HeadClaims)) {
	t.Helper()
	block, record := p.find(kindHead, 1)
	e, err := (&decoder{}).decode(p.blocks[block].records[record])
	if err != nil {
		t.Fatal(err)
	}
	by, err := note.NewVerifier(s.verifier)
	if err != nil {
		t.Fatal(err)
	}
	c, err := ParseHead(e.Record.(*Head).Text, note.VerifierList(by))
	if err != nil {
		t.Fatal(err)
	}
	change(&c)
	h, err := s.sign(c)
	if err != nil {
		t.Fatal(err)
	}
	p.blocks[block].records[record] = appendRecord(nil, e.At, h)
}

// Whoever owns a journal can make all its hashes anew. What it says must agree
// with itself all the same.
func TestAForgerIsHeldToItsOwnWords(t *testing.T) {
	keys := t.TempDir()
	s, err := loadSigner(keys)
	if err != nil {
		t.Fatal(err)
	}
	type forgery = func(first, second parts)
	last := func(p parts) *part { return &p.blocks[len(p.blocks)-1] }
	for _, c := range []struct {
		rule   string
		change forgery
		want   string
	}{
		{"nothing is wrong with what was not changed", func(_, _ parts) {}, ""},
		{"positions are left out only with a gap", func(_, p parts) { last(p).first += 5 }, "are missing, and nothing says why"},
		{"a gap says which positions are left out", func(_, p parts) {
			p.replace(kindClock, &Gap{First: 1, Last: 2})
			block, _ := p.find(kindGap, 1)
			for i := range p.blocks[block:] {
				p.blocks[block+i].first += 5
			}
		}, "are missing, and nothing says why"},
		{"no position is there twice", func(_, p parts) { last(p).first = p.blocks[1].first }, "has been there already"},
		{"time never goes back", func(_, p parts) {
			block, record := p.find(kindClock, 1)
			binary.BigEndian.PutUint64(p.blocks[block].records[record][1:], uint64(noon-1))
		}, "lies before that of the record before it"},
		{"an account's records have no gap", func(_, p parts) { p.replace(kindDecision, &Clock{}) }, "and should be its record"},
		{"an account's record is as it was", func(_, p parts) {
			block, record := p.find(kindDecision, 1)
			raw := p.blocks[block].records[record]
			raw[len(raw)-linkSize-1] ^= 2
		}, "is not the one that the account's chain has there"},
		{"an account keeps its number", func(_, p parts) { p.replace(kindClock, &Account{ID: 1, Name: "CHARLIE"}) }, "which is not its own"},
		{"a block has its records and no more", func(_, p parts) { last(p).more = []byte{0} }, "octets more than its records"},
		{"a segment goes on with the same journal", func(_, p parts) { p.checkpoint(t, 0, func(c *Checkpoint) { c.Journal = "abc" }) }, "belongs to another journal"},
		{"a segment knows all accounts", func(_, p parts) { p.checkpoint(t, 0, func(c *Checkpoint) { c.Accounts = c.Accounts[:1] }) }, "and the one before it 2"},
		{"a segment goes on with each account's chain", func(_, p parts) { p.checkpoint(t, 0, func(c *Checkpoint) { c.Accounts[1].Value[9] ^= 1 }) }, "is not the one that it had at the end"},
		{"a segment names the last head", func(_, p parts) { p.checkpoint(t, 0, func(c *Checkpoint) { c.Head[9] ^= 1 }) }, "the last head is not the one"},
		{"a segment begins after the one before it", func(_, p parts) { p.checkpoint(t, -1, func(*Checkpoint) {}) }, "begins before the last record"},
		{"a head states its position", func(_, p parts) { p.claim(t, s, func(c *HeadClaims) { c.Position-- }) }, "states something else"},
		{"a head states the journal's chain", func(_, p parts) { p.claim(t, s, func(c *HeadClaims) { c.Chain[5] ^= 1 }) }, "states something else"},
		{"a head states how many accounts there are", func(_, p parts) { p.claim(t, s, func(c *HeadClaims) { c.Accounts++ }) }, "states something else"},
		{"a head states the root of their tree", func(_, p parts) { p.claim(t, s, func(c *HeadClaims) { c.Root[5] ^= 1 }) }, "states something else"},
		{"a head names the one before", func(_, p parts) { p.claim(t, s, func(c *HeadClaims) { c.Previous[5] ^= 1 }) }, "does not follow"},
		{"a head states the chain up to the record before it", func(_, p parts) {
			block, _ := p.find(kindHead, 1)
			b := &p.blocks[block]
			b.records = append([][]byte{appendRecord(nil, noon+second, &Clock{})}, b.records...)
			b.contents.records++
		}, "does not follow"},
		{"a head is of this journal", func(_, p parts) { p.claim(t, s, func(c *HeadClaims) { c.Journal = "abc" }) }, "is of another journal"},
		{"a head is of this environment", func(_, p parts) { p.claim(t, s, func(c *HeadClaims) { c.Environment = "other" }) }, "is of another journal"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			dir := twoRuns(t, keys)
			list := files(t, dir, plainSuffix)
			first, second := takeApart(t, list[0]), takeApart(t, list[1])
			c.change(first, second)
			second.putTogether(t, list[1], first.putTogether(t, list[0], [32]byte{}))
			v := verify(t, dir, Checks{})
			switch found := slices.ContainsFunc(v.Problems, func(p *Problem) bool { return strings.Contains(p.What, c.want) }); {
			case c.want == "" && len(v.Problems) > 0, c.want != "" && !found:
				t.Errorf("verify finds %v, and not %q", v.Problems, c.want)
			}
		})
	}
}

// twoRuns writes a journal in two segments, each with decisions, the clock, and a
// head at its end.
func twoRuns(t *testing.T, keys string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for n := range 2 {
		j := open(t, dir, options(func(o *Options) { o.Keys = keys }))
		fill(t, j, 10*n, 10*n+10)
		if err := j.Append(noon+second, &Clock{}).Wait(); err != nil {
			t.Fatal(err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		unzip(t, dir)
	}
	return dir
}

// A journal that begins later must say of what came before that it was removed:
// up to there, and with the chain that the rest goes on from.
func TestOnlyTheRightRemovalExplainsAMissingBeginning(t *testing.T) {
	for _, c := range []struct {
		rule  string
		wrong func(*Removal)
		found int
	}{
		{"the segment that was removed", func(*Removal) {}, 0},
		{"another last position", func(r *Removal) { r.Last-- }, 1},
		{"another chain", func(r *Removal) { r.Chain[3] ^= 1 }, 1},
	} {
		t.Run(c.rule, func(t *testing.T) {
			dir := twoRuns(t, t.TempDir())
			list := files(t, dir, plainSuffix)
			second := takeApart(t, list[1])
			r := &Removal{First: 1, Last: second.header.first - 1, Chain: second.header.before}
			c.wrong(r)
			remove(t, list[0])
			j := open(t, dir, options(func(o *Options) { o.Keys = t.TempDir() }))
			if err := j.Append(noon, r).Wait(); err != nil {
				t.Fatal(err)
			}
			if v := verify(t, dir, Checks{}); len(v.Problems) != c.found {
				t.Errorf("verify finds %v", v.Problems)
			}
		})
	}
}

func TestRecordsAfterTheLastHeadAreUnproved(t *testing.T) {
	dir := twoRuns(t, t.TempDir())
	if v := wantWhole(t, dir); v.Unproved != 0 || v.Heads != 2 || v.Crashes != 0 {
		t.Errorf("%+v", v)
	}
	j := open(t, dir, options())
	for range 3 {
		j.Append(noon+second, &Start{})
	}
	if err := j.Sync(); err != nil {
		t.Fatal(err)
	}
	if v := wantWhole(t, dir); v.Unproved != 3 || v.Crashes != 2 {
		t.Errorf("%d records are unproved, %d crashes", v.Unproved, v.Crashes)
	}
}

// What a crash leaves of a segment that had just begun, and one that is finished
// and cannot be read, are no obstacle to going on.
func TestAJournalGoesOnWhateverItsLastSegmentIs(t *testing.T) {
	for _, c := range []struct {
		rule   string
		change func(t *testing.T, path string)
		stays  bool
	}{
		{"there is nothing after its checkpoint", func(t *testing.T, path string) {
			p := takeApart(t, path)
			p.blocks = p.blocks[:1]
			p.putTogether(t, path, p.header.before)
		}, false},
		{"it is compressed and cut short", func(t *testing.T, path string) {
			if err := compress(t.Context(), path); err != nil {
				t.Fatal(err)
			}
			truncate(t, strings.TrimSuffix(path, plainSuffix)+compressedSuffix, -20)
		}, true},
	} {
		t.Run(c.rule, func(t *testing.T) {
			dir := twoRuns(t, t.TempDir())
			c.change(t, files(t, dir, plainSuffix)[1])
			cut := files(t, dir, compressedSuffix)
			var size0 int64
			if c.stays {
				size0 = size(t, cut[0])
			}
			j := open(t, dir, options(func(o *Options) { o.Retry = time.Hour }))
			fill(t, j, 100, 101)
			if c.stays && size(t, cut[0]) != size0 {
				t.Error("what cannot be read was changed")
			}
			if entries, _ := all(t, dir, 0); !slices.Contains(numbers(entries), 100) {
				t.Error("what is recorded afterwards is not there")
			}
		})
	}
}

// awkward is a file of which some calls can be made to fail, and that notes them.
type awkward struct {
	*os.File
	fail  map[string]int // how often each call fails from now on
	calls *[]string
}

func (a awkward) call(name string, do func() error) error {
	*a.calls = append(*a.calls, name)
	if a.fail[name] > 0 {
		a.fail[name]--
		return syscall.EIO
	}
	return do()
}

// Sync syncs, or not.
func (a awkward) Sync() error { return a.call("sync", a.File.Sync) }

// Truncate cuts, or not.
func (a awkward) Truncate(n int64) error {
	return a.call("truncate", func() error { return a.File.Truncate(n) })
}

// What may be left of a write that failed is gone for good before anything else
// is written.
func TestAFailedWriteIsUndoneBeforeAnythingElse(t *testing.T) {
	fail, calls := map[string]int{}, []string{}
	dir := t.TempDir()
	j := open(t, dir, options(func(o *Options) {
		o.Create = func(path string) (Sink, error) {
			f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o640)
			calls = append(calls, "create")
			return awkward{f, fail, &calls}, err
		}
		o.Retry = time.Millisecond
	}))
	fill(t, j, 0, 2)
	j.mu.Lock() // the committer waits for it before it touches a file
	fail["sync"], fail["truncate"], calls = 2, 1, nil
	j.mu.Unlock()
	if err := j.Append(noon, decision(2)).Wait(); !errors.Is(err, syscall.EIO) {
		t.Fatal(err)
	}
	for j.Durable() < 6 { // two accounts, two decisions, then beyond the one that is lost
		time.Sleep(0)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	want := []string{"sync", "truncate", "truncate", "sync", "truncate", "sync", "create"}
	if !slices.Equal(calls[:min(len(calls), len(want))], want) {
		t.Errorf("the calls were %v", calls)
	}
	if v := wantWhole(t, dir); len(v.Gaps) != 1 || v.Gaps[0].Decisions != 1 {
		t.Errorf("gaps %+v", v.Gaps)
	}
}
