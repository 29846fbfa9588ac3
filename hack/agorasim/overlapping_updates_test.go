// SPDX-License-Identifier: Apache-2.0

package agorasim_test

import (
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

var _ = Describe("Changes of a recording", func() {
	var (
		s     *service
		r     agorasim.Recording
		first <-chan answer
	)
	request := subscribeTo([]string{"1"}, []string{"1"})
	BeforeEach(func() {
		s = newService()
		r = s.running()
		s.addFault(faults.Fault{Method: faults.MethodUpdate, Times: 1, DelayBeforeReply: metav1.Duration{Duration: time.Second}})
		first = s.beginUpdate(r, request)
		s.awaitWaiting(1)
	})
	answered := func() {
		GinkgoHelper()
		s.clock.Step(time.Second)
		Expect(await(first).Status).To(Equal(http.StatusOK))
	}

	It("are refused while the one before has not been answered, and counted", func() {
		Expect(s.update(r, request)).To(refuse(http.StatusBadRequest, 2))
		Expect(s.updateLayout(r, members{})).To(refuse(http.StatusBadRequest, 2))
		answered()
		Expect(s.now(r).Updates).To(Equal(recorder.Updates{Requests: 2, LayoutRequests: 1, Overlapping: 2, StreamSubscribe: 1}))
	})

	It("are taken one after the other", func() {
		answered()
		for range 20 {
			Expect(s.update(r, request).Status).To(Equal(http.StatusOK))
			Expect(s.updateLayout(r, members{}).Status).To(Equal(http.StatusOK))
		}
		Expect(s.now(r).Updates.Overlapping).To(BeZero())
	})

	It("are taken once the client of the one before has left", func() {
		answered()
		s.addFault(faults.Fault{Method: faults.MethodUpdate, Times: 1, DelayBeforeActing: metav1.Duration{Duration: time.Hour}})
		s.attemptThenLeave(http.MethodPost, changePath(r, faults.MethodUpdate), changeBody(r, request), 1)
		Eventually(s.clock.Waiters).Should(BeZero())
		Eventually(func() answer { return s.update(r, request) }).Should(HaveField("Status", http.StatusOK))
	})

	It("do not hinder those of another recording, nor query and stop", func() {
		other := s.running(func(o *agorasim.RecordingOptions) { o.CName = "other" })
		Expect(s.update(other, request).Status).To(Equal(http.StatusOK))
		Expect(s.query(r).Status).To(Equal(http.StatusOK))
		Expect(s.stopAsync(r).Status).To(Equal(http.StatusOK))
		answered()
	})
})
