// SPDX-License-Identifier: Apache-2.0

package storage

import (
	"strings"
	"testing"
)

func FuzzEndpoints(f *testing.F) {
	f.Add("s3.*.amazonaws.com", "https://s3.eu-central-1.amazonaws.com")
	f.Add("http://127.0.0.1:*", "http://127.0.0.1:9000/account")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		endpoints, err := ParseEndpoints([]string{pattern})
		if err != nil {
			return
		}
		address, err := parseAddress(text)
		if err != nil || !endpoints.allow(address) {
			return
		}
		target := address.url()
		if target.User != nil || (target.Scheme != "http" && target.Scheme != "https") || target.Hostname() != address.host {
			t.Fatalf("%q is allowed by %q", target, pattern)
		}
		if again, err := parseAddress(target.String()); err != nil || again != address {
			t.Fatalf("%q reads as %v and then as %v: %v", text, address, again, err)
		}
		if IsFixedHost(address.host) && !strings.Contains(strings.ToLower(pattern), address.host) {
			t.Fatalf("%q is allowed by %q, which does not name it", address.host, pattern)
		}
	})
}
