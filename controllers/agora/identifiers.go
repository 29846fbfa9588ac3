// SPDX-License-Identifier: Apache-2.0

package agora

import "regexp"

// Agora's identifiers become parts of a URL path and appear in a status, so nothing else
// is accepted as one. The identifiers seen in practice are much shorter than these
// limits.
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
