// SPDX-License-Identifier: Apache-2.0

package storage

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// address is the address of a service.
type address struct {
	// scheme is http or https.
	scheme string

	// host is a name in lower case or an IP address, without brackets.
	host string

	// port is empty for the default port of the scheme.
	port string

	// path is empty or begins with a slash and ends without one.
	path string
}

var (
	errNoAddress = errors.New("it must be a host such as storage.example.com, with or without https:// before and a port after it")

	label = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?$`)

	// numeric matches the last label of names that some resolvers take for an IP address.
	numeric = regexp.MustCompile(`^([0-9]+|0x[0-9a-f]*)$`)
)

// parseAddress reads a host, a host with a port, or a URL.
func parseAddress(text string) (address, error) {
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	parsed, err := url.Parse(text)
	if err != nil || !isPlain(parsed) {
		return address{}, errNoAddress
	}
	host := strings.ToLower(parsed.Hostname())
	port, ok := normalPort(parsed.Scheme, parsed.Port())
	if !ok || !isHost(host) || strings.HasSuffix(parsed.Host, ":") {
		return address{}, errNoAddress
	}
	return address{scheme: parsed.Scheme, host: host, port: port, path: strings.TrimSuffix(parsed.Path, "/")}, nil
}

// isPlain reports whether the URL consists of only a scheme, a host and an unambiguous
// path.
func isPlain(parsed *url.URL) bool {
	if parsed.Scheme != "https" && parsed.Scheme != "http" {
		return false
	}
	if parsed.User != nil || parsed.RawQuery != "" || parsed.ForceQuery || parsed.Fragment != "" || parsed.RawPath != "" {
		return false
	}
	path := strings.TrimSuffix(parsed.Path, "/")
	return path == "" || !slices.ContainsFunc(strings.Split(path[1:], "/"), isUnsafeSegment)
}

func isUnsafeSegment(segment string) bool {
	return segment == "" || segment == "." || segment == ".."
}

// normalPort returns the port without leading zeros, or nothing for the default port of
// the scheme.
func normalPort(scheme, port string) (string, bool) {
	if port == "" {
		return "", true
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || number == 0 {
		return "", false
	}
	port = strconv.FormatUint(number, 10)
	if (scheme == "https" && port == "443") || (scheme == "http" && port == "80") {
		return "", true
	}
	return port, true
}

// isHost reports whether the text, in lower case, is an IP address or a name that cannot
// be mistaken for one.
func isHost(host string) bool {
	if isIP(host) {
		return true
	}
	labels := strings.Split(host, ".")
	invalid := func(text string) bool { return len(text) > 63 || !label.MatchString(text) }
	return len(host) <= 253 && !slices.ContainsFunc(labels, invalid) && !numeric.MatchString(labels[len(labels)-1])
}

func isIP(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Zone() == ""
}

// isWellKnownLocal reports whether the host is a well-known name of this machine.
func isWellKnownLocal(host string) bool {
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// IsFixedHost reports whether a host is an IP address or a well-known name of this
// machine, so that no DNS server decides where it leads.
func IsFixedHost(host string) bool {
	return isIP(host) || isWellKnownLocal(host)
}

// hostPort returns the host and port in the form that a URL needs.
func (a address) hostPort() string {
	host := a.host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if a.port == "" {
		return host
	}
	return net.JoinHostPort(a.host, a.port)
}

// url returns the address as a URL.
func (a address) url() *url.URL {
	return &url.URL{Scheme: a.scheme, Host: a.hostPort(), Path: a.path}
}
