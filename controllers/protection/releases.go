// SPDX-License-Identifier: Apache-2.0

package protection

import (
	"sync"

	"k8s.io/apimachinery/pkg/types"

	"cloudrecording.dev/operator/controllers/internal/objectversion"
)

// Releases holds the Secrets whose finalizer is being removed, or was removed in a version that
// the cache does not show yet. A recording first writes that it needs its Secrets. If it then
// finds none of them here, it can rely on their finalizers: a release begins with an entry here
// and asks only then which recordings need the Secret.
type Releases struct {
	mu sync.Mutex
	// byName holds the version without the finalizer. It is empty until the removal is written.
	byName map[types.NamespacedName]string
}

// begin notes that the finalizer may be removed from now on.
func (s *Releases) begin(name types.NamespacedName) { s.set(name, "") }

// removed notes the version without the finalizer.
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

// Concerns reports whether a version of a Secret has a finalizer that is not reliable.
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
