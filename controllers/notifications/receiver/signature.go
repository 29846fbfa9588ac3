// SPDX-License-Identifier: Apache-2.0

package receiver

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // Agora signs with it, and version 2 is preferred
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"net/http"
)

// Headers with the signature of a notification.
const (
	// SignatureHeader holds the HMAC-SHA1 of the body, in hexadecimal digits.
	SignatureHeader = "Agora-Signature"

	// SignatureV2Header holds the HMAC-SHA256 of the body, in hexadecimal digits.
	SignatureV2Header = "Agora-Signature-V2"
)

// signature is what a notification was signed with.
type signature struct {
	algorithm func() hash.Hash
	sum       []byte
}

// signatureOf reads the stronger signature that the headers hold. The other
// does not count beside it, whether it is valid or not.
func signatureOf(header http.Header) (s signature, signed bool) {
	s.algorithm = sha256.New
	text := header.Get(SignatureV2Header)
	if text == "" {
		s.algorithm = sha1.New
		text = header.Get(SignatureHeader)
	}
	// What is no number stays empty, and verifies nothing.
	s.sum, _ = hex.DecodeString(text)
	return s, text != ""
}

// verifies says whether the body was signed with the secret.
func (s signature) verifies(body, secret []byte) bool {
	if len(secret) == 0 {
		return false
	}
	mac := hmac.New(s.algorithm, secret)
	mac.Write(body)
	return hmac.Equal(mac.Sum(nil), s.sum)
}

// check tells which secrets have signed a body. It tries each once, however many
// recordings have it.
type check struct {
	signature signature
	isSigned  bool
	body      []byte
	tried     map[string]bool
}

func newCheck(header http.Header, body []byte) *check {
	signature, isSigned := signatureOf(header)
	return &check{signature: signature, isSigned: isSigned, body: body, tried: map[string]bool{}}
}

// passes says whether the body was signed with the secret.
func (c *check) passes(secret []byte) bool {
	passed, known := c.tried[string(secret)]
	if !known {
		passed = c.signature.verifies(c.body, secret)
		c.tried[string(secret)] = passed
	}
	return passed
}
