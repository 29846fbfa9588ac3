// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/notifications"
	"cloudrecording.dev/operator/controllers/notifications/journal"
	"cloudrecording.dev/operator/controllers/notifications/receiver"
	"cloudrecording.dev/operator/controllers/recipients"
	"cloudrecording.dev/operator/controllers/shard"
	"cloudrecording.dev/operator/hack/agorasim"
)

var _ = Describe("the finder of a replica that has not heard of a recording", func() {
	// behind returns a finder whose cache shows Secrets, and no recording.
	behind := func(ctx context.Context, namespace string, reader client.Reader, own shard.Shard) *recipients.Finder {
		GinkgoHelper()
		cached, err := cache.New(clusterConfig, cache.Options{
			Scheme: scheme, DefaultNamespaces: map[string]cache.Config{namespace: {}},
			ByObject: map[client.Object]cache.ByObject{&v1alpha1.CloudRecording{}: {Label: labels.SelectorFromSet(labels.Set{"shown": "nowhere"})}},
		})
		Expect(err).NotTo(HaveOccurred())
		finder, err := recipients.NewFinder(ctx, cached, reader, own)
		Expect(err).NotTo(HaveOccurred())
		running, stop := context.WithCancel(ctx)
		ended := make(chan error, 1)
		go func() { ended <- cached.Start(running) }()
		DeferCleanup(func() {
			stop()
			Eventually(ended).Should(Receive(BeNil()))
		})
		Expect(cached.WaitForCacheSync(ctx)).To(BeTrue())
		return finder
	}

	It("asks the API server for those of its channel", func(ctx context.Context) {
		e := newEnvironment(ctx, agorasim.Options{})
		e.createSecret(ctx, customerSecret)
		recording := e.record("lesson", nil)
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		sid := recording.Spec.SID
		finder := behind(ctx, e.namespace, k8sClient, shard.New([]string{createNamespace(ctx), e.namespace}, nil))
		Expect(finder.Recipients(ctx, sid)).To(BeEmpty())
		Expect(finder.Claimants(ctx, "another", sid, nil)).To(BeEmpty())
		Expect(finder.Claimants(ctx, "lesson", sid, nil)).To(ConsistOf(And(
			HaveField("UID", recording.UID), HaveField("Secret", BeEquivalentTo(notificationSecret)), HaveField("Starting", BeTrue()),
			HaveField("Standing", notifications.Owner))))
		Expect(finder.Claimants(ctx, "another", sid, nil)).To(BeEmpty())
		Expect(finder.Claimants(ctx, "lesson", "0123456789abcdef0123456789abcdef", nil)).To(BeEmpty())
		Expect(finder.Claimants(ctx, "lesson", sid, []string{e.namespace})).To(HaveLen(1), "another channel with its sid was asked for")
	})

	It("knows who signs before a notification comes, and after a Secret has changed", func(ctx context.Context) {
		e := newEnvironment(ctx, agorasim.Options{})
		secret := e.createSecret(ctx, customerSecret)
		finder := behind(ctx, e.namespace, k8sClient, shard.New([]string{e.namespace}, nil))
		running, stop := context.WithCancel(ctx)
		ended := make(chan error, 1)
		go func() { ended <- finder.Start(running) }()
		DeferCleanup(func() {
			stop()
			Eventually(ended).Should(Receive(BeNil()))
		})
		signers := func(signedWith string) func() []string {
			return func() []string {
				return finder.Signers(func(secret []byte) bool { return string(secret) == signedWith })
			}
		}
		Consistently(signers(notificationSecret)).WithTimeout(200 * time.Millisecond).Should(BeEmpty())
		recording := e.record("lesson", nil)
		recording.Labels = map[string]string{"shown": "nowhere"}
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		Eventually(signers(notificationSecret)).Should(Equal([]string{e.namespace}))
		patch(ctx, secret, `{"stringData":{"notificationSecret":"s3cr3t-of-another-year"}}`)
		Eventually(signers("s3cr3t-of-another-year")).Should(Equal([]string{e.namespace}))
		Expect(signers(notificationSecret)()).To(BeEmpty())
	})

	It("asks for none but its shard's", func(ctx context.Context) {
		e := newEnvironment(ctx, agorasim.Options{})
		e.createSecret(ctx, customerSecret)
		recording := e.record("lesson", nil)
		recording.Labels = map[string]string{"shard": "a"}
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		uncached := func(namespace, label string) any {
			GinkgoHelper()
			finder := behind(ctx, e.namespace, k8sClient, shard.New([]string{namespace}, labels.SelectorFromSet(labels.Set{"shard": label})))
			found, err := finder.Claimants(ctx, "lesson", recording.Spec.SID, nil)
			Expect(err).NotTo(HaveOccurred())
			return found
		}
		Expect(uncached(e.namespace, "a")).To(HaveLen(1))
		Expect(uncached(e.namespace, "b")).To(BeEmpty())
		Expect(uncached(createNamespace(ctx), "a")).To(BeEmpty())
	})

	// counted counts what a finder asks the API server for.
	type counted struct {
		client.WithWatch
		lists, secrets, others atomic.Int32
	}
	count := func() *counted {
		c := &counted{}
		c.WithWatch = interceptor.NewClient(k8sClient, interceptor.Funcs{
			List: func(ctx context.Context, next client.WithWatch, list client.ObjectList, options ...client.ListOption) error {
				c.lists.Add(1)
				return next.List(ctx, list, options...)
			},
			Get: func(ctx context.Context, next client.WithWatch, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
				if _, isSecret := object.(*corev1.Secret); isSecret {
					c.secrets.Add(1)
				} else {
					c.others.Add(1)
				}
				return next.Get(ctx, key, object, options...)
			},
		})
		return c
	}

	// allowedSince returns how often the API server may have been asked since a time, which on a slow
	// machine may be long ago.
	allowedSince := func(begun time.Time) float64 {
		return recipients.UncachedBurst + recipients.UncachedRate*time.Since(begun).Seconds()
	}

	It("asks no more often than each who signs notifications may have it ask, and all others together", func(ctx context.Context) {
		namespace, reader := createNamespace(ctx), count()
		finder := behind(ctx, namespace, reader, shard.New([]string{namespace}, nil))
		for range 2 {
			Expect(finder.Claimants(ctx, "lesson", "nobody's", nil)).To(BeEmpty())
		}
		Expect(reader.lists.Load()).To(BeEquivalentTo(1))
		const many = 50 * recipients.UncachedBurst
		begun := time.Now()
		for i := range many {
			if _, err := finder.Claimants(ctx, "lesson", fmt.Sprintf("nobody's %d", i), nil); err != nil {
				Expect(err).To(MatchError(notifications.ErrAskedTooOften))
			}
		}
		Expect(reader.lists.Load()).To(BeNumerically("<=", allowedSince(begun)))
		Expect(finder.Claimants(ctx, "lesson", "one that somebody known has signed", []string{namespace})).To(BeEmpty())
	})

	It("asks for all recordings of a channel together", func(ctx context.Context) {
		const many = 100
		e := newEnvironment(ctx, agorasim.Options{})
		reader := count()
		var sid string
		for i := range many {
			recording := e.record(fmt.Sprint("lesson-", i), nil)
			recording.Spec.CName, recording.Spec.CredentialsSecretRef.Name = "lesson", fmt.Sprint("agora-", i)
			Expect(k8sClient.Create(ctx, &corev1.Secret{
				ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: fmt.Sprint("agora-", i)},
				StringData: map[string]string{v1alpha1.NotificationSecretKey: notificationSecret},
			})).To(Succeed())
			if sid != "" {
				recording.Spec.SID = sid
			}
			sid = recording.Spec.SID
			Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		}
		finder := behind(ctx, e.namespace, reader, shard.New([]string{e.namespace}, nil))
		Expect(finder.Claimants(ctx, "lesson", sid, []string{e.namespace})).To(HaveLen(many))
		Expect(reader.lists.Load()).To(BeNumerically("<=", many/recipients.UncachedPage+1))
		Expect(reader.others.Load()).To(BeZero())
		Expect(reader.secrets.Load()).To(BeNumerically("<=", recipients.MaxSignersOfNamespace))
	})

	It("keeps what somebody known has signed, whatever strangers send", func(ctx context.Context) {
		e := newEnvironment(ctx, agorasim.Options{})
		e.createSecret(ctx, customerSecret)
		recording := e.record("lesson", nil)
		Expect(k8sClient.Create(ctx, recording)).To(Succeed())
		reader := count()
		finder := behind(ctx, e.namespace, reader, shard.New([]string{e.namespace}, nil))
		url := serveFinder(ctx, finder, e.namespace)
		post := func(sid, notice, secret string) int {
			GinkgoHelper()
			return postNotification(ctx, url, notificationBody("lesson", sid, notice, `"status":0`), secret)
		}
		for i := range 20 * recipients.UncachedBurst {
			Expect(post(fmt.Sprint("nobody's ", i), "n", "")).To(Equal(http.StatusOK))
		}
		Expect(reader.lists.Load()).To(BeZero())
		answers, begun := map[int]int{}, time.Now()
		for i := range 20 * recipients.UncachedBurst {
			answers[post(fmt.Sprint("nobody's ", i), "n", "s3cr3t-of-nobody")]++
		}
		Expect(reader.lists.Load()).To(BeNumerically("<=", allowedSince(begun)))
		Expect(answers).To(And(HaveKey(http.StatusServiceUnavailable), HaveLen(2)))

		By("having it sent again where the secret has not been heard of either")
		Eventually(func() int {
			post("another stranger's", "n", "s3cr3t-of-nobody")
			return post(recording.Spec.SID, "n", notificationSecret)
		}).WithPolling(time.Millisecond).Should(Equal(http.StatusServiceUnavailable))

		By("keeping it where it has")
		Eventually(func() int { return post(recording.Spec.SID, "n", notificationSecret) }).Should(Equal(http.StatusOK))
		journal := &corev1.ConfigMapList{}
		Expect(k8sClient.List(ctx, journal, client.InNamespace(e.namespace), client.HasLabels{v1alpha1.NotificationsLabel})).To(Succeed())
		Expect(journal.Items).To(HaveLen(1))
	})
})

// serveFinder serves a receiver of notifications with a finder, and returns its URL.
func serveFinder(ctx context.Context, finder *recipients.Finder, namespace string) string {
	GinkgoHelper()
	metrics, err := receiver.NewMetrics(prometheus.NewRegistry())
	Expect(err).NotTo(HaveOccurred())
	inbox := journal.NewInbox(journal.InboxOptions{Client: k8sClient, Namespace: namespace})
	server, err := receiver.Listen(ctx, "127.0.0.1:0", receiver.New(receiver.Options{
		Finder: finder, Metrics: metrics, Logger: GinkgoLogr,
		Journal: journal.New(journal.Options{Client: k8sClient, Namespace: namespace, Backlog: inbox}),
	}), GinkgoLogr)
	Expect(err).NotTo(HaveOccurred())
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- server.Start(running) }()
	DeferCleanup(func() {
		stop()
		Eventually(ended).Should(Receive(BeNil()))
	})
	return "http://" + server.Address()
}

// notificationBody returns a notification that a recording is uploaded.
func notificationBody(cname, sid, notice, details string) string {
	return fmt.Sprintf(`{"noticeId":%q,"productId":3,"eventType":31,"payload":{"cname":%q,"uid":"1","sid":%q,"sendts":1611566412000,"details":{%s}}}`,
		notice, cname, sid, details)
}

// postNotification sends a notification, which is signed unless the secret is empty,
// and returns the status of the answer.
func postNotification(ctx context.Context, url, body, secret string) int {
	GinkgoHelper()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	Expect(err).NotTo(HaveOccurred())
	request.Header.Set("Content-Type", "application/json")
	if secret != "" {
		mac := hmac.New(sha256.New, []byte(secret))
		_, _ = mac.Write([]byte(body))
		request.Header.Set(receiver.SignatureV2Header, hex.EncodeToString(mac.Sum(nil)))
	}
	response, err := http.DefaultClient.Do(request)
	Expect(err).NotTo(HaveOccurred())
	_, err = io.Copy(io.Discard, response.Body)
	Expect(err).NotTo(HaveOccurred())
	Expect(response.Body.Close()).To(Succeed())
	return response.StatusCode
}
