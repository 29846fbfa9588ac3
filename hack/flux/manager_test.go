// SPDX-License-Identifier: Apache-2.0

package flux_test

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/fluxcd/cli-utils/pkg/kstatus/polling"
	"github.com/fluxcd/pkg/ssa"
	"github.com/fluxcd/pkg/ssa/utils"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
)

const samples = "../../config/samples"

// repository is a set of manifests that a Kustomization applies to a namespace.
type repository struct {
	namespace string
	// channel is the channel of its lesson.
	channel string
	manager *ssa.ResourceManager
}

// newRepository returns a repository. Its namespace contains the Secrets that the samples name.
func newRepository(ctx context.Context) *repository {
	GinkgoHelper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "lessons-"}}
	Expect(k8sClient.Create(ctx, namespace)).To(Succeed())
	poller := polling.NewStatusPoller(k8sClient, k8sClient.RESTMapper(), polling.Options{})
	r := &repository{
		namespace: namespace.Name,
		channel:   namespace.Name,
		manager:   ssa.NewResourceManager(k8sClient, poller, ssa.Owner{Field: "kustomize-controller", Group: "kustomize.toolkit.fluxcd.io"}),
	}
	Expect(r.apply(ctx, r.read("secrets.yaml")...)).Error().NotTo(HaveOccurred())
	return r
}

// read returns the objects of a sample. The files of recordings go to the bucket of this
// environment.
func (r *repository) read(sample string) []*unstructured.Unstructured {
	GinkgoHelper()
	file, err := os.Open(filepath.Join(samples, sample))
	Expect(err).NotTo(HaveOccurred())
	defer func() { Expect(file.Close()).To(Succeed()) }()
	objects, err := utils.ReadObjects(file)
	Expect(err).NotTo(HaveOccurred())
	Expect(objects).NotTo(BeEmpty())
	for _, object := range objects {
		object.SetNamespace(r.namespace)
		if _, has, _ := unstructured.NestedMap(object.Object, "spec", "storage"); has {
			set(object, bucket.Server.Endpoint, "spec", "storage", "endpoint")
		}
		if object.GetName() == "recordings-bucket" {
			set(object, bucket.Server.AccessKey, "stringData", v1alpha1.AccessKeyKey)
			set(object, bucket.Server.SecretKey, "stringData", v1alpha1.SecretKeyKey)
		}
	}
	return objects
}

// lesson returns the sample lesson in a separate channel. It begins at once.
func (r *repository) lesson() *unstructured.Unstructured {
	GinkgoHelper()
	lesson := r.read("lesson.yaml")[0]
	unstructured.RemoveNestedField(lesson.Object, "spec", "window")
	set(lesson, r.channel, "spec", "cname")
	return lesson
}

// next returns a lesson that Flux applies after the sample lesson.
func (r *repository) next() *unstructured.Unstructured {
	GinkgoHelper()
	lesson := r.lesson()
	set(lesson, r.channel+"-next", "spec", "cname")
	lesson.SetName(lesson.GetName() + "-next")
	return lesson
}

// within gives a lesson a window of an hour that begins after the given time.
func within(lesson *unstructured.Unstructured, opens time.Duration) *unstructured.Unstructured {
	GinkgoHelper()
	begins := time.Now().Add(opens).Truncate(time.Second)
	set(lesson, begins.Format(time.RFC3339), "spec", "window", "start")
	set(lesson, begins.Add(time.Hour).Format(time.RFC3339), "spec", "window", "end")
	return lesson
}

func set(object *unstructured.Unstructured, value any, path ...string) {
	GinkgoHelper()
	Expect(unstructured.SetNestedField(object.Object, value, path...)).To(Succeed())
}

// apply applies objects as the controller of Kustomizations does: it takes over fields that
// kubectl has changed.
func (r *repository) apply(ctx context.Context, objects ...*unstructured.Unstructured) (*ssa.ChangeSet, error) {
	options := ssa.DefaultApplyOptions()
	options.Cleanup = ssa.ApplyCleanupOptions{
		Annotations: []string{corev1.LastAppliedConfigAnnotation},
		FieldManagers: []ssa.FieldManager{
			{Name: "kubectl", OperationType: metav1.ManagedFieldsOperationApply},
			{Name: "kubectl", OperationType: metav1.ManagedFieldsOperationUpdate},
			{Name: "before-first-apply", OperationType: metav1.ManagedFieldsOperationUpdate},
			{Name: "kustomize-controller", OperationType: metav1.ManagedFieldsOperationUpdate},
		},
		Exclusions: map[string]string{"kustomize.toolkit.fluxcd.io/ssa": "Merge"},
	}
	return r.manager.ApplyAll(ctx, copies(objects), options)
}

// copies protects the manifests from changes by the code that applies them.
func copies(objects []*unstructured.Unstructured) []*unstructured.Unstructured {
	copied := make([]*unstructured.Unstructured, len(objects))
	for i, object := range objects {
		copied[i] = object.DeepCopy()
	}
	return copied
}

// mustApply applies objects, and returns the action for each.
func (r *repository) mustApply(ctx context.Context, objects ...*unstructured.Unstructured) map[string]ssa.Action {
	GinkgoHelper()
	changes, err := r.apply(ctx, objects...)
	Expect(err).NotTo(HaveOccurred())
	actions := map[string]ssa.Action{}
	for _, entry := range changes.Entries {
		actions[entry.ObjMetadata.Name] = entry.Action
	}
	return actions
}

// wait waits like a Kustomization with `wait: true`.
func (r *repository) wait(timeout time.Duration, objects ...*unstructured.Unstructured) error {
	return r.manager.Wait(objects, ssa.WaitOptions{Interval: 100 * time.Millisecond, Timeout: timeout, FailFast: true})
}

// prune deletes objects like a Kustomization with `prune: true` when they are removed from Git.
func (r *repository) prune(ctx context.Context, objects ...*unstructured.Unstructured) {
	GinkgoHelper()
	changes, err := r.manager.DeleteAll(ctx, objects, ssa.DefaultDeleteOptions())
	Expect(err).NotTo(HaveOccurred())
	Expect(changes.Entries).To(HaveEach(HaveField("Action", ssa.DeletedAction)))
}

// patch changes a recording as another client.
func patch(ctx context.Context, object *unstructured.Unstructured, manager, change string) {
	GinkgoHelper()
	Expect(k8sClient.Patch(ctx, object.DeepCopy(), client.RawPatch("application/merge-patch+json", []byte(change)), client.FieldOwner(manager))).To(Succeed())
}

// recording returns the current state of an object.
func recording(ctx context.Context, object *unstructured.Unstructured) func(Gomega) *v1alpha1.CloudRecording {
	return func(g Gomega) *v1alpha1.CloudRecording {
		current := &v1alpha1.CloudRecording{}
		g.Expect(k8sClient.Get(ctx, client.ObjectKeyFromObject(object), current)).To(Succeed())
		return current
	}
}

// runs reports whether the recorder of the channel runs at Agora.
func (r *repository) runs() bool {
	for _, recording := range agora.Recordings() {
		if recording.CName == r.channel {
			return recording.Running
		}
	}
	return false
}

// haveReason matches a recording with a condition that has the given reason.
func haveReason(condition, reason string) types.GomegaMatcher {
	return WithTransform(func(recording *v1alpha1.CloudRecording) string {
		if found := meta.FindStatusCondition(recording.Status.Conditions, condition); found != nil {
			return found.Reason
		}
		return ""
	}, Equal(reason))
}
