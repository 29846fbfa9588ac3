// SPDX-License-Identifier: Apache-2.0

// Package workers says how the controllers reconcile: how many objects at once, for how long,
// and when again after an error.
package workers

import (
	"time"

	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"cloudrecording.dev/operator/controllers/internal/tasks"
)

// ReconcileTimeout bounds a reconcile, which waits for the API server only.
const ReconcileTimeout = time.Minute

// Errors are those of the API server, which comes back.
const shortestErrorRetry = 50 * time.Millisecond

// Options returns the options of a controller that reconciles so many objects at once.
func Options(concurrent int) controller.Options {
	return controller.Options{
		MaxConcurrentReconciles: concurrent,
		ReconciliationTimeout:   ReconcileTimeout,
		RateLimiter: workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](
			shortestErrorRetry, tasks.LongestErrorRetry),
	}
}
