// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/net/http/httpproxy"

	"cloudrecording.dev/operator/controllers/storage"
)

// errAddressNotAllowed means that a name resolved to an address within a cluster or a
// private network.
var errAddressNotAllowed = errors.New("the address is not public, and not allowed")

// notPublic are the addresses that are not public and may lead to something near the
// operator. They are those of RFC 6890 and its registry, and the IPv6 prefixes that embed
// an IPv4 address.
var notPublic = mustParsePrefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
	"192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
	"203.0.113.0/24", "224.0.0.0/3",
	"::/128", "::1/128", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32",
	"2002::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
)

func mustParsePrefixes(texts ...string) []netip.Prefix {
	prefixes := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		prefixes[i] = netip.MustParsePrefix(text)
	}
	return prefixes
}

// ParseAddresses parses IP addresses and address ranges such as "10.96.0.0/12".
func ParseAddresses(texts []string) ([]netip.Prefix, error) {
	var prefixes []netip.Prefix
	for _, text := range texts {
		text = strings.TrimSpace(text)
		if text == "" {
			continue
		}
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			address, notAddress := netip.ParseAddr(text)
			if notAddress != nil || address.Zone() != "" {
				return nil, fmt.Errorf("%q is neither an IP address nor a range of them such as 10.96.0.0/12", text)
			}
			prefix = netip.PrefixFrom(address, address.BitLen())
		}
		prefixes = append(prefixes, prefix.Masked())
	}
	return prefixes, nil
}

// dialer connects only to allowed addresses. It checks each address when it dials, so
// that a second DNS answer cannot bypass the check.
type dialer struct {
	allowed []netip.Prefix

	// proxies are the hosts and ports of the proxies of this process. A proxy must itself
	// check the names that it resolves.
	proxies []string

	// resolver resolves names. Nil means the machine's own resolver.
	resolver *net.Resolver
}

func newDialer(allowed []netip.Prefix) *dialer {
	settings := httpproxy.FromEnvironment()
	return &dialer{allowed: allowed, proxies: proxyAddresses(settings.HTTPProxy, settings.HTTPSProxy)}
}

// proxyAddresses returns the addresses to dial for proxies in the form of the environment
// variables.
func proxyAddresses(proxies ...string) []string {
	var addresses []string
	for _, proxy := range proxies {
		if !strings.Contains(proxy, "://") {
			proxy = "http://" + proxy
		}
		parsed, err := url.Parse(proxy)
		if err != nil || parsed.Hostname() == "" {
			continue
		}
		port := parsed.Port()
		if port == "" {
			port = map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}[parsed.Scheme]
		}
		addresses = append(addresses, net.JoinHostPort(parsed.Hostname(), port))
	}
	return addresses
}

// DialContext connects to a host and port.
func (d *dialer) DialContext(ctx context.Context, network, hostPort string) (net.Conn, error) {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second, Resolver: d.resolver}
	if !d.isTrusted(hostPort) {
		dialer.ControlContext = d.control
	}
	return dialer.DialContext(ctx, network, hostPort)
}

// isTrusted reports whether the address needs no check, because it was allowed as an IP
// address or localhost, or belongs to a proxy.
func (d *dialer) isTrusted(hostPort string) bool {
	host, _, err := net.SplitHostPort(hostPort)
	return err == nil && (storage.IsFixedHost(host) || slices.Contains(d.proxies, hostPort))
}

// control rejects a resolved address that is not allowed.
func (d *dialer) control(_ context.Context, _, resolved string, _ syscall.RawConn) error {
	parsed, err := netip.ParseAddrPort(resolved)
	if err != nil || !d.allows(parsed.Addr()) {
		return errAddressNotAllowed
	}
	return nil
}

func (d *dialer) allows(address netip.Addr) bool {
	address = address.Unmap().WithZone("")
	contains := func(prefix netip.Prefix) bool { return prefix.Contains(address) }
	return slices.ContainsFunc(d.allowed, contains) || !slices.ContainsFunc(notPublic, contains)
}
