// SPDX-License-Identifier: Apache-2.0

package secrets

import (
	"context"
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
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
	"cloudrecording.dev/operator/controllers/internal/usererror"
)

// Credentials are what a Secret says about an account.
type Credentials struct {
	agora.Credentials

	// Account is the budget that calls with these credentials count against.
	Account budget.Key

	// RequestsPerSecond is the account's limit.
	RequestsPerSecond float64

	// MaxRecordings is how many recordings may run at once for each App ID of the account, or
	// zero for any number.
	MaxRecordings int

	// Version stays the same as long as the credentials do. It does not reveal them.
	Version string
}

// NewCredentialsStore returns a store of the credentials of accounts. requestsPerSecond is
// the limit of an account whose Secret states none.
func NewCredentialsStore(metadata, secrets client.Reader, requestsPerSecond float64) *Store[Credentials] {
	return &Store[Credentials]{
		metadata: metadata,
		secrets:  secrets,
		parse: func(ctx context.Context, secret *corev1.Secret) (Credentials, error) {
			return parseCredentials(ctx, secret, requestsPerSecond)
		},
		missing: func(name types.NamespacedName) usererror.Error {
			return usererror.Error(fmt.Sprintf("Secret %q, which spec.credentialsSecretRef names, does not exist in namespace %q: create it with the keys %s and %s.",
				name.Name, name.Namespace, v1alpha1.CustomerIDKey, v1alpha1.CustomerSecretKey))
		},
	}
}

// parseCredentials reads a Secret. The default limit counts if the Secret states none, or
// one that is not a number. tellLimit reports a limit that is too low to count.
func parseCredentials(ctx context.Context, secret *corev1.Secret, defaultLimit float64) (Credentials, error) {
	values, missing := secretValues(secret, v1alpha1.CustomerIDKey, v1alpha1.CustomerSecretKey)
	if len(missing) > 0 {
		return Credentials{}, usererror.Error(fmt.Sprintf("Secret %q lacks %s, or it is empty: put the customer ID and customer secret from the Agora Console into its keys %s and %s.",
			secret.Name, strings.Join(missing, " and "), v1alpha1.CustomerIDKey, v1alpha1.CustomerSecretKey))
	}
	parsed := Credentials{
		Credentials:       agora.Credentials{CustomerID: values[0], CustomerSecret: values[1]},
		RequestsPerSecond: defaultLimit,
		Version:           clientrequest.Digest(values...),
	}
	if text, ok := secret.Data[v1alpha1.RequestsPerSecondKey]; ok {
		if limit, valid := parseLimit(text); valid {
			parsed.RequestsPerSecond = limit
		} else {
			log.FromContext(ctx).Info("The Secret's requestsPerSecond is not a number above 0 and is not used",
				"secret", client.ObjectKeyFromObject(secret), "used", defaultLimit)
		}
	}
	parsed.MaxRecordings = parseMaxRecordings(ctx, secret)
	parsed.Account = accountKey(secret, parsed.Version)
	return parsed, nil
}

// parseMaxRecordings returns how many recordings a Secret allows to run at once, or zero if
// it does not say.
func parseMaxRecordings(ctx context.Context, secret *corev1.Secret) int {
	text, ok := secret.Data[v1alpha1.MaxRecordingsKey]
	if !ok {
		return 0
	}
	limit, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 32)
	if err != nil || limit < 1 {
		log.FromContext(ctx).Info("The Secret's maxRecordings is not a whole number above 0 and is not used",
			"secret", client.ObjectKeyFromObject(secret))
		return 0
	}
	return int(limit)
}

// secretValues returns the values of keys that must be there, and the keys that are
// missing.
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

// accountKey identifies the budget. A name in a Secret counts only within its namespace.
// Without a name, the exact pair of credentials decides. So nobody can use up another's
// budget.
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
