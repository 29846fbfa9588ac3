// SPDX-License-Identifier: Apache-2.0

package protection

import (
	"sync"

	"k8s.io/apimachinery/pkg/types"

	"cloudrecording.dev/operator/controllers/internal/objectversion"
)

// Releases holds the Secrets whose finalizer is being removed, or was removed
// in a version that the cache does not show yet. A start that sees none of its
// Secrets here after it has written that it needs them can rely on their finalizers:
// whoever removes one asks only then who needs it.
type Releases struct {
	mu sync.Mutex
	// byName holds the version without the finalizer; empty while there is none.
	byName map[types.NamespacedName]string
}

// begin notes that a finalizer may be removed from now on.
func (s *Releases) begin(name types.NamespacedName) { s.set(name, "") }

// removed notes the version that lacks the finalizer.
func (s *Releases) removed(name types.NamespacedName, version string) { s.set(name, version) }

func (s *Releases) set(name types.NamespacedName, version string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byName == nil {
		s.byName = map[types.NamespacedName]string{}
	}
	s.byName[name] = version
}

// drop notes that the finalizer stays, or that the Secret is gone.
func (s *Releases) drop(name types.NamespacedName) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byName, name)
}

// Concerns says whether the finalizer of a version of a Secret must not be relied on.
func (s *Releases) Concerns(name types.NamespacedName, version string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	removed, ok := s.byName[name]
	if ok && removed != "" && !objectversion.IsOlder(version, removed) {
		delete(s.byName, name)
		return false
	}
	return ok
}
