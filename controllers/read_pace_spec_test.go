// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
)

// crowdSize is how many large recordings there are. About one is read in a second.
const crowdSize = 10

var _ = Describe("a namespace that is filled with large recordings", func() {
	It("has them all looked after, and a stop before them", func(ctx context.Context) {
		e := begin(ctx, agorasim.Options{})
		recording := e.record("enlarged", nil)
		recording.Annotations = map[string]string{"example.com/notes": strings.Repeat("n", 250<<10)}
		e.adopt(ctx, recording)
		e.clock.standStill()
		var crowd []*v1alpha1.CloudRecording
		for i := range crowdSize {
			large := e.record(fmt.Sprintf("large-%d", i), nil)
			large.Annotations = recording.Annotations
			large.Spec.Suspend = true
			Expect(k8sClient.Create(ctx, large)).To(Succeed())
			crowd = append(crowd, large)
		}

		patch(ctx, recording, wantStopped)
		Eventually(e.requests("stop", recording)).Should(Equal(1))
		Expect(observe(ctx, crowd[len(crowd)-1])(Default).Status.ObservedGeneration).To(BeNumerically("<", 1), "the last one waits for its turn")

		e.clock.proceed()
		for _, large := range crowd {
			Eventually(observe(ctx, large)).Should(HaveField("Status.ObservedGeneration", large.Generation))
		}
	})
})
