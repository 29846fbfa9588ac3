// SPDX-License-Identifier: Apache-2.0

package unowned

import (
	"context"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/controllers/notifications/replicatest"
	"cloudrecording.dev/operator/hack/controlplane"
)

var (
	cluster *controlplane.ControlPlane
	// k8sClient reads and writes without a cache.
	k8sClient client.WithWatch
)

func TestUnowned(t *testing.T) { replicatest.Run(t, "Unowned") }

var _ = BeforeSuite(func(ctx context.Context) { cluster, k8sClient = replicatest.StartControlPlane(ctx) })
