// SPDX-License-Identifier: Apache-2.0

package agorasim_test

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/utils/clock"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

var _ = Describe("Many at once", func() {
	It("stop several hundred recordings, each answered with its own upload", func() {
		const many = 400
		s := newService()
		recordings := make([]agorasim.Recording, many)
		answers := make([]<-chan answer, many)
		for i := range many {
			recordings[i] = s.running(func(o *agorasim.RecordingOptions) { o.UID = strconv.Itoa(i + 1) })
			answers[i] = s.beginStop(recordings[i])
		}
		s.awaitWaiting(many)
		s.clock.Step(uploadDuration)
		for i, r := range recordings {
			got := await(answers[i])
			Expect(got.Err).NotTo(HaveOccurred())
			Expect(got.Status).To(Equal(http.StatusOK))
			Expect(got.text("sid")).To(Equal(r.SID))
			Expect(got.serverResponse()).To(HaveKeyWithValue("uploadingStatus", "uploaded"))
			Expect(s.now(r)).To(SatisfyAll(HaveField("StopsTaken", 1), HaveField("StopRequests", 1)))
		}
		Expect(s.clock.Waiters()).To(BeZero())
	})

	It("stop one recording, and one of them does", func() {
		const many = 50
		s := newService()
		r := s.running()
		answers := make(chan answer, many)
		for range many {
			go func() { answers <- s.attempt(http.MethodPost, stopPath(r), stopBody(r, true)) }()
		}
		statuses := map[int]int{}
		for range many {
			statuses[await(answers).Status]++
		}
		Expect(statuses).To(Equal(map[int]int{http.StatusOK: 1, http.StatusBadRequest: many - 1}))
		Expect(s.now(r)).To(SatisfyAll(HaveField("StopsTaken", 1), HaveField("StopRequests", many)))
	})

	It("are written and told of while they are started and stopped, each once", func() {
		const many = 40
		a, inbox := newArchive(), newReceiver()
		s := newService(sentTo(inbox, notify.EventUploaded, notify.EventSessionExit), func(o *agorasim.Options) {
			o.Clock, o.Speed, o.Bucket, o.StartupStep = clock.RealClock{}, 100, a.Bucket, -1
		})
		DeferCleanup(s.Close)
		var begun sync.WaitGroup
		for i := range many {
			begun.Go(func() {
				defer GinkgoRecover()
				r := s.running(func(o *agorasim.RecordingOptions) { o.UID = strconv.Itoa(i + 1) })
				Expect(s.stopAsync(r).Status).To(Equal(http.StatusOK))
			})
		}
		begun.Wait()
		Eventually(inbox.types).Should(HaveLen(2 * many))
		sids := map[string]int{}
		for _, n := range inbox.notifications() {
			sids[n.Payload.SID]++
		}
		Expect(sids).To(And(HaveLen(many), HaveEach(2)))
		for _, r := range s.Recordings() {
			s.settled(r)
		}
		Expect(a.sizes()).To(HaveLen(6 * many))
	})

	It("start one task, and one of them does", func() {
		const many = 20
		s := newService()
		answers := make(chan answer, many)
		for range many {
			path := startPath(s.acquired(members{}), recorder.ModeMix)
			body := encode(envelope(startRequest(recorder.ModeMix)))
			go func() { answers <- s.attempt(http.MethodPost, path, body) }()
		}
		statuses := map[int]int{}
		for range many {
			statuses[await(answers).Status]++
		}
		Expect(statuses).To(Equal(map[int]int{http.StatusOK: 1, http.StatusBadRequest: many - 1}))
	})

	It("are admitted up to the limit of a second", func() {
		const many = 100
		s := newService(func(o *agorasim.Options) { o.RequestsPerSecond = 10 })
		answers := make(chan answer, many)
		body := encode(envelope(members{}))
		for range many {
			go func() { answers <- s.attempt(http.MethodPost, basePath+"/acquire", body) }()
		}
		statuses := map[int]int{}
		for range many {
			statuses[await(answers).Status]++
		}
		Expect(statuses).To(Equal(map[int]int{http.StatusOK: 10, http.StatusTooManyRequests: many - 10}))
	})

	It("change everything while calls are made", func() {
		s := newService(func(o *agorasim.Options) { o.OnRequest = func(agorasim.Request) {} })
		r := s.running()
		acquire := encode(envelope(members{}))
		work := []func(){
			func() { s.attempt(http.MethodGet, queryPath(r), "") },
			func() { s.attempt(http.MethodPost, stopPath(r), stopBody(r, true)) },
			func() { s.attempt(http.MethodPost, basePath+"/acquire", acquire) },
			func() { s.Recordings(); s.Requests(); s.Faults(); s.Accounts(); s.Now() },
			func() { s.clock.Step(time.Second); s.wall.SetTime(s.clock.Now()) },
			func() {
				_, _ = s.AddFault(faults.Fault{Times: 1, Effect: faults.EffectCutBody})
				s.ClearFaults()
			},
			func() { _ = s.LoseWorker(r.SID, time.Second); _ = s.Publish(r.SID, "7"); _ = s.LeaveChannel(r.SID) },
			func() { s.SetCredential("x", "y"); s.SetAccount("x", customerID); s.RemoveCredential("x") },
			func() { s.SetRequestsPerSecond(customerID, -1) },
			func() { s.Restart(0) },
		}
		var all sync.WaitGroup
		for _, do := range work {
			all.Go(func() {
				for range 30 {
					do()
				}
			})
		}
		all.Wait()
		Expect(s.query(s.running(func(o *agorasim.RecordingOptions) { o.UID = "1" })).Status).To(Equal(http.StatusOK))
	})
})
