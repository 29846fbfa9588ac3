// SPDX-License-Identifier: Apache-2.0

package decision

import "cloudrecording.dev/operator/controllers/storage"

// Verification is what a look into the bucket brought.
type Verification struct {
	// Location is where it went.
	Location string

	// Named are the names of files that Agora had given by then.
	Named []string

	Finding storage.Finding

	// Err is a *storage.Problem; nil if the bucket could be read.
	Err error
}
