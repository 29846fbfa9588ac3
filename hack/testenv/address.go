// SPDX-License-Identifier: Apache-2.0

package testenv

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
)

// FreeAddress returns an address of this machine that nobody listens on.
func FreeAddress(ctx context.Context) (string, error) {
	listener, err := Listen(ctx)
	if err != nil {
		return "", err
	}
	if err := listener.Close(); err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	return listener.Addr().String(), nil
}

// Listen listens on a free port of a random loopback address. A caller that closes the listener
// can listen on the same address again: the system gives free ports of 127.0.0.1 to any process
// that asks, but hardly any process asks for another loopback address. Listen falls back to
// 127.0.0.1 on systems that have no other.
func Listen(ctx context.Context) (net.Listener, error) {
	var config net.ListenConfig
	if listener, err := config.Listen(ctx, "tcp", net.JoinHostPort(anyLoopback().String(), "0")); err == nil {
		return listener, nil
	}
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("find a free port: %w", err)
	}
	return listener, nil
}

// anyLoopback returns one of the loopback addresses that hardly anybody uses.
func anyLoopback() netip.Addr {
	part := func() byte { return byte(1 + rand.IntN(254)) } //nolint:gosec // an address is no secret
	return netip.AddrFrom4([4]byte{127, part(), part(), part()})
}
