// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"context"
	"os/exec"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// manifest is a manifest as a user writes it, so that a test can contain values that the Go
// types cannot represent.
type manifest = map[string]any

func recording(change func(spec manifest)) *unstructured.Unstructured {
	spec := manifest{
		"appId":                "0123456789abcdef0123456789abcdef",
		"cname":                "lesson-42",
		"uid":                  "527841",
		"mode":                 "mix",
		"resourceId":           "JyvK8nXHuV1BE64GDkAaBGEscvtHW7v8BrQoRPCHxmeVxwY22-x-kv4G_",
		"sid":                  "38f8e3cfdc474cd56fc1ceba380d7e1a",
		"credentialsSecretRef": manifest{"name": "agora"},
	}
	change(spec)
	object := &unstructured.Unstructured{Object: manifest{"spec": spec}}
	object.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("CloudRecording"))
	object.SetNamespace("default")
	object.SetGenerateName("recording-")
	return object
}

func set(field string, value any) func(manifest) {
	return func(spec manifest) { spec[field] = value }
}

func unset(field string) func(manifest) {
	return func(spec manifest) { delete(spec, field) }
}

// label makes a recording of mode web with a name.
func label(cname string) func(manifest) {
	return func(spec manifest) { spec["mode"], spec["cname"] = "web", cname }
}

func upload(field string, value any) func(manifest) {
	return func(spec manifest) { spec["upload"] = manifest{field: value} }
}

var _ = Describe("a CloudRecording", func() {
	DescribeTable("is refused with a message that says what to do",
		func(ctx context.Context, change func(manifest), message string) {
			err := api.Create(ctx, recording(change))
			Expect(apierrors.IsInvalid(err)).To(BeTrue(), "%v", err)
			Expect(err.Error()).To(ContainSubstring(message))
		},
		Entry("an App ID with a slash", set("appId", "a/b"), "spec.appId must be an App ID from the Agora Console"),
		Entry("an App ID with a dot-dot", set("appId", ".."), "spec.appId must be an App ID from the Agora Console"),
		Entry("an App ID with a percent sign", set("appId", "a%2fb"), "spec.appId must be an App ID from the Agora Console"),
		Entry("an App ID with a line break", set("appId", "abc\n"), "spec.appId must be an App ID from the Agora Console"),
		Entry("no App ID", unset("appId"), "spec.appId is required: give the App ID"),
		Entry("a resource ID with a slash", set("resourceId", "a/b"), "spec.resourceId must be a resource ID as Agora's acquire method returned it"),
		Entry("a resource ID with a dot-dot", set("resourceId", ".."), "spec.resourceId must be a resource ID as Agora's acquire method returned it"),
		Entry("a resource ID with a percent sign", set("resourceId", "a%00"), "spec.resourceId must be a resource ID as Agora's acquire method returned it"),
		Entry("a resource ID with a control character", set("resourceId", "a\tb"), "spec.resourceId must be a resource ID as Agora's acquire method returned it"),
		Entry("a sid with a slash", set("sid", "a/b"), "spec.sid must be a recording ID as Agora's start method returned it"),
		Entry("a sid with a dot-dot", set("sid", "../.."), "spec.sid must be a recording ID as Agora's start method returned it"),
		Entry("a sid with a control character", set("sid", "a\u0000"), "spec.sid must be a recording ID as Agora's start method returned it"),
		Entry("a sid without a resource ID", unset("resourceId"), "or both spec.resourceId and spec.sid"),
		Entry("a resource ID without a sid", unset("sid"), "or both spec.resourceId and spec.sid"),
		Entry("an empty sid", set("sid", ""), "spec.sid"),
		Entry("a channel with a slash", set("cname", "a/b"), "spec.cname must not contain a slash, a control character or another character that cannot be seen"),
		Entry("a channel with a control character", set("cname", "a\u0007b"), "spec.cname must not contain a slash, a control character or another character that cannot be seen"),
		Entry("a label that begins a terminal's command", func(spec manifest) { spec["mode"], spec["cname"] = "web", "a\u009b31mb" }, "spec.cname must not contain a slash, a control character or another character that cannot be seen"),
		Entry("a label that reads backwards", func(spec manifest) { spec["mode"], spec["cname"] = "web", "a\u202eb" }, "spec.cname must not contain a slash, a control character or another character that cannot be seen"),
		Entry("a label with a line break that few know", func(spec manifest) { spec["mode"], spec["cname"] = "web", "a\u2028b" }, "spec.cname must not contain a slash, a control character or another character that cannot be seen"),
		Entry("a label with a space of no width", label("a\u200bb"), "such as a zero-width space"),
		Entry("a label that joins without a mark", label("a\u200db"), "cannot be seen"),
		Entry("a label with a byte order mark", label("\ufefflesson"), "cannot be seen"),
		Entry("a label with a soft hyphen", label("les\u00adson"), "cannot be seen"),
		Entry("a label with a mark of direction", label("a\u200eb"), "a mark of direction"),
		Entry("a label with an Arabic mark of direction", label("a\u061cb"), "cannot be seen"),
		Entry("a label with a tag", label("a\U000e0041b"), "cannot be seen"),
		Entry("a label with a variation selector", label("a\ufe0fb"), "cannot be seen"),
		Entry("a label with a rare variation selector", label("a\U000e0100b"), "cannot be seen"),
		Entry("a label with a filler", label("a\u3164b"), "cannot be seen"),
		Entry("a label with a joiner of marks", label("a\u034fb"), "cannot be seen"),
		Entry("a label with a blank of Braille", label("a\u2800b"), "cannot be seen"),
		Entry("a label with a break of paragraphs", label("a\u2029b"), "cannot be seen"),
		Entry("a label of private use", label("a\ue000b"), "cannot be seen"),
		Entry("a label with what is no character", label("a\u0378b"), "cannot be seen"),
		Entry("a channel with a character that Agora does not know", set("cname", "léçon"), "spec.cname must be the channel's name"),
		Entry("a channel of 64 characters", set("cname", strings.Repeat("a", 64)), "spec.cname must be the channel's name"),
		Entry("a uid of 0", set("uid", "0"), "spec.uid must be a whole number from 1 to 4294967295"),
		Entry("a uid above the largest", set("uid", "4294967296"), "spec.uid must be a whole number from 1 to 4294967295"),
		Entry("a uid that is no number", set("uid", "alice"), "spec.uid must be a whole number from 1 to 4294967295"),
		Entry("a uid with leading zeros", set("uid", "0042"), "spec.uid must be a whole number from 1 to 4294967295"),
		Entry("a uid with a sign", set("uid", "+42"), "spec.uid must be a whole number from 1 to 4294967295"),
		Entry("a uid without quotes", set("uid", 527841), `spec.uid must be a string: put it in quotes, uid: "527841"`),
		Entry("a uid that is neither a string nor a number", set("uid", true), "spec.uid"),
		Entry("a uid of eleven digits", set("uid", "42949672950"), "spec.uid must be a whole number from 1 to 4294967295"),
		Entry("an empty uid", set("uid", ""), "spec.uid must be a whole number from 1 to 4294967295"),
		Entry("an unknown mode", set("mode", "composite"), `supported values: "individual", "mix", "web"`),
		Entry("an unknown state", set("state", "Paused"), `supported values: "Recording", "Stopped"`),
		Entry("an unknown deletion policy", set("deletionPolicy", "Keep"), `supported values: "Stop", "Orphan"`),
		Entry("no Secret", unset("credentialsSecretRef"), "spec.credentialsSecretRef is required: give the Secret"),
		Entry("a Secret of another namespace", set("credentialsSecretRef", manifest{"name": "other/agora"}), "must be the name of a Secret in the same namespace"),
		Entry("a confirmTimeout that is no duration", upload("confirmTimeout", "1 day"), "spec.upload.confirmTimeout must be a duration"),
		Entry("a confirmTimeout in days", upload("confirmTimeout", "1d"), "spec.upload.confirmTimeout must be a duration"),
		Entry("a confirmTimeout beyond the time of looking", upload("confirmTimeout", "241h"), "the operator looks for ten days, and Agora keeps its backup for 72 hours at most"),
		Entry("a confirmTimeout that overflows", upload("confirmTimeout", "99999999999999999999h"), "spec.upload.confirmTimeout"),
		Entry("a negative deletionTimeout", upload("deletionTimeout", "-1s"), "spec.upload.deletionTimeout must be a duration"),
	)

	DescribeTable("is accepted",
		func(ctx context.Context, change func(manifest)) {
			Expect(api.Create(ctx, recording(change))).To(Succeed())
		},
		Entry("in mode mix", set("mode", "mix")),
		Entry("in mode individual", set("mode", "individual")),
		Entry("in mode web, with a label in any language", func(spec manifest) { spec["mode"], spec["cname"] = "web", "Leçon nº 42 "+strings.Repeat("x", 900) }),
		Entry("in mode web, with a label in Japanese, Arabic, Hindi and with a picture", label("授業 42 درس पाठ é\u0301 🎓")),
		Entry("with every character of a channel's name", set("cname", "aZ9 !#$%&()+-:;<=.>?@[]^_{}|~,")),
		Entry("with the smallest uid", set("uid", "1")),
		Entry("with the largest uid", set("uid", "4294967295")),
		Entry("as stopped", set("state", "Stopped")),
		Entry("with a deletionTimeout of nothing", upload("deletionTimeout", "0s")),
		Entry("with a composed duration", upload("confirmTimeout", "1h30m")),
	)

	DescribeTable("cannot become another recording",
		func(ctx context.Context, field string, value any, message string) {
			object := recording(func(manifest) {})
			Expect(api.Create(ctx, object)).To(Succeed())
			patch := client.MergeFrom(object.DeepCopy())
			if value == nil {
				unstructured.RemoveNestedField(object.Object, "spec", field)
			} else {
				Expect(unstructured.SetNestedField(object.Object, value, "spec", field)).To(Succeed())
			}
			err := api.Patch(ctx, object, patch)
			Expect(apierrors.IsInvalid(err)).To(BeTrue(), "%v", err)
			Expect(err.Error()).To(ContainSubstring(message))
		},
		Entry("by its App ID", "appId", "fedcba9876543210fedcba9876543210", "spec.appId cannot be changed"),
		Entry("by its channel", "cname", "lesson-43", "spec.cname cannot be changed"),
		Entry("by its uid", "uid", "1", "spec.uid cannot be changed"),
		Entry("by its mode", "mode", "web", "spec.mode cannot be changed"),
		Entry("by its resource ID", "resourceId", "another", "spec.resourceId cannot be changed"),
		Entry("by its sid", "sid", "another", "spec.sid cannot be changed"),
		Entry("by losing its sid", "sid", nil, "or both spec.resourceId and spec.sid"),
	)

	It("stays stopped", func(ctx context.Context) {
		object := recording(set("state", "Stopped"))
		Expect(api.Create(ctx, object)).To(Succeed())
		for _, change := range []string{`{"spec":{"state":"Recording"}}`, `{"spec":{"state":null}}`} {
			err := api.Patch(ctx, object, client.RawPatch("application/merge-patch+json", []byte(change)))
			Expect(apierrors.IsInvalid(err)).To(BeTrue(), "%v", err)
			Expect(err.Error()).To(ContainSubstring("spec.state cannot go back from Stopped to Recording"))
		}
	})

	It("can be stopped, suspended, given other credentials and another deletion policy", func(ctx context.Context) {
		object := recording(func(manifest) {})
		Expect(api.Create(ctx, object)).To(Succeed())
		change := `{"spec":{"state":"Stopped","suspend":true,"asyncStop":true,"deletionPolicy":"Orphan","credentialsSecretRef":{"name":"other"},"upload":{"confirmTimeout":"1h"}}}`
		Expect(api.Patch(ctx, object, client.RawPatch("application/merge-patch+json", []byte(change)))).To(Succeed())
	})

	It("gets its defaults, and a status that nobody takes for finished", func(ctx context.Context) {
		object := recording(func(manifest) {})
		Expect(api.Create(ctx, object)).To(Succeed())
		created := &v1alpha1.CloudRecording{}
		Expect(api.Get(ctx, client.ObjectKeyFromObject(object), created)).To(Succeed())
		Expect(created.Spec.State).To(Equal(v1alpha1.RecordingStateRecording))
		Expect(created.Spec.DeletionPolicy).To(BeEmpty(), "what a profile may give has none")
		Expect(created.Status.ObservedGeneration).To(BeEquivalentTo(-1))
		Expect(created.Status.Phase).To(Equal(v1alpha1.PhasePending))
	})
})

// kubectl returns the output of kubectl.
func kubectl(ctx context.Context, g Gomega, arguments ...string) string {
	GinkgoHelper()
	arguments = append([]string{"--kubeconfig", cluster.Kubeconfig}, arguments...)
	output, err := exec.CommandContext(ctx, cluster.Kubectl, arguments...).CombinedOutput()
	g.Expect(err).NotTo(HaveOccurred(), "%s", output)
	return string(output)
}

var _ = Describe("kubectl", func() {
	It("explains what a deletion does", func(ctx context.Context) {
		// The API server publishes the schema a moment after it serves the resource.
		Eventually(func(g Gomega) {
			g.Expect(kubectl(ctx, g, "explain", "cloudrecording.spec.deletionPolicy")).To(And(
				ContainSubstring("what deleting this object does to the recording"),
				MatchRegexp(`ENUM:\s+Stop\s+Orphan`)))
		}).WithTimeout(30 * time.Second).Should(Succeed())
	})

	It("knows the short name and the category, and shows what matters", func(ctx context.Context) {
		object := recording(func(manifest) {})
		Expect(api.Create(ctx, object)).To(Succeed())
		Expect(kubectl(ctx, Default, "get", "crec", object.GetName())).To(MatchRegexp(
			`NAME +CHANNEL +MODE +PHASE +UPLOADED +FILES +READY +REASON +AGE\n\S+ +lesson-42 +Pending`))
		Expect(kubectl(ctx, Default, "get", "crec", object.GetName(), "-o", "wide")).To(MatchRegexp(
			`AGE +UPLOAD +UPLOAD% +VERIFIED +PROFILE +UID +SID +MESSAGE\n`))

		writeStatus(ctx, object, `{"status":{"phase":"Uploading","uid":"7","sid":"38f8e3cfdc474cd56fc1ceba380d7e1a","fileCount":2,"uploadingStatus":"backuped","conditions":[
			{"type":"Ready","status":"False","reason":"UploadPending","message":"Wait.","lastTransitionTime":"2026-05-04T12:00:00Z"},
			{"type":"Uploaded","status":"Unknown","reason":"NotReported","message":"","lastTransitionTime":"2026-05-04T12:00:00Z"}]}}`)
		Expect(kubectl(ctx, Default, "get", "crec", object.GetName())).To(MatchRegexp(`lesson-42 +Uploading +Unknown +2 +False +UploadPending +\d+s\n`))
		Expect(kubectl(ctx, Default, "get", "crec", object.GetName(), "-o", "wide")).To(MatchRegexp(`\d+s +backuped +7 +38f8e3cfdc474cd56fc1ceba380d7e1a +Wait\.`))
		Expect(kubectl(ctx, Default, "get", "crec", "--field-selector", "status.phase=Uploading")).To(ContainSubstring(object.GetName()))
		Expect(kubectl(ctx, Default, "get", "crec", "--field-selector", "status.phase=Recording")).NotTo(ContainSubstring(object.GetName()))
		Expect(kubectl(ctx, Default, "get", "agora")).To(ContainSubstring(object.GetName()))
	})
})
