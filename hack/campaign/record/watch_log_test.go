// SPDX-License-Identifier: Apache-2.0

package record

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
	"cloudrecording.dev/operator/hack/campaign/plan"
	"cloudrecording.dev/operator/hack/controlplane"
	"cloudrecording.dev/operator/hack/testenv"
)

var _ = Describe("The watch log", Ordered, func() {
	const workTimeout = 20 * time.Second
	var (
		plane *controlplane.ControlPlane
		kube  client.Client
	)

	BeforeAll(func(ctx SpecContext) {
		started, err := testenv.Start(ctx, testenv.Options{WithoutOperator: true})
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(func() error { return started.Run() })
		plane, kube = started.ControlPlane, started.Client
	})

	annotate := func(ctx context.Context, recording *v1alpha1.CloudRecording, value string) {
		GinkgoHelper()
		base := recording.DeepCopy()
		recording.Annotations = map[string]string{"step": value}
		Expect(kube.Patch(ctx, recording, client.MergeFrom(base))).To(Succeed())
	}

	It("notes every version, those right before and after a restart of the API server as well", func(ctx SpecContext) {
		folder := GinkgoT().TempDir()
		watched, err := NewWatchLog(ctx, plane.EtcdURL, folder, func(string) bool { return false })
		Expect(err).NotTo(HaveOccurred())
		recording := newRecordingAt("default", "lesson")
		Expect(kube.Create(ctx, recording)).To(Succeed())
		wanted := []string{""}
		for round := range 3 {
			for step := range 5 {
				value := fmt.Sprintf("%d.%d", round, step)
				wanted = append(wanted, value)
				annotate(ctx, recording, value)
			}
			if round == 1 {
				Expect(plane.StopAPIServer()).To(Succeed())
				Expect(plane.StartAPIServer(ctx)).To(Succeed())
			}
		}
		Expect(kube.Delete(ctx, recording)).To(Succeed())
		Eventually(func() bool {
			all, _ := watched.Current()
			return len(all) == 1 && !all[0].Gone.IsZero()
		}).WithTimeout(workTimeout).Should(BeTrue())

		all, err := watched.Current()
		Expect(err).NotTo(HaveOccurred())
		h := all[0]
		var steps []string
		for _, v := range h.Versions {
			steps = append(steps, v.Recording.Annotations["step"])
		}
		By("ending with what was there last")
		wanted = append(wanted, wanted[len(wanted)-1])
		Expect(steps).To(Equal(wanted))
		Expect(h.Object).To(Equal(plan.Object{Namespace: "default", Name: "lesson"}))
		Expect(h.UID).To(BeEquivalentTo(recording.UID))
		Expect(watched.Close()).To(Succeed())
	})

	It("numbers a version as the API server does", func(ctx SpecContext) {
		watched, err := NewWatchLog(ctx, plane.EtcdURL, GinkgoT().TempDir(), func(string) bool { return false })
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(watched.Close)
		recording := newRecordingAt("default", "numbered")
		Expect(kube.Create(ctx, recording)).To(Succeed())
		annotate(ctx, recording, "last")
		Eventually(func() []string {
			var last []string
			all, _ := watched.Current()
			for _, h := range all {
				last = append(last, h.Last().ResourceVersion)
			}
			return last
		}).WithTimeout(workTimeout).Should(ContainElement(recording.ResourceVersion))
	})

	It("keeps what ConfigMaps and events say", func(ctx SpecContext) {
		folder := GinkgoT().TempDir()
		watched, err := NewWatchLog(ctx, plane.EtcdURL, folder, func(string) bool { return false })
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(watched.Close)
		kept := &corev1.ConfigMap{Data: map[string]string{"said": "a word to be found"}}
		kept.Namespace, kept.Name = "default", "kept"
		Expect(kube.Create(ctx, kept)).To(Succeed())
		event := &corev1.Event{Reason: "AnEventToBeFound", InvolvedObject: corev1.ObjectReference{Namespace: "default"}}
		event.Namespace, event.Name = "default", "event"
		Expect(kube.Create(ctx, event)).To(Succeed())
		Eventually(func() (string, error) {
			content, err := os.ReadFile(filepath.Join(folder, "objects.jsonl"))
			return string(content), err
		}).WithTimeout(workTimeout).Should(And(ContainSubstring("a word to be found"), ContainSubstring("AnEventToBeFound")))
	})

	It("says so if etcd has forgotten what it was to show", func(ctx SpecContext) {
		recording := newRecordingAt("default", "compacted")
		Expect(kube.Create(ctx, recording)).To(Succeed())
		annotate(ctx, recording, "last")
		compaction, err := json.Marshal(map[string]string{"revision": recording.ResourceVersion})
		Expect(err).NotTo(HaveOccurred())
		answer, err := http.Post(plane.EtcdURL+"/v3/kv/compaction", "application/json", bytes.NewReader(compaction))
		Expect(err).NotTo(HaveOccurred())
		Expect(answer.Body.Close()).To(Succeed())
		Expect(answer.StatusCode).To(Equal(http.StatusOK))

		watched, err := NewWatchLog(ctx, plane.EtcdURL, GinkgoT().TempDir(), func(string) bool { return false })
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(watched.Close)
		Eventually(func() error {
			_, err := watched.Current()
			return err
		}).WithTimeout(workTimeout).Should(MatchError(errMissed))
	})
})

// newRecordingAt returns an object that adopts a recording.
func newRecordingAt(namespace, name string) *v1alpha1.CloudRecording {
	r := plan.Recording{
		Place: plan.Place{Secret: plan.Object{Namespace: namespace, Name: "credentials"}}, DeletionPolicy: v1alpha1.DeletionPolicyStop,
		Options: agorasim.RecordingOptions{
			AppID: strings.Repeat("a", 32), CName: name, UID: "1", Mode: recorder.ModeMix,
		},
	}
	made := r.NewObject(nil)
	made.Name = name
	made.Spec.ResourceID, made.Spec.SID = strings.Repeat("r", 40), strings.Repeat("5", 32)
	return made
}
