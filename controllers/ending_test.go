// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/departures"
	"cloudrecording.dev/operator/controllers/shard"
	"cloudrecording.dev/operator/hack/agorasim"
)

var _ = Describe("an operator that ends", func() {
	It("writes its last answers over what others have written, though its cache shows that no more", func(ctx context.Context) {
		e := newEnvironment(ctx, agorasim.Options{})
		adopted := e.record("lesson", nil)
		Expect(k8sClient.Create(ctx, adopted)).To(Succeed())

		options := CacheOptions(shard.Shard{})
		options.Scheme = scheme
		options.DefaultNamespaces = map[string]cache.Config{e.namespace: {}}
		cached, err := cache.New(clusterConfig, options)
		Expect(err).NotTo(HaveOccurred())
		running, end := context.WithCancel(ctx)
		ended := make(chan error, 1)
		go func() { ended <- cached.Start(running) }()
		DeferCleanup(end)
		Expect(cached.Get(ctx, client.ObjectKeyFromObject(adopted), &v1alpha1.CloudRecording{})).To(Succeed())
		end()
		Eventually(ended).Should(Receive(Succeed()))
		patch(ctx, adopted, wantStopped)

		frozen, err := client.New(clusterConfig, client.Options{Scheme: scheme, Cache: &client.CacheOptions{Reader: cached}})
		Expect(err).NotTo(HaveOccurred())
		reconciler := &CloudRecordingReconciler{Client: frozen, APIReader: k8sClient, tracker: newTracker(), departures: departures.New(departures.Options{})}
		read := func() v1alpha1.RecordingState {
			recording, ours, err := reconciler.read(ctx, client.ObjectKeyFromObject(adopted))
			Expect(err).NotTo(HaveOccurred())
			Expect(ours).To(BeTrue())
			return recording.Spec.State
		}
		Expect(read()).To(Equal(v1alpha1.RecordingStateRecording))
		reconciler.ending.Store(true)
		Expect(read()).To(Equal(v1alpha1.RecordingStateStopped))
	})
})
