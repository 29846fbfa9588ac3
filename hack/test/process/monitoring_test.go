// SPDX-License-Identifier: Apache-2.0

package process_test

import (
	"context"
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/monitoring"
	"cloudrecording.dev/operator/hack/testenv"
)

// root is the root folder of the checkout.
const root = "../../.."

// scrape returns a function that reads the metrics of an operator, as Prometheus does.
func scrape(ctx context.Context, address string) func(Gomega) monitoring.Registry {
	return func(g Gomega) monitoring.Registry {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/metrics", nil)
		g.Expect(err).NotTo(HaveOccurred())
		response, err := http.DefaultClient.Do(request)
		g.Expect(err).NotTo(HaveOccurred())
		registry, err := monitoring.ReadRegistry(response.Body)
		g.Expect(response.Body.Close()).To(Succeed())
		g.Expect(err).NotTo(HaveOccurred())
		return registry
	}
}

// storeBehindNothing sets the recording's bucket to one on a server that does not exist.
func (e *environment) storeBehindNothing(ctx context.Context, recording *v1alpha1.CloudRecording) {
	GinkgoHelper()
	address, err := testenv.FreeAddress(ctx)
	Expect(err).NotTo(HaveOccurred())
	Expect(k8sClient.Create(ctx, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: "bucket"},
		StringData: map[string]string{v1alpha1.AccessKeyKey: "key", v1alpha1.SecretKeyKey: "s3cr3t-of-bucket"},
	})).To(Succeed())
	recording.Spec.Storage = &v1alpha1.StorageSpec{
		Vendor: 11, Bucket: "recordings", Endpoint: "http://" + address,
		ReadCredentialsSecretRef: &v1alpha1.StorageSecretReference{Name: "bucket"},
	}
	e.arguments = append(e.arguments, "--allowed-storage-endpoints="+recording.Spec.Storage.Endpoint)
}

// A metric with labels exists once it has been counted, so the operator must perform all of its
// work once. Agora sends notifications about one recording with an object and about one
// without.
var _ = Describe("What alerts and the dashboard read", func() {
	It("is among the metrics that the operator has", func(ctx context.Context) {
		queries, err := monitoring.Queries(root)
		Expect(err).NotTo(HaveOccurred())
		Expect(len(queries)).To(BeNumerically(">", 30))
		selectors, err := monitoring.Selectors(ctx, root, queries)
		Expect(err).NotTo(HaveOccurred())
		Expect(selectors).To(HaveLen(len(queries)))

		address, err := testenv.FreeAddress(ctx)
		Expect(err).NotTo(HaveOccurred())
		e := newEnvironment(ctx)
		// The usage of an account is only a metric if its Secret limits the number of
		// recordings.
		patch(ctx, e.createSecret(ctx), `{"stringData":{"maxRecordings":"10"}}`)
		e.receive(ctx)
		recording := e.record(0, 0)
		e.storeBehindNothing(ctx, recording)
		e.startReplica(ctx, "--metrics-bind-address="+address, "--metrics-secure=false",
			"--leader-elect", "--leader-election-namespace="+e.namespace)
		adopt(ctx, recording)
		_, err = e.agora.SendNotification(recording.Spec.SID, notify.EventSnapshotFile, notify.Details{"fileName": "shot.jpg"})
		Expect(err).NotTo(HaveOccurred())
		patch(ctx, recording, wantStopped)
		nobodys := e.recordAs("nobodys", 0, 0)

		Eventually(func(g Gomega) (lacking []string) {
			// Its signature can only be verified once the operator has read the Secret of the
			// other recording.
			_, err := e.agora.SendNotification(nobodys.Spec.SID, notify.EventSnapshotFile, notify.Details{"fileName": "shot.jpg"})
			g.Expect(err).NotTo(HaveOccurred())
			registry := scrape(ctx, address)(g)
			for i, query := range queries {
				g.Expect(selectors[i]).NotTo(BeEmpty(), query.Of)
				lacking = append(lacking, registry.Lacks(query, selectors[i])...)
			}
			return lacking
		}).Should(BeEmpty())
		expectLabelsAsWritten(scrape(ctx, address)(Default))
	})
})
