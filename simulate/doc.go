// Package simulate plays what Service Users send against the same core as the
// gateway, in virtual time.
//
// Arrivals come as an iterator, so that memory does not grow with the length of
// a day, and decisions go out as they are made. [ReplayPolicy] plays recorded
// arrivals, read by [ReadArrivals], under a policy with its reserved capacity and
// maintenance, [Replay] under rules that stay the same; [Decisions] writes what
// was decided. [Compare] plays them under two policies and counts. The same policy
// and arrivals give the same bytes, every time and everywhere.
//
// It reads no clock and no file: readers and writers are the caller's.
package simulate
