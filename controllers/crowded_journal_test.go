// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/notify"
)

var _ = Describe("a namespace in which no status can be written", func() {
	It("leaves the notifications of others alone, after a restart too", func(ctx context.Context) {
		const recordings, files = 14, 40
		s := besiege(ctx, agorasim.Options{}, func(e *environment) { e.receives, e.maxJournalBytes = true, 2<<20 })
		neighbor := s.neighbor.record("lesson", nil)
		s.neighbor.adopt(ctx, neighbor)
		lessons := make([]*v1alpha1.CloudRecording, 0, recordings)
		for i := range recordings {
			recording := s.record(fmt.Sprint("lesson-", i), nil)
			s.adopt(ctx, recording)
			lessons = append(lessons, recording)
		}
		s.refuseStatuses(ctx, lessons[0])

		names := make([]string, 0, files)
		for i := range files {
			names = append(names, fmt.Sprintf(`{"fileName":"%d-%s.m3u8"}`, i, strings.Repeat("x", 900)))
		}
		details := `"status":0,"fileList":[` + strings.Join(names, ",") + `]`
		// post sends a notification for each recording at once, and counts the answers.
		post := func(try int) map[int]int {
			GinkgoHelper()
			var mu sync.Mutex
			answers := map[int]int{}
			var sending sync.WaitGroup
			for _, recording := range lessons {
				body := notificationBody(recording.Spec.CName, recording.Spec.SID, fmt.Sprint("n-", try), details)
				sending.Go(func() {
					defer GinkgoRecover()
					status := postNotification(ctx, s.receiver, body, notificationSecret)
					mu.Lock()
					defer mu.Unlock()
					answers[status]++
				})
			}
			sending.Wait()
			return answers
		}
		tries := 0
		Eventually(func() map[int]int {
			tries++
			return post(tries)
		}).Should(Equal(map[int]int{http.StatusServiceUnavailable: recordings}))
		Expect(tries).To(BeNumerically(">", 1))

		expectHeard := func(file string) {
			GinkgoHelper()
			s.notify(neighbor, 45, notify.Details{"fileName": file})
			Eventually(observe(ctx, neighbor)).Should(HaveField("Status.FileList", ContainElement(HaveField("FileName", file))))
		}
		expectHeard("before.jpg")
		s.stop()
		s.run()
		Eventually(func() map[int]int { return post(0) }).Should(Equal(map[int]int{http.StatusServiceUnavailable: recordings}))
		expectHeard("after.jpg")
	})
})
