package journal

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Genesis returns the value of an account's chain before its first record.
// The journal's own number makes it different in every journal.
func Genesis(journal, account string) [32]byte {
	return sha256.Sum256(appendStrings([]byte("srtm account\n"), journal, account))
}

// Extend returns the value of an account's chain after one more of its own
// records: SHA-256 of the value before, followed by the record without its
// Link.
func Extend(before [32]byte, raw []byte) [32]byte {
	return extend(before, raw[:max(0, len(raw)-linkSize)])
}

func extend(before [32]byte, unlinked []byte) [32]byte {
	h := sha256.New()
	h.Write(before[:])
	h.Write(unlinked)
	return [32]byte(h.Sum(nil))
}

// Leaf returns the hash of an account's chain as a leaf of a Head's tree
// (RFC 6962, 2.1): SHA-256 of a zero octet followed by number, count, name and
// value of the chain.
func Leaf(c Chain) [32]byte { return [32]byte(tlog.RecordHash(leafData(c))) }

func leafData(c Chain) []byte {
	b := binary.AppendUvarint(nil, uint64(c.ID))
	b = binary.AppendUvarint(b, c.Nth)
	b = appendString(b, c.Name)
	return append(b, c.Value[:]...)
}

// tree keeps the hashes that RFC 6962 trees are made of.
type tree []tlog.Hash

// ReadHashes returns the hashes at the places that tlog asks for.
func (t tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, at := range indexes {
		if at < 0 || at >= int64(len(t)) {
			return nil, fmt.Errorf("there is no hash %d in a tree of %d", at, len(t))
		}
		hashes[i] = t[at]
	}
	return hashes, nil
}

func plant(chains []Chain) (tree, error) {
	var t tree
	for i, c := range chains {
		more, err := tlog.StoredHashes(int64(i), leafData(c), t)
		if err != nil {
			return nil, fmt.Errorf("the accounts' tree: %w", err)
		}
		t = append(t, more...)
	}
	return t, nil
}

// Root returns the root of the tree (RFC 6962, 2.1) whose leaves are the chains,
// which are in the order of their numbers, from 1 without a gap.
func Root(chains []Chain) ([32]byte, error) {
	t, err := plant(chains)
	if err != nil {
		return [32]byte{}, err
	}
	root, err := tlog.TreeHash(int64(len(chains)), t)
	return [32]byte(root), err
}

// Prove returns the proof that the chain with number id is one of the tree's
// leaves. tlog.CheckRecord checks it, with id−1 as the leaf's place.
func Prove(chains []Chain, id uint32) (tlog.RecordProof, error) {
	t, err := plant(chains)
	if err != nil {
		return nil, err
	}
	return tlog.ProveRecord(int64(len(chains)), int64(id)-1, t)
}
