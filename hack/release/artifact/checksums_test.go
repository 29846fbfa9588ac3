// SPDX-License-Identifier: Apache-2.0

package artifact

import (
	"testing"

	. "github.com/onsi/gomega"
)

func TestChecksums(t *testing.T) {
	t.Parallel()
	NewWithT(t).Expect(string(Checksums([]File{{Path: "second", Content: []byte("abc")}, {Path: "first"}}))).To(Equal(
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  first\n" +
			"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  second\n"))
}
