// SPDX-License-Identifier: Apache-2.0

package events

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

func TestNoteIsWhatAnEventCanHold(t *testing.T) {
	t.Parallel()
	longest := strings.Repeat("x", maxNoteBytes)
	for text, noted := range map[string]string{
		"The recording runs.":            "The recording runs.",
		"a\x1b[2Jb":                      "a\uFFFD[2Jb",
		longest:                          longest,
		longest + "x":                    longest[:maxNoteBytes-4] + " …",
		longest[:maxNoteBytes-5] + "№№№": longest[:maxNoteBytes-5] + " …",
	} {
		NewWithT(t).Expect(Note(text)).To(Equal(noted), "%q", text)
	}
}
