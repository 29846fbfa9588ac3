// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// ofProfile removes the fields of a recording that its profile provides.
func ofProfile(changes ...func(manifest)) func(manifest) {
	return func(spec manifest) {
		for name := range spec {
			if name != "cname" {
				delete(spec, name)
			}
		}
		spec["profileRef"] = map[string]any{"name": "lessons"}
		all(changes...)(spec)
	}
}

// profile returns a manifest of a profile with the shared fields of a started recording, after
// the changes.
func profile(changes ...func(manifest)) *unstructured.Unstructured {
	object := recording(all(starting("mix"), func(spec manifest) {
		delete(spec, "cname")
	}, all(changes...)))
	object.SetKind("CloudRecordingProfile")
	object.SetGenerateName("profile-")
	return object
}

var _ = Describe("a profile", func() {
	DescribeTable("refuses with a message what is one recording's own, and what is wrong",
		func(ctx context.Context, change func(manifest), message string) {
			err := api.Create(ctx, profile(change))
			Expect(apierrors.IsInvalid(err)).To(BeTrue(), "%v", err)
			Expect(err.Error()).To(ContainSubstring(message))
		},
		Entry("a resource ID", set("resourceId", "a"), "spec.resourceId is one recording's own: give it in the CloudRecording, not in a profile"),
		Entry("a sid", set("sid", "a"), "spec.sid is one recording's own"),
		Entry("a channel", set("cname", "a"), "spec.cname is one recording's own"),
		Entry("a window", set("window", map[string]any{"end": "2026-12-01T09:00:00Z"}), "spec.window is one recording's own"),
		Entry("a state", set("state", "Stopped"), "spec.state is one recording's own"),
		Entry("another profile", set("profileRef", map[string]any{"name": "a"}), "spec.profileRef is one recording's own"),
		Entry("a user ID that cannot be", set("uid", "0"), "spec.uid must be a whole number"),
		Entry("a region that there is not", set("storage", map[string]any{"vendor": 1, "region": 99, "bucket": "a"}), "spec.storage.region must be one of Agora's numbers"),
	)

	It("has no defaults, which would hold instead of a recording's own", func(ctx context.Context) {
		object := profile()
		Expect(api.Create(ctx, object)).To(Succeed())
		stored := &v1alpha1.CloudRecordingProfile{}
		Expect(api.Get(ctx, client.ObjectKeyFromObject(object), stored)).To(Succeed())
		Expect(stored.Spec.RestartPolicy).To(BeEmpty())
		Expect(stored.Spec.DeletionPolicy).To(BeEmpty())
		Expect(stored.Spec.AsyncStop).To(BeNil())
		Expect(stored.Spec.Start.RecordingConfig.ChannelType).To(BeEquivalentTo(1))
	})

	It("may be anything less than a recording, and may be changed", func(ctx context.Context) {
		object := profile(func(spec manifest) {
			for name := range spec {
				delete(spec, name)
			}
		})
		Expect(api.Create(ctx, object)).To(Succeed())
		Expect(mergePatch(ctx, object, `{"spec":{"appId":"a","mode":"web"}}`)).To(Succeed())
		Expect(mergePatch(ctx, object, `{"spec":{"appId":"b","mode":null}}`)).To(Succeed())
	})
})

var _ = Describe("a CloudRecording with a profile", func() {
	DescribeTable("is accepted with what it gives itself",
		func(ctx context.Context, change func(manifest)) {
			object := recording(ofProfile(change))
			Expect(api.Create(ctx, object)).To(Succeed())
			Expect(api.Get(ctx, client.ObjectKeyFromObject(object), &v1alpha1.CloudRecording{})).To(Succeed())
		},
		Entry("nothing but its channel", func(manifest) {}),
		Entry("a window", window("2026-12-01T09:00:00Z", "2026-12-01T10:00:00Z")),
		Entry("a restart policy", set("restartPolicy", "Always")),
		Entry("a folder", set("fileNamePrefix", []any{"lesson42"})),
		Entry("the recording to adopt", all(set("resourceId", "a"), set("sid", "b"))),
	)

	DescribeTable("is refused with a message that says what to do",
		func(ctx context.Context, change func(manifest), message string) {
			err := api.Create(ctx, recording(change))
			Expect(apierrors.IsInvalid(err)).To(BeTrue(), "%v", err)
			Expect(err.Error()).To(ContainSubstring(message))
		},
		Entry("without an App ID or a profile", func(spec manifest) { delete(spec, "appId") }, "spec.appId is required: give the App ID"),
		Entry("without a user ID or a profile", func(spec manifest) { delete(spec, "uid") }, "spec.uid is required"),
		Entry("without a mode or a profile", func(spec manifest) { delete(spec, "mode") }, "spec.mode is required"),
		Entry("without credentials or a profile", func(spec manifest) { delete(spec, "credentialsSecretRef") }, "spec.credentialsSecretRef is required"),
		Entry("without a channel", ofProfile(func(spec manifest) { delete(spec, "cname") }), "spec.cname"),
		Entry("with a sid alone", ofProfile(set("sid", "a")), "resourceId"),
		Entry("with a name that no profile can have", ofProfile(set("profileRef", map[string]any{"name": "A B"})), "spec.profileRef.name must be the name of a CloudRecordingProfile"),
		Entry("with a folder that Agora refuses", ofProfile(set("fileNamePrefix", []any{"a/b"})), "spec.fileNamePrefix must hold elements"),
	)

	It("keeps its profile, and what that has given", func(ctx context.Context) {
		object := recording(ofProfile())
		Expect(api.Create(ctx, object)).To(Succeed())
		const other = "create another CloudRecording"
		Expect(mergePatch(ctx, object, `{"spec":{"profileRef":{"name":"other"}}}`)).To(MatchError(ContainSubstring(other)))
		Expect(mergePatch(ctx, object, `{"spec":{"profileRef":null}}`)).To(MatchError(ContainSubstring("")))
		Expect(mergePatch(ctx, object, `{"spec":{"mode":"web"}}`)).To(Succeed())
		Expect(mergePatch(ctx, object, `{"spec":{"mode":null}}`)).To(MatchError(ContainSubstring(other)))
		writeStatus(ctx, object, `{"status":{"profile":{"name":"lessons"},"resolved":{"appId":"a","uid":"1","mode":"web"}}}`)
		for _, change := range []string{
			`{"spec":{"appId":"b"}}`, `{"spec":{"uid":"2"}}`,
			`{"spec":{"start":{"recordingConfig":{"channelType":0}}}}`, `{"spec":{"resourceId":"a","sid":"b"}}`,
		} {
			Expect(mergePatch(ctx, object, change)).To(MatchError(ContainSubstring("once the profile holds for the recording")), change)
		}
		Expect(mergePatch(ctx, object, `{"spec":{"deletionPolicy":"Orphan","maxDuration":"1h"}}`)).To(Succeed())
		Expect(mergePatch(ctx, object, `{"spec":{"deletionPolicy":null,"maxDuration":null}}`)).To(Succeed())
	})

	It("cannot be given a profile later", func(ctx context.Context) {
		object := recording(starting("mix"))
		Expect(api.Create(ctx, object)).To(Succeed())
		Expect(mergePatch(ctx, object, `{"spec":{"profileRef":{"name":"lessons"}}}`)).To(MatchError(ContainSubstring("spec.profileRef can be neither added nor removed later")))
	})
})
