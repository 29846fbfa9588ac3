// SPDX-License-Identifier: Apache-2.0

package secrets

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
	"cloudrecording.dev/operator/controllers/internal/usererror"
)

// startKeys returns the keys of Secrets that are read for a start. No other key is read:
// whoever may create a recording can name any Secret in the namespace.
var startKeys = sync.OnceValue(clientrequest.SecretKeys)

// StartSecret is what a Secret holds under startKeys.
type StartSecret map[string]string

// value returns what the Secret holds for a need, or nothing.
func (s StartSecret) value(need clientrequest.SecretNeed) string {
	return cmp.Or(s[need.Preferred], s[need.Key])
}

// opensChannel reports whether the Secret holds what a recorder needs to join a channel.
func (s StartSecret) opensChannel() bool {
	for key := range s {
		if key == v1alpha1.DecryptionSecretKey || key == v1alpha1.AppCertificateKey || isTokenKey(key) {
			return true
		}
	}
	return false
}

// isTokenKey reports whether a key is that of a token.
func isTokenKey(key string) bool {
	uid, hasUID := strings.CutPrefix(key, clientrequest.TokenKey(""))
	return key == v1alpha1.TokenKey || (hasUID && uid != "" && strings.Trim(uid, "0123456789") == "")
}

// NewStartStore returns a store that keeps, for each Secret, the keys that a start may
// need.
func NewStartStore(metadata, secrets client.Reader) *Store[StartSecret] {
	return &Store[StartSecret]{
		metadata: metadata,
		secrets:  secrets,
		parse: func(_ context.Context, secret *corev1.Secret) (StartSecret, error) {
			return valuesForStart(secret), nil
		},
		missing: func(name types.NamespacedName) usererror.Error {
			return usererror.Error(fmt.Sprintf("Secret %q does not exist in namespace %q", name.Name, name.Namespace))
		},
	}
}

// valuesForStart returns what a Secret holds that a start may need. The token of a service
// account is not for Agora, and must not get there.
func valuesForStart(secret *corev1.Secret) StartSecret {
	values := StartSecret{}
	if secret.Type == corev1.SecretTypeServiceAccountToken {
		return values
	}
	for key, content := range secret.Data {
		value := strings.TrimSpace(string(content))
		if value != "" && (slices.Contains(startKeys(), key) || isTokenKey(key)) {
			values[key] = value
		}
	}
	return values
}
