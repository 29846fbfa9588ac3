// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/budget"
)

// credentials are what a Secret says of an account.
type credentials struct {
	agora.Credentials

	// account is the budget that calls with these credentials count against.
	account budget.Key

	// requestsPerSecond is the account's limit.
	requestsPerSecond float64

	// version is the same as long as the credentials are. It does not reveal them.
	version string
}

func newCredentialsStore(metadata, secrets client.Reader, requestsPerSecond float64) *secretStore[credentials] {
	return &secretStore[credentials]{
		metadata: metadata,
		secrets:  secrets,
		parse: func(ctx context.Context, secret *corev1.Secret) (credentials, error) {
			return parseCredentials(ctx, secret, requestsPerSecond)
		},
		missing: func(name types.NamespacedName) secretError {
			return secretError(fmt.Sprintf("Secret %q, which spec.credentialsSecretRef names, does not exist in namespace %q: create it with the keys %s and %s.",
				name.Name, name.Namespace, v1alpha1.CustomerIDKey, v1alpha1.CustomerSecretKey))
		},
	}
}

// parseCredentials reads a Secret. Where it states no limit, or none that is a
// number, the default counts. One that is too low to count is told by tellLimit.
func parseCredentials(ctx context.Context, secret *corev1.Secret, defaultLimit float64) (credentials, error) {
	values, missing := secretValues(secret, v1alpha1.CustomerIDKey, v1alpha1.CustomerSecretKey)
	if len(missing) > 0 {
		return credentials{}, secretError(fmt.Sprintf("Secret %q lacks %s, or it is empty: put the customer ID and customer secret from the Agora console into its keys %s and %s.",
			secret.Name, strings.Join(missing, " and "), v1alpha1.CustomerIDKey, v1alpha1.CustomerSecretKey))
	}
	parsed := credentials{
		Credentials:       agora.Credentials{CustomerID: values[0], CustomerSecret: values[1]},
		requestsPerSecond: defaultLimit,
		version:           digest(values...),
	}
	if text, ok := secret.Data[v1alpha1.RequestsPerSecondKey]; ok {
		if limit, valid := parseLimit(text); valid {
			parsed.requestsPerSecond = limit
		} else {
			log.FromContext(ctx).Info("The Secret's requestsPerSecond is not a number above 0 and is not used",
				"secret", client.ObjectKeyFromObject(secret), "used", defaultLimit)
		}
	}
	parsed.account = accountKey(secret, parsed.version)
	return parsed, nil
}

// secretValues returns the values of keys that must be there, and which are not.
func secretValues(secret *corev1.Secret, keys ...string) (values, missing []string) {
	for _, key := range keys {
		value := strings.TrimSpace(string(secret.Data[key]))
		if value == "" {
			missing = append(missing, key)
		}
		values = append(values, value)
	}
	return values, missing
}

// accountKey names the budget. A name that a Secret gives counts within its
// namespace only, and otherwise the exact pair decides, so that nobody can use
// up another's budget.
func accountKey(secret *corev1.Secret, pair string) budget.Key {
	if name := strings.TrimSpace(string(secret.Data[v1alpha1.AccountKey])); name != "" {
		return budget.Key("account/" + secret.Namespace + "/" + name)
	}
	return budget.Key("pair/" + pair)
}

func parseLimit(text []byte) (float64, bool) {
	limit, err := strconv.ParseFloat(strings.TrimSpace(string(text)), 64)
	if err != nil || !(limit > 0) || math.IsInf(limit, 0) {
		return 0, false
	}
	return limit, true
}

// digest tells texts apart without revealing them.
func digest(texts ...string) string {
	hash := sha256.New()
	for _, text := range texts {
		_, _ = fmt.Fprintf(hash, "%d:%s", len(text), text) // never fails
	}
	return hex.EncodeToString(hash.Sum(nil))
}
