// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

var _ = Describe("The proxy before the API server", func() {
	const recordings = "/apis/cloudrecording.dev/v1alpha1/cloudrecordings"
	var (
		proxy  *apiServerProxy
		client *http.Client
		url    string
		// written counts the writes that took effect.
		written atomic.Int32
		// answerWith is the status of the answers that say that something is too
		// large; zero for others.
		answerWith atomic.Int32
	)

	BeforeEach(func() {
		written.Store(0)
		answerWith.Store(0)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet {
				written.Add(1)
			}
			if code := answerWith.Load(); code != 0 {
				http.Error(w, messageTooLarge, int(code))
				return
			}
			_, _ = io.WriteString(w, "served")
		}))
		DeferCleanup(server.Close)
		var err error
		proxy, err = newAPIServerProxy(&rest.Config{Host: server.URL})
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(proxy.close)
		kubeconfig := filepath.Join(GinkgoT().TempDir(), "kubeconfig")
		Expect(proxy.writeKubeconfig(kubeconfig)).To(Succeed())
		config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
		Expect(err).NotTo(HaveOccurred())
		client, err = rest.HTTPClientFor(config)
		Expect(err).NotTo(HaveOccurred())
		url = config.Host
	})

	ask := func(method, path string) (int, error) {
		request, err := http.NewRequest(method, url+path, nil)
		Expect(err).NotTo(HaveOccurred())
		response, err := client.Do(request)
		if err != nil {
			return 0, err
		}
		return response.StatusCode, response.Body.Close()
	}

	It("passes what no fault is for", func() {
		proxy.add(action{how: conflict, times: 1})
		Expect(ask(http.MethodGet, recordings)).To(Equal(http.StatusOK))
		Expect(ask(http.MethodPut, "/apis/coordination.k8s.io/v1/namespaces/operator/leases/it")).To(Equal(http.StatusOK))
		Expect(proxy.troubles.all()).To(BeEmpty())
	})

	It("lets nobody in without the token", func() {
		client = proxy.server.Client()
		Expect(ask(http.MethodGet, recordings)).To(Equal(http.StatusUnauthorized))
	})

	DescribeTable("refuses writes", func(how way, status int) {
		proxy.add(action{how: how, of: "cloudrecordings", times: 1})
		Expect(ask(http.MethodPatch, recordings)).To(Equal(status))
		Expect(written.Load()).To(BeZero())
		Expect(ask(http.MethodPatch, recordings)).To(Equal(http.StatusOK))
		Expect(proxy.struck.all()).To(HaveLen(1))
		Expect(proxy.troubles.all()).To(HaveLen(1))
	},
		Entry(nil, conflict, http.StatusConflict),
		Entry(nil, tooMany, http.StatusTooManyRequests),
		Entry(nil, failure, http.StatusInternalServerError),
	)

	const status = "/apis/cloudrecording.dev/v1alpha1/namespaces/team-a/cloudrecordings/lesson/status"

	DescribeTable("refuses every write of one status, for as long as it is to", func(how way, code int) {
		refusal := action{deed: doRefuseStatus, how: how}
		refusal.recording.place.secret.namespace = namespaceA
		status := strings.ReplaceAll(status, "lesson", refusal.recording.name())
		accept := proxy.refuse(refusal)
		for range 2 {
			Expect(ask(http.MethodPatch, status)).To(Equal(code))
			Expect(ask(http.MethodPut, status)).To(Equal(code))
		}
		Expect(written.Load()).To(BeZero())
		Expect(count(proxy.struck.all())).To(HaveKeyWithValue(refusal.String(), 4))
		Expect(ask(http.MethodGet, status)).To(Equal(http.StatusOK))
		Expect(ask(http.MethodPatch, strings.TrimSuffix(status, "/status"))).To(Equal(http.StatusOK))
		Expect(ask(http.MethodPatch, strings.ReplaceAll(status, refusal.recording.name(), "other"))).To(Equal(http.StatusOK))
		accept()
		Expect(ask(http.MethodPatch, status)).To(Equal(http.StatusOK))
	},
		Entry(nil, byWebhook, http.StatusForbidden),
		Entry(nil, byFailure, http.StatusInternalServerError),
		Entry(nil, byCRD, http.StatusUnprocessableEntity),
		Entry(nil, bySize, http.StatusInternalServerError),
	)

	It("cuts everybody off until the last who wants that is done", func() {
		first, second := proxy.cutOff(), proxy.cutOff()
		first()
		first()
		_, err := ask(http.MethodGet, recordings)
		Expect(err).To(HaveOccurred())
		second()
		Expect(ask(http.MethodGet, recordings)).To(Equal(http.StatusOK))
	})

	It("notes a status that the API server finds too large, and passes the answer on", func() {
		answerWith.Store(http.StatusInternalServerError)
		Expect(ask(http.MethodPatch, status)).To(Equal(http.StatusInternalServerError))
		Expect(proxy.outgrown.all()).To(HaveLen(1))
		Expect(proxy.outgrown.all()[0].object).To(Equal(object{namespaceA, "lesson"}))
		Expect(ask(http.MethodPatch, recordings)).To(Equal(http.StatusInternalServerError))
		Expect(proxy.outgrown.all()).To(HaveLen(1))
	})

	It("loses the answer to a write that takes effect", func() {
		proxy.add(action{how: lost, times: 1})
		_, err := ask(http.MethodPatch, recordings)
		Expect(err).To(HaveOccurred())
		Expect(written.Load()).To(BeEquivalentTo(1))
	})

	It("cuts connections", func() {
		proxy.add(action{how: cut, of: "cut", times: 1})
		_, err := ask(http.MethodPut, "/cut")
		Expect(err).To(HaveOccurred())
		Expect(written.Load()).To(BeZero())
		Expect(ask(http.MethodGet, recordings)).To(Equal(http.StatusOK))
	})

	It("answers slowly", func() {
		const delay = 50 * time.Millisecond
		proxy.add(action{how: slow, lasts: delay, times: 1})
		begin := time.Now()
		Expect(ask(http.MethodGet, recordings)).To(Equal(http.StatusOK))
		Expect(time.Since(begin)).To(BeNumerically(">=", delay))
	})
})
