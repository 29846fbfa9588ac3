// SPDX-License-Identifier: Apache-2.0

package storage

// Allow reports whether the endpoints allow an address.
func (e Endpoints) Allow(text string) bool {
	address, err := parseAddress(text)
	return err == nil && e.allow(address)
}
