// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// sinceReceived returns the time since the kernel last received data on a connection, with a
// resolution of one tick of up to 10 ms.
func sinceReceived(connection net.Conn) time.Duration {
	of, ok := connection.(syscall.Conn)
	if !ok {
		return 0
	}
	raw, err := of.SyscallConn()
	if err != nil {
		return 0
	}
	var since time.Duration
	// A closed connection has no information.
	_ = raw.Control(func(descriptor uintptr) {
		if info, err := unix.GetsockoptTCPInfo(int(descriptor), unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
			since = time.Duration(info.Last_data_recv) * time.Millisecond
		}
	})
	return since
}
