// SPDX-License-Identifier: Apache-2.0

package faults

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
	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	kubernetesjson "k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/utils/ptr"

	"cloudrecording.dev/operator/hack/campaign/plan"
	"cloudrecording.dev/operator/hack/campaign/record"
)

var _ = Describe("The proxy before the API server", func() {
	const recordings = "/apis/cloudrecording.dev/v1alpha1/cloudrecordings"
	var (
		proxy    *apiServerProxy
		operator *apiClient
		client   *http.Client
		url      string
		// written counts the writes that took effect.
		written atomic.Int32
		// answerWith is the status of answers that say that something is too large. It is zero
		// for other answers.
		answerWith atomic.Int32
		// answer is the body of the answers.
		answer atomic.Pointer[string]
	)

	BeforeEach(func() {
		written.Store(0)
		answerWith.Store(0)
		answer.Store(ptr.To("{}"))
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet {
				written.Add(1)
			}
			if code := answerWith.Load(); code != 0 {
				http.Error(w, messageTooLarge, int(code))
				return
			}
			_, _ = io.WriteString(w, *answer.Load())
		}))
		DeferCleanup(server.Close)
		var err error
		proxy, err = newAPIServerProxy(&rest.Config{Host: server.URL})
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(proxy.close)
		kubeconfig := filepath.Join(GinkgoT().TempDir(), "kubeconfig")
		operator, err = proxy.writeKubeconfig(kubeconfig, &anOperator{})
		Expect(err).NotTo(HaveOccurred())
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
		proxy.add(plan.Action{How: plan.Conflict, Times: 1})
		Expect(ask(http.MethodGet, recordings)).To(Equal(http.StatusOK))
		Expect(ask(http.MethodPut, "/apis/coordination.k8s.io/v1/namespaces/operator/leases/it")).To(Equal(http.StatusOK))
		Expect(proxy.troubles.All()).To(BeEmpty())
	})

	It("lets nobody in without the token", func() {
		client = proxy.server.Client()
		Expect(ask(http.MethodGet, recordings)).To(Equal(http.StatusUnauthorized))
	})

	DescribeTable("refuses writes", func(how plan.Variant, status int) {
		proxy.add(plan.Action{How: how, Of: "cloudrecordings", Times: 1})
		Expect(ask(http.MethodPatch, recordings)).To(Equal(status))
		Expect(written.Load()).To(BeZero())
		Expect(ask(http.MethodPatch, recordings)).To(Equal(http.StatusOK))
		Expect(proxy.struck.All()).To(HaveLen(1))
		Expect(proxy.troubles.All()).To(HaveLen(1))
	},
		Entry(nil, plan.Conflict, http.StatusConflict),
		Entry(nil, plan.TooMany, http.StatusTooManyRequests),
		Entry(nil, plan.Failure, http.StatusInternalServerError),
	)

	const status = "/apis/cloudrecording.dev/v1alpha1/namespaces/team-a/cloudrecordings/lesson/status"

	DescribeTable("refuses every write of one status, for as long as it is to", func(how plan.Variant, code int) {
		refusal := plan.Action{Kind: plan.DoRefuseStatus, How: how}
		refusal.Recording.Place.Secret.Namespace = plan.NamespaceA
		status := strings.ReplaceAll(status, "lesson", refusal.Recording.Name())
		accept := proxy.refuse(refusal)
		for range 2 {
			Expect(ask(http.MethodPatch, status)).To(Equal(code))
			Expect(ask(http.MethodPut, status)).To(Equal(code))
		}
		Expect(written.Load()).To(BeZero())
		Expect(record.Count(proxy.struck.All())).To(HaveKeyWithValue(refusal.String(), 4))
		Expect(ask(http.MethodGet, status)).To(Equal(http.StatusOK))
		Expect(ask(http.MethodPatch, strings.TrimSuffix(status, "/status"))).To(Equal(http.StatusOK))
		Expect(ask(http.MethodPatch, strings.ReplaceAll(status, refusal.Recording.Name(), "other"))).To(Equal(http.StatusOK))
		accept()
		Expect(ask(http.MethodPatch, status)).To(Equal(http.StatusOK))
	},
		Entry(nil, plan.ByWebhook, http.StatusForbidden),
		Entry(nil, plan.ByFailure, http.StatusInternalServerError),
		Entry(nil, plan.ByCRD, http.StatusUnprocessableEntity),
		Entry(nil, plan.BySize, http.StatusInternalServerError),
	)

	It("cuts an operator off until the last who wants that is done, and no other", func() {
		other, err := proxy.writeKubeconfig(filepath.Join(GinkgoT().TempDir(), "kubeconfig"), &anOperator{})
		Expect(err).NotTo(HaveOccurred())
		defer proxy.cutOff(other)()
		Expect(ask(http.MethodGet, recordings)).To(Equal(http.StatusOK))

		first, second := proxy.cutOff(operator), proxy.cutOff(operator)
		first()
		first()
		_, err = ask(http.MethodGet, recordings)
		Expect(err).To(HaveOccurred())
		second()
		Expect(ask(http.MethodGet, recordings)).To(Equal(http.StatusOK))
	})

	It("ends what is under way for an operator that is cut off", func() {
		proxy.add(plan.Action{How: plan.Slow, Lasts: time.Hour, Times: 1})
		asked := make(chan error, 1)
		go func() {
			_, err := ask(http.MethodGet, recordings)
			asked <- err
		}()
		Eventually(proxy.struck.All).Should(HaveLen(1))
		defer proxy.cutOff(operator)()
		Eventually(asked).Should(Receive(HaveOccurred()))
	})

	DescribeTable("notes who takes, renews and releases a lease, and passes the answer on", func(encoder runtime.Encoder) {
		const path = "/apis/coordination.k8s.io/v1/namespaces/operator/leases/shard"
		answerLease := func(holder string) {
			lease := &coordinationv1.Lease{
				TypeMeta:   metav1.TypeMeta{APIVersion: "coordination.k8s.io/v1", Kind: "Lease"},
				ObjectMeta: metav1.ObjectMeta{Name: "shard"}, Spec: coordinationv1.LeaseSpec{HolderIdentity: &holder},
			}
			encoded, err := runtime.Encode(encoder, lease)
			Expect(err).NotTo(HaveOccurred())
			answer.Store(ptr.To(string(encoded)))
		}
		answerLease("somebody")
		Expect(ask(http.MethodPost, path)).To(Equal(http.StatusOK))
		Expect(ask(http.MethodGet, path)).To(Equal(http.StatusOK))
		answerLease("")
		Expect(ask(http.MethodPut, path)).To(Equal(http.StatusOK))
		answerWith.Store(http.StatusConflict)
		Expect(ask(http.MethodPut, path)).To(Equal(http.StatusConflict))
		noted := proxy.leases.All()
		for i := range noted {
			noted[i].At = time.Time{}
		}
		Expect(noted).To(Equal([]record.LeaseWrite{{Process: 7, Lease: "shard", IsHeld: true}, {Process: 7, Lease: "shard"}}))
	},
		Entry("in JSON", kubernetesjson.NewSerializerWithOptions(kubernetesjson.DefaultMetaFactory, clientgoscheme.Scheme, clientgoscheme.Scheme, kubernetesjson.SerializerOptions{})),
		Entry("in Protobuf", protobuf.NewSerializer(clientgoscheme.Scheme, clientgoscheme.Scheme)),
	)

	It("notes a status that the API server finds too large, and passes the answer on", func() {
		answerWith.Store(http.StatusInternalServerError)
		Expect(ask(http.MethodPatch, status)).To(Equal(http.StatusInternalServerError))
		Expect(proxy.outgrown.All()).To(HaveLen(1))
		Expect(proxy.outgrown.All()[0]).To(Equal(plan.Object{Namespace: plan.NamespaceA, Name: "lesson"}))
		Expect(ask(http.MethodPatch, recordings)).To(Equal(http.StatusInternalServerError))
		Expect(proxy.outgrown.All()).To(HaveLen(1))
	})

	It("loses the answer to a write that takes effect", func() {
		proxy.add(plan.Action{How: plan.Lost, Times: 1})
		_, err := ask(http.MethodPatch, recordings)
		Expect(err).To(HaveOccurred())
		Expect(written.Load()).To(BeEquivalentTo(1))
	})

	It("cuts connections", func() {
		proxy.add(plan.Action{How: plan.Cut, Of: "cut", Times: 1})
		_, err := ask(http.MethodPut, "/cut")
		Expect(err).To(HaveOccurred())
		Expect(written.Load()).To(BeZero())
		Expect(ask(http.MethodGet, recordings)).To(Equal(http.StatusOK))
	})

	It("answers slowly", func() {
		const delay = 50 * time.Millisecond
		proxy.add(plan.Action{How: plan.Slow, Lasts: delay, Times: 1})
		begin := time.Now()
		Expect(ask(http.MethodGet, recordings)).To(Equal(http.StatusOK))
		Expect(time.Since(begin)).To(BeNumerically(">=", delay))
	})
})
