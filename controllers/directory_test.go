// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
)

var _ = Describe("the directory of a replica that has not heard of a recording", func() {
	// behind returns a directory whose cache shows Secrets, and no recording.
	behind := func(ctx context.Context, namespace string, reader client.Reader, shard Shard) *Directory {
		GinkgoHelper()
		cached, err := cache.New(cluster.Config, cache.Options{
			Scheme: scheme, DefaultNamespaces: map[string]cache.Config{namespace: {}},
			ByObject: map[client.Object]cache.ByObject{&v1alpha1.CloudRecording{}: {Label: labels.SelectorFromSet(labels.Set{"shown": "nowhere"})}},
		})
		Expect(err).NotTo(HaveOccurred())
		directory, err := NewDirectory(ctx, cached, reader, shard)
		Expect(err).NotTo(HaveOccurred())
		running, stop := context.WithCancel(ctx)
		ended := make(chan error, 1)
		go func() { ended <- cached.Start(running) }()
		DeferCleanup(func() {
			stop()
			Eventually(ended).Should(Receive(BeNil()))
		})
		Expect(cached.WaitForCacheSync(ctx)).To(BeTrue())
		return directory
	}

	It("asks the API server for those of its channel", func(ctx context.Context) {
		e := newEnvironment(ctx, agorasim.Options{})
		e.createSecret(ctx, customerSecret)
		lesson := e.record("lesson", nil)
		Expect(k8sClient.Create(ctx, lesson)).To(Succeed())
		sid := lesson.Spec.SID
		directory := behind(ctx, e.namespace, k8sClient, Shard{namespaces: []string{createNamespace(ctx), e.namespace}})
		Expect(directory.Recipients(ctx, sid)).To(BeEmpty())
		Expect(directory.Unheard(ctx, "lesson", sid)).To(ConsistOf(And(
			HaveField("UID", lesson.UID), HaveField("Secret", BeEquivalentTo(notificationSecret)), HaveField("Starting", BeTrue()))))
		Expect(directory.Unheard(ctx, "another", sid)).To(BeEmpty())
		Expect(directory.Unheard(ctx, "lesson", "0123456789abcdef0123456789abcdef")).To(BeEmpty())
	})

	It("asks for none but its shard's", func(ctx context.Context) {
		e := newEnvironment(ctx, agorasim.Options{})
		e.createSecret(ctx, customerSecret)
		lesson := e.record("lesson", nil)
		lesson.Labels = map[string]string{"shard": "a"}
		Expect(k8sClient.Create(ctx, lesson)).To(Succeed())
		unheard := func(namespace, shard string) any {
			GinkgoHelper()
			directory := behind(ctx, e.namespace, k8sClient, Shard{
				namespaces: []string{namespace}, selector: labels.SelectorFromSet(labels.Set{"shard": shard}),
			})
			found, err := directory.Unheard(ctx, "lesson", lesson.Spec.SID)
			Expect(err).NotTo(HaveOccurred())
			return found
		}
		Expect(unheard(e.namespace, "a")).To(HaveLen(1))
		Expect(unheard(e.namespace, "b")).To(BeEmpty())
		Expect(unheard(createNamespace(ctx), "a")).To(BeEmpty())
	})

	It("asks no more often than anybody who sends notifications may have it ask", func(ctx context.Context) {
		namespace, lists := createNamespace(ctx), 0
		counting := interceptor.NewClient(k8sClient, interceptor.Funcs{
			List: func(ctx context.Context, next client.WithWatch, list client.ObjectList, options ...client.ListOption) error {
				lists++
				return next.List(ctx, list, options...)
			},
		})
		directory := behind(ctx, namespace, counting, Shard{namespaces: []string{namespace}})
		for range 2 {
			Expect(directory.Unheard(ctx, "lesson", "nobody's")).To(BeEmpty())
		}
		Expect(lists).To(Equal(1))
		const many = 50 * unheardBurst
		for i := range many {
			Expect(directory.Unheard(ctx, "lesson", fmt.Sprintf("nobody's %d", i))).To(BeEmpty())
		}
		Expect(lists).To(BeNumerically("<", many/2))
	})
})
