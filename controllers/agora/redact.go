// SPDX-License-Identifier: Apache-2.0

package agora

import (
	"cmp"
	"encoding/base64"
	"slices"
	"strings"
)

// redact removes the credentials, and what else was secret in a request, from a
// text that came from outside.
func redact(text string, credentials Credentials, others ...string) string {
	secrets := append([]string{basicAuthorization(credentials), credentials.CustomerSecret}, others...)
	// A secret may be a part of another one.
	slices.SortFunc(secrets, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "[redacted]")
		}
	}
	return text
}

// basicAuthorization returns the credentials as a request's header has them.
func basicAuthorization(credentials Credentials) string {
	return base64.StdEncoding.EncodeToString([]byte(credentials.CustomerID + ":" + credentials.CustomerSecret))
}
