// SPDX-License-Identifier: Apache-2.0

package process_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"cloudrecording.dev/operator/config/crd"
)

var _ = Describe("An operator that is newer than the definitions", func() {
	DescribeTable("stops recordings though there is no definition of another kind, and says that there is none",
		func(ctx context.Context, manifest []byte, said string) {
			definition := &unstructured.Unstructured{}
			Expect(yaml.Unmarshal(manifest, &definition.Object)).To(Succeed())
			Expect(k8sClient.Delete(ctx, definition.DeepCopy())).To(Succeed())
			Eventually(func() error { return k8sClient.Get(ctx, client.ObjectKeyFromObject(definition), definition.DeepCopy()) }).
				Should(Satisfy(apierrors.IsNotFound))
			DeferCleanup(func(ctx context.Context) error { return k8sClient.Create(ctx, definition) })
			e := newEnvironment(ctx)
			e.createSecret(ctx)
			e.start(ctx)
			Eventually(e.logs).Should(gbytes.Say(said))
			recording := e.record(0, time.Minute)
			adopt(ctx, recording)
			patch(ctx, recording, wantStopped)
			Eventually(observe(ctx, recording)).Should(HaveField("Status.StoppedTime", Not(BeNil())))
		},
		Entry("of profiles", crd.CloudRecordingProfiles, "The cluster has no CustomResourceDefinition of CloudRecordingProfiles"),
		Entry("of schedules", crd.CloudRecordingSchedules, "The cluster has no CustomResourceDefinition of CloudRecordingSchedules"),
	)
})
