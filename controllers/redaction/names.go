// SPDX-License-Identifier: Apache-2.0

package redaction

import (
	"regexp"
	"slices"
	"strings"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
)

// Keys returns the Secret keys whose values the operator treats as secret.
func Keys() []string {
	return append(clientrequest.SecretKeys(), v1alpha1.CustomerIDKey, v1alpha1.CustomerSecretKey, v1alpha1.NotificationSecretKey)
}

// foreignNames are regular expressions of the names that other software gives its
// secrets.
var foreignNames = []string{
	"(?:[a-z0-9]+[-_.])*(?:secret|password|passwd|passphrase|token|credentials?)",
	"(?:[a-z0-9]+[-_.])*(?:access|secret|private|api|client|encryption|account)[-_]?(?:access[-_]?)?(?:key|secret|token)",
	"set-cookie", "cookie", "(?:proxy-)?authorization",
}

// secretNames matches the names of secrets.
var secretNames = func() string {
	names := slices.Clone(foreignNames)
	for _, key := range Keys() {
		names = append(names, regexp.QuoteMeta(key))
	}
	// A Secret may have a token for each user ID.
	return "(?:" + strings.Join(append(names, regexp.QuoteMeta(clientrequest.TokenKey(""))+"[0-9]+"), "|") + ")"
}()

var secretName = regexp.MustCompile("(?i)^" + secretNames + "$")

// isSecretName reports whether the value with this name is secret.
func isSecretName(name string) bool { return secretName.MatchString(name) }

// isPublic reports whether the value of a Secret key need not be hidden.
func isPublic(key string) bool {
	return key == v1alpha1.AccountKey || key == v1alpha1.RequestsPerSecondKey || key == v1alpha1.MaxRecordingsKey
}

// pairOf returns Agora's credentials in the form that a request contains. It is empty if
// there are none.
func pairOf(data map[string][]byte) string {
	id, secret := strings.TrimSpace(string(data[v1alpha1.CustomerIDKey])), strings.TrimSpace(string(data[v1alpha1.CustomerSecretKey]))
	if id == "" || secret == "" {
		return ""
	}
	return id + ":" + secret
}
