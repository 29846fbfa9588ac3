// SPDX-License-Identifier: Apache-2.0

package storage

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Endpoints are the addresses that requests may be sent to. The zero value
// allows none.
type Endpoints struct {
	patterns []pattern
}

// pattern matches allowed addresses.
type pattern struct {
	scheme string

	// host matches the whole host. literal is the host if it has no wildcard.
	host    *regexp.Regexp
	literal string

	// port is empty for the default port of the scheme, and "*" for any port.
	port string
}

// DefaultEndpoints returns patterns for the storage services that Agora documents. Each
// pattern matches only host names of that service's storage.
func DefaultEndpoints() []string {
	var hosts []string
	for vendor := range int32(s3Compatible) {
		hosts = append(hosts, documentedHosts(vendor)...)
	}
	return hosts
}

// ParseEndpoints parses patterns such as "s3.*.amazonaws.com", in which an asterisk
// matches one or more characters between two dots. The prefix "http://" allows plain HTTP
// instead of HTTPS. The suffix ":9000" allows that port instead of the default one, and
// ":*" allows any port. A wildcard never matches an IP address or localhost.
func ParseEndpoints(patterns []string) (Endpoints, error) {
	endpoints := Endpoints{}
	for _, text := range patterns {
		parsed, ok := parsePattern(strings.ToLower(strings.TrimSpace(text)))
		if !ok {
			return Endpoints{}, fmt.Errorf("the storage endpoint %q is not allowed for: it must be a host such as s3.*.amazonaws.com, with or without http:// before and a port after it", withoutUser(text))
		}
		endpoints.patterns = append(endpoints.patterns, parsed)
	}
	return endpoints, nil
}

// withoutUser hides the user and password in a URL.
func withoutUser(text string) string {
	if at := strings.LastIndex(text, "@"); at >= 0 {
		return hidden + text[at:]
	}
	return text
}

func parsePattern(text string) (pattern, bool) {
	scheme, rest, hasScheme := strings.Cut(text, "://")
	if !hasScheme {
		scheme, rest = "https", text
	}
	if scheme != "https" && scheme != "http" {
		return pattern{}, false
	}
	rest, anyPort := strings.CutSuffix(rest, ":*")
	// With a letter in place of the wildcard, the host keeps its shape.
	address, err := parseAddress(scheme + "://" + strings.ReplaceAll(rest, "*", "x"))
	if err != nil || address.path != "" || strings.HasSuffix(rest, "/") || (anyPort && address.port != "") {
		return pattern{}, false
	}
	parsed := pattern{scheme: scheme, port: address.port}
	if anyPort {
		parsed.port = "*"
	}
	if !strings.Contains(rest, "*") {
		parsed.literal = address.host
		return parsed, true
	}
	host, _, _ := strings.Cut(rest, ":")
	expression := strings.ReplaceAll(regexp.QuoteMeta(host), `\*`, `[^.]+`)
	parsed.host = regexp.MustCompile("^" + expression + "$")
	return parsed, true
}

// allow reports whether requests may be sent to the address.
func (e Endpoints) allow(address address) bool {
	return slices.ContainsFunc(e.patterns, func(p pattern) bool { return p.matches(address) })
}

func (p pattern) matches(address address) bool {
	if p.scheme != address.scheme || (p.port != "*" && p.port != address.port) {
		return false
	}
	if p.host == nil {
		return p.literal == address.host
	}
	return !IsFixedHost(address.host) && p.host.MatchString(address.host)
}
