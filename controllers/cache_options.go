// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"sigs.k8s.io/controller-runtime/pkg/cache"

	"cloudrecording.dev/operator/controllers/internal/outline"
	"cloudrecording.dev/operator/controllers/shard"
)

// CacheOptions returns how the manager must cache the objects of a shard: without what
// nobody reads.
func CacheOptions(own shard.Shard) cache.Options {
	return own.Restrict(cache.Options{DefaultTransform: outline.Transform})
}
