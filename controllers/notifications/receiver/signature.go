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

// Headers that contain the signature of a notification.
const (
	// SignatureHeader holds the HMAC-SHA1 of the body, in hexadecimal digits.
	SignatureHeader = "Agora-Signature"

	// SignatureV2Header holds the HMAC-SHA256 of the body, in hexadecimal digits.
	SignatureV2Header = "Agora-Signature-V2"
)

// signature is the signature of a notification.
type signature struct {
	algorithm func() hash.Hash
	sum       []byte
}

// signatureOf returns the stronger signature in the headers. If it is present, the other
// one does not count, even if the stronger one is invalid.
func signatureOf(header http.Header) (s signature, signed bool) {
	s.algorithm = sha256.New
	text := header.Get(SignatureV2Header)
	if text == "" {
		s.algorithm = sha1.New
		text = header.Get(SignatureHeader)
	}
	// An invalid number leaves sum empty, which verifies nothing.
	s.sum, _ = hex.DecodeString(text)
	return s, text != ""
}

// verifies reports whether the body was signed with the secret.
func (s signature) verifies(body, secret []byte) bool {
	if len(secret) == 0 {
		return false
	}
	mac := hmac.New(s.algorithm, secret)
	mac.Write(body)
	return hmac.Equal(mac.Sum(nil), s.sum)
}

// check finds the secrets that signed a body. It tries each secret once, even if several
// recordings use it.
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

// passes reports whether the body was signed with the secret.
func (c *check) passes(secret []byte) bool {
	passed, known := c.tried[string(secret)]
	if !known {
		passed = c.signature.verifies(c.body, secret)
		c.tried[string(secret)] = passed
	}
	return passed
}
