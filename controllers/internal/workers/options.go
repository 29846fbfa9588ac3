// SPDX-License-Identifier: Apache-2.0

// Package workers has the options that all controllers share: the timeout of a reconcile and
// the delays after errors.
package workers

import (
	"time"

	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"cloudrecording.dev/operator/controllers/internal/tasks"
)

// ReconcileTimeout limits a reconcile, which waits only for the API server.
const ReconcileTimeout = time.Minute

// Errors come from the API server, and are temporary.
const shortestErrorRetry = 50 * time.Millisecond

// Options returns the options of a controller with a number of concurrent reconciles.
func Options(concurrent int) controller.Options {
	return controller.Options{
		MaxConcurrentReconciles: concurrent,
		ReconciliationTimeout:   ReconcileTimeout,
		RateLimiter: workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](
			shortestErrorRetry, tasks.LongestErrorRetry),
	}
}
