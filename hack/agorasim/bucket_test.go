// SPDX-License-Identifier: Apache-2.0

package agorasim_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"gocloud.dev/blob"
	"gocloud.dev/blob/memblob"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

// archive is a bucket with functions to inspect it.
type archive struct{ *blob.Bucket }

func newArchive() archive {
	bucket := memblob.OpenBucket(nil)
	DeferCleanup(bucket.Close)
	return archive{bucket}
}

// writtenTo returns a simulator that writes to the bucket and stops before the bucket is
// closed.
func writtenTo(a archive, changes ...func(*agorasim.Options)) *service {
	GinkgoHelper()
	s := newService(append(changes, func(o *agorasim.Options) { o.Bucket = a.Bucket })...)
	DeferCleanup(s.Close)
	return s
}

// sizes returns the sizes of the files by key.
func (a archive) sizes() map[string]int64 {
	GinkgoHelper()
	sizes := map[string]int64{}
	files := a.List(nil)
	for {
		file, err := files.Next(context.Background())
		if errors.Is(err, io.EOF) {
			return sizes
		}
		Expect(err).NotTo(HaveOccurred())
		sizes[file.Key] = file.Size
	}
}

func (a archive) keys(suffix string) []string {
	GinkgoHelper()
	var keys []string
	for key := range a.sizes() {
		if strings.HasSuffix(key, suffix) {
			keys = append(keys, key)
		}
	}
	return keys
}

func (a archive) read(key string) string {
	GinkgoHelper()
	content, err := a.ReadAll(context.Background(), key)
	Expect(err).NotTo(HaveOccurred())
	return string(content)
}

// named returns the slices that an index names.
func named(index string) []string {
	return regexp.MustCompile(`(?m)^[^#\n]+$`).FindAllString(index, -1)
}

func ended(index string) bool { return strings.HasSuffix(index, "#EXT-X-ENDLIST\n") }

// settled waits until all files are in the bucket that should be.
func (s *service) settled(r agorasim.Recording) {
	GinkgoHelper()
	Eventually(func() agorasim.Recording { return s.now(r) }).Should(HaveField("Written", true))
}

// uploaded ends a recording and finishes its upload, as reported by the answers.
func (s *service) uploaded(r agorasim.Recording) {
	GinkgoHelper()
	Expect(s.IdleOut(r.SID)).To(Succeed())
	s.clock.Step(uploadDuration)
	s.settled(r)
}

func withSlices(n int) func(*agorasim.RecordingOptions) {
	return func(o *agorasim.RecordingOptions) { o.Slices = n }
}

func withUploadOf(upload recorder.Upload) func(*agorasim.RecordingOptions) {
	return func(o *agorasim.RecordingOptions) { o.Upload = &upload }
}

var _ = Describe("The bucket", func() {
	var (
		a archive
		s *service
	)
	BeforeEach(func() {
		a = newArchive()
		s = writtenTo(a)
	})

	It("gets an index and the slices that it names, while they are recorded", func() {
		r := s.started(recorder.ModeMix)
		s.clock.Step(14 * time.Second)
		s.settled(r)
		Expect(a.sizes()).To(BeEmpty())
		s.clock.Step(17 * time.Second)
		s.settled(r)
		base := "rec/room1/" + r.SID + "_lesson"
		Expect(a.sizes()).To(SatisfyAll(HaveLen(3), HaveKeyWithValue(base+".m3u8", BeNumerically(">", 0)),
			HaveKeyWithValue(base+"_20260504030201000.ts", BeNumerically(">", 0)),
			HaveKeyWithValue(base+"_20260504030216000.ts", BeNumerically(">", 0))))
		Expect(a.read(base + ".m3u8")).To(Equal(`#EXTM3U
#EXT-X-VERSION:3
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-ALLOW-CACHE:YES
#EXT-X-TARGETDURATION:15
#EXT-X-AGORA-TRACK-EVENT:EVENT=START,TRACK_TYPE=AUDIO,TIME=20260504030201000
#EXT-X-AGORA-TRACK-EVENT:EVENT=START,TRACK_TYPE=VIDEO,TIME=20260504030201000
#EXT-X-AGORA-ROTATE:WIDTH=640,HEIGHT=360,ROTATE=0,TIME=20260504030201000
#EXTINF:15.000000
` + r.SID + `_lesson_20260504030201000.ts
#EXTINF:15.000000
` + r.SID + `_lesson_20260504030216000.ts
`))
	})

	It("gets the end of the index, and what the end cuts short, with the upload", func() {
		r := s.started(recorder.ModeMix)
		s.clock.Step(35 * time.Second)
		s.stopAsync(r)
		s.settled(r)
		index := "rec/room1/" + r.SID + "_lesson.m3u8"
		Expect(named(a.read(index))).To(HaveLen(2))
		s.clock.Step(uploadDuration)
		s.settled(r)
		Expect(named(a.read(index))).To(HaveLen(3))
		Expect(a.read(index)).To(HaveSuffix("#EXTINF:5.000000\n" + r.SID + "_lesson_20260504030231000.ts\n#EXT-X-ENDLIST\n"))
		Expect(a.keys(".ts")).To(HaveLen(3))
		Expect(s.now(r)).To(SatisfyAll(HaveField("UploadedAt", beginning.Add(37*time.Second)), HaveField("BackedUp", false)))
	})

	It("gets a few slices of a long recording, or as many as are wanted", func() {
		few, many := s.running(), s.running(withSlices(50), func(o *agorasim.RecordingOptions) { o.UID = "2" })
		s.uploaded(few)
		s.uploaded(many)
		Expect(named(a.read(few.SID + "_lesson.m3u8"))).To(HaveLen(5))
		index := a.read(many.SID + "_lesson.m3u8")
		Expect(index).To(SatisfyAll(ContainSubstring("#EXT-X-TARGETDURATION:15\n"), Satisfy(ended)))
		Expect(strings.Count(index, "#EXTINF:15.000000\n")).To(Equal(50))
		Expect(a.keys(".ts")).To(HaveLen(55))
	})

	It("gets an index of each user and kind in mode individual", func() {
		r := s.running(withMode(recorder.ModeIndividual), withPrefix, func(o *agorasim.RecordingOptions) { o.Publishers = []string{"7", "8"} })
		s.uploaded(r)
		Expect(a.keys(".m3u8")).To(ConsistOf(s.now(r).Files))
		base := "rec/room1/" + r.SID + "_lesson__uid_s_7__uid_e_audio"
		Expect(a.sizes()).To(HaveKey(base + "_20260504025201000.ts"))
		Expect(a.read(base + ".m3u8")).To(And(ContainSubstring("TRACK_TYPE=AUDIO"), Not(ContainSubstring("TRACK_TYPE=VIDEO"))))
		Expect(named(a.read(base + ".m3u8"))).To(HaveLen(5))
	})

	It("gets an index of audio and video together of each user with the streamMode standard", func() {
		standard := func(request members) { object(request, "recordingConfig")["streamMode"] = "standard" }
		for name, r := range map[string]agorasim.Recording{
			"one that was added":   s.running(withMode(recorder.ModeIndividual), withPrefix, func(o *agorasim.RecordingOptions) { o.StreamMode, o.UID = "standard", "7" }),
			"one that was started": s.started(recorder.ModeIndividual, standard, func(request members) { request["recordingFileConfig"] = members{} }),
		} {
			s.clock.Step(time.Minute)
			s.uploaded(r)
			base := "rec/room1/" + r.SID + "_lesson__uid_s_123__uid_e_"
			Expect(s.now(r).Files).To(ConsistOf(base+"audio.m3u8", base+"video.m3u8", base+"av.m3u8"), name)
			merged := a.read(base + "av.m3u8")
			Expect(merged).To(ContainSubstring("# Audio\n#EXT-X-MEDIA:"))
			Expect(merged).To(ContainSubstring("URI=\"" + r.SID + "_lesson__uid_s_123__uid_e_audio.m3u8\""))
			Expect(named(merged)).To(Equal([]string{r.SID + "_lesson__uid_s_123__uid_e_video.m3u8"}))
			Expect(a.sizes()).NotTo(HaveKey(MatchRegexp("_av_[0-9]+[.]ts$")))
			Expect(s.now(r).Complete).To(BeTrue(), name)
		}
	})

	It("gets an index of audio and video together from Agora's backup", func() {
		r := s.running(withMode(recorder.ModeIndividual), func(o *agorasim.RecordingOptions) {
			o.StreamMode, o.UploadingStatus = "standard", recorder.UploadingStatusBackuped
		})
		s.uploaded(r)
		s.clock.Step(10 * time.Minute)
		s.settled(r)
		Expect(a.keys(".m3u8")).To(ContainElement(MatchRegexp("__uid_e_av_[0-9]+_0[.]m3u8$")))
	})

	It("gets the files of a user who publishes later", func() {
		r := s.running(withMode(recorder.ModeIndividual))
		s.settled(r)
		Expect(s.Publish(r.SID, "123", "7")).To(Succeed())
		s.settled(r)
		Expect(a.keys(".m3u8")).To(HaveLen(4))
	})

	It("gets the MP4 file at the end", func() {
		r := s.running(withMP4)
		s.settled(r)
		Expect(a.keys(".mp4")).To(BeEmpty())
		s.uploaded(r)
		Expect(a.sizes()).To(HaveKeyWithValue(r.SID+"_lesson_0.mp4", BeNumerically(">", 0)))
	})

	It("gets slices of a web recording that are named by milliseconds, if told so", func() {
		other := newArchive()
		s := newService(func(o *agorasim.Options) { o.Bucket, o.UnixSliceNames = other.Bucket, true })
		DeferCleanup(s.Close)
		web, mix := s.running(withMode(recorder.ModeWeb)), s.running(func(o *agorasim.RecordingOptions) { o.CName = "mix" })
		s.uploaded(web)
		Expect(s.IdleOut(mix.SID)).To(Succeed())
		s.clock.Step(uploadDuration)
		s.settled(mix)
		index := other.read(web.SID + "_lesson.m3u8")
		Expect(named(index)).To(HaveEach(MatchRegexp("_lesson_[0-9]{13}[.]ts$")))
		for _, slice := range named(index) {
			Expect(other.sizes()).To(HaveKey(slice))
		}
		Expect(named(other.read(mix.SID + "_mix.m3u8"))).To(HaveEach(MatchRegexp("_mix_[0-9]{17}[.]ts$")))
	})

	It("gets no MP4 file where that is to be missing", func() {
		r := s.running(withMP4, withUploadOf(recorder.Upload{MissingMP4: true}))
		s.uploaded(r)
		Expect(a.keys(".mp4")).To(BeEmpty())
		Expect(s.now(r)).To(And(HaveField("Files", ConsistOf(HaveSuffix(".m3u8"))), HaveField("Complete", false)))
	})

	It("gets a web recording under its prefix, with a name of replaced characters", func() {
		r := s.running(withMode(recorder.ModeWeb), withPrefix, withMP4, func(o *agorasim.RecordingOptions) { o.CName = "a.b c_d" })
		s.uploaded(r)
		base := "rec/room1/" + r.SID + "_a-b c-d"
		Expect(a.sizes()).To(And(HaveKey(base+".m3u8"), HaveKey(base+"_0.mp4")))
		Expect(named(a.read(base + ".m3u8"))).To(HaveEach(HavePrefix(r.SID + "_a-b c-d_2026")))
	})

	It("gets screenshots, without an index", func() {
		r := s.running(withScreenshots, func(o *agorasim.RecordingOptions) {
			o.CaptureInterval = &metav1.Duration{Duration: 2 * time.Minute}
		})
		s.uploaded(r)
		base := r.SID + "_lesson__uid_s_123__uid_e_video_2026050402"
		Expect(a.keys("")).To(ConsistOf(base+"5401000.jpg", base+"5601000.jpg", base+"5801000.jpg",
			HaveSuffix("_20260504030001000.jpg"), HaveSuffix("_20260504030201000.jpg")))
	})

	It("gets both where screenshots are taken beside", func() {
		s.uploaded(s.running(withScreenshots, func(o *agorasim.RecordingOptions) { o.AvFileType = []string{"hls"} }))
		Expect(a.keys(".m3u8")).To(HaveLen(2))
		Expect(a.keys(".ts")).To(HaveLen(10))
		Expect(a.keys(".jpg")).To(HaveLen(5))
	})

	It("gets nothing of a recording in which nobody has published", func() {
		r := s.running(nothingRecorded)
		s.uploaded(r)
		Expect(a.sizes()).To(BeEmpty())
	})

	It("gets what another server records under other names, beside what there is", func() {
		r := s.running(withPrefix)
		for range 2 {
			Expect(s.LoseWorker(r.SID, time.Minute)).To(Succeed())
			s.clock.Step(2 * time.Minute)
		}
		s.uploaded(r)
		Expect(a.keys(".m3u8")).To(ConsistOf(
			"rec/room1/"+r.SID+"_lesson.m3u8", "rec/room1/bak0_"+r.SID+"_lesson.m3u8", "rec/room1/bak1_"+r.SID+"_lesson.m3u8"))
		for _, key := range a.keys(".m3u8") {
			Expect(a.read(key)).To(Satisfy(ended))
		}
		second := named(a.read("rec/room1/bak0_" + r.SID + "_lesson.m3u8"))
		Expect(second).To(HaveExactElements("bak0_"+r.SID+"_lesson_20260504030301000.ts",
			HavePrefix("bak0_"), HavePrefix("bak0_"), HavePrefix("bak0_")))
		Expect(a.keys(".ts")).To(HaveLen(5 + 4 + 4))
	})

	DescribeTable("gets nothing more of a recording that does not end well", func(end func(r agorasim.Recording) error) {
		r := s.running(withMP4)
		Expect(end(r)).To(Succeed())
		s.clock.Step(time.Hour)
		s.settled(r)
		Expect(a.keys(".mp4")).To(BeEmpty())
		index := a.read(r.SID + "_lesson.m3u8")
		Expect(named(index)).To(HaveLen(5))
		Expect(index).NotTo(Satisfy(ended))
	},
		Entry("as it exits at once", func(r agorasim.Recording) error { return s.Exit(r.SID) }),
		Entry("as it fails", func(r agorasim.Recording) error { return s.Fail(r.SID) }),
	)

	Describe("gets files", func() {
		present := func(r agorasim.Recording) (missing, empty int) {
			GinkgoHelper()
			sizes := a.sizes()
			for _, name := range named(a.read(r.SID + "_lesson.m3u8")) {
				size, there := sizes[name]
				switch {
				case !there:
					missing++
				case size == 0:
					empty++
				}
			}
			return missing, empty
		}

		It("late", func() {
			r := s.running(withMP4, withUploadOf(recorder.Upload{Late: metav1.Duration{Duration: time.Hour}}))
			s.settled(r)
			Expect(a.sizes()).To(BeEmpty())
			s.uploaded(r)
			Expect(a.keys(".ts")).To(HaveLen(2))
			Expect(a.read(r.SID + "_lesson.m3u8")).NotTo(Satisfy(ended))
			s.clock.Step(time.Hour - time.Nanosecond)
			s.settled(r)
			Expect(a.keys(".ts")).To(HaveLen(2))
			s.clock.Step(time.Nanosecond)
			s.settled(r)
			Expect(a.keys(".ts")).To(HaveLen(5))
			Expect(a.keys(".mp4")).To(HaveLen(1))
			Expect(a.read(r.SID + "_lesson.m3u8")).To(Satisfy(ended))
		})

		It("in part, whatever stop answers", func() {
			r := s.running(withSlices(8), withUploadOf(recorder.Upload{MissingSlices: 3, EmptySlices: 2}))
			answers := s.beginStop(r)
			s.awaitWaiting(2)
			s.clock.Step(uploadDuration)
			Expect(await(answers).serverResponse()).To(HaveKeyWithValue("uploadingStatus", "uploaded"))
			s.settled(r)
			missing, empty := present(r)
			Expect([]int{missing, empty}).To(Equal([]int{3, 2}))
			Expect(a.read(r.SID + "_lesson.m3u8")).To(Satisfy(ended))
		})

		It("out of Agora's backup, with an index of another name, and leaves the short one", func() {
			r := s.running(withMP4, withSlices(10), withOutcome(recorder.UploadingStatusBackuped))
			s.uploaded(r)
			Expect(s.now(r).BackedUp).To(BeTrue())
			Expect(a.keys(".ts")).To(HaveLen(5))
			Expect(a.keys(".mp4")).To(BeEmpty())
			Expect(a.keys(".m3u8")).To(HaveLen(1))
			s.clock.Step(10 * time.Minute)
			s.settled(r)
			Expect(s.now(r).BackedUp).To(BeFalse())
			Expect(a.keys(".ts")).To(HaveLen(10))
			Expect(a.keys(".mp4")).To(HaveLen(1))
			Expect(a.keys(".m3u8")).To(HaveLen(2))
			short := a.read(r.SID + "_lesson.m3u8")
			Expect(named(short)).To(HaveLen(5))
			Expect(short).NotTo(Satisfy(ended))
			whole := a.keys("_0.m3u8")
			Expect(whole).To(ConsistOf(MatchRegexp("^" + r.SID + `_lesson_\d+_0\.m3u8$`)))
			Expect(named(a.read(whole[0]))).To(HaveLen(10))
			Expect(a.read(whole[0])).To(Satisfy(ended))
		})

		It("out of the backup on demand, in steps with a growing index", func() {
			r := s.running(withSlices(10), withOutcome(recorder.UploadingStatusBackuped), withUploadOf(recorder.Upload{
				TransferSteps: 3, TransferAfter: metav1.Duration{Duration: -1},
			}))
			s.uploaded(r)
			s.clock.Step(240 * time.Hour)
			s.settled(r)
			Expect(a.keys(".ts")).To(HaveLen(5))
			for step, slices := range []int{7, 9, 10} {
				Expect(s.now(r).BackedUp).To(BeTrue())
				Expect(s.Transfer(r.SID)).To(Succeed())
				s.settled(r)
				keys := a.keys(fmt.Sprintf("_%d.m3u8", step))
				Expect(keys).To(HaveLen(1))
				Expect(named(a.read(keys[0]))).To(HaveLen(slices))
				Expect(ended(a.read(keys[0]))).To(Equal(step == 2))
				Expect(a.keys(".ts")).To(HaveLen(slices))
			}
			Expect(s.now(r).BackedUp).To(BeFalse())
			Expect(s.Transfer(r.SID)).To(MatchError(ContainSubstring("nothing is left")))
		})

		It("by steps of their own", func() {
			r := s.running(withSlices(4), withOutcome(recorder.UploadingStatusBackuped), withUploadOf(recorder.Upload{
				TransferSteps: 2, TransferAfter: metav1.Duration{Duration: time.Minute},
			}))
			s.uploaded(r)
			for step := range 2 {
				s.clock.Step(time.Minute)
				Eventually(func() []string { return a.keys(".ts") }).Should(HaveLen(3 + step))
			}
			Eventually(func() []string { return a.keys(".m3u8") }).Should(HaveLen(3))
		})

		It("out of the backup for an index that is complete already", func() {
			r := s.running(withOutcome(recorder.UploadingStatusBackuped), withUploadOf(recorder.Upload{CompleteIndex: true}))
			s.uploaded(r)
			missing, _ := present(r)
			Expect(missing).To(Equal(3))
			Expect(a.read(r.SID + "_lesson.m3u8")).To(Satisfy(ended))
			Expect(s.Transfer(r.SID)).To(Succeed())
			s.settled(r)
			missing, _ = present(r)
			Expect(missing).To(BeZero())
			Expect(a.keys(".m3u8")).To(HaveLen(1))
		})

		It("out of the backup for such an index, the last of them with the last step", func() {
			r := s.running(withSlices(2), withOutcome(recorder.UploadingStatusBackuped), withUploadOf(recorder.Upload{CompleteIndex: true, TransferSteps: 2}))
			s.uploaded(r)
			for _, left := range []int{1, 0} {
				Expect(s.Transfer(r.SID)).To(Succeed())
				s.settled(r)
				Expect(s.now(r).Complete).To(Equal(left == 0))
				missing, _ := present(r)
				Expect(missing).To(Equal(left))
			}
		})

		It("not at all before the transfer, where all of them are in the backup", func() {
			r := s.running(withSlices(1), withOutcome(recorder.UploadingStatusBackuped))
			s.uploaded(r)
			Expect(a.sizes()).To(BeEmpty())
			Expect(s.Transfer(r.SID)).To(Succeed())
			s.settled(r)
			Expect(a.sizes()).To(HaveLen(2))
		})
	})

	It("holds a recording completely once all of it has arrived whole", func() {
		r := s.running(withOutcome(recorder.UploadingStatusBackuped))
		Expect(s.now(r).Complete).To(BeFalse())
		s.uploaded(r)
		Expect(s.now(r).Complete).To(BeFalse())
		Expect(s.Transfer(r.SID)).To(Succeed())
		s.settled(r)
		Expect(s.now(r).Complete).To(BeTrue())
	})

	DescribeTable("never holds a recording completely that comes", func(upload recorder.Upload) {
		r := s.running(withUploadOf(upload))
		s.uploaded(r)
		Expect(s.now(r).Complete).To(BeFalse())
	},
		Entry("without a slice", recorder.Upload{MissingSlices: 1}),
		Entry("with an empty slice", recorder.Upload{EmptySlices: 1}),
	)

	It("holds what looks whole if a recorder fails before anything comes from its new server", func() {
		r := s.running()
		Expect(s.LoseWorker(r.SID, time.Second)).To(Succeed())
		s.clock.Step(2 * time.Second)
		Expect(s.Fail(r.SID)).To(Succeed())
		s.settled(r)
		Expect(s.now(r).Complete).To(BeFalse())
		Expect(s.now(r).LooksWhole).To(BeTrue())
	})

	It("holds all if a recorder is stopped before its new server has recorded anything for the backup", func() {
		s := writtenTo(a, func(o *agorasim.Options) { o.UploadingStatus = recorder.UploadingStatusBackuped })
		r := s.started(recorder.ModeMix)
		s.clock.Step(time.Minute)
		Expect(s.LoseWorker(r.SID, time.Second)).To(Succeed())
		s.clock.Step(2 * time.Second)
		s.uploaded(r)
		Expect(s.now(r).Complete).To(BeTrue())
	})

	It("shows that a recorder failed that had been on one server", func() {
		r := s.running()
		Expect(s.Fail(r.SID)).To(Succeed())
		s.settled(r)
		Expect(s.now(r).LooksWhole).To(BeFalse())
	})

	It("shows that a recorder failed whose new server had brought something", func() {
		r := s.running()
		Expect(s.LoseWorker(r.SID, time.Second)).To(Succeed())
		s.clock.Step(time.Minute)
		Expect(s.Fail(r.SID)).To(Succeed())
		s.settled(r)
		Expect(s.now(r).LooksWhole).To(BeFalse())
	})

	It("refuses a transfer that cannot be", func() {
		r := s.running(withOutcome(recorder.UploadingStatusBackuped))
		Expect(s.Transfer(r.SID)).To(MatchError(ContainSubstring("the upload is not over")))
		Expect(s.Transfer("none")).To(MatchError(ContainSubstring("no recording has the sid none")))
		r = s.running(func(o *agorasim.RecordingOptions) { o.UID = "2" })
		s.uploaded(r)
		Expect(s.Transfer(r.SID)).To(MatchError(ContainSubstring("not backuped")))
	})

	DescribeTable("refuses an upload", func(upload recorder.Upload) {
		_, err := s.AddRecording(agorasim.RecordingOptions{AppID: "a", CName: "c", UID: "2", Mode: "mix", Scenario: agorasim.Scenario{Upload: &upload}})
		Expect(err).To(HaveOccurred())
	},
		Entry("that ends before it begins", recorder.Upload{Late: metav1.Duration{Duration: -1}}),
		Entry("that lacks less than nothing", recorder.Upload{MissingSlices: -1}),
		Entry("in fewer steps than none", recorder.Upload{TransferSteps: -1}),
	)

	It("may be forbidden, which is told, and tried again", func() {
		bucket := memblob.OpenBucket(nil)
		Expect(bucket.Close()).To(Succeed())
		inbox := newReceiver()
		s := newService(func(o *agorasim.Options) { o.Bucket = bucket }, sentTo(inbox))
		r := s.running()
		Eventually(func() agorasim.Recording { return s.now(r) }).Should(HaveField("StorageProblem", ContainSubstring("write to the bucket")))
		Expect(s.now(r).Written).To(BeFalse())
		Expect(inbox.awaitOne(notify.EventError)).To(haveDetails(And(HaveKeyWithValue("module", 1.0), HaveKeyWithValue("errorCode", 47.0))))
		Expect(s.IdleOut(r.SID)).To(Succeed())
		s.clock.Step(uploadDuration)
		inbox.awaitOne(notify.EventUploaded)
	})

	It("gets ten thousand slices", func() {
		r := s.running(withSlices(10000))
		s.uploaded(r)
		Expect(a.sizes()).To(HaveLen(10001))
		Expect(named(a.read(r.SID + "_lesson.m3u8"))).To(HaveLen(10000))
	})
})
