// SPDX-License-Identifier: Apache-2.0

package resolution_test

import (
	"reflect"
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/utils/ptr"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/resolution"
)

func profile() *v1alpha1.CloudRecordingProfile {
	profile := &v1alpha1.CloudRecordingProfile{Spec: v1alpha1.CloudRecordingProfileSpec{
		AppID: "app", UID: "1", Mode: v1alpha1.MixMode,
		Start:                &v1alpha1.StartSpec{AlternateUIDs: []string{"2"}},
		RestartPolicy:        v1alpha1.RestartPolicyAlways,
		DeletionPolicy:       v1alpha1.DeletionPolicyOrphan,
		AsyncStop:            ptr.To(true),
		CredentialsSecretRef: v1alpha1.CredentialsSecretReference{Name: "agora"},
		Storage:              &v1alpha1.StorageSpec{Bucket: "shared", FileNamePrefix: []string{"lessons"}},
	}}
	profile.Name, profile.UID, profile.Generation = "lessons", "profile-uid", 3
	return profile
}

// lesson returns a recording that names the profile and gives its own fields.
func lesson(change func(*v1alpha1.CloudRecordingSpec)) *v1alpha1.CloudRecording {
	recording := &v1alpha1.CloudRecording{Spec: v1alpha1.CloudRecordingSpec{
		ProfileRef: &v1alpha1.ProfileReference{Name: "lessons"}, CName: "lesson-42",
	}}
	if change != nil {
		change(&recording.Spec)
	}
	return recording
}

// resolve puts the profile into effect for a recording, and reads the recording as it is
// stored.
func resolve(own *v1alpha1.CloudRecording) *v1alpha1.CloudRecording {
	seen := own.DeepCopy()
	resolution.Apply(seen)
	resolution.With(seen, profile().Spec)
	stored := own.DeepCopy()
	stored.Status.Profile = &v1alpha1.ProfileStatus{Name: "lessons", UID: "profile-uid", Generation: 3}
	shared := resolution.Shared(own, profile().Spec)
	stored.Status.Resolved = &shared
	resolution.Apply(stored)
	return stored
}

func TestARecordingTakesWhatItDoesNotGive(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	own := lesson(func(s *v1alpha1.CloudRecordingSpec) {
		s.DeletionPolicy, s.AsyncStop = v1alpha1.DeletionPolicyStop, ptr.To(false)
		s.Storage = &v1alpha1.StorageSpec{Bucket: "own"}
	})
	stored := resolve(own)
	g.Expect(stored.Spec.AppID).To(Equal("app"))
	g.Expect(stored.Spec.Start.AlternateUIDs).To(Equal([]string{"2"}))
	g.Expect(stored.Spec.RestartPolicy).To(Equal(v1alpha1.RestartPolicyAlways))
	g.Expect(stored.Spec.DeletionPolicy).To(Equal(v1alpha1.DeletionPolicyStop))
	g.Expect(*stored.Spec.AsyncStop).To(BeFalse())
	g.Expect(stored.Spec.Storage).To(Equal(&v1alpha1.StorageSpec{Bucket: "own"}), "fields are taken whole")
	again := stored.DeepCopy()
	resolution.Apply(again)
	g.Expect(again).To(Equal(stored))
}

func TestAProfileIsNotReadAgain(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	own := lesson(nil)
	g.Expect(resolution.Awaits(own)).To(BeTrue())
	stored := resolve(own)
	g.Expect(resolution.Awaits(stored)).To(BeFalse())
	g.Expect(stored.Status.Profile).To(Equal(&v1alpha1.ProfileStatus{Name: "lessons", UID: "profile-uid", Generation: 3}))
	// Later changes to the recording's own spec still count.
	edited := own.DeepCopy()
	edited.Spec.DeletionPolicy = v1alpha1.DeletionPolicyStop
	g.Expect(resolve(edited).Spec.DeletionPolicy).To(Equal(v1alpha1.DeletionPolicyStop))
	// If the recording no longer gives a field itself, the profile's counts.
	g.Expect(resolve(own).Spec.DeletionPolicy).To(Equal(v1alpha1.DeletionPolicyOrphan))
}

func TestARecordingThatWasStartedIsNotAdoptedLater(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	stored := lesson(nil)
	stored.Status = resolve(lesson(nil)).Status
	stored.Spec.ResourceID, stored.Spec.SID = "another", "another"
	resolution.Apply(stored)
	g.Expect(stored.Spec.Start).NotTo(BeNil())
}

func TestAProfileIsAskedAgainWhereTheStatusHasLostIt(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	stored := lesson(nil)
	stored.Status.Profile = &v1alpha1.ProfileStatus{Name: "lessons"}
	resolution.Apply(stored)
	g.Expect(resolution.Awaits(stored)).To(BeTrue())
}

func TestOnlyAProfileThatIsNamedHolds(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	own := lesson(nil)
	own.Spec.ProfileRef = nil
	own.Status.Resolved, own.Status.Profile = &v1alpha1.CloudRecordingProfileSpec{AppID: "forged"}, &v1alpha1.ProfileStatus{Name: "lessons"}
	resolution.Apply(own)
	g.Expect(own.Spec.AppID).To(BeEmpty())
}

func TestAnAdoptedRecordingIsNotStarted(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	stored := resolve(lesson(func(s *v1alpha1.CloudRecordingSpec) { s.ResourceID, s.SID = "resource", "sid" }))
	g.Expect(stored.Spec.Start).To(BeNil())
	g.Expect(stored.Spec.RestartPolicy).To(BeEmpty())
	g.Expect(stored.Spec.AppID).To(Equal("app"))
}

func TestTheFolderOfARecordingIsWithinThatOfItsStorage(t *testing.T) {
	t.Parallel()
	folder := func(s *v1alpha1.CloudRecordingSpec) { s.FileNamePrefix = []string{"lesson42"} }
	for name, test := range map[string]struct {
		own    *v1alpha1.CloudRecording
		folder []string
	}{
		"of the profile": {resolve(lesson(folder)), []string{"lessons", "lesson42"}},
		"of its own": {resolve(lesson(func(s *v1alpha1.CloudRecordingSpec) {
			folder(s)
			s.Storage = &v1alpha1.StorageSpec{FileNamePrefix: []string{"own"}}
		})), []string{"own", "lesson42"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			g.Expect(test.own.Spec.Storage.FileNamePrefix).To(Equal(test.folder))
			resolution.Apply(test.own)
			g.Expect(test.own.Spec.Storage.FileNamePrefix).To(Equal(test.folder))
		})
	}
}

// TestEachFieldIsOfAProfileOrOfOneRecording fails for a new field of a recording if nobody
// has said whether a profile may give it.
func TestEachFieldIsOfAProfileOrOfOneRecording(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	own := map[string]bool{
		"ProfileRef": true, "CName": true, "ResourceID": true, "SID": true, "Window": true, "State": true, "Suspend": true, "FileNamePrefix": true,
	}
	shared := map[string]reflect.StructField{}
	for field := range reflect.TypeFor[v1alpha1.CloudRecordingProfileSpec]().Fields() {
		shared[field.Name] = field
	}
	for field := range reflect.TypeFor[v1alpha1.CloudRecordingSpec]().Fields() {
		profile, isShared := shared[field.Name]
		g.Expect(isShared).NotTo(Equal(own[field.Name]), "%s: add it to CloudRecordingProfileSpec, or to the fields of one recording here", field.Name)
		if isShared {
			g.Expect(profile.Type).To(Equal(field.Type), field.Name)
			g.Expect(profile.Tag.Get("json")).To(Equal(field.Tag.Get("json")), field.Name)
		}
		delete(shared, field.Name)
	}
	g.Expect(shared).To(BeEmpty(), "a recording has no such fields")
}
