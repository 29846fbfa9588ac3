// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// createRunning creates an object whose recording may be running.
func createRunning(ctx context.Context, change func(manifest)) *unstructured.Unstructured {
	GinkgoHelper()
	object := recording(change)
	Expect(api.Create(ctx, object)).To(Succeed())
	status := object.DeepCopy()
	Expect(api.Status().Patch(ctx, status, client.RawPatch("application/merge-patch+json",
		[]byte(`{"status":{"startRequestedTime":"2026-05-04T12:00:00Z"}}`)))).To(Succeed())
	return status
}

// update updates the spec of an object as kubectl apply does.
func update(ctx context.Context, object *unstructured.Unstructured, change func(manifest)) error {
	GinkgoHelper()
	spec, ok := object.Object["spec"].(manifest)
	Expect(ok).To(BeTrue())
	change(spec)
	return api.Update(ctx, object)
}

func inStart(change func(manifest)) func(manifest) { return within("start", change) }

var _ = Describe("the start of a CloudRecording whose recording runs", func() {
	page := func(change func(manifest)) func(manifest) {
		return inStart(services(webRecorder(change)))
	}
	pushed := starting("web", services(webRecorder(nil), publisher()))
	otherPublisher := func() manifest {
		return manifest{
			"serviceName":  "rtmp_publish_service",
			"serviceParam": manifest{"outputs": []any{manifest{"rtmpUrlSecretRef": manifest{"name": "another-cdn"}}}},
		}
	}
	size := manifest{"width": 1280, "height": 720, "fps": 30, "bitrate": 2000}

	DescribeTable("refuses what Agora cannot change, and says so",
		func(ctx context.Context, given, change func(manifest), message string) {
			err := update(ctx, createRunning(ctx, given), change)
			Expect(apierrors.IsInvalid(err)).To(BeTrue(), "%v", err)
			Expect(err.Error()).To(And(ContainSubstring(message), ContainSubstring("create another CloudRecording")))
		},
		Entry("another region", all(starting("mix", set("region", "EU")), storedIn(1, 9)), inStart(set("region", "AP")), "spec.start can change only in"),
		Entry("no region", all(starting("mix", set("region", "EU")), storedIn(1, 9)), inStart(unset("region")), "spec.start can change only in"),
		Entry("another control window", starting("mix"), inStart(set("resourceExpiredHour", 5)), "spec.start can change only in"),
		Entry("other servers", starting("mix"), inStart(set("excludeResourceIds", []any{"a"})), "spec.start can change only in"),
		Entry("other files", starting("mix"), inStart(set("recordingFileConfig", manifest{"avFileType": []any{"hls", "mp4"}})), "spec.start can change only in"),
		Entry("screenshots", starting("individual"), inStart(set("snapshotConfig", manifest{"captureInterval": 5})), "spec.start can change only in"),
		Entry("a raw member", starting("mix"), inStart(raw("recordingConfig.newMember", "1")), "spec.start can change only in"),
		Entry("another idle time", starting("mix"), inStart(config("maxIdleTime", 60)), "spec.start.recordingConfig can change only in"),
		Entry("other streams", starting("mix"), inStart(config("streamTypes", 0)), "spec.start.recordingConfig can change only in"),
		Entry("another number of users", starting("individual"), inStart(config("subscribeUidGroup", 1)), "spec.start.recordingConfig can change only in"),
		Entry("another sound", starting("mix"), inStart(config("audioProfile", 2)), "spec.start.recordingConfig can change only in"),
		Entry("another size", starting("mix", transcoding(size)), inStart(transcoding(manifest{"width": 640, "height": 360, "fps": 30, "bitrate": 2000})),
			"spec.start.recordingConfig.transcodingConfig can change only in"),
		Entry("a size in place of the default", starting("mix"), inStart(transcoding(size)), "spec.start.recordingConfig.transcodingConfig can change only in"),
		Entry("another page", starting("web"), page(set("url", "https://example.org/")), "spec.start.extensionServiceConfig can change only in"),
		Entry("another wait for the page", starting("web"), page(set("readyTimeout", 5)), "spec.start.extensionServiceConfig can change only in"),
		Entry("a push that there was not", starting("web"), inStart(services(webRecorder(nil), publisher())), "spec.start.extensionServiceConfig can change only in"),
		Entry("no push any more", pushed, inStart(services(webRecorder(nil))), "spec.start.extensionServiceConfig can change only in"),
	)

	DescribeTable("accepts what Agora can change",
		func(ctx context.Context, given, change func(manifest)) {
			Expect(update(ctx, createRunning(ctx, given), change)).To(Succeed())
		},
		Entry("lists of users", starting("mix"), inStart(all(
			config("subscribeAudioUids", []any{"1", "2"}), config("unsubscribeVideoUids", []any{"3"})))),
		Entry("no lists any more", starting("individual", config("subscribeUidGroup", 0), config("subscribeAudioUids", []any{"1"})),
			inStart(within("recordingConfig", unset("subscribeAudioUids")))),
		Entry("the layout", starting("mix", transcoding(size)), inStart(within("recordingConfig", within("transcodingConfig", all(
			set("mixedVideoLayout", 3), set("layoutConfig", []any{place(0, 0.5)})))))),
		Entry("the background", starting("mix", transcoding(size)), inStart(within("recordingConfig", within("transcodingConfig", all(
			set("backgroundColor", "#102030"), set("backgroundImage", "https://example.com/a.jpg"), set("defaultUserBackgroundImage", "https://example.com/b.jpg"),
			set("backgroundConfig", []any{manifest{"uid": "1", "image_url": "https://example.com/c.jpg"}})))))),
		Entry("who is large", starting("mix", transcoding(size)), inStart(within("recordingConfig", within("transcodingConfig", all(
			set("mixedVideoLayout", 2), set("maxResolutionUid", "7")))))),
		Entry("a layout where the size is the default", starting("mix"), inStart(transcoding(manifest{"mixedVideoLayout": 1}))),
		Entry("the pause of a page", starting("web"), page(set("onhold", true))),
		Entry("the CDN address, whatever the order of the services", pushed, inStart(services(otherPublisher(), webRecorder(set("onhold", true))))),
		Entry("what Agora is not told of", starting("mix"), inStart(all(set("alternateUids", []any{"7"}), set("onExpiry", "StartNext")))),
		Entry("a token", starting("mix"), inStart(set("tokenSecretRef", manifest{"name": "token"}))),
		Entry("another token", starting("mix", set("tokenSecretRef", manifest{"name": "token"})), inStart(set("tokenSecretRef", manifest{"name": "another-token"}))),
		Entry("no token any more", starting("mix", set("tokenSecretRef", manifest{"name": "token"})), inStart(unset("tokenSecretRef"))),
		Entry("an App Certificate in place of a token", starting("mix", set("tokenSecretRef", manifest{"name": "token"})),
			inStart(all(unset("tokenSecretRef"), set("appCertificateSecretRef", manifest{"name": "project"})))),
		Entry("the key for the bucket", starting("mix"), within("storage", set("credentialsSecretRef", manifest{"name": "another-key"}))),
	)
})
