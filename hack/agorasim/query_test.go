// SPDX-License-Identifier: Apache-2.0

package agorasim_test

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

func withMode(mode string) func(*agorasim.RecordingOptions) {
	return func(o *agorasim.RecordingOptions) { o.Mode = mode }
}

func withPrefix(o *agorasim.RecordingOptions) { o.FileNamePrefix = []string{"rec", "room1"} }

func withMP4(o *agorasim.RecordingOptions) { o.AvFileType = []string{"hls", "mp4"} }

func withScreenshots(o *agorasim.RecordingOptions) {
	o.Mode, o.Snapshot = recorder.ModeIndividual, true
}

func nothingRecorded(o *agorasim.RecordingOptions) { o.NothingRecorded = true }

// begun is when an added recording began, in milliseconds since 1970.
var begun = beginning.Add(-10 * time.Minute).UnixMilli()

// identity returns the members that identify the recording in an answer.
func identity(r agorasim.Recording) string {
	return fmt.Sprintf(`"cname":%q,"uid":%q,"resourceId":%q,"sid":%q`, r.CName, r.UID, r.ResourceID, r.SID)
}

func file(name, trackType, uid string, mixed bool) string {
	return fmt.Sprintf(`{"fileName":%q,"trackType":%q,"uid":%q,"mixedAllUser":%t,"isPlayable":true,"sliceStartTime":%d}`,
		name, trackType, uid, mixed, begun)
}

func webFile(name string) string {
	return fmt.Sprintf(`{"filename":%q,"sliceStartTime":%d}`, name, begun)
}

var _ = Describe("query", func() {
	answers := func(r agorasim.Recording, serverResponse string) OmegaMatcher {
		return SatisfyAll(HaveField("Status", http.StatusOK),
			HaveField("Body", MatchJSON(fmt.Sprintf(`{%s,"serverResponse":%s}`, identity(r), serverResponse))))
	}

	It("names the index of a mix recording", func() {
		s := newService()
		r := s.running(withPrefix)
		Expect(s.query(r)).To(answers(r, fmt.Sprintf(
			`{"status":5,"fileListMode":"string","fileList":"rec/room1/%s_lesson.m3u8","sliceStartTime":%d}`, r.SID, begun)))
	})

	It("lists the index of a mix recording that makes MP4 files at its end", func() {
		s := newService()
		r := s.running(withMP4)
		Expect(s.query(r)).To(answers(r, fmt.Sprintf(
			`{"status":5,"fileListMode":"json","fileList":[%s],"sliceStartTime":%d}`,
			file(r.SID+"_lesson.m3u8", "audio_and_video", "0", true), begun)))
	})

	It("lists an index for each user and track of an individual recording", func() {
		s := newService()
		r := s.running(withMode(recorder.ModeIndividual), withPrefix, func(o *agorasim.RecordingOptions) {
			o.Publishers = []string{"123", "456"}
		})
		name := func(uid, track string) string {
			return fmt.Sprintf("rec/room1/%s_lesson__uid_s_%s__uid_e_%s.m3u8", r.SID, uid, track)
		}
		Expect(s.query(r)).To(answers(r, fmt.Sprintf(
			`{"status":5,"fileListMode":"json","fileList":[%s,%s,%s,%s],"sliceStartTime":%d}`,
			file(name("123", "audio"), "audio", "123", false), file(name("123", "video"), "video", "123", false),
			file(name("456", "audio"), "audio", "456", false), file(name("456", "video"), "video", "456", false), begun)))
	})

	It("lists nothing of an individual recording with screenshots", func() {
		s := newService()
		r := s.running(withScreenshots)
		Expect(s.query(r)).To(answers(r, fmt.Sprintf(`{"status":5,"sliceStartTime":%d}`, begun)))
	})

	It("lists the files of a web recording with their service, without the prefix", func() {
		s := newService()
		r := s.running(withMode(recorder.ModeWeb), withPrefix)
		Expect(s.query(r)).To(answers(r, fmt.Sprintf(`{"status":5,"extensionServiceState":[{
			"serviceName":"web_recorder_service","payload":{"state":"inProgress","onhold":false,"fileList":[%s]}}]}`,
			webFile(r.SID+"_lesson.m3u8"))))
	})

	It("replaces the special characters of a web recording's label in its file names", func() {
		s := newService()
		r := s.running(withMode(recorder.ModeWeb), func(o *agorasim.RecordingOptions) { o.CName = "a!@#$%^&*()+_.=[]{}~|,;:?<>z-9" })
		Expect(s.query(r).Body).To(ContainSubstring(r.SID + "_a" + strings.Repeat("-", 26) + "z-9.m3u8"))
	})

	It("keeps the special characters of a channel in file names", func() {
		s := newService()
		r := s.running(func(o *agorasim.RecordingOptions) { o.CName = "a.b" })
		Expect(s.query(r).serverResponse()).To(HaveKeyWithValue("fileList", r.SID+"_a.b.m3u8"))
	})

	It("names nothing where nobody publishes", func() {
		s := newService()
		r := s.running(nothingRecorded)
		Expect(s.query(r).serverResponse()).To(SatisfyAll(
			HaveKeyWithValue("fileListMode", "string"), HaveKeyWithValue("fileList", "")))
	})

	It("lists nothing where nobody publishes", func() {
		s := newService()
		r := s.running(nothingRecorded, withMode(recorder.ModeIndividual))
		Expect(s.query(r).serverResponse()).To(SatisfyAll(
			HaveKeyWithValue("fileListMode", "json"), HaveKeyWithValue("fileList", BeEmpty())))
		Expect(s.query(r).Body).To(ContainSubstring(`"fileList":[]`))
	})

	DescribeTable("never says how the upload is", func(change func(*agorasim.RecordingOptions)) {
		s := newService()
		r := s.running(change)
		Expect(s.query(r).Body).NotTo(ContainSubstring("upload"))
		Expect(s.stopAsync(r).Status).To(Equal(http.StatusOK))
		Expect(s.query(r).Body).NotTo(ContainSubstring("upload"))
		s.clock.Step(uploadDuration)
		Expect(s.query(r).Body).NotTo(ContainSubstring("upload"))
	},
		Entry("of a mix recording", withMP4),
		Entry("of an individual recording", withMode(recorder.ModeIndividual)),
		Entry("of screenshots", withScreenshots),
		Entry("of a web recording", withMode(recorder.ModeWeb)),
	)

	It("changes nothing", func() {
		s := newService()
		r := s.running()
		before := s.now(r)
		s.query(r)
		Expect(s.now(r)).To(Equal(before))
	})
})

var _ = DescribeTable("query and stop find",
	func(change func(*agorasim.Recording), expected OmegaMatcher) {
		s := newService()
		s.running(func(o *agorasim.RecordingOptions) { o.CName, o.SID = "another", "another" })
		recording := s.running()
		asked := recording
		change(&asked)
		Expect(s.query(asked)).To(expected)
		Expect(s.stopAsync(asked)).To(expected)
		Expect(s.now(recording).StopsTaken).To(BeZero())
	},
	Entry("nothing in another mode", func(r *agorasim.Recording) { r.Mode = recorder.ModeIndividual }, beNotFound()),
	Entry("nothing with an unknown resource ID of the usual length",
		func(r *agorasim.Recording) { r.ResourceID = strings.Repeat("x", 248) }, beNotFound()),
	Entry("code 1001 with a resource ID that is cut off",
		func(r *agorasim.Recording) { r.ResourceID = r.ResourceID[:90] }, refuse(http.StatusBadRequest, 1001)),
	Entry("code 1003 with an unknown sid",
		func(r *agorasim.Recording) { r.SID = strings.Repeat("0", 32) }, refuse(http.StatusBadRequest, 1003)),
	Entry("code 1003 with the sid of another recording",
		func(r *agorasim.Recording) { r.SID = "another" }, refuse(http.StatusBadRequest, 1003)),
)

var _ = Describe("query of another App ID", func() {
	It("answers code 1003", func() {
		s := newService()
		path := strings.Replace(queryPath(s.running()), "/app/", "/other/", 1)
		Expect(s.call(http.MethodGet, path, "")).To(refuse(http.StatusBadRequest, 1003))
	})
})
