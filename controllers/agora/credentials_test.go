// SPDX-License-Identifier: Apache-2.0

package agora

import (
	"fmt"
	"testing"

	. "github.com/onsi/gomega"
)

func TestCredentialsAreHiddenInEveryFormat(t *testing.T) {
	t.Parallel()
	credentials := testCredentials()
	wrapped := struct{ Credentials Credentials }{credentials}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		for name, value := range map[string]any{
			"a value":              credentials,
			"a pointer":            &credentials,
			"a member":             wrapped,
			"a member of a member": &struct{ Inner any }{wrapped},
			"an element":           []Credentials{credentials},
		} {
			t.Run(format+"/"+name, func(t *testing.T) {
				t.Parallel()
				g := NewWithT(t)
				text := fmt.Sprintf(format, value)
				for _, secret := range []string{credentials.CustomerID, credentials.CustomerSecret} {
					g.Expect(text).NotTo(ContainSubstring(secret))
					g.Expect(text).NotTo(ContainSubstring(fmt.Sprintf("%x", secret)))
				}
			})
		}
	}
}
