// SPDX-License-Identifier: Apache-2.0

package agorasim_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gleak"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/admin"
	"cloudrecording.dev/operator/hack/agorasim/faults"
)

var _ = Describe("A restart", func() {
	It("leaves requests without a reply for a while, and recordings running", func() {
		s := newService()
		r := s.running()
		s.Restart(10 * time.Second)
		Expect(s.attempt(http.MethodGet, queryPath(r), "").Err).To(HaveOccurred())
		s.clock.Step(10*time.Second - time.Nanosecond)
		Expect(s.attempt(http.MethodPost, stopPath(r), stopBody(r, true)).Err).To(HaveOccurred())
		s.clock.Step(time.Nanosecond)
		Expect(s.query(r).Status).To(Equal(http.StatusOK))
		Expect(s.now(r)).To(SatisfyAll(HaveField("Running", true), HaveField("StopRequests", 0)))
	})

	It("takes the reply from a stop under way, which took effect", func() {
		s := newService()
		r := s.running()
		answers := s.beginStop(r)
		s.awaitWaiting(1)
		s.Restart(0)
		Expect(await(answers).Err).To(MatchError(io.EOF))
		Expect(s.now(r).StopsTaken).To(Equal(1))
		Expect(s.stopAsync(r)).To(refuse(http.StatusBadRequest, 49))
	})

	It("ends a call that hangs", func() {
		s := newService()
		r := s.running()
		s.addFault(faults.Fault{Effect: faults.EffectHangAfterActing})
		answers := s.beginStop(r)
		Eventually(func() int { return s.now(r).StopsTaken }).Should(Equal(1))
		s.Restart(0)
		Expect(await(answers).Err).To(MatchError(io.EOF))
	})
})

var _ = Describe("A server", func() {
	var simulator *agorasim.Simulator
	BeforeEach(func() {
		simulator = agorasim.New(agorasim.Options{Credentials: map[string]string{customerID: secret}})
	})

	It("does not listen where another does", func() {
		s := newService()
		_, err := simulator.Listen(strings.TrimPrefix(s.url, "http://"))
		Expect(err).To(HaveOccurred())
	})

	It("serves no one once it is closed, which may be done twice", func() {
		server, err := simulator.Listen("127.0.0.1:0")
		Expect(err).NotTo(HaveOccurred())
		Expect(server.Close()).To(Succeed())
		Expect(server.Close()).To(Succeed())
		_, err = (&net.Dialer{}).DialContext(context.Background(), "tcp", strings.TrimPrefix(server.URL, "http://"))
		Expect(err).To(HaveOccurred())
	})

	It("ends the requests under way with itself, and leaves no goroutine", func() {
		before := gleak.Goroutines()
		server, err := simulator.Listen("127.0.0.1:0")
		Expect(err).NotTo(HaveOccurred())
		s := &service{Simulator: simulator, url: server.URL}
		r := s.running(withUpload(19 * time.Second))
		hanging := s.running(func(o *agorasim.RecordingOptions) { o.CName = "hanging" })
		s.addFault(faults.Fault{SID: hanging.SID, Effect: faults.EffectHangAfterActing})
		answers := []<-chan answer{s.beginStop(r), s.beginStop(hanging)}
		for _, recording := range []agorasim.Recording{r, hanging} {
			Eventually(func() int { return s.now(recording).StopsTaken }).Should(Equal(1))
		}

		Expect(server.Close()).To(Succeed())
		for _, pending := range answers {
			Expect(await(pending).Err).To(HaveOccurred())
		}
		Eventually(gleak.Goroutines).ShouldNot(gleak.HaveLeaked(before))
	})

	It("ends though a client has connected that says nothing", func() {
		before := gleak.Goroutines()
		server, err := simulator.Listen("127.0.0.1:0")
		Expect(err).NotTo(HaveOccurred())
		address := strings.TrimPrefix(server.URL, "http://")
		connection, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", address)
		Expect(err).NotTo(HaveOccurred())
		defer func() { _ = connection.Close() }()
		_, err = connection.Write([]byte("POST /"))
		Expect(err).NotTo(HaveOccurred())
		closed := make(chan error, 1)
		go func() { closed <- server.Close() }()
		Eventually(closed).WithTimeout(4 * time.Second).Should(Receive(BeNil()))
		Eventually(gleak.Goroutines).ShouldNot(gleak.HaveLeaked(before))
	})

	It("serves the admin interface at an address of its own", func() {
		server, err := agorasim.Listen("127.0.0.1:0", admin.Handler(simulator))
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(server.Close)
		s := &service{Simulator: simulator, url: server.URL}
		Expect(s.call(http.MethodGet, "/recordings", "").Body).To(MatchJSON(`[]`))
	})
})
