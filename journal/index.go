package journal

import (
	"encoding/binary"
	"hash/crc32"
	"hash/fnv"
	"os"
	"path/filepath"
	"strings"

	"srtm/duis"
)

// An index lies beside a finished segment and says of any RequestID that the
// segment surely has no decision about it, or may have one: a Bloom filter, cut
// into buckets so that one look is one read of 64 octets. A bucket is 480 bits and
// the CRC-32C of these and of the number of buckets; one that does not match says nothing. An index is derived
// and can be deleted.
const (
	indexSuffix   = ".srtm.idx"
	bucketSize    = 64
	bucketBits    = (bucketSize - 4) * 8
	keysPerBucket = 30 // 16 bits for each
	probes        = 8
)

// probe is where a RequestID stands in an index.
type probe struct {
	bucket uint64 // modulo the number of buckets
	bits   [probes]int
}

func newProbe(id duis.RequestID) probe {
	var key [24]byte
	binary.BigEndian.PutUint64(key[:], uint64(id.Originator))
	binary.BigEndian.PutUint64(key[8:], uint64(id.Target))
	binary.BigEndian.PutUint64(key[16:], id.Counter)
	h := fnv.New128a()
	h.Write(key[:])
	sum := h.Sum(nil)
	p := probe{bucket: mix(binary.BigEndian.Uint64(sum))}
	a, b := mix(binary.BigEndian.Uint64(sum[8:])), mix(binary.BigEndian.Uint64(sum)^0x9E3779B97F4A7C15)
	for i := range p.bits {
		p.bits[i] = int((a + uint64(i)*(b|1)) >> 20 % bucketBits)
	}
	return p
}

// bucketSum is the CRC-32C of a bucket's bits and the number of buckets: in an
// index that was cut short another bucket stands where one is looked for.
func bucketSum(bits []byte, buckets uint64) uint32 {
	return crc32.Checksum(binary.BigEndian.AppendUint64(bits[:len(bits):len(bits)], buckets), castagnoli)
}

// mix spreads a number's bits (the finaliser of SplitMix64).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}

func indexPath(segment string) string {
	name, _ := strings.CutSuffix(filepath.Base(segment), compressedSuffix)
	name, _ = strings.CutSuffix(name, plainSuffix)
	return filepath.Join(filepath.Dir(segment), name+indexSuffix)
}

// makeIndex makes the index of a finished segment.
func makeIndex(s segment) error {
	keys, err := requestIDs(s)
	if err != nil {
		return err
	}
	b := make([]byte, (len(keys)/keysPerBucket+1)*bucketSize)
	buckets := uint64(len(b) / bucketSize)
	for _, id := range keys {
		p := newProbe(id)
		at := p.bucket % buckets * bucketSize
		for _, bit := range p.bits {
			b[at+uint64(bit/8)] |= 1 << (bit % 8)
		}
	}
	for at := 0; at < len(b); at += bucketSize {
		end := at + bucketSize - 4
		binary.BigEndian.PutUint32(b[end:], bucketSum(b[at:end], buckets))
	}
	path := indexPath(s.path)
	if err := os.WriteFile(path+unfinishedSuffix, b, 0o640); err != nil {
		return err
	}
	return os.Rename(path+unfinishedSuffix, path)
}

// requestIDs lists those of all decisions in a segment.
func requestIDs(s segment) (all []duis.RequestID, err error) {
	r := openSegment(s)
	defer r.Close()
	for e, err := range r.All() {
		if err != nil { // a damaged segment has no index
			return nil, err
		}
		if d, is := e.Record.(*Decision); is {
			all = append(all, d.ID)
		}
	}
	return all, nil
}

// mayHave says whether a segment may have a decision about a RequestID.
func mayHave(s segment, p probe) bool {
	f, err := os.Open(indexPath(s.path))
	if err != nil {
		return true
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.Size() < bucketSize {
		return true
	}
	var b [bucketSize]byte
	buckets := uint64(info.Size() / bucketSize)
	if _, err := f.ReadAt(b[:], int64(p.bucket%buckets)*bucketSize); err != nil {
		return true
	}
	if bucketSum(b[:bucketSize-4], buckets) != binary.BigEndian.Uint32(b[bucketSize-4:]) {
		return true
	}
	for _, bit := range p.bits {
		if b[bit/8]&(1<<(bit%8)) == 0 {
			return false
		}
	}
	return true
}

// Only has the Reader leave out segments that surely have no decision about the
// RequestID. Of the others it gives everything.
func (r *Reader) Only(id duis.RequestID) {
	p := newProbe(id)
	r.only = &p
}
