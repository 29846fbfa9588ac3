// SPDX-License-Identifier: Apache-2.0

package bounds

import (
	"strings"
	"unicode"
)

// Printable replaces characters that a terminal would obey rather than show. The name of a
// file may contain any of them.
func Printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}
