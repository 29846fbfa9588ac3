// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"sigs.k8s.io/controller-runtime/pkg/cache"

	"cloudrecording.dev/operator/controllers/internal/outline"
	"cloudrecording.dev/operator/controllers/shard"
)

// CacheOptions returns the options of the manager's cache for the objects of a shard. The cache
// leaves out everything that nobody reads.
func CacheOptions(own shard.Shard) cache.Options {
	return own.Restrict(cache.Options{DefaultTransform: outline.Transform})
}
