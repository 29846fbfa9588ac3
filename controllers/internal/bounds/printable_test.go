// SPDX-License-Identifier: Apache-2.0

package bounds

import (
	"testing"

	. "github.com/onsi/gomega"
)

func TestPrintable(t *testing.T) {
	g := NewWithT(t)
	for text, shown := range map[string]string{
		"rec/room1/sid_Leçon № 1.m3u8, …": "rec/room1/sid_Leçon № 1.m3u8, …",
		"a\x1b[2Jb":                       "a\uFFFD[2Jb",
		"a\u009b31mb":                     "a\uFFFD31mb",
		"a\nb\r\tc":                       "a\uFFFDb\uFFFD\uFFFDc",
		"a\u202eb\u2028c":                 "a\uFFFDb\uFFFDc",
		"not UTF-8 \xff":                  "not UTF-8 \uFFFD",
	} {
		g.Expect(Printable(text)).To(Equal(shown), "%q", text)
	}
}
