// SPDX-License-Identifier: Apache-2.0

package receiver

import (
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("a signature", func() {
	// The test vectors in Agora's documentation, verified by calculation.
	const (
		body = `{"eventMs":1560408533119,"eventType":10,"noticeId":"4eb720f0-8da7-11e9-a43e-53f411c2761f","notifyMs":1560408533119,"payload":{"a":"1","b":2},"productId":1}`
		v1   = "033c62f40f687675f17f0f41f91a40c71c0f134c"
		v2   = "6d3320c60b11101395b7fc8f9068748808a0aa1bfa064438e39d1bc2c7d74d99"

		shortBody = `{"eventType":10,"noticeId":"4eb720f0-8da7-11e9-a43e-53f411c2761f","notifyMs":1560408533119,"payload":{"a":"1","b":2},"productId":1}`
		shortV1   = "5a3bb6a6d9fad2ea9ae3fb707a14c9d7f3136df1"
		shortV2   = "de96da5acf03b0021ac3b4fa2225e7ae6f3533a30d50bb02c08ea4fa748bda24"
	)

	verifies := func(v1, v2, body, secret string) bool {
		header := http.Header{}
		if v1 != "" {
			header.Set(SignatureHeader, v1)
		}
		if v2 != "" {
			header.Set(SignatureV2Header, v2)
		}
		signature, signed := signatureOf(header)
		Expect(signed).To(Equal(v1 != "" || v2 != ""))
		return signature.verifies([]byte(body), []byte(secret))
	}

	DescribeTable("is valid", func(v1, v2, body string) {
		Expect(verifies(v1, v2, body, "secret")).To(BeTrue())
		Expect(verifies(v1, v2, body, "Secret")).To(BeFalse())
		Expect(verifies(v1, v2, body+" ", "secret")).To(BeFalse())
	},
		Entry("by SHA-1", v1, "", body),
		Entry("by SHA-256", "", v2, body),
		Entry("by both", v1, v2, body),
		Entry("by SHA-1, of another body", shortV1, "", shortBody),
		Entry("by SHA-256, of another body", "", shortV2, shortBody),
		Entry("by the stronger one alone", shortV1, v2, body),
		Entry("in capital letters", "", strings.ToUpper(v2), body),
	)

	DescribeTable("is not valid", func(v1, v2, secret string) {
		Expect(verifies(v1, v2, body, secret)).To(BeFalse())
	},
		Entry("if it is absent", "", "", "secret"),
		Entry("if it is of another body", "", shortV2, "secret"),
		Entry("if only the weaker one is right", v1, shortV2, "secret"),
		Entry("if the stronger one is no number", v1, "xyz", "secret"),
		Entry("if it is cut", "", v2[:32], "secret"),
		Entry("if it is longer", "", v2+"00", "secret"),
		Entry("if the one stands for the other", v2, "", "secret"),
		Entry("without a secret", signV1(body, ""), "", ""),
		Entry("without a secret, by SHA-256", "", signV2(body, ""), ""),
	)
})
