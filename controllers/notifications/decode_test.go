// SPDX-License-Identifier: Apache-2.0

package notifications

import (
	"fmt"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/utils/ptr"

	"cloudrecording.dev/operator/api/v1alpha1"
)

var _ = Describe("decoding", func() {
	index := v1alpha1.RecordedFile{
		FileName: "pfx/" + lessonSID + "_room1.m3u8", TrackType: "audio_and_video", UID: "0",
		MixedAllUser: ptr.To(true), IsPlayable: ptr.To(true), SliceStartTime: ptr.To[int64](1611566112080),
	}
	files := func(names ...string) []v1alpha1.RecordedFile {
		var files []v1alpha1.RecordedFile
		for _, name := range names {
			files = append(files, v1alpha1.RecordedFile{FileName: name})
		}
		return files
	}

	DescribeTable("reads every type of event", func(eventType Type, want Event, bringsNews bool) {
		want.NoticeID, want.Type = "2000001428:4330:107", eventType
		want.Time, want.Sequence = time.UnixMilli(1611566412000).UTC(), 12
		want.SID, want.CName, want.UID = lessonSID, "room1", "527841"
		event, err := Decode([]byte(notify(want.NoticeID, eventType, details()[eventType])))
		Expect(err).NotTo(HaveOccurred())
		Expect(event).To(Equal(want))
		Expect(eventType.BringsNews()).To(Equal(bringsNews))
		Expect(eventType.IsDocumented()).To(BeTrue())
	},
		Entry("1", CloudRecordingError, Event{MsgName: "cloud_recording_error",
			Failure: &Failure{Module: 1, Level: 5, Code: 32, Message: "the bucket refuses"}}, true),
		Entry("2", CloudRecordingWarning, Event{MsgName: "cloud_recording_warning", Failure: &Failure{Module: 1, Code: 32}}, true),
		Entry("3", CloudRecordingStatusUpdate, Event{MsgName: "cloud_recording_status_update",
			Status: ptr.To[int32](5), Files: files("pfx/a.m3u8")}, true),
		Entry("4", CloudRecordingFileInfos, Event{MsgName: "cloud_recording_file_infos", Files: files("pfx/a.m3u8")}, true),
		Entry("11", SessionExit, Event{MsgName: "session_exit", ExitStatus: ptr.To[int32](0)}, true),
		Entry("12", SessionFailover, Event{MsgName: "session_failover", NewUID: "123456"}, true),
		Entry("13", HighAvailabilityRegistration, Event{MsgName: "vod_started"}, false),
		Entry("30", UploaderStarted, Event{MsgName: "uploader_started", Status: ptr.To[int32](0)}, false),
		Entry("31", Uploaded, Event{MsgName: "uploaded", Status: ptr.To[int32](0), Files: []v1alpha1.RecordedFile{index}}, true),
		Entry("32", Backuped, Event{MsgName: "backuped", Status: ptr.To[int32](0), Files: []v1alpha1.RecordedFile{index}}, true),
		Entry("33", UploadingProgress, Event{MsgName: "uploading_progress", Progress: ptr.To[int32](2500)}, true),
		Entry("40", RecorderStarted, Event{MsgName: "recorder_started", Status: ptr.To[int32](0)}, true),
		Entry("41", RecorderLeave, Event{MsgName: "recorder_leave", LeaveCode: ptr.To[int32](6)}, true),
		Entry("42", RecorderSliceStart, Event{MsgName: "recorder_slice_start"}, false),
		Entry("43", RecorderAudioStreamStateChanged, Event{MsgName: "recorder_audio_stream_state_changed"}, false),
		Entry("44", RecorderVideoStreamStateChanged, Event{MsgName: "recorder_video_stream_state_changed"}, false),
		Entry("45", RecorderSnapshotFile, Event{MsgName: "recorder_snapshot_file",
			Files: files("pfx/" + lessonSID + "_room1__uid_s_7__uid_e_video_20210125092012345.jpg")}, true),
		Entry("60", VODStarted, Event{MsgName: "vod_started"}, false),
		Entry("61", VODTriggered, Event{MsgName: "vod_triggered"}, false),
		Entry("70", WebRecorderStarted, Event{MsgName: "web_recorder_started", StartTime: time.UnixMilli(1611566410000).UTC()}, true),
		Entry("71", WebRecorderStopped, Event{MsgName: "web_recorder_stopped",
			WebStop: &WebStop{Code: 4, Message: "page_load_timeout", Details: "the page took too long"},
			Files:   []v1alpha1.RecordedFile{{FileName: "a.mp4", SliceStartTime: ptr.To[int64](1611566410000)}, {FileName: "a.m3u8"}}}, true),
		Entry("72", WebRecorderCapabilityLimit, Event{MsgName: "web_recorder_capability_limit", Cause: "WebGL"}, true),
		Entry("73", WebRecorderReload, Event{MsgName: "web_recorder_reload", Cause: "audio_silence"}, true),
		Entry("80", TranscoderStarted, Event{MsgName: "transcoder_started"}, false),
		Entry("81", TranscoderCompleted, Event{MsgName: "transcoder_completed", Result: "partial_success",
			Files: []v1alpha1.RecordedFile{{FileName: "7.mp4", UID: "7"}}}, true),
		Entry("90", DownloadFailed, Event{MsgName: "download_failed", Failure: &Failure{Message: "a.ts;b.ts"}}, true),
		Entry("100", RTMPPublishStatus, Event{MsgName: "rtmp_publish_status",
			Publish: &Publish{RTMPURL: "rtmp://cdn.example.com:1935", Status: "publishing"}}, true),
		Entry("1001", PostponeTranscodeFinalResult, Event{MsgName: "postpone_transcode_final_result",
			Result: "total_success", Files: files("a.mp4")}, true),
	)

	DescribeTable("is tolerant", func(body string, matcher OmegaMatcher) {
		event, err := Decode([]byte(body))
		Expect(err).NotTo(HaveOccurred())
		Expect(event).To(matcher)
	},
		Entry("of numbers that come as strings",
			`{"noticeId":7,"eventType":"33","payload":{"sid":"s","uid":9,"sequence":"4","sendts":"1611566412000","details":{"progress":"10000"}}}`,
			Equal(Event{NoticeID: "7", Type: UploadingProgress, SID: "s", UID: "9", Sequence: 4,
				Time: time.UnixMilli(1611566412000).UTC(), Progress: ptr.To[int32](10000)})),
		Entry("of unknown types and members",
			`{"noticeId":"n","eventType":4711,"eventMs":1,"payload":{"sid":"s","eventMs":1,"details":{"what":["ever"]}}}`,
			Equal(Event{NoticeID: "n", Type: 4711, SID: "s"})),
		Entry("of missing details", `{"noticeId":"n","eventType":31,"payload":{"sid":"s"}}`,
			Equal(Event{NoticeID: "n", Type: Uploaded, SID: "s"})),
		Entry("of details that are none", `{"noticeId":"n","eventType":31,"payload":{"sid":"s","details":"x"}}`,
			Equal(Event{NoticeID: "n", Type: Uploaded, SID: "s"})),
		Entry("of a payload that is JSON in a string",
			`{"noticeId":"n","eventType":31,"payload":"{\"sid\":\"s\",\"uid\":\"7\",\"details\":{\"status\":0,\"fileList\":[\"a.m3u8\"]}}"}`,
			Equal(Event{NoticeID: "n", Type: Uploaded, SID: "s", UID: "7", Status: ptr.To[int32](0), Files: files("a.m3u8")})),
		Entry("of details that are JSON in a string",
			`{"noticeId":"n","eventType":11,"payload":{"sid":"s","details":"{\"msgName\":\"session_exit\",\"exitStatus\":1}"}}`,
			Equal(Event{NoticeID: "n", Type: SessionExit, SID: "s", MsgName: "session_exit", ExitStatus: ptr.To[int32](1)})),
		Entry("of a list of names", notify("n", CloudRecordingFileInfos, `"fileList":["a.m3u8","b.mp4"]`),
			HaveField("Files", Equal(files("a.m3u8", "b.mp4")))),
		Entry("of a list that is one object", notify("n", Uploaded, `"fileList":{"fileName":"a.m3u8"}`),
			HaveField("Files", Equal(files("a.m3u8")))),
		Entry("of a list that is JSON in a string", notify("n", Backuped, `"fileList":"[{\"fileName\":\"a.m3u8\"},\"b.mp4\"]"`),
			HaveField("Files", Equal(files("a.m3u8", "b.mp4")))),
		Entry("of an entry that is JSON in a string", notify("n", WebRecorderStopped, `"fileList":"{\"filename\":\"a.mp4\"}"`),
			HaveField("Files", Equal(files("a.mp4")))),
		Entry("of names of a screenshot in a list", notify("n", RecorderSnapshotFile, `"fileName":"[\"a.jpg\",\"b.jpg\"]"`),
			HaveField("Files", Equal(files("a.jpg", "b.jpg")))),
		Entry("of users that are JSON in a string", notify("n", TranscoderCompleted, `"uids":"[{\"uid\":7,\"fileList\":[\"7.mp4\"]}]"`),
			HaveField("Files", Equal([]v1alpha1.RecordedFile{{FileName: "7.mp4", UID: "7"}}))),
		Entry("of JSON that is cut off, which is no name", notify("n", CloudRecordingFileInfos, `"fileList":"[{\"fileName\":\"a.m"`),
			HaveField("Files", BeEmpty())),
		Entry("of a web recording's upload, which names no file", notify("n", Uploaded, `"status":0`),
			And(HaveField("Status", Equal(ptr.To[int32](0))), HaveField("Files", BeEmpty()))),
		Entry("of an event without its time, for which the sending counts",
			`{"noticeId":"n","eventType":31,"notifyMs":1611566412672,"payload":{"sid":"s"}}`,
			HaveField("Time", Equal(time.UnixMilli(1611566412672).UTC()))),
		Entry("of an upload whose status is missing", notify("n", Uploaded, `"fileList":[]`), HaveField("Status", BeNil())),
		Entry("of an upload whose status is null", notify("n", Uploaded, `"status":null`), HaveField("Status", BeNil())),
		Entry("of an upload whose status is empty", notify("n", Backuped, `"status":""`), HaveField("Status", BeNil())),
		Entry("of an upload whose status is no number", notify("n", Backuped, `"status":"ok"`), HaveField("Status", BeNil())),
		Entry("of an upload whose status is beyond 32 bits", notify("n", Backuped, `"status":4294967296`), HaveField("Status", BeNil())),
		Entry("of an upload whose status is not good", notify("n", Uploaded, `"status":1`), HaveField("Status", Equal(ptr.To[int32](1)))),
		Entry("of the old name of the ID", `{"notificationId":"old","eventType":31,"payload":{"sid":"s"}}`,
			HaveField("NoticeID", "old")),
		Entry("of a time that no timestamp can have", `{"noticeId":"n","eventType":31,"payload":{"sid":"s","sendts":9e15}}`,
			HaveField("Time", BeZero())),
		Entry("of progress that is none", notify("n", UploadingProgress, `"progress":10001`), HaveField("Progress", BeNil())),
		Entry("of an end without a code", notify("n", WebRecorderStopped, `"message":"ok"`), HaveField("WebStop", BeNil())),
		Entry("of an address that is none", notify("n", RTMPPublishStatus, `"rtmpUrl":"`+streamKey+`","status":"onhold"`),
			HaveField("Publish", Equal(&Publish{Status: "onhold"}))),
	)

	Describe("an event without an ID", func() {
		idOf := func(notifyMs int, eventType Type, payload string) string {
			GinkgoHelper()
			event, err := Decode(fmt.Appendf(nil, `{"notifyMs":%d,"eventType":%d,"payload":%s}`, notifyMs, eventType, payload))
			Expect(err).NotTo(HaveOccurred())
			return event.NoticeID
		}
		const payload = `{"sid":"s","uid":"7","details":{"progress":1000}}`

		It("keeps the ID that it gets when it is sent again", func() {
			Expect(idOf(1, UploadingProgress, payload)).To(HavePrefix("33:"))
			Expect(idOf(2, UploadingProgress, payload)).To(Equal(idOf(1, UploadingProgress, payload)))
		})

		DescribeTable("is told from another", func(eventType Type, other string) {
			Expect(idOf(1, eventType, other)).NotTo(Equal(idOf(1, UploadingProgress, payload)))
		},
			Entry("by its type", Uploaded, payload),
			Entry("by its recorder", UploadingProgress, `{"sid":"s","uid":"8","details":{"progress":1000}}`),
			Entry("by its sequence", UploadingProgress, `{"sid":"s","uid":"7","sequence":1,"details":{"progress":1000}}`),
			Entry("by its details, without a sequence", UploadingProgress, `{"sid":"s","uid":"7","details":{"progress":2000}}`),
		)
	})

	DescribeTable("refuses what is no notification", func(body string) {
		_, err := Decode([]byte(body))
		Expect(err).To(BeAssignableToTypeOf(malformedError("")))
		Expect(err.Error()).NotTo(ContainSubstring("content"))
	},
		Entry("nothing", ``),
		Entry("no JSON", `content`),
		Entry("no object", `["content"]`),
		Entry("null", `null`),
		Entry("an object that is cut off", `{"noticeId":"content"`),
		Entry("two objects", notify("content", Uploaded, ``)+`{}`),
		Entry("no type", `{"noticeId":"content","payload":{"sid":"s"}}`),
		Entry("a type that is no number", `{"eventType":"content","payload":{"sid":"s"}}`),
		Entry("a type beyond 32 bits", `{"eventType":4294967296,"payload":{"sid":"content"}}`),
		Entry("no payload", `{"eventType":31,"noticeId":"content"}`),
		Entry("a payload that is no object", `{"eventType":31,"payload":"content"}`),
		Entry("a payload in a string that is no object", `{"eventType":31,"payload":"[\"content\"]"}`),
		Entry("a payload in a string that is cut off", `{"eventType":31,"payload":"{\"sid\":\"content\""}`),
		Entry("no sid", `{"eventType":31,"payload":{"cname":"content"}}`),
		Entry("a sid that is too long", `{"eventType":31,"payload":{"sid":"`+strings.Repeat("content", 200)+`"}}`),
	)

	It("bounds what goes into a status", func() {
		long := strings.Repeat("é", maxTextBytes)
		event, err := Decode([]byte(notify(long, CloudRecordingError, `"errorMsg":"`+"a\\u0000b\\n"+long+`"`)))
		Expect(err).NotTo(HaveOccurred())
		Expect(event.NoticeID).To(Equal(strings.Repeat("é", maxTextBytes/2)))
		Expect(len(event.Failure.Message)).To(BeNumerically("<=", maxTextBytes))
		Expect(event.Failure.Message).To(HavePrefix("a b é"))

		names := `{"fileName":"` + strings.Repeat("x", maxTextBytes+1) + `"}`
		for i := range maxFiles + 5 {
			names += fmt.Sprintf(`,{"fileName":"%d.ts"}`, i)
		}
		event, err = Decode([]byte(notify("n", Uploaded, `"fileList":[`+names+`]`)))
		Expect(err).NotTo(HaveOccurred())
		Expect(event.Files).To(HaveLen(maxFiles))
		Expect(event.Files[0].FileName).To(Equal("0.ts"))
	})
})
