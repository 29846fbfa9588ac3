// SPDX-License-Identifier: Apache-2.0

package verify

import "cloudrecording.dev/operator/controllers/storage"

// Allows returns a *storage.Problem if the location is invalid or requests to it are not
// allowed. It sends nothing.
func (v *Verifier) Allows(location storage.Location, credentials storage.Credentials) error {
	if _, problem := v.endpoints.Resolve(location, credentials); problem != nil {
		return problem
	}
	return nil
}
