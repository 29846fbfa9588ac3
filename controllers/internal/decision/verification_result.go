// SPDX-License-Identifier: Apache-2.0

package decision

import "cloudrecording.dev/operator/controllers/storage"

// Verification is the result of a check of the bucket.
type Verification struct {
	// Location is the place that was checked.
	Location string

	// Named holds the names of the files that Agora had named by then.
	Named []string

	Finding storage.Finding

	// Err is a *storage.Problem, or nil if the bucket could be read.
	Err error
}
