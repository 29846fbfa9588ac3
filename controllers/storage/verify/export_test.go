// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"net"
	"net/http"
	"net/netip"
)

// WithTransport returns a Verifier with another transport.
func (v *Verifier) WithTransport(transport http.RoundTripper) *Verifier {
	changed := *v
	changed.transport = transport
	return &changed
}

// WithResolver returns a Verifier with another resolver.
func (v *Verifier) WithResolver(resolver *net.Resolver, allowed ...netip.Prefix) *Verifier {
	return v.WithTransport(newTransport(&dialer{allowed: allowed, resolver: resolver}))
}

// IsDialed reports whether a name may resolve to the address.
func IsDialed(address string, allowed ...netip.Prefix) bool {
	return (&dialer{allowed: allowed}).allows(netip.MustParseAddr(address))
}

// ProxyAddresses returns the addresses to dial for proxies.
var ProxyAddresses = proxyAddresses
