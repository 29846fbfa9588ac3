// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // Agora signs with it
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"net/http"
)

// Headers that contain the signatures of a notification.
const (
	SignatureHeader   = "Agora-Signature"
	SignatureV2Header = "Agora-Signature-V2"
)

// sign sets the signature headers for a body.
func sign(header http.Header, body []byte, secret string) {
	header.Set(SignatureHeader, digest(sha1.New, body, secret))
	header.Set(SignatureV2Header, digest(sha256.New, body, secret))
}

func digest(algorithm func() hash.Hash, body []byte, secret string) string {
	code := hmac.New(algorithm, []byte(secret))
	_, _ = code.Write(body) // never fails
	return hex.EncodeToString(code.Sum(nil))
}

// IsSigned reports whether a notification was signed with a secret. If there is a newer
// signature, only that one counts.
func IsSigned(header http.Header, body []byte, secret string) bool {
	if signature := header.Get(SignatureV2Header); signature != "" {
		return signature == digest(sha256.New, body, secret)
	}
	return header.Get(SignatureHeader) == digest(sha1.New, body, secret)
}
