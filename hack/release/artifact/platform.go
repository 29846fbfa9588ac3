// SPDX-License-Identifier: Apache-2.0

package artifact

// Platform is an operating system and architecture, in the terms of Go and OCI.
type Platform struct {
	OS, Architecture string
}

func (p Platform) String() string { return p.OS + "/" + p.Architecture }
