// SPDX-License-Identifier: Apache-2.0

package agora

// Credentials is a pair of customer ID and secret from the Agora Console.
type Credentials struct {
	CustomerID     string
	CustomerSecret string
}

// String hides the credentials so that they do not reach a log by accident.
func (Credentials) String() string { return "[credentials]" }

// GoString hides the credentials so that they do not reach a log by accident.
func (Credentials) GoString() string { return "[credentials]" }
