// SPDX-License-Identifier: Apache-2.0

package storage

import "net/http"

// WithTransport returns a Verifier whose requests are carried by something else.
func (v *Verifier) WithTransport(transport http.RoundTripper) *Verifier {
	changed := *v
	changed.transport = transport
	return &changed
}

// Allow reports whether the endpoints allow an address.
func (e Endpoints) Allow(text string) bool {
	address, err := parseAddress(text)
	return err == nil && e.allow(address)
}
