// SPDX-License-Identifier: Apache-2.0

package storage_test

import (
	"encoding/json"
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/controllers/storage"
)

var _ = Describe("Credentials", func() {
	It("never show themselves", func() {
		credentials := storage.Credentials{AccessKey: "hunter0", SecretKey: "hunter1", StsToken: "hunter2"}
		encoded, err := json.Marshal(map[string]any{"credentials": credentials})
		Expect(err).NotTo(HaveOccurred())
		shown := fmt.Sprintf("%v %+v %#v %s %q %s %v %v", credentials, credentials, credentials, credentials, credentials,
			encoded, credentials.LogValue(), credentials.MarshalLog())
		Expect(shown).NotTo(ContainSubstring("hunter"))
		Expect(fmt.Sprintf("%v %+v %#v", &credentials, struct{ C storage.Credentials }{credentials}, []storage.Credentials{credentials})).
			NotTo(ContainSubstring("hunter"))
	})
})
