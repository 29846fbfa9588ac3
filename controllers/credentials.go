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
	"sync"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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

// credentialsError says, for people, why a Secret holds no credentials.
type credentialsError string

func (e credentialsError) Error() string { return string(e) }

// credentialsStore reads Secrets one by one, and each only when its metadata,
// which are watched, show another version than the one that was read.
type credentialsStore struct {
	// metadata reads the metadata of Secrets from the cache.
	metadata client.Reader
	// secrets reads Secrets from the API server.
	secrets client.Reader
	// requestsPerSecond is the limit where a Secret states none.
	requestsPerSecond float64

	mu   sync.Mutex
	held map[types.NamespacedName]heldCredentials
}

// heldCredentials is what a version of a Secret was found to hold.
type heldCredentials struct {
	resourceVersion string
	credentials     credentials
	err             error
}

func newCredentialsStore(metadata, secrets client.Reader, requestsPerSecond float64) *credentialsStore {
	return &credentialsStore{
		metadata:          metadata,
		secrets:           secrets,
		requestsPerSecond: requestsPerSecond,
		held:              map[types.NamespacedName]heldCredentials{},
	}
}

// get returns the credentials in a Secret, or a credentialsError if it holds none.
func (s *credentialsStore) get(ctx context.Context, name types.NamespacedName) (credentials, error) {
	metadata := secretMetadata()
	if err := s.metadata.Get(ctx, name, metadata); err != nil {
		s.forget(name)
		return credentials{}, missingOr(err, name, "read the metadata of Secret")
	}
	s.mu.Lock()
	held, ok := s.held[name]
	s.mu.Unlock()
	if ok && held.resourceVersion == metadata.ResourceVersion {
		return held.credentials, held.err
	}
	secret := &corev1.Secret{}
	if err := s.secrets.Get(ctx, name, secret); err != nil {
		return credentials{}, missingOr(err, name, "read Secret")
	}
	held = heldCredentials{resourceVersion: secret.ResourceVersion}
	held.credentials, held.err = parseCredentials(secret, s.requestsPerSecond)
	if text, ok := secret.Data[v1alpha1.RequestsPerSecondKey]; ok && held.err == nil {
		if _, valid := parseLimit(text); !valid {
			log.FromContext(ctx).Info("The Secret's requestsPerSecond is not a number above 0 and is not used",
				"secret", name, "used", s.requestsPerSecond)
		}
	}
	s.mu.Lock()
	s.held[name] = held
	s.mu.Unlock()
	return held.credentials, held.err
}

// forget drops what is held of a Secret.
func (s *credentialsStore) forget(name types.NamespacedName) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.held, name)
}

// secretMetadata returns an object to read the metadata of a Secret into.
func secretMetadata() *metav1.PartialObjectMetadata {
	metadata := &metav1.PartialObjectMetadata{}
	metadata.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
	return metadata
}

func missingOr(err error, name types.NamespacedName, doing string) error {
	if apierrors.IsNotFound(err) {
		return credentialsError(fmt.Sprintf("Secret %q, which spec.credentialsSecretRef names, does not exist in namespace %q: create it with the keys %s and %s.",
			name.Name, name.Namespace, v1alpha1.CustomerIDKey, v1alpha1.CustomerSecretKey))
	}
	return fmt.Errorf("%s %s: %w", doing, name, err)
}

func parseCredentials(secret *corev1.Secret, defaultLimit float64) (credentials, error) {
	var missing []string
	value := func(key string) string {
		text := strings.TrimSpace(string(secret.Data[key]))
		if text == "" {
			missing = append(missing, key)
		}
		return text
	}
	parsed := credentials{
		Credentials: agora.Credentials{
			CustomerID:     value(v1alpha1.CustomerIDKey),
			CustomerSecret: value(v1alpha1.CustomerSecretKey),
		},
		requestsPerSecond: defaultLimit,
	}
	if len(missing) > 0 {
		return credentials{}, credentialsError(fmt.Sprintf("Secret %q lacks %s, or it is empty: put the customer ID and customer secret from the Agora console into its keys %s and %s.",
			secret.Name, strings.Join(missing, " and "), v1alpha1.CustomerIDKey, v1alpha1.CustomerSecretKey))
	}
	if limit, ok := parseLimit(secret.Data[v1alpha1.RequestsPerSecondKey]); ok {
		parsed.requestsPerSecond = limit
	}
	parsed.version = digest(parsed.CustomerID, parsed.CustomerSecret)
	parsed.account = accountKey(secret, parsed.version)
	return parsed, nil
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
