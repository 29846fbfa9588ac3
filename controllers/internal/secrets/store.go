// SPDX-License-Identifier: Apache-2.0

package secrets

import (
	"context"
	"fmt"
	"sync"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/controllers/internal/usererror"
)

// Store reads Secrets one by one, and each of them again only when its watched metadata
// show another version. It keeps only what it has parsed.
type Store[Parsed any] struct {
	// metadata reads the metadata of Secrets from the cache.
	metadata client.Reader
	// secrets reads Secrets from the API server.
	secrets client.Reader
	// parse returns what a Secret holds, or a usererror.Error.
	parse func(ctx context.Context, secret *corev1.Secret) (Parsed, error)
	// missing returns the error for a Secret that does not exist.
	missing func(name types.NamespacedName) usererror.Error

	mu   sync.Mutex
	held map[types.NamespacedName]heldSecret[Parsed]
}

// NewStore returns a store of what parse reads from Secrets, or of the usererror.Error that
// parse returns.
func NewStore[Parsed any](
	metadata, secrets client.Reader, parse func(ctx context.Context, secret *corev1.Secret) (Parsed, error),
) *Store[Parsed] {
	return &Store[Parsed]{
		metadata: metadata, secrets: secrets, parse: parse,
		missing: func(name types.NamespacedName) usererror.Error {
			return usererror.Error(fmt.Sprintf("Secret %s does not exist", name))
		},
	}
}

// heldSecret is what one version of a Secret holds.
type heldSecret[Parsed any] struct {
	resourceVersion string
	parsed          Parsed
	err             error
}

// Get returns what a Secret holds, or a usererror.Error.
func (s *Store[Parsed]) Get(ctx context.Context, name types.NamespacedName) (parsed Parsed, err error) {
	metadata := Metadata()
	if err := s.metadata.Get(ctx, name, metadata); err != nil {
		s.Forget(name)
		return parsed, s.missingOr(err, name, "read the metadata of Secret")
	}
	s.mu.Lock()
	held, ok := s.held[name]
	s.mu.Unlock()
	if ok && held.resourceVersion == metadata.ResourceVersion {
		return held.parsed, held.err
	}
	secret := &corev1.Secret{}
	if err := s.secrets.Get(ctx, name, secret); err != nil {
		return parsed, s.missingOr(err, name, "read Secret")
	}
	held = heldSecret[Parsed]{resourceVersion: secret.ResourceVersion}
	held.parsed, held.err = s.parse(ctx, secret)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held == nil {
		s.held = map[types.NamespacedName]heldSecret[Parsed]{}
	}
	s.held[name] = held
	return held.parsed, held.err
}

// Has reports whether the store holds anything about a Secret.
func (s *Store[Parsed]) Has(name types.NamespacedName) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.held[name]
	return ok
}

// All returns what the store holds about Secrets that could be parsed.
func (s *Store[Parsed]) All() map[types.NamespacedName]Parsed {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make(map[types.NamespacedName]Parsed, len(s.held))
	for name, held := range s.held {
		if held.err == nil {
			all[name] = held.parsed
		}
	}
	return all
}

// Forget drops what the store holds about a Secret.
func (s *Store[Parsed]) Forget(name types.NamespacedName) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.held, name)
}

func (s *Store[Parsed]) missingOr(err error, name types.NamespacedName, doing string) error {
	if apierrors.IsNotFound(err) {
		return s.missing(name)
	}
	return fmt.Errorf("%s %s: %w", doing, name, err)
}

// Metadata returns an object to read the metadata of a Secret into.
func Metadata() *metav1.PartialObjectMetadata {
	metadata := &metav1.PartialObjectMetadata{}
	metadata.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
	return metadata
}
