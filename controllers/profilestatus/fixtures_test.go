// SPDX-License-Identifier: Apache-2.0

package profilestatus

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clocktesting "k8s.io/utils/clock/testing"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/fixturetest"
)

const root = "../.."

// TestFixtures keeps profiles in each state, by the health that people are to see.
func TestFixtures(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	noon := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	reconciler := &Reconciler{Clock: clocktesting.NewFakePassiveClock(noon)}
	objects, reasons := map[string]fixturetest.Object{}, map[string]bool{}
	keep := func(name, problem string) *v1alpha1.CloudRecordingProfile {
		profile := untouchedProfile(noon)
		profile.Status.ObservedGeneration = profile.Generation
		reconciler.setConditions(profile, problem)
		objects[name] = profile
		for _, condition := range profile.Status.Conditions {
			reasons[condition.Reason] = true
		}
		return profile
	}
	keep("healthy/secrets-found", "")
	keep("degraded/secrets-not-found", `Secret "agora" does not exist.`)
	keep("progressing/edited", "").Generation++
	keep("deleting/secrets-found", "").DeletionTimestamp = &metav1.Time{Time: noon}
	objects["progressing/untouched"] = untouchedProfile(noon)

	for _, reason := range fixturetest.Reasons(g, root, "Reasons of the conditions of a CloudRecordingProfile") {
		g.Expect(reasons).To(HaveKey(reason), "no fixture has the reason")
	}
	fixturetest.Compare(t, root, objects)
}

func untouchedProfile(created time.Time) *v1alpha1.CloudRecordingProfile {
	return &v1alpha1.CloudRecordingProfile{
		ObjectMeta: metav1.ObjectMeta{Namespace: "school", Name: "lessons", UID: "profile-1", Generation: 1, CreationTimestamp: metav1.Time{Time: created}},
		Spec: v1alpha1.CloudRecordingProfileSpec{
			AppID: "app", Mode: v1alpha1.MixMode, CredentialsSecretRef: v1alpha1.CredentialsSecretReference{Name: "agora"},
		},
		Status: v1alpha1.CloudRecordingProfileStatus{ObservedGeneration: -1},
	}
}
