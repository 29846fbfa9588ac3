// SPDX-License-Identifier: Apache-2.0

package artifact

// Platform is what a program is built for, as Go and OCI name it.
type Platform struct {
	OS, Architecture string
}

func (p Platform) String() string { return p.OS + "/" + p.Architecture }
