// Package simulate plays what Service Users send against the same core as the
// gateway, in virtual time.
//
// Arrivals come as an iterator, so that memory does not grow with the length of
// a day, and decisions go out as they are made. [Replay] plays recorded
// arrivals, read by [ReadArrivals]; [Decisions] writes what was decided. The
// same rules and arrivals give the same bytes, every time and everywhere.
//
// It reads no clock and no file: readers and writers are the caller's.
package simulate
