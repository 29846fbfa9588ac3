// SPDX-License-Identifier: Apache-2.0

package agora

import (
	"cmp"
	"encoding/base64"
	"slices"
	"strings"
)

// redacted replaces a secret.
const redacted = "[redacted]"

// redact removes the credentials and the other secrets of a request from a text that came
// from outside.
func redact(text string, credentials Credentials, others ...string) string {
	return Redacter(append([]string{basicAuthorization(credentials), credentials.CustomerSecret}, others...)...).Replace(text)
}

// Redacter returns a replacer that removes secrets from texts. It ignores empty secrets.
func Redacter(secrets ...string) *strings.Replacer {
	// A secret may contain another one, so the longest secret comes first.
	secrets = slices.SortedFunc(slices.Values(secrets), func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	var pairs []string
	for _, secret := range secrets {
		if secret != "" {
			pairs = append(pairs, secret, redacted)
		}
	}
	return strings.NewReplacer(pairs...)
}

// basicAuthorization returns the credentials as the Authorization header contains them.
func basicAuthorization(credentials Credentials) string {
	return base64.StdEncoding.EncodeToString([]byte(credentials.CustomerID + ":" + credentials.CustomerSecret))
}
