// SPDX-License-Identifier: Apache-2.0

package storage

// Allows returns a *Problem if nothing may be sent to the location, or if it is
// none. It sends nothing.
func (v *Verifier) Allows(location Location, credentials Credentials) error {
	if _, problem := v.endpoints.resolve(location, credentials); problem != nil {
		return problem
	}
	return nil
}
