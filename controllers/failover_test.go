// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
)

var _ = Describe("An endpoint that reaches no service", func() {
	DescribeTable("leaves the work to the next one", func(ctx context.Context, answer http.HandlerFunc, calls int32) {
		var arrived atomic.Int32
		bad := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			arrived.Add(1)
			_, _ = io.Copy(io.Discard, r.Body) // whatever came is enough
			answer(w, r)
		}))
		DeferCleanup(bad.Close)
		e := newEnvironment(ctx, agorasim.Options{})
		e.endpoint = bad.URL
		e.createSecret(ctx, customerSecret)
		e.run()
		recording := e.record("lesson", nil)
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(observe(ctx, recording)).Should(haveReady(metav1.ConditionTrue, v1alpha1.RecordingReason))
		patch(ctx, recording, wantStopped)
		Eventually(observe(ctx, recording)).Should(havePhase(v1alpha1.PhaseCompleted))
		Expect(arrived.Load()).To(Equal(calls))
	},
		Entry("where a gateway says so", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, "<html>503 Service Unavailable</html>") // the client may have gone
		}, int32(2)),
		Entry("where it never answers", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, int32(1)),
	)
})
