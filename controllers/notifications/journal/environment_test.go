// SPDX-License-Identifier: Apache-2.0

package journal

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"cloudrecording.dev/operator/controllers/notifications"
	"cloudrecording.dev/operator/controllers/notifications/replicatest"
)

const lessonSID = "cb711ab5d643d4531efd86c18a8c131d"

// lesson is the recording that most events are about.
func lesson() notifications.Recipient {
	return notifications.Recipient{
		Name: types.NamespacedName{Namespace: "school", Name: "lesson"}, UID: "lesson-1", Secret: []byte("s3cr3t"),
	}
}

// replica is an operator process with a journal and an inbox.
type replica struct {
	*replicatest.Process
	inbox   *Inbox
	journal *Journal
}

// begin starts a replica in its own namespace.
func begin(ctx context.Context) *replica {
	GinkgoHelper()
	return beginIn(ctx, createNamespace(ctx))
}

// beginIn starts a replica in a namespace. It ends with the spec, or when Stop is called.
func beginIn(ctx context.Context, namespace string) *replica {
	GinkgoHelper()
	return beginWith(ctx, namespace, func(*InboxOptions) {})
}

// beginWith starts a replica with other options for its inbox.
func beginWith(ctx context.Context, namespace string, change func(*InboxOptions)) *replica {
	GinkgoHelper()
	r := &replica{Process: replicatest.New(cluster.Config, namespace, CacheByObject(namespace, ""))}
	metrics, err := NewMetrics(r.Registry)
	Expect(err).NotTo(HaveOccurred())
	options := InboxOptions{
		Client: r.Manager.GetClient(), Reader: r.Manager.GetAPIReader(), Recorder: r.Manager.GetEventRecorder("cloudrecording-operator"),
		Namespace: namespace, Metrics: metrics, Logger: r.Logger,
	}
	change(&options)
	r.inbox = NewInbox(options)
	Expect(r.inbox.SetupWithManager(ctx, r.Manager)).To(Succeed())
	r.journal = New(Options{Client: r.Manager.GetClient(), Namespace: namespace, Backlog: r.inbox})
	r.Start()
	return r
}

func createNamespace(ctx context.Context) string {
	GinkgoHelper()
	return replicatest.CreateNamespace(ctx, k8sClient)
}

// batches returns a function that lists the journal.
func batches(ctx context.Context, namespace string) func(Gomega) []corev1.ConfigMap {
	return replicatest.Batches(ctx, k8sClient, namespace)
}

// notices returns a function that returns the IDs of a recording's pending events.
func (r *replica) notices(uid types.UID) func() []string {
	return func() []string {
		ids := []string{}
		for _, event := range r.inbox.Pending(uid) {
			ids = append(ids, event.NoticeID)
		}
		return ids
	}
}
