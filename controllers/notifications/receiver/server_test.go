// SPDX-License-Identifier: Apache-2.0

package receiver

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/go-logr/logr"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/controllers/notifications"
	"cloudrecording.dev/operator/controllers/notifications/replicatest"
)

var _ = Describe("the server", func() {
	// dial opens a connection on which a spec writes raw bytes.
	dial := func(ctx context.Context, r *replica) net.Conn {
		GinkgoHelper()
		connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", strings.Trim(strings.TrimPrefix(r.url, "http://"), "/"))
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(func() { _ = connection.Close() })
		return connection
	}
	const head = "POST / HTTP/1.1\r\nHost: operator\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"

	It("cuts off whoever sends a body slowly, and serves others meanwhile", func(ctx context.Context) {
		r := begin(ctx, func(options *Options) { options.MaxConcurrent, options.BodyWithin = 1, 500*time.Millisecond })
		slow := []net.Conn{dial(ctx, r), dial(ctx, r), dial(ctx, r)}
		for _, connection := range slow {
			_, err := io.WriteString(connection, head+`{"noticeId":`)
			Expect(err).NotTo(HaveOccurred())
		}
		Expect(r.post(ctx, notify("n-1", notifications.Uploaded, ``), lessonSecret)).To(accepted())
		for _, connection := range slow {
			response, err := http.ReadResponse(bufio.NewReader(connection), nil)
			Expect(err).NotTo(HaveOccurred())
			Expect(response.StatusCode).To(Equal(http.StatusBadRequest))
			Expect(response.Close).To(BeTrue())
			Expect(response.Body.Close()).To(Succeed())
		}
	})

	It("does not read on what it has refused", func(ctx context.Context) {
		r := begin(ctx, patient)
		connection := dial(ctx, r)
		_, err := io.WriteString(connection, strings.Replace(head, "application/json", "text/plain", 1))
		Expect(err).NotTo(HaveOccurred())
		Expect(connection.SetReadDeadline(time.Now().Add(time.Minute))).To(Succeed())
		response, err := http.ReadResponse(bufio.NewReader(connection), nil)
		Expect(err).NotTo(HaveOccurred())
		Expect(response.StatusCode).To(Equal(http.StatusUnsupportedMediaType))
		Expect(response.Close).To(BeTrue())
		Expect(response.Body.Close()).To(Succeed())
	})

	DescribeTable("serves others though somebody holds all connections", func(ctx context.Context, sent string, isAnswered bool) {
		r := begin(ctx, patient)
		var held []net.Conn
		for range maxConnections {
			connection := dial(ctx, r)
			_, err := io.WriteString(connection, sent)
			Expect(err).NotTo(HaveOccurred())
			if isAnswered {
				response, err := http.ReadResponse(bufio.NewReader(connection), nil)
				Expect(err).NotTo(HaveOccurred())
				Expect(response.Body.Close()).To(Succeed())
			}
			held = append(held, connection)
		}
		soon, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		for i := range 3 {
			Expect(r.post(soon, notify(fmt.Sprint("n-", i), notifications.Uploaded, ``), lessonSecret)).To(accepted())
			r.client.CloseIdleConnections()
		}

		By("closing those that have waited for longest")
		ended := make(chan int, len(held))
		for i, connection := range held {
			go func() {
				_, _ = io.Copy(io.Discard, connection)
				ended <- i
			}()
		}
		var first int
		Eventually(ended).Should(Receive(&first))
		// The scheduler decides which of two connections that were answered in succession
		// waits first.
		Expect(first).To(BeNumerically("<", len(held)/2))
	},
		Entry("on which nothing is sent", "", false),
		Entry("on which a part of the header is sent", "POST / HTTP/1.1\r\nHost: oper", false),
		Entry("on which a part of the body is sent", head+`{"noticeId":`, false),
		Entry("after a request that was answered", "POST / HTTP/1.1\r\nHost: operator\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n{", true),
	)

	It("does not close connections whose notifications are being dealt with", func(ctx context.Context) {
		const number = 20
		r := begin(ctx, patient)
		// A write that is held up is given up in time, and a look is not.
		gate := make(chan struct{})
		r.finder.hold(gate)
		answers := r.flood(ctx, number, func(i int) string { return notify(fmt.Sprint("n-", i), notifications.Uploaded, ``) })
		Eventually(func() int { return len(r.receiver.slots) }).Should(Equal(number))
		for range maxConnections {
			dial(ctx, r)
		}
		Expect(r.send(r.request(ctx, `content`))).To(beAnswered(http.StatusBadRequest, Malformed))
		close(gate)
		Expect(count(answers)).To(Equal(map[Result]int{Accepted: number}))
	})

	It("lets the next wait while all connections are being answered", func() {
		held := newConnections(1)
		first, second := net.Pipe()
		DeferCleanup(first.Close)
		DeferCleanup(second.Close)
		working, _ := held.hold(first)
		held.work(working)
		none, freed := held.hold(second)
		Expect(none).To(BeNil())
		Expect(freed).NotTo(BeClosed())
		Expect(working.Close()).To(Succeed())
		Expect(freed).To(BeClosed())
		next, _ := held.hold(second)
		Expect(next).NotTo(BeNil())
	})

	It("keeps connections for as many notifications as Agora asks for", func(ctx context.Context) {
		r := begin(ctx, nil)
		connection := dial(ctx, r)
		reader := bufio.NewReader(connection)
		body := notifyAbout("another", "n", notifications.Uploaded, ``)
		for range 150 {
			Expect(r.request(ctx, body).Write(connection)).To(Succeed())
			response, err := http.ReadResponse(reader, nil)
			Expect(err).NotTo(HaveOccurred())
			Expect(response.StatusCode).To(Equal(http.StatusOK))
			_, err = io.Copy(io.Discard, response.Body)
			Expect(err).NotTo(HaveOccurred())
			Expect(response.Close).To(BeFalse())
		}
	})

	It("answers what is under way before it ends, and loses none of it", func(ctx context.Context) {
		const number = 50
		r := begin(ctx, nil)
		gate := make(chan struct{})
		r.Network.Set(replicatest.HoldUntil(gate))
		answers := r.flood(ctx, number, func(i int) string { return notify(fmt.Sprint("n-", i), notifications.Uploaded, ``) })
		Eventually(func() int { return len(r.receiver.slots) }).Should(Equal(number))

		ended := make(chan struct{})
		go func() {
			defer GinkgoRecover()
			defer close(ended)
			r.Stop()
		}()
		Consistently(ended).ShouldNot(BeClosed())
		close(gate)
		Eventually(ended).Should(BeClosed())
		Expect(count(answers)).To(Equal(map[Result]int{Accepted: number}))

		next := beginIn(ctx, r.Namespace, nil)
		Eventually(next.notices("lesson-1")).Should(HaveLen(number))
	})

	It("serves on every replica", func(ctx context.Context) {
		server, err := Listen(ctx, "127.0.0.1:0", http.NotFoundHandler(), logr.Discard())
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(server.server.Listener.Close)
		Expect(server.NeedLeaderElection()).To(BeFalse())

		By("saying that somebody else listens there")
		_, err = Listen(ctx, server.Address(), http.NotFoundHandler(), logr.Discard())
		Expect(err).To(MatchError(ContainSubstring("listen for notifications")))
	})
})
