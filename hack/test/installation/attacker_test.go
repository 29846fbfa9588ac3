// SPDX-License-Identifier: Apache-2.0

package installation

import (
	"fmt"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// newAttacker returns a client that has the permissions of a role in a namespace.
func newAttacker(t *testing.T, ns, role string) client.Client {
	t.Helper()
	g := NewWithT(t)
	user := "attacker-of-" + ns
	g.Expect(installed.admin.Create(t.Context(), &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: role},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: user}},
	})).To(Succeed())
	attacker, err := newClientAs(user)
	g.Expect(err).NotTo(HaveOccurred())
	g.Eventually(func() error {
		return attacker.List(t.Context(), &v1alpha1.CloudRecordingList{}, client.InNamespace(ns))
	}).WithTimeout(policyTimeout).Should(Succeed())
	return attacker
}

func newRecording(ns string) *v1alpha1.CloudRecording {
	return &v1alpha1.CloudRecording{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, GenerateName: "lesson-"},
		Spec: v1alpha1.CloudRecordingSpec{
			AppID: "app", CName: "lesson", UID: "1", Mode: v1alpha1.MixMode, ResourceID: "resource", SID: "sid",
			CredentialsSecretRef: v1alpha1.CredentialsSecretReference{Name: "agora"},
		},
	}
}

// TestEditorsCannotForgeAStatus tests the permissions that the cluster's own roles edit and
// admin get.
func TestEditorsCannotForgeAStatus(t *testing.T) {
	g := NewWithT(t)
	ns := newNamespace(t)
	attacker := newAttacker(t, ns, "cloudrecording-editor-role")
	recording := newRecording(ns)
	recording.Status.Phase = v1alpha1.PhaseCompleted
	g.Expect(attacker.Create(t.Context(), recording)).To(Succeed())
	g.Expect(recording.Status.Phase).To(Equal(v1alpha1.PhasePending))
	forged := recording.DeepCopy()
	forged.Status.Phase = v1alpha1.PhaseCompleted
	g.Expect(attacker.Status().Patch(t.Context(), forged, client.MergeFrom(recording))).To(MatchError(apierrors.IsForbidden, "forbidden"))
	g.Expect(attacker.Get(t.Context(), client.ObjectKey{Namespace: ns, Name: "agora"}, &corev1.Secret{})).To(MatchError(apierrors.IsForbidden, "forbidden"))
}

func TestRecordingsCannotGrowWithoutEnd(t *testing.T) {
	ns := newNamespace(t)
	attacker := newAttacker(t, ns, "cloudrecording-editor-role")
	for name, grow := range map[string]func(*v1alpha1.CloudRecording){
		"16 finalizers": func(r *v1alpha1.CloudRecording) {
			for i := range 17 {
				r.Finalizers = append(r.Finalizers, fmt.Sprint("example.com/", strings.Repeat("x", 50), i))
			}
		},
		"16 owners": func(r *v1alpha1.CloudRecording) {
			for i := range 17 {
				r.OwnerReferences = append(r.OwnerReferences, metav1.OwnerReference{
					APIVersion: "v1", Kind: "ConfigMap", Name: "owner", UID: types.UID(fmt.Sprint(i)),
				})
			}
		},
		"64 labels": func(r *v1alpha1.CloudRecording) {
			r.Labels = map[string]string{}
			for i := range 65 {
				r.Labels[fmt.Sprint("label-", i)] = "x"
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			refused := And(MatchError(apierrors.IsInvalid, "invalid"), MatchError(ContainSubstring("an object must not have more than "+name)))
			recording := newRecording(ns)
			grow(recording)
			g.Expect(attacker.Create(t.Context(), recording)).To(refused)

			recording = newRecording(ns)
			recording.Finalizers = []string{v1alpha1.StopFinalizer}
			g.Expect(attacker.Create(t.Context(), recording)).To(Succeed())
			before := recording.DeepCopy()
			grow(recording)
			g.Expect(attacker.Patch(t.Context(), recording, client.MergeFrom(before))).To(refused)
		})
	}
}

// TestAQuotaBoundsRecordings tests that the quota that config/README.md recommends prevents an
// attacker from filling etcd.
func TestAQuotaBoundsRecordings(t *testing.T) {
	g := NewWithT(t)
	ns := newNamespace(t)
	attacker := newAttacker(t, ns, "cloudrecording-editor-role")
	const counted = "count/cloudrecordings.cloudrecording.dev"
	two := corev1.ResourceList{counted: resource.MustParse("2")}
	quota := &corev1.ResourceQuota{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "recordings"},
		Spec:       corev1.ResourceQuotaSpec{Hard: two},
	}
	g.Expect(installed.admin.Create(t.Context(), quota)).To(Succeed())
	// No controller counts the existing objects here, but the API server updates the count.
	quota.Status = corev1.ResourceQuotaStatus{Hard: two, Used: corev1.ResourceList{counted: resource.MustParse("0")}}
	g.Expect(installed.admin.Status().Update(t.Context(), quota)).To(Succeed())
	// A quota takes effect a moment after it was written.
	g.Eventually(func() error { return attacker.Create(t.Context(), newRecording(ns)) }).WithTimeout(policyTimeout).
		Should(MatchError(ContainSubstring("exceeded quota: recordings")))
	g.Expect(installed.admin.Get(t.Context(), client.ObjectKeyFromObject(quota), quota)).To(Succeed())
	g.Expect(quota.Status.Used[counted]).To(Equal(two[counted]))
}

// TestOperatorWantsNothing tries to change what belongs to users with the operator's account.
func TestOperatorWantsNothing(t *testing.T) {
	operator, err := newClientAs(operatorUser)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	ns := newNamespace(t)
	for name, change := range map[string]func(*v1alpha1.CloudRecording){
		"spec":            func(r *v1alpha1.CloudRecording) { r.Spec.State = v1alpha1.RecordingStateStopped },
		"labels":          func(r *v1alpha1.CloudRecording) { r.Labels = map[string]string{"app": "platform"} },
		"annotations":     func(r *v1alpha1.CloudRecording) { r.Annotations = map[string]string{"note": "x"} },
		"ownerReferences": func(r *v1alpha1.CloudRecording) { r.OwnerReferences = owners() },
		"finalizers":      func(r *v1alpha1.CloudRecording) { r.Finalizers = nil },
		"its own twice": func(r *v1alpha1.CloudRecording) {
			r.Finalizers = append(r.Finalizers, v1alpha1.StopFinalizer, v1alpha1.StopFinalizer)
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			recording := newRecording(ns)
			recording.Finalizers = []string{foreignFinalizer}
			g.Expect(installed.admin.Create(t.Context(), recording)).To(Succeed())
			before := recording.DeepCopy()
			change(recording)
			// A policy takes effect a moment after it was written.
			g.Eventually(func() error {
				return operator.Patch(t.Context(), recording.DeepCopy(), client.MergeFrom(before), client.DryRunAll)
			}).WithTimeout(policyTimeout).Should(And(
				MatchError(apierrors.IsForbidden, "forbidden"),
				MatchError(ContainSubstring("the cloud recording operator must not change")),
			))

			recording = before.DeepCopy()
			recording.Finalizers = append(recording.Finalizers, v1alpha1.StopFinalizer)
			g.Expect(operator.Patch(t.Context(), recording, client.MergeFrom(before))).To(Succeed())
			before = recording.DeepCopy()
			recording.Status.Phase = v1alpha1.PhaseStopping
			g.Expect(operator.Status().Patch(t.Context(), recording, client.MergeFrom(before))).To(Succeed())
			before = recording.DeepCopy()
			recording.Finalizers = []string{foreignFinalizer}
			g.Expect(operator.Patch(t.Context(), recording, client.MergeFrom(before))).To(Succeed())
		})
	}
}

// TestOperatorDeletesOnlyWhatIsNotToStay tries to delete recordings with the operator's
// account.
func TestOperatorDeletesOnlyWhatIsNotToStay(t *testing.T) {
	g := NewWithT(t)
	operator, err := newClientAs(operatorUser)
	g.Expect(err).NotTo(HaveOccurred())
	ns := newNamespace(t)
	created := func(ttl *int32, phase v1alpha1.RecordingPhase) *v1alpha1.CloudRecording {
		recording := newRecording(ns)
		recording.Spec.TTLSecondsAfterFinished = ttl
		g.Expect(installed.admin.Create(t.Context(), recording)).To(Succeed())
		recording.Status.Phase = phase
		g.Expect(installed.admin.Status().Update(t.Context(), recording)).To(Succeed())
		return recording
	}
	for _, stays := range []*v1alpha1.CloudRecording{
		created(ptr.To[int32](0), v1alpha1.PhaseRecording), created(ptr.To[int32](0), v1alpha1.PhaseFailed), created(nil, v1alpha1.PhaseCompleted),
	} {
		// A policy takes effect a moment after it was written.
		g.Eventually(func() error { return operator.Delete(t.Context(), stays, client.DryRunAll) }).WithTimeout(policyTimeout).Should(And(
			MatchError(apierrors.IsForbidden, "forbidden"), MatchError(ContainSubstring("must not delete a recording but one"))))
	}
	g.Expect(operator.Delete(t.Context(), created(ptr.To[int32](0), v1alpha1.PhaseCompleted))).To(Succeed())
}
