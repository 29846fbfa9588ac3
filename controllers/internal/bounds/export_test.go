// SPDX-License-Identifier: Apache-2.0

package bounds

// For the tests, which use recordings of a package that imports this one.
const MaxSessionBytes = maxSessionBytes

var (
	SizeOfSession = sizeOfSession
	ReduceSession = reduceSession
)
