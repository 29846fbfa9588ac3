// SPDX-License-Identifier: Apache-2.0

package artifact

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
)

// Checksums returns a file for `sha256sum --check`.
func Checksums(files []File) []byte {
	var lines bytes.Buffer
	for _, file := range slices.SortedFunc(slices.Values(files), byPath) {
		fmt.Fprintf(&lines, "%x  %s\n", sha256.Sum256(file.Content), file.Path)
	}
	return lines.Bytes()
}
