// SPDX-License-Identifier: Apache-2.0

package agora

import (
	"cmp"
	"encoding/base64"
	"slices"
	"strings"
)

// redacted stands where something secret stood.
const redacted = "[redacted]"

// redact removes the credentials, and what else was secret in a request, from a
// text that came from outside.
func redact(text string, credentials Credentials, others ...string) string {
	return Redact(text, append([]string{basicAuthorization(credentials), credentials.CustomerSecret}, others...)...)
}

// Redact removes secrets from a text. Empty ones are none.
func Redact(text string, secrets ...string) string {
	// A secret may be a part of another one.
	secrets = slices.SortedFunc(slices.Values(secrets), func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, redacted)
		}
	}
	return text
}

// basicAuthorization returns the credentials as a request's header has them.
func basicAuthorization(credentials Credentials) string {
	return base64.StdEncoding.EncodeToString([]byte(credentials.CustomerID + ":" + credentials.CustomerSecret))
}
