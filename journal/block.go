package journal

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// A segment is a file: a header, then blocks. A block holds the records of one
// commit, or a part of them. All numbers are big-endian.
//
//	segment header           block header
//	 0  8 magic               0  8 marker, the segment's
//	 8  8 marker, random      8  4 length of the payload
//	16  8 first position     12  4 number of records; the top bit: it defines names
//	24  8 time               16  8 position of the first
//	32 32 chain before       24  4 CRC-32C of octets 8 to 23 and the payload
//	64 32 SHA-256 of 0–63    28 32 chain after: SHA-256 of chain before, octets 8 to 23, payload
//
// The chain after a segment's header is the SHA-256 that ends it. The payload is
// records, each after its length as a uvarint. The marker finds the next whole
// block after a part that cannot be read.
const (
	magic         = "srtmjnl1"
	markerSize    = 8
	segmentHeader = 96
	blockHeader   = 60
	definesNames  = 1 << 31
	maxBlock      = 256 << 20 // a policy with the largest portfolio fits
	fullBlock     = 1 << 20   // records go into a further block beyond this
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// header is what a segment says of itself.
type header struct {
	marker [markerSize]byte
	first  Position
	at     int64
	before [32]byte // the chain before the segment
}

func (h header) append(b []byte) (out []byte, chain [32]byte) {
	start := len(b)
	b = append(b, magic...)
	b = append(b, h.marker[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(h.first))
	b = binary.BigEndian.AppendUint64(b, uint64(h.at))
	b = append(b, h.before[:]...)
	chain = sha256.Sum256(b[start:])
	return append(b, chain[:]...), chain
}

var errHeader = errors.New("this is not the beginning of a journal's segment")

func parseHeader(b []byte) (h header, chain [32]byte, err error) {
	chain = sha256.Sum256(b[:segmentHeader-32])
	if string(b[:len(magic)]) != magic || chain != [32]byte(b[segmentHeader-32:segmentHeader]) {
		return h, chain, errHeader
	}
	copy(h.marker[:], b[8:])
	h.first, h.at = Position(binary.BigEndian.Uint64(b[16:])), int64(binary.BigEndian.Uint64(b[24:]))
	copy(h.before[:], b[32:])
	return h, chain, nil
}

// sealBlock completes the block that begins at b[start]: room for its header,
// then the payload. It returns the chain after it.
func sealBlock(b []byte, marker [markerSize]byte, n contents, before [32]byte) [32]byte {
	count := uint32(n.records)
	if n.defines {
		count |= definesNames
	}
	copy(b, marker[:])
	binary.BigEndian.PutUint32(b[8:], uint32(len(b)-blockHeader))
	binary.BigEndian.PutUint32(b[12:], count)
	binary.BigEndian.PutUint64(b[16:], uint64(n.first))
	binary.BigEndian.PutUint32(b[24:], checksum(b))
	chain := link(before, b)
	copy(b[28:], chain[:])
	return chain
}

// contents says what a block holds.
type contents struct {
	first   Position // of its records
	records int
	defines bool // one of them gives a name that later records refer to
}

// sound says whether a block is as it was written, as far as its checksum tells.
func sound(b []byte) bool { return checksum(b) == binary.BigEndian.Uint32(b[24:]) }

func checksum(b []byte) uint32 {
	return crc32.Update(crc32.Checksum(b[8:24], castagnoli), castagnoli, b[blockHeader:])
}

// link returns the chain after the block whose octets are b.
func link(before [32]byte, b []byte) [32]byte {
	h := sha256.New()
	h.Write(before[:])
	h.Write(b[8:24])
	h.Write(b[blockHeader:])
	return [32]byte(h.Sum(nil))
}

// parseBlockHeader reads a block's header and says how long its payload is.
func parseBlockHeader(b []byte) (n contents, length int) {
	count := binary.BigEndian.Uint32(b[12:])
	n = contents{Position(binary.BigEndian.Uint64(b[16:])), int(count &^ definesNames), count&definesNames != 0}
	return n, int(binary.BigEndian.Uint32(b[8:]))
}

// nextRecord cuts the next record off a payload.
func nextRecord(payload []byte) (raw, rest []byte, ok bool) {
	length, size := binary.Uvarint(payload)
	if size <= 0 || length > uint64(len(payload)-size) {
		return nil, nil, false
	}
	end := size + int(length)
	return payload[size:end], payload[end:], true
}
