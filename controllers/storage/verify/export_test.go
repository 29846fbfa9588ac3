// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"net"
	"net/http"
	"net/netip"
)

// WithTransport returns a Verifier whose requests are carried by something else.
func (v *Verifier) WithTransport(transport http.RoundTripper) *Verifier {
	changed := *v
	changed.transport = transport
	return &changed
}

// WithResolver returns a Verifier for which names lead elsewhere.
func (v *Verifier) WithResolver(resolver *net.Resolver, allowed ...netip.Prefix) *Verifier {
	return v.WithTransport(newTransport(&dialer{allowed: allowed, resolver: resolver}))
}

// IsDialed reports whether a name may lead to the address.
func IsDialed(address string, allowed ...netip.Prefix) bool {
	return (&dialer{allowed: allowed}).allows(netip.MustParseAddr(address))
}

// ProxyAddresses returns what is dialed for proxies.
var ProxyAddresses = proxyAddresses
