package gateway

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// quietOpen says whether an idle connection is as it should be: open, and
// nothing has come on it. It does not read, write or wait.
func quietOpen(conn net.Conn) bool {
	return poll(conn, unix.POLLIN|unix.POLLRDHUP) == 0
}

// peerLeft says whether the peer has closed the connection, or its own half of
// it: the two cannot be told apart without writing.
func peerLeft(conn net.Conn) bool {
	return poll(conn, unix.POLLRDHUP) != 0
}

// poll returns which of the events have happened, or an error's or a closed
// connection's.
func poll(conn net.Conn, events int16) int16 {
	sc, ok := conn.(syscall.Conn)
	if !ok {
		return unix.POLLNVAL
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return unix.POLLNVAL
	}
	fds := [1]unix.PollFd{{Events: events}}
	err = raw.Control(func(fd uintptr) {
		fds[0].Fd = int32(fd)
		for {
			_, pollErr := unix.Poll(fds[:], 0)
			if pollErr == unix.EINTR {
				continue
			}
			if pollErr != nil {
				fds[0].Revents = unix.POLLNVAL
			}
			return
		}
	})
	if err != nil {
		return unix.POLLNVAL
	}
	return fds[0].Revents
}
