// Package disk keeps small states in files: whole, durable, and known to be what
// was written.
//
// A file is written beside the one that it takes the place of, made durable, and
// then given its name: whatever is killed between leaves the one or the other and
// never half of either. A sealed file begins with a line that names its kind and
// has the SHA-256 of all that follows, so that damage is seen and nothing else is
// taken for it.
//
// Folder is what is done to the disk; tests of those who keep states give one that
// fails where they like. The package keeps nothing in memory and locks nothing:
// who keeps a state sees to it that nobody else does.
package disk
