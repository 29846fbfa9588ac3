// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
)

// resourceIDBytes results in an ID of 248 characters, which is the length of Agora's IDs.
const resourceIDBytes = 186

// shortestResourceID is the minimum length of an ID that can be decoded.
const shortestResourceID = 100

func newResourceID() string {
	return base64.RawURLEncoding.EncodeToString(random(resourceIDBytes))
}

// newSID returns 32 lower-case hexadecimal digits.
func newSID() string {
	return hex.EncodeToString(random(16))
}

func random(n int) []byte {
	bytes := make([]byte, n)
	_, _ = rand.Read(bytes) // never fails
	return bytes
}
