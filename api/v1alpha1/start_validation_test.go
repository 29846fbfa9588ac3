// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"context"
	"strconv"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// starting turns an adopted recording into one that is started in a mode, and changes the
// fields of its start.
func starting(mode string, changes ...func(start manifest)) func(manifest) {
	return func(spec manifest) {
		delete(spec, "resourceId")
		delete(spec, "sid")
		spec["mode"] = mode
		start := manifest{}
		switch mode {
		case "individual":
			start["recordingConfig"] = manifest{"subscribeUidGroup": 0}
		case "mix":
			start["recordingConfig"] = manifest{"channelType": 1, "maxIdleTime": 300}
		default:
			start["extensionServiceConfig"] = manifest{"extensionServices": []any{webRecorder(nil)}}
		}
		for _, change := range changes {
			change(start)
		}
		spec["start"] = start
		spec["storage"] = manifest{
			"vendor": 1, "region": 0, "bucket": "recordings", "credentialsSecretRef": manifest{"name": "bucket"},
		}
	}
}

func webRecorder(change func(parameters manifest)) manifest {
	parameters := manifest{
		"url": "https://example.com/", "audioProfile": 0, "videoWidth": 1280, "videoHeight": 720, "maxRecordingHour": 3,
	}
	if change != nil {
		change(parameters)
	}
	return manifest{"serviceName": "web_recorder_service", "serviceParam": parameters}
}

func publisher() manifest {
	return manifest{
		"serviceName":  "rtmp_publish_service",
		"serviceParam": manifest{"outputs": []any{manifest{"rtmpUrlSecretRef": manifest{"name": "cdn"}}}},
	}
}

func services(all ...any) func(manifest) {
	return set("extensionServiceConfig", manifest{"extensionServices": all})
}

// within changes the content of a member.
func within(member string, change func(manifest)) func(manifest) {
	return func(outer manifest) {
		inner, ok := outer[member].(manifest)
		Expect(ok).To(BeTrue())
		change(inner)
	}
}

// config changes a field of recordingConfig.
func config(field string, value any) func(manifest) {
	return within("recordingConfig", func(config manifest) { config[field] = value })
}

// transcoding sets fields of transcodingConfig.
func transcoding(fields manifest) func(manifest) { return config("transcodingConfig", fields) }

func place(x, width float64) manifest {
	return manifest{"x_axis": x, "y_axis": 0, "width": width, "height": 1}
}

func placeOf(uid string) manifest {
	place := place(0, 1)
	place["uid"] = uid
	return place
}

func background(uid string) manifest {
	return manifest{"uid": uid, "image_url": "https://example.com/" + uid + ".jpg"}
}

// storedIn sets the vendor and region of the files, by Agora's numbers.
func storedIn(vendor, region int) func(manifest) {
	return within("storage", func(storage manifest) { storage["vendor"], storage["region"] = vendor, region })
}

// users returns the given number of user IDs.
func users(count int) []any {
	ids := make([]any, count)
	for i := range ids {
		ids[i] = strconv.Itoa(i + 1)
	}
	return ids
}

func raw(name, value string) func(manifest) {
	return set("rawParameters", []any{manifest{"name": name, "value": value}})
}

func rawOfAcquire(name, value string) func(manifest) {
	return set("rawParameters", []any{manifest{"method": "acquire", "name": name, "value": value}})
}

// recorderMember is the path of a member of the service that records a page.
const recorderMember = "extensionServiceConfig.extensionServices.web_recorder_service."

// all applies several changes to a spec.
func all(changes ...func(manifest)) func(manifest) {
	return func(spec manifest) {
		for _, change := range changes {
			change(spec)
		}
	}
}

var _ = Describe("the start of a CloudRecording", func() {
	DescribeTable("is refused with a message that says what to do",
		func(ctx context.Context, change func(manifest), message string) {
			err := api.Create(ctx, recording(change))
			Expect(apierrors.IsInvalid(err)).To(BeTrue(), "%v", err)
			Expect(err.Error()).To(ContainSubstring(message))
		},
		Entry("with a sid as well", all(starting("mix"), set("resourceId", "abc"), set("sid", "abc")), "set one or the other"),
		Entry("with neither", all(unset("resourceId"), unset("sid")), "set spec.start to start a recording"),
		Entry("without storage", all(starting("mix"), unset("storage")), "spec.start needs spec.storage with credentialsSecretRef"),
		Entry("mix without recordingConfig", starting("mix", unset("recordingConfig")), "spec.start.recordingConfig is required"),
		Entry("web with recordingConfig", starting("web", set("recordingConfig", manifest{})), "there is none in mode web"),
		Entry("web without extensionServiceConfig", starting("web", unset("extensionServiceConfig")), "spec.start.extensionServiceConfig is required in mode web"),
		Entry("mix with extensionServiceConfig", starting("mix", services(webRecorder(nil))), "spec.start.extensionServiceConfig is required in mode web"),
		Entry("web with a token", starting("web", set("tokenSecretRef", manifest{"name": "token"})), "mode web joins no channel"),
		Entry("web with an App Certificate", starting("web", set("appCertificateSecretRef", manifest{"name": "project"})), "mode web joins no channel"),
		Entry("a token and an App Certificate", starting("mix", set("tokenSecretRef", manifest{"name": "token"}), set("appCertificateSecretRef", manifest{"name": "project"})),
			"appCertificateSecretRef to have the operator mint one for each session, not both"),
		Entry("an App Certificate in no Secret", starting("mix", set("appCertificateSecretRef", manifest{"name": "5CFd"})), "appCertificateSecretRef.name must be the name of a Secret"),
		Entry("mix with subscribeUidGroup", starting("mix", config("subscribeUidGroup", 0)), "subscribeUidGroup is for mode individual only"),
		Entry("mix with streamMode", starting("mix", config("streamMode", "standard")), "streamMode is for mode individual only"),
		Entry("original with video", starting("individual", config("streamMode", "original")), "set streamTypes to 0"),
		Entry("individual with transcodingConfig", starting("individual", transcoding(manifest{})), "are for mode mix only"),
		Entry("individual with mp4", starting("individual", set("recordingFileConfig", manifest{"avFileType": []any{"hls", "mp4"}})), "in the modes mix and web only"),
		Entry("mp4 alone", starting("mix", set("recordingFileConfig", manifest{"avFileType": []any{"mp4"}})), "avFileType must contain hls"),
		Entry("mix with screenshots", starting("mix", set("snapshotConfig", manifest{})), "snapshotConfig is for mode individual only"),
		Entry("screenshots of audio", starting("individual", config("streamTypes", 0), set("snapshotConfig", manifest{})), "snapshotConfig needs video"),
		Entry("screenshots too often", starting("individual", set("snapshotConfig", manifest{"captureInterval": 1})), "captureInterval"),
		Entry("an unknown region", starting("mix", set("region", "US")), `supported values: "CN", "AP", "EU", "NA"`),
		Entry("a control window that is too long", starting("mix", set("resourceExpiredHour", 721)), "resourceExpiredHour"),
		Entry("an idle time that is too short", starting("mix", config("maxIdleTime", 4)), "maxIdleTime"),
		Entry("encryption without its Secret", starting("mix", config("decryptionMode", 1)), "decryptionSecretRef goes together with a decryptionMode"),
		Entry("both lists for audio", starting("mix", config("subscribeAudioUids", []any{"1"}), config("unsubscribeAudioUids", []any{"2"})), "not both"),
		Entry("a list with no user ID", starting("mix", config("subscribeVideoUids", []any{"alice"})), "subscribeVideoUids must hold user IDs"),
		Entry("a list of 33 users", starting("mix", config("unsubscribeVideoUids", users(33))), "unsubscribeVideoUids"),
		Entry("an empty list", starting("mix", config("subscribeVideoUids", []any{})), "subscribeVideoUids"),
		Entry("a list of users with one beyond 32 bits", starting("mix", config("subscribeAudioUids", []any{"1", "4294967296"})), "subscribeAudioUids must hold user IDs"),
		Entry("a list for video with one beyond 32 bits", starting("mix", config("subscribeVideoUids", []any{"9999999999"})), "subscribeVideoUids must hold user IDs"),
		Entry("a list of users to leave out with a leading zero", starting("mix", config("unsubscribeAudioUids", []any{"01"})), "unsubscribeAudioUids must hold user IDs"),
		Entry("a list for video to leave out with one beyond 32 bits", starting("mix", config("unsubscribeVideoUids", []any{"4294967296"})), "unsubscribeVideoUids must hold user IDs"),
		Entry("everybody to leave out", starting("mix", config("unsubscribeVideoUids", []any{"#allstream#"})), "unsubscribeVideoUids must hold user IDs"),
		Entry("a large user beyond 32 bits", starting("mix", transcoding(manifest{"mixedVideoLayout": 2, "maxResolutionUid": "4294967296"})), "maxResolutionUid must be a user ID"),
		Entry("a large user with a leading zero", starting("mix", transcoding(manifest{"mixedVideoLayout": 2, "maxResolutionUid": "007"})), "maxResolutionUid must be a user ID"),
		Entry("a place of a user beyond 32 bits", starting("mix", transcoding(manifest{"mixedVideoLayout": 3, "layoutConfig": []any{placeOf("4294967296")}})), "layoutConfig must be a user ID"),
		Entry("two places of one user", starting("mix", transcoding(manifest{"mixedVideoLayout": 3, "layoutConfig": []any{placeOf("1"), place(0, 1), placeOf("1")}})), "must not name the same uid twice"),
		Entry("a background of a user beyond 32 bits", starting("mix", transcoding(manifest{"backgroundConfig": []any{background("4294967296")}})), "backgroundConfig must be a user ID"),
		Entry("two backgrounds of one user", starting("mix", transcoding(manifest{"backgroundConfig": []any{background("1"), background("1")}})), "Duplicate value"),
		Entry("private parameters that are no JSON object", starting("mix", config("privateParams", "correctEXTINF=true")), "privateParams must be a JSON object"),
		Entry("private parameters that are a JSON list", starting("mix", config("privateParams", "[1]")), "privateParams must be a JSON object"),
		Entry("a video that is too large", starting("mix", transcoding(manifest{"width": 1920, "height": 1920})), "width times height"),
		Entry("a custom layout without places", starting("mix", transcoding(manifest{"mixedVideoLayout": 3})), "layoutConfig goes together with mixedVideoLayout 3"),
		Entry("places without the custom layout", starting("mix", transcoding(manifest{"layoutConfig": []any{place(0, 1)}})), "layoutConfig goes together with mixedVideoLayout 3"),
		Entry("a place outside the video", starting("mix", transcoding(manifest{"mixedVideoLayout": 3, "layoutConfig": []any{place(0.5, 0.6)}})), "must lie within the video"),
		Entry("a color by name", starting("mix", transcoding(manifest{"backgroundColor": "red"})), "backgroundColor must be # and six hexadecimal digits"),
		Entry("a color of three digits", starting("mix", transcoding(manifest{"backgroundColor": "#369"})), "backgroundColor must be # and six hexadecimal digits"),
		Entry("a color that is half transparent", starting("mix", transcoding(manifest{"backgroundColor": "#33669980"})), "backgroundColor must be # and six hexadecimal digits"),
		Entry("an image's URL with a blank", starting("mix", transcoding(manifest{"backgroundImage": "https://example.com/my image.jpg"})), "write a blank as %20"),
		Entry("a user's image's URL with a blank", starting("mix", transcoding(manifest{"defaultUserBackgroundImage": "https://example.com/my image.jpg"})), "write a blank as %20"),
		Entry("a user of many digits", starting("mix", config("subscribeAudioUids", []any{"429496729500"})), "subscribeAudioUids must hold user IDs"),
		Entry("frames that Agora does not know", starting("mix", transcoding(manifest{"fps": 25})), "fps"),
		Entry("a page without a size", starting("web", services(webRecorder(unset("videoWidth")))), "serviceParam of web_recorder_service needs url"),
		Entry("a push without a page", starting("web", services(publisher())), "must contain web_recorder_service"),
		Entry("a push with a page's field", starting("web", services(webRecorder(nil), manifest{"serviceName": "rtmp_publish_service", "serviceParam": manifest{"url": "https://example.com/"}})), "serviceParam of rtmp_publish_service needs outputs"),
		Entry("a page's URL with a blank", starting("web", services(webRecorder(set("url", "https://example.com/my lesson")))), "holds no blank, which is written as %20"),
		Entry("a page that is no URL", starting("web", services(webRecorder(set("url", "file:///etc/passwd")))), "serviceParam.url must be the page's URL"),
		Entry("a raw member that has a field", starting("mix", raw("recordingConfig.maxIdleTime", "5")), "has a field of its own"),
		Entry("a raw member within the storage", starting("mix", raw("storageConfig.extensionParams", "{}")), "has a field of its own"),
		Entry("a raw secret", starting("mix", raw("recordingConfig.newSecret", `"x"`)), "looks secret"),
		Entry("a raw member within one that has a field", starting("mix", raw("recordingConfig.maxIdleTime.x", "5")), "has a field of its own"),
		Entry("a raw member of a layout", starting("mix", raw("recordingConfig.transcodingConfig.layoutConfig", "[]")), "has a field of its own"),
		Entry("a raw member that has a field, in other letters", starting("mix", raw("RecordingConfig.MAXIDLETIME", "5")), "has a field of its own"),
		Entry("a raw storage, in other letters", starting("mix", raw("StorageConfig.bucket", `"b"`)), "has a field of its own"),
		Entry("a raw secret, in other letters", starting("mix", raw("newConfig.API_KEY", `"x"`)), "looks secret"),
		Entry("a raw secret within a value", starting("mix", raw("newConfig", `{"a": [{"b": 1, "accessKey" : "x"}]}`)), "looks secret"),
		Entry("a raw secret within a value, in other letters and lines", starting("mix", raw("newConfig", "{\"STSTOKEN\"\n\t: \"x\"}")), "looks secret"),
		Entry("a raw address to push to", starting("mix", raw("newConfig", `{"outputs": [{"rtmpUrl": "rtmp://example.com/x"}]}`)), "looks secret"),
		Entry("a raw member that says where the files go", starting("mix", raw("storageConfig.bucket", `"b"`)), "storageConfig.bucket in spec.start.rawParameters has a field of its own"),
		Entry("a raw member of the storage's parameters", starting("mix", raw("storageConfig.extensionParams.endpoint", `"example.com"`)), "has a field of its own"),
		Entry("a raw key of the bucket", starting("mix", raw("storageConfig.accessKey", `"x"`)), "a key of the bucket in that of spec.storage.credentialsSecretRef"),
		Entry("a raw token", starting("mix", raw("token", `"x"`)), "a token belongs in the Secret of tokenSecretRef"),
		Entry("a raw password", starting("mix", raw("newConfig", `{"passwd": "x"}`)), "looks secret"),
		Entry("a raw address with a user in it", starting("mix", raw("newConfig", `{"callback": "https://user:word@example.com/"}`)), "looks secret"),
		Entry("a raw address with a user in it, with escapes", starting("mix", raw("newAddress", `"HTTPS:\/\/user@example.com"`)), "looks secret"),
		Entry("raw services", starting("web", raw("extensionServiceConfig.extensionServices", "[]")), "has a field of its own"),
		Entry("a raw service", starting("web", raw("extensionServiceConfig.extensionServices.web_recorder_service", "{}")), "has a field of its own"),
		Entry("a raw member of a service that has a field", starting("web", raw(recorderMember+"serviceParam.videoFps", "30")), "has a field of its own"),
		Entry("a raw address to push to, of a service", starting("web", raw("extensionServiceConfig.extensionServices.rtmp_publish_service.serviceParam.outputs", `[]`)), "has a field of its own"),
		Entry("a raw member of a service that there is not", starting("web", raw("extensionServiceConfig.extensionServices.rtmp_publish_service.newMember", "1")), "a service that spec.start.extensionServiceConfig does not have"),
		Entry("a raw member of services in mode mix", starting("mix", raw(recorderMember+"newMember", "1")), "spec.start has no such object"),
		Entry("a raw member of screenshots without any", starting("individual", raw("snapshotConfig.newMember", "1")), "spec.start has no such object"),
		Entry("a raw member of files without any", starting("mix", raw("recordingFileConfig.newMember", "1")), "spec.start has no such object"),
		Entry("a raw member of a layout without any", starting("mix", raw("recordingConfig.transcodingConfig.newMember", "1")), "spec.start has no such object"),
		Entry("a raw member of a channel in mode web", starting("web", raw("recordingConfig.newMember", "1")), "spec.start has no such object"),
		Entry("a raw scene", starting("mix", raw("scene", "0")), "scene in spec.start.rawParameters has no effect in the clientRequest of start"),
		Entry("a raw scene, of acquire", starting("mix", rawOfAcquire("scene", "2")), "scene follows from spec.mode"),
		Entry("a raw preference of a region in start", starting("mix", raw("regionAffinity", "3")), "regionAffinity is set here with method acquire"),
		Entry("a raw preference of a region beside a region", all(starting("mix", set("region", "EU"), rawOfAcquire("regionAffinity", "3")), storedIn(1, 7)), "not both"),
		Entry("a raw control window in start", starting("mix", raw("resourceExpiredHour", "3")), "resourceExpiredHour, region and excludeResourceIds have fields in spec.start"),
		Entry("a raw control window of acquire", starting("mix", rawOfAcquire("resourceExpiredHour", "3")), "has a field of its own in spec.start"),
		Entry("a raw start within acquire", starting("mix", rawOfAcquire("startParameter", "{}")), "would repeat the clientRequest of start"),
		Entry("a raw member of start within acquire", starting("mix", rawOfAcquire("recordingConfig.newMember", "1")), "since Agora takes it in that of start"),
		Entry("a raw combination of applications", starting("individual", raw("appsCollection", `{"combinationPolicy": "default"}`)), "appsCollection in spec.start.rawParameters needs the scene 2"),
		Entry("a raw transcoding", starting("individual", raw("transcodeOptions.container.format", `"mp4"`)), "needs the scene 2"),
		Entry("a raw member of another method", starting("mix", set("rawParameters", []any{manifest{"method": "stop", "name": "a", "value": "1"}})), "supported values"),
		Entry("a raw path that is none", starting("mix", raw("recordingConfig..x", "1")), "must be the path of a member of clientRequest"),
		Entry("a bucket in North America for a recording in Europe", all(starting("mix", set("region", "EU")), storedIn(1, 0)), "lies in North America"),
		Entry("a bucket in Europe for a recording in Asia", all(starting("mix", set("region", "AP")), storedIn(3, 18)), "lies in Europe"),
		Entry("a bucket in Asia for a recording in mainland China", all(starting("mix", set("region", "CN")), storedIn(2, 7)), "lies in Asia outside of mainland China"),
		Entry("a bucket in mainland China for a recording in North America", all(starting("mix", set("region", "NA")), storedIn(7, 0)), "lies in mainland China"),
		Entry("a tag for a vendor without tags", all(starting("mix"), within("storage", func(storage manifest) {
			storage["vendor"], storage["extensionParams"] = 3, manifest{"tag": "a"}
		})), "spec.storage.extensionParams.tag is for"),
	)

	DescribeTable("is accepted",
		func(ctx context.Context, change func(manifest)) {
			Expect(api.Create(ctx, recording(change))).To(Succeed())
		},
		Entry("in mode mix", starting("mix")),
		Entry("in mode individual", starting("individual")),
		Entry("in mode web", starting("web")),
		Entry("in mode web, with a push", starting("web", services(webRecorder(nil), publisher()))),
		Entry("with an App Certificate", starting("individual", set("appCertificateSecretRef", manifest{"name": "project"}))),
		Entry("with screenshots", starting("individual", set("snapshotConfig", manifest{"fileType": []any{"jpg"}}))),
		Entry("with MP4", starting("mix", set("recordingFileConfig", manifest{"avFileType": []any{"hls", "mp4"}}))),
		Entry("with a layout of its own", starting("mix", transcoding(manifest{
			"width": 1280, "height": 720, "fps": 15, "bitrate": 2260, "mixedVideoLayout": 3, "backgroundColor": "#123456",
			"layoutConfig": []any{place(0, 0.333333), place(0.333333, 0.666667)},
		}))),
		Entry("encrypted", starting("mix", config("decryptionMode", 7), config("decryptionSecretRef", manifest{"name": "channel"}))),
		Entry("with everybody", starting("mix", config("subscribeAudioUids", []any{"#allstream#"}), config("subscribeVideoUids", []any{"#allstream#"}))),
		Entry("with 32 users", starting("individual", config("subscribeAudioUids", users(32)), config("subscribeVideoUids", users(32)))),
		Entry("with the highest user ID in each list", starting("mix", config("subscribeAudioUids", []any{"0", "4294967295"}), config("unsubscribeVideoUids", []any{"4294967295"}))),
		Entry("with the highest user ID in the other lists", starting("mix", config("unsubscribeAudioUids", []any{"4294967295"}), config("subscribeVideoUids", []any{"#allstream#", "4294967295"}))),
		Entry("with the highest user ID shown large", starting("mix", transcoding(manifest{"mixedVideoLayout": 2, "maxResolutionUid": "4294967295",
			"backgroundConfig": []any{background("4294967295"), background("1")}}))),
		Entry("with places of several users, and for any", starting("mix", transcoding(manifest{"mixedVideoLayout": 3,
			"layoutConfig": []any{placeOf("1"), placeOf("4294967295"), place(0, 1), place(0, 1)}}))),
		Entry("with private parameters", starting("mix", config("privateParams", "\n {\"correctEXTINF\":\n true} "))),
		Entry("with the shortest private parameters", starting("mix", config("privateParams", "{}"))),
		Entry("in the region of its bucket", all(starting("mix", set("region", "EU")), storedIn(1, 7))),
		Entry("where nobody knows in which region its bucket lies", all(starting("mix", set("region", "AP")), storedIn(1, 9))),
		Entry("with a member whose text speaks of a key", starting("mix", raw("recordingConfig.newMember", `{"a": "the key: of it", "b": ["token", "salt"]}`))),
		Entry("in mode individual, without subscribeUidGroup", starting("individual", set("recordingConfig", manifest{}))),
		Entry("with a member of the storage that Agora may add", starting("mix", raw("storageConfig.newMember", `{"a": 1}`))),
		Entry("with a member of the storage's parameters that Agora may add", starting("mix", raw("storageConfig.extensionParams.newMember", "true"))),
		Entry("with members of the services that Agora may add", starting("web", services(webRecorder(nil), publisher()), set("rawParameters", []any{
			manifest{"name": recorderMember + "serviceParam.newMember", "value": "1"},
			manifest{"name": recorderMember + "newMember", "value": "1"},
			manifest{"name": "extensionServiceConfig.newMember", "value": "1"},
			manifest{"name": "extensionServiceConfig.extensionServices.rtmp_publish_service.serviceParam.newMember", "value": "1"},
		}))),
		Entry("with a preference of a region", starting("mix", rawOfAcquire("regionAffinity", "3"))),
		Entry("with a member of both methods", starting("mix", set("rawParameters", []any{
			manifest{"method": "acquire", "name": "newMember", "value": "1"}, manifest{"method": "start", "name": "newMember", "value": "1"},
		}))),
		Entry("with an address without a user", starting("mix", raw("newConfig", `["https://example.com/a?b=1", "https://example.com/@c", "x@y.example"]`))),
		Entry("with a member that Agora may add", starting("mix", raw("recordingConfig.newMember", `{"a": 1}`))),
	)

	It("can be corrected until it has been called, and not after", func(ctx context.Context) {
		object := recording(starting("mix"))
		Expect(api.Create(ctx, object)).To(Succeed())
		patch := func(change string) error {
			return api.Patch(ctx, object.DeepCopy(), client.RawPatch("application/merge-patch+json", []byte(change)))
		}
		Expect(patch(`{"spec":{"start":{"recordingConfig":{"maxIdleTime":60}}}}`)).To(Succeed())

		status := &v1alpha1.CloudRecording{}
		Expect(api.Get(ctx, client.ObjectKeyFromObject(object), status)).To(Succeed())
		Expect(api.Status().Patch(ctx, status, client.RawPatch("application/merge-patch+json",
			[]byte(`{"status":{"startRequestedTime":"2026-05-04T12:00:00Z"}}`)))).To(Succeed())
		Expect(patch(`{"spec":{"start":{"recordingConfig":{"maxIdleTime":61}}}}`)).
			To(MatchError(ContainSubstring("spec.start.recordingConfig can change only in")))
		Expect(patch(`{"spec":{"storage":{"bucket":"another"}}}`)).
			To(MatchError(ContainSubstring("cannot be changed once the recording was started")))
		Expect(patch(`{"spec":{"state":"Stopped"}}`)).To(Succeed())
	})

	It("can be neither added nor removed later", func(ctx context.Context) {
		object := recording(starting("mix"))
		Expect(api.Create(ctx, object)).To(Succeed())
		err := api.Patch(ctx, object, client.RawPatch("application/merge-patch+json", []byte(`{"spec":{"start":null,"resourceId":"a","sid":"b"}}`)))
		Expect(err).To(MatchError(ContainSubstring("spec.start can be neither added nor removed later")))
	})
})
