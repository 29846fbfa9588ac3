// SPDX-License-Identifier: Apache-2.0

package objectversion_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/controllers/internal/objectversion"
)

func TestIsOlder(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		version, than string
		isOlder       bool
	}{
		{"5", "7", true},
		{"7", "5", false},
		{"7", "7", false},
		// By the number, not by the text.
		{"9", "10", true},
		{"10", "9", false},
		{"18446744073709551615", "18446744073709551616", true},
		// What is no version.
		{"", "7", false},
		{"", "", false},
		{"7", "", false},
		{"0", "7", false},
		{"a", "7", false},
		{"7", "a", false},
	} {
		NewWithT(t).Expect(objectversion.IsOlder(test.version, test.than)).To(Equal(test.isOlder), "%q before %q", test.version, test.than)
	}
}
