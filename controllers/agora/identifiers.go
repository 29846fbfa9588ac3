// SPDX-License-Identifier: Apache-2.0

package agora

import "regexp"

// Identifiers as Agora gives them out become parts of a URL's path and stand in a
// status: nothing else is taken for one. No longer ones than these were seen by far.
const (
	maxResourceIDBytes = 1024
	maxSIDBytes        = 128
)

var (
	resourceIDPattern = regexp.MustCompile(`^[A-Za-z0-9_=-]+$`)
	sidPattern        = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
)

func isResourceID(text string) bool {
	return len(text) <= maxResourceIDBytes && resourceIDPattern.MatchString(text)
}

func isSID(text string) bool {
	return len(text) <= maxSIDBytes && sidPattern.MatchString(text)
}
