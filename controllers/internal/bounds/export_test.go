// SPDX-License-Identifier: Apache-2.0

package bounds

// This is for tests, which use recordings from a package that imports this one.
const MaxSessionBytes = maxSessionBytes

var (
	SizeOfSession = sizeOfSession
	ReduceSession = reduceSession
)
