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

// pattern is one of the addresses that are allowed.
type pattern struct {
	scheme string

	// host is matched as a whole; literal is it where it has no wildcard.
	host    *regexp.Regexp
	literal string

	// port is empty for the scheme's own and "*" for any.
	port string
}

// DefaultEndpoints returns patterns for the storage services that Agora
// documents, each with the names of its own storage only.
func DefaultEndpoints() []string {
	var hosts []string
	for vendor := range int32(s3Compatible) {
		hosts = append(hosts, documentedHosts(vendor)...)
	}
	return hosts
}

// ParseEndpoints reads patterns such as "s3.*.amazonaws.com", where an asterisk
// stands for one or more characters between two dots. "http://" before it allows
// plain http instead of https, and ":9000" after it that port instead of the
// usual one, ":*" any port. A wildcard never stands for an IP address or for
// localhost.
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

// withoutUser hides what stands where a URL has its user and password.
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
	// A letter in the place of the wildcard leaves a host of the same shape.
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
