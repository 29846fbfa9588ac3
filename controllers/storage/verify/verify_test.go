// SPDX-License-Identifier: Apache-2.0

package verify_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/storage"
	"cloudrecording.dev/operator/controllers/storage/verify"
)

var _ = Describe("A recording in a bucket", func() {
	const base = sid + "_room1"

	It("is complete when its index has its end and all slices are there", func(ctx SpecContext) {
		p := newPlace(ctx, "rec", "room1")
		p.put(ctx, together(recorded("rec/room1/", base, 3), map[string]string{"rec/room1/" + base + "_0.mp4": "film"}))
		finding := p.found(ctx, "rec/room1/"+base+".m3u8", "rec/room1/"+base+"_0.mp4")
		Expect(finding.Complete()).To(BeTrue())
		Expect(finding.Indexes).To(Equal(1))
		Expect(finding.Slices).To(Equal(3))
		Expect(finding.MP4s).To(Equal(1))
		Expect(finding.Playable).To(Equal(46500 * time.Millisecond))
		Expect(finding.Named).To(BeTrue())
		Expect(finding.MissingFiles).To(BeEmpty())
		Expect(finding.Files).To(Equal([]string{"rec/room1/" + base + ".m3u8", "rec/room1/" + base + "_0.mp4"}))
		index := len(recorded("", base, 3)[base+".m3u8"])
		Expect(finding.Bytes).To(BeEquivalentTo(index + 3*len("media") + len("film")))
	})

	It("is complete without any name from Agora, which is said", func(ctx SpecContext) {
		p := newPlace(ctx)
		p.put(ctx, recorded("", base, 2))
		finding := p.found(ctx)
		Expect(finding.Complete()).To(BeTrue())
		Expect(finding.Named).To(BeFalse())
	})

	It("is not complete when nothing is found", func(ctx SpecContext) {
		p := newPlace(ctx)
		p.put(ctx, recorded("", "another_room1", 2))
		finding := p.found(ctx)
		Expect(finding.Found()).To(BeFalse())
		Expect(finding.Complete()).To(BeFalse())
		Expect(finding.Missing).To(BeZero())
	})

	It("is not that of an SID that begins the same", func(ctx SpecContext) {
		p := newPlace(ctx)
		p.put(ctx, recorded("", sid+"0_room1", 2))
		Expect(p.found(ctx).Found()).To(BeFalse())
	})

	It("is not complete without the end of its index", func(ctx SpecContext) {
		p := newPlace(ctx)
		files := recorded("", base, 1)
		files[base+".m3u8"] = openPlaylistOf(sliceName(base, 0))
		p.put(ctx, files)
		finding := p.found(ctx)
		Expect(finding.Complete()).To(BeFalse())
		Expect(finding.Slices).To(Equal(1))
		Expect(finding.MissingFiles).To(Equal([]string{base + ".m3u8"}))
	})

	DescribeTable("is not complete with a slice missing", func(ctx SpecContext, number int) {
		p := newPlace(ctx)
		p.put(ctx, without(recorded("", base, 5), sliceName(base, number)))
		finding := p.found(ctx)
		Expect(finding.Complete()).To(BeFalse())
		Expect(finding.Slices).To(Equal(4))
		Expect(finding.Playable).To(Equal(62 * time.Second))
		Expect(finding.Missing).To(Equal(1))
		Expect(finding.MissingFiles).To(Equal([]string{sliceName(base, number)}))
	},
		Entry("the first", 0),
		Entry("one in the middle", 2),
		Entry("the last", 4),
	)

	It("names the first 20 that are missing, and counts all", func(ctx SpecContext) {
		p := newPlace(ctx)
		p.put(ctx, map[string]string{base + ".m3u8": recorded("", base, 50)[base+".m3u8"]})
		finding := p.found(ctx, base+"_0.mp4")
		Expect(finding.Missing).To(Equal(51))
		Expect(finding.MissingFiles).To(HaveLen(20))
		Expect(finding.MissingFiles[19]).To(Equal(sliceName(base, 19)))
	})

	It("misses empty files as if they were not there", func(ctx SpecContext) {
		p := newPlace(ctx)
		files := recorded("", base, 2)
		files[sliceName(base, 1)] = ""
		files[base+"_0.mp4"] = ""
		files[base+"__uid_s_1__uid_e_audio.m3u8"] = ""
		p.put(ctx, files)
		finding := p.found(ctx)
		Expect(finding.MissingFiles).To(ConsistOf(sliceName(base, 1), base+"_0.mp4", base+"__uid_s_1__uid_e_audio.m3u8"))
		Expect(finding.Slices).To(Equal(1))
		Expect(finding.MP4s).To(BeZero())
	})

	It("does not count slices that no index names", func(ctx SpecContext) {
		p := newPlace(ctx)
		files := recorded("", base, 2)
		files[sliceName(base, 7)] = "media"
		p.put(ctx, files)
		finding := p.found(ctx)
		Expect(finding.Complete()).To(BeTrue())
		Expect(finding.Slices).To(Equal(2))
	})

	It("misses an index and an MP4 file that Agora named and that are not there", func(ctx SpecContext) {
		p := newPlace(ctx, "rec")
		p.put(ctx, recorded("rec/", base, 1))
		finding := p.found(ctx, "rec/"+base+".m3u8", "rec/bak0_"+base+".m3u8", base+"_0.mp4")
		Expect(finding.Complete()).To(BeFalse())
		Expect(finding.MissingFiles).To(Equal([]string{"rec/bak0_" + base + ".m3u8", "rec/" + base + "_0.mp4"}))
	})

	It("takes a slice that an index names twice for one", func(ctx SpecContext) {
		p := newPlace(ctx)
		files := recorded("", base, 2)
		files[base+".m3u8"] = playlistOf(sliceName(base, 0), sliceName(base, 0), sliceName(base, 1))
		p.put(ctx, files)
		finding := p.found(ctx)
		Expect(finding.Complete()).To(BeTrue())
		Expect(finding.Slices).To(Equal(2))
	})

	It("finds slices that its index names out of order", func(ctx SpecContext) {
		p := newPlace(ctx)
		files := recorded("", base, 4)
		files[base+".m3u8"] = playlistOf(sliceName(base, 2), sliceName(base, 0), sliceName(base, 3), sliceName(base, 1), sliceName(base, -1))
		p.put(ctx, files)
		finding := p.found(ctx)
		Expect(finding.Slices).To(Equal(4))
		Expect(finding.MissingFiles).To(Equal([]string{sliceName(base, -1)}))
	})

	It("counts screenshots", func(ctx SpecContext) {
		p := newPlace(ctx)
		shot := sid + "_room1__uid_s_123__uid_e_video_20190920125142485.jpg"
		p.put(ctx, map[string]string{shot: "picture"})
		finding := p.found(ctx, shot)
		Expect(finding.Complete()).To(BeTrue())
		Expect(finding.Screenshots).To(Equal(1))
		Expect(finding.Named).To(BeFalse())
		Expect(finding.Files).To(BeEmpty())
	})

	It("has an index for each user and track in individual mode", func(ctx SpecContext) {
		p := newPlace(ctx)
		var files []map[string]string
		for _, track := range []string{"1__uid_e_audio", "1__uid_e_video", "12__uid_e_audio", "12__uid_e_video", "2__uid_e_audio"} {
			files = append(files, recorded("", sid+"_room1__uid_s_"+track, 3))
		}
		p.put(ctx, without(together(files...), sliceName(sid+"_room1__uid_s_12__uid_e_audio", 1)))
		finding := p.found(ctx)
		Expect(finding.Indexes).To(Equal(5))
		Expect(finding.Slices).To(Equal(14))
		Expect(finding.MissingFiles).To(Equal([]string{sliceName(sid+"_room1__uid_s_12__uid_e_audio", 1)}))
	})

	Describe("with the streamMode standard", func() {
		const user = base + "__uid_s_1__uid_e"
		tracks := func() map[string]string {
			return together(recorded("", user+"_audio", 3), recorded("", user+"_video", 3))
		}

		DescribeTable("has a merged index that names those of the tracks", func(ctx SpecContext, content string) {
			p := newPlace(ctx)
			files := tracks()
			files[user+"_av.m3u8"] = content
			p.put(ctx, files)
			finding := p.foundIn(ctx, v1alpha1.IndividualMode, user+"_av.m3u8")
			Expect(finding.Complete()).To(BeTrue(), "%+v", finding)
			Expect(finding.Indexes).To(Equal(3))
			Expect(finding.Slices).To(Equal(6))
			Expect(finding.Playable).To(Equal(93 * time.Second))
			Expect(finding.Files).To(ConsistOf(user+"_av.m3u8", user+"_audio.m3u8", user+"_video.m3u8"))
		},
			Entry("by a tag and by a line", mergedOf(user+"_audio.m3u8", user+"_video.m3u8")),
			Entry("by lines", "#EXTM3U\n# Audio\n"+user+"_audio.m3u8\n# Video\n"+user+"_video.m3u8\n#EXT-X-ENDLIST\n"),
			Entry("of which one is not there, since nothing was sent", mergedOf(user+"_audio.m3u8", user+"_gone.m3u8")),
		)

		It("is not complete by its merged index alone", func(ctx SpecContext) {
			p := newPlace(ctx)
			p.put(ctx, map[string]string{user + "_av.m3u8": mergedOf(user+"_audio.m3u8", user+"_video.m3u8")})
			Expect(p.foundIn(ctx, v1alpha1.IndividualMode).MissingFiles).To(Equal([]string{user + "_av.m3u8"}))
		})

		It("is not complete by a merged index that leads to none of the tracks", func(ctx SpecContext) {
			p := newPlace(ctx)
			files := tracks()
			files[user+"_av.m3u8"] = mergedOf(user+"_av.m3u8", user+"_other.m3u8")
			p.put(ctx, files)
			Expect(p.foundIn(ctx, v1alpha1.IndividualMode).MissingFiles).To(Equal([]string{user + "_av.m3u8"}))
		})

		It("misses the slices of an index that the merged one names", func(ctx SpecContext) {
			p := newPlace(ctx)
			files := without(tracks(), sliceName(user+"_video", 1))
			files[user+"_av.m3u8"] = mergedOf(user+"_audio.m3u8", user+"_video.m3u8")
			p.put(ctx, files)
			Expect(p.foundIn(ctx, v1alpha1.IndividualMode).MissingFiles).To(Equal([]string{sliceName(user+"_video", 1)}))
		})

		It("takes a merged index that names slices itself for any other", func(ctx SpecContext) {
			p := newPlace(ctx)
			files := tracks()
			files[user+"_av.m3u8"] = openPlaylistOf(sliceName(user+"_audio", 0), sliceName(user+"_video", 7))
			p.put(ctx, files)
			Expect(p.foundIn(ctx, v1alpha1.IndividualMode).MissingFiles).To(Equal([]string{user + "_av.m3u8", sliceName(user+"_video", 7)}))
		})

		It("counts a merged index and those of the tracks by what came from Agora's backup", func(ctx SpecContext) {
			p := newPlace(ctx)
			files := tracks()
			for _, track := range []string{"audio", "video"} {
				files[user+"_"+track+"_22194679897_0.m3u8"] = files[user+"_"+track+".m3u8"]
				delete(files, user+"_"+track+".m3u8")
			}
			files[user+"_av_22194679897_0.m3u8"] = mergedOf(user+"_audio.m3u8", user+"_video.m3u8")
			p.put(ctx, files)
			finding := p.foundIn(ctx, v1alpha1.IndividualMode, user+"_av.m3u8")
			Expect(finding.Complete()).To(BeTrue(), "%+v", finding)
			Expect(finding.Indexes).To(Equal(3))
			Expect(finding.Slices).To(Equal(6))
		})

		It("has a manifest beside the indexes of the tracks", func(ctx SpecContext) {
			p := newPlace(ctx)
			files := tracks()
			files[user+"_av.mpd"] = "<MPD/>"
			files[user+"_av.m3u8"] = mergedOf(user+"_av.mpd", user+"_gone.m3u8")
			p.put(ctx, files)
			finding := p.foundIn(ctx, v1alpha1.IndividualMode, user+"_av.mpd")
			Expect(finding.Complete()).To(BeTrue(), "%+v", finding)
			Expect(finding.Indexes).To(Equal(4))
		})

		It("is not complete by a manifest of which there is no slice", func(ctx SpecContext) {
			p := newPlace(ctx)
			other := base + "__uid_s_12__uid_e"
			p.put(ctx, together(recorded("", other+"_audio", 1), map[string]string{user + "_av.mpd": "<MPD/>"}))
			Expect(p.foundIn(ctx, v1alpha1.IndividualMode).MissingFiles).To(Equal([]string{user + "_av.mpd"}))
		})
	})

	It("may have slices with 13 digits, in mode web", func(ctx SpecContext) {
		p := newPlace(ctx)
		slice := func(number int) string { return fmt.Sprintf("%s_%d.ts", base, 1627613641393+int64(number)*15000) }
		backup := base + "_22194679897_0.m3u8"
		p.put(ctx, map[string]string{
			slice(0): "media", slice(1): "media", slice(2): "",
			// Its slices show which index it replaces.
			backup: playlistOf(slice(0), slice(1), slice(2)),
		})
		finding := p.foundIn(ctx, v1alpha1.WebMode)
		Expect(finding.Slices).To(Equal(2))
		Expect(finding.Playable).To(Equal(31 * time.Second))
		Expect(finding.MissingFiles).To(Equal([]string{slice(2)}))
	})

	Describe("that was started for MP4 files too", func() {
		DescribeTable("misses one", func(ctx SpecContext, files map[string]string, named []string, missing bool, count int) {
			p := newPlace(ctx)
			p.put(ctx, files)
			finding, err := newVerifier(verify.Options{}).
				Verify(ctx, p.location, p.credentials, storage.Recording{SID: sid, Files: named, MP4: true})
			Expect(err).NotTo(HaveOccurred())
			Expect(finding.MP4Missing).To(Equal(missing), "%+v", finding)
			Expect(finding.Missing).To(Equal(count))
			Expect(finding.Complete()).To(Equal(count == 0 && len(files) > 0))
		},
			Entry("not where one is there", together(recorded("", base, 2), map[string]string{base + "_0.mp4": "film"}), nil, false, 0),
			Entry("not where one is there from after a move", together(recorded("", base, 2), map[string]string{"bak0_" + base + "_0.mp4": "film"}), nil, false, 0),
			Entry("where none is there", recorded("", base, 2), nil, true, 1),
			Entry("where none is there, nor a slice", without(recorded("", base, 1), sliceName(base, 0)), nil, true, 2),
			Entry("by the name that Agora gave", recorded("", base, 2), []string{base + "_0.mp4"}, false, 1),
			Entry("by its own name where it is empty", together(recorded("", base, 2), map[string]string{base + "_0.mp4": ""}), nil, false, 1),
			Entry("not where there is nothing at all", nil, nil, false, 0),
		)

		It("misses none where none was asked for", func(ctx SpecContext) {
			p := newPlace(ctx)
			p.put(ctx, recorded("", base, 2))
			Expect(p.found(ctx).Complete()).To(BeTrue())
		})
	})

	It("has more indexes open at once than are read at once", func(ctx SpecContext) {
		p := newPlace(ctx)
		files := recorded("", sid+"_zzz", 3)
		for number := range 20 {
			files[fmt.Sprintf("%s_a%02d.m3u8", sid, number)] = playlistOf(sliceName(sid+"_zzz", 0), sliceName(sid+"_zzz", 1), sliceName(sid+"_zzz", 2))
		}
		p.put(ctx, files)
		finding := p.found(ctx)
		Expect(finding.Complete()).To(BeTrue(), "%+v", finding)
		Expect(finding.Indexes).To(Equal(21))
	})

	It("has a part of its own after each move to another server", func(ctx SpecContext) {
		p := newPlace(ctx, "rec")
		p.put(ctx, without(together(
			recorded("rec/", base, 2), recorded("rec/", "bak0_"+base, 3), recorded("rec/", "bak1_"+base, 4), recorded("rec/", "bak2_"+base, 5),
		), "rec/"+sliceName("bak1_"+base, 3)))
		finding := p.found(ctx)
		Expect(finding.Indexes).To(Equal(4))
		Expect(finding.Slices).To(Equal(13))
		Expect(finding.MissingFiles).To(Equal([]string{"rec/" + sliceName("bak1_"+base, 3)}))
	})

	It("may name slices of before the move in the index of after it", func(ctx SpecContext) {
		p := newPlace(ctx)
		files := recorded("", base, 2)
		files["bak0_"+base+".m3u8"] = playlistOf(sliceName(base, 1), sliceName(base, 9))
		p.put(ctx, files)
		finding := p.found(ctx)
		Expect(finding.Slices).To(Equal(2))
		Expect(finding.MissingFiles).To(Equal([]string{sliceName(base, 9)}))
	})

	Describe("whose channel's name is replaced in the names of its files", func() {
		It("is found by its SID", func(ctx SpecContext) {
			p := newPlace(ctx, "web")
			p.put(ctx, together(recorded("web/", sid+"_a-b--c", 2), map[string]string{"web/" + sid + "_a-b--c_0.mp4": "film"}))
			finding := p.found(ctx, sid+"_a-b--c.m3u8", sid+"_a-b--c_0.mp4")
			Expect(finding.Complete()).To(BeTrue())
			Expect(finding.Named).To(BeTrue())
		})
	})

	Describe("transferred from Agora's backup", func() {
		backup := func(number int) string { return fmt.Sprintf("%s_22194679897_%d.m3u8", base, number) }

		It("counts by the backup's index where that is larger", func(ctx SpecContext) {
			p := newPlace(ctx)
			files := recorded("", base, 4)
			files[backup(3)] = files[base+".m3u8"]
			files[base+".m3u8"] = openPlaylistOf(sliceName(base, 0))
			p.put(ctx, files)
			finding := p.found(ctx, base+".m3u8")
			Expect(finding.Complete()).To(BeTrue(), "%+v", finding)
			Expect(finding.Slices).To(Equal(4))
			Expect(finding.Indexes).To(Equal(1))
			Expect(finding.Files).To(Equal([]string{backup(3)}))
		})

		It("counts by its own index where that is larger", func(ctx SpecContext) {
			p := newPlace(ctx)
			files := recorded("", base, 4)
			files[backup(0)] = openPlaylistOf(sliceName(base, 0))
			p.put(ctx, files)
			finding := p.found(ctx, base+".m3u8")
			Expect(finding.Complete()).To(BeTrue(), "%+v", finding)
			Expect(finding.Files).To(Equal([]string{base + ".m3u8"}))
		})

		It("counts by the index with the highest number, not by the largest", func(ctx SpecContext) {
			p := newPlace(ctx)
			files := recorded("", base, 4)
			files[backup(9)] = playlistOf(sliceName(base, 0), sliceName(base, 1), sliceName(base, 2), sliceName(base, 7))
			files[backup(10)] = playlistOf(sliceName(base, 0), sliceName(base, 1), sliceName(base, 2))
			files[base+".m3u8"] = openPlaylistOf(sliceName(base, 0))
			p.put(ctx, files)
			finding := p.found(ctx)
			Expect(finding.Complete()).To(BeTrue(), "%+v", finding)
			Expect(finding.Files).To(Equal([]string{backup(10)}))
		})

		It("is complete with the backup's index alone, also in a folder and in individual mode", func(ctx SpecContext) {
			p := newPlace(ctx, "rec")
			track := sid + "_room1__uid_s_123__uid_e_video"
			files := recorded("rec/", track, 3)
			files["rec/"+track+"_22194679897_3.m3u8"] = files["rec/"+track+".m3u8"]
			p.put(ctx, without(files, "rec/"+track+".m3u8"))
			finding, err := newVerifier(verify.Options{}).Verify(ctx, p.location, p.credentials,
				storage.Recording{SID: sid, Mode: v1alpha1.IndividualMode, Files: []string{"rec/" + track + ".m3u8"}})
			Expect(err).NotTo(HaveOccurred())
			Expect(finding.Complete()).To(BeTrue(), "%+v", finding)
			Expect(finding.Slices).To(Equal(3))
		})

		It("does not take a channel's name for the mark of a backup", func(ctx SpecContext) {
			p := newPlace(ctx)
			p.put(ctx, recorded("", sid+"_room_1_2", 3))
			finding := p.found(ctx, sid+"_room_1_2.m3u8")
			Expect(finding.Complete()).To(BeTrue(), "%+v", finding)
			Expect(finding.Files).To(Equal([]string{sid + "_room_1_2.m3u8"}))
		})

		It("knows the backup's index of a channel whose name looks like the mark of one", func(ctx SpecContext) {
			p := newPlace(ctx)
			files := recorded("", sid+"_room_1_2", 3)
			files[sid+"_room_1_2_22194679897_0.m3u8"] = files[sid+"_room_1_2.m3u8"]
			files[sid+"_room_1_2.m3u8"] = openPlaylistOf(sliceName(sid+"_room_1_2", 0))
			p.put(ctx, files)
			finding := p.found(ctx)
			Expect(finding.Complete()).To(BeTrue(), "%+v", finding)
			Expect(finding.Files).To(Equal([]string{sid + "_room_1_2_22194679897_0.m3u8"}))
		})
	})

	Describe("that Agora names", func() {
		It("in another folder than the object is found there", func(ctx SpecContext) {
			p := newPlace(ctx, "wrong")
			p.put(ctx, without(recorded("right/", base, 3), "right/"+sliceName(base, 1)))
			finding := p.found(ctx, "right/"+base+".m3u8")
			Expect(finding.Indexes).To(Equal(1))
			Expect(finding.MissingFiles).To(Equal([]string{"right/" + sliceName(base, 1)}))
		})

		It("by a name without its SID is found by that name", func(ctx SpecContext) {
			p := newPlace(ctx, "rec")
			p.put(ctx, map[string]string{"rec/film.mp4": "film"})
			finding := p.found(ctx, "film.mp4", "rec/other.mp4")
			Expect(finding.MP4s).To(Equal(1))
			Expect(finding.MissingFiles).To(Equal([]string{"rec/other.mp4"}))
		})
	})

	It("can be verified with a key that may only list and read", func(ctx SpecContext) {
		p := newPlace(ctx)
		p.put(ctx, recorded("", base, 2))
		reader, err := p.server.AddReader(ctx, p.location.Bucket)
		Expect(err).NotTo(HaveOccurred())
		p.credentials = storage.Credentials{AccessKey: reader.AccessKey, SecretKey: reader.SecretKey}
		Expect(p.found(ctx).Complete()).To(BeTrue())
	})

	It("has files with characters that a URL must escape", func(ctx SpecContext) {
		p := newPlace(ctx)
		p.put(ctx, recorded("", sid+"_a b+c&d=e;f@g,h~i!j$k(l)m", 2))
		Expect(p.found(ctx).Complete()).To(BeTrue())
	})
})

var _ = Describe("An index that is not Agora's", func() {
	const base = sid + "_room1"

	DescribeTable("ends in a problem that names it", func(ctx SpecContext, content string, said string) {
		p := newPlace(ctx)
		p.put(ctx, map[string]string{base + ".m3u8": content})
		_, err := p.verify(ctx)
		Expect(kindOf(err)).To(Equal(storage.IndexInvalid))
		Expect(err.Error()).To(And(ContainSubstring(base+".m3u8"), ContainSubstring(said)))
		_, again := p.verify(ctx)
		Expect(again.Error()).To(Equal(err.Error()))
	},
		Entry("garbage", strings.Repeat("\x00\xff\x17garbage", 1<<17), "does not begin as a playlist does"),
		Entry("garbage in the middle", "#EXTM3U\n\x00\xff\x17garbage\n", "is not a text"),
		Entry("a page", "<html><body>Not found</body></html>", "does not begin as a playlist does"),
		Entry("nothing but blank lines", "\n\n\n", "does not begin as a playlist does"),
		Entry("an endless line", "#EXTM3U\n"+strings.Repeat("x", 1<<20), "has a line that is too long"),
		Entry("a name that is too long", "#EXTM3U\n"+strings.Repeat("x", 2000), "refers to a file whose name is too long"),
		Entry("a folder above", "#EXTM3U\n../"+base+"_0.ts\n", "refers to a file outside its own folder"),
		Entry("a folder below", "#EXTM3U\nsub/"+base+"_0.ts\n", "refers to a file outside its own folder"),
		Entry("an absolute path", "#EXTM3U\n/etc/passwd\n", "refers to a file outside its own folder"),
		Entry("another host", "#EXTM3U\nhttp://169.254.169.254/latest/\n", "refers to a file outside its own folder"),
		Entry("a backslash", "#EXTM3U\n..\\x.ts\n", "refers to a file outside its own folder"),
		Entry("another recording", "#EXTM3U\nd41d8cd98f00b204e9800998ecf8427e_x.ts\n", "refers to a file of another recording"),
	)

	It("is not followed where it names itself or another index", func(ctx SpecContext) {
		p := newPlace(ctx)
		p.put(ctx, map[string]string{
			sid + "_a.m3u8": playlistOf(sid+"_a.m3u8", sid+"_b.m3u8"),
			sid + "_b.m3u8": playlistOf(sid+"_a.m3u8", sid+"_c.m3u8"),
		})
		finding := p.found(ctx)
		Expect(finding.MissingFiles).To(Equal([]string{sid + "_a.m3u8", sid + "_b.m3u8", sid + "_c.m3u8"}), "neither has a slice, and one is not there")
		Expect(finding.Slices).To(BeZero())
	})

	DescribeTable("is not complete where it leads to nothing", func(ctx SpecContext, content string) {
		p := newPlace(ctx)
		p.put(ctx, map[string]string{base + ".m3u8": content, base + "_0.mp4": "film"})
		finding := p.found(ctx, base+".m3u8", base+"_0.mp4")
		Expect(finding.Complete()).To(BeFalse(), "%+v", finding)
		Expect(finding.MissingFiles).To(Equal([]string{base + ".m3u8"}))
	},
		Entry("without a slice", playlistOf()),
		Entry("with itself alone", playlistOf(base+".m3u8")),
		Entry("with itself alone, by a tag", mergedOf(base+".m3u8", "")+"#EXT-X-ENDLIST\n"),
		Entry("with an MP4 file alone", playlistOf(base+"_0.mp4")),
		Entry("without a slice and an end", openPlaylistOf()),
	)

	It("may not name more indexes than are kept in mind", func(ctx SpecContext) {
		p := newPlace(ctx)
		var names []string
		for number := range 20 {
			names = append(names, fmt.Sprintf("%s_%d.m3u8", base, number))
		}
		p.put(ctx, map[string]string{base + ".m3u8": playlistOf(names...)})
		_, err := newVerifier(verify.Options{Limits: verify.Limits{Files: 10}}).
			Verify(ctx, p.location, p.credentials, storage.Recording{SID: sid})
		Expect(kindOf(err)).To(Equal(storage.TooLarge))
		Expect(err.Error()).To(ContainSubstring("names more indexes"))
	})

	It("is not read where it is too large", func(ctx SpecContext) {
		p := newPlace(ctx)
		p.put(ctx, recorded("", base, 100))
		_, err := newVerifier(verify.Options{Limits: verify.Limits{IndexBytes: 1000}}).
			Verify(ctx, p.location, p.credentials, storage.Recording{SID: sid})
		Expect(kindOf(err)).To(Equal(storage.TooLarge))
	})

	It("may not name more out of order than is kept in mind", func(ctx SpecContext) {
		p := newPlace(ctx)
		var names []string
		for number := range 20 {
			names = append(names, sliceName(base, 20-number))
		}
		p.put(ctx, map[string]string{base + ".m3u8": playlistOf(names...)})
		_, err := newVerifier(verify.Options{Limits: verify.Limits{OutOfOrder: 10}}).
			Verify(ctx, p.location, p.credentials, storage.Recording{SID: sid})
		Expect(kindOf(err)).To(Equal(storage.TooLarge))
		Expect(err.Error()).To(ContainSubstring("out of order"))
	})

	It("is one of too many", func(ctx SpecContext) {
		p := newPlace(ctx)
		files := map[string]string{}
		for number := range 12 {
			files[fmt.Sprintf("%s_%d.m3u8", sid, number)] = playlistOf()
		}
		p.put(ctx, files)
		_, err := newVerifier(verify.Options{Limits: verify.Limits{Files: 10}}).
			Verify(ctx, p.location, p.credentials, storage.Recording{SID: sid})
		Expect(kindOf(err)).To(Equal(storage.TooLarge))
	})
})

var _ = Describe("A recording in Azure", func() {
	const base = sid + "_room1"

	It("is verified like any other", func(ctx SpecContext) {
		p := newAzurePlace(ctx, "rec")
		p.put(ctx, without(together(recorded("rec/", base, 30), recorded("rec/", "bak0_"+base, 3), map[string]string{"rec/" + base + "_0.mp4": "film"}),
			"rec/"+sliceName(base, 17)))
		finding := p.found(ctx, "rec/"+base+".m3u8", base+"_0.mp4")
		Expect(finding.Slices).To(Equal(32))
		Expect(finding.Indexes).To(Equal(2))
		Expect(finding.MP4s).To(Equal(1))
		Expect(finding.MissingFiles).To(Equal([]string{"rec/" + sliceName(base, 17)}))

		By("refusing a wrong key")
		wrong := p
		wrong.credentials.SecretKey = "d3Jvbmc="
		_, err := wrong.verify(ctx)
		Expect(kindOf(err)).To(BeElementOf(storage.CredentialsRejected, storage.AccessDenied), "the emulator's code is not Azure's own: %v", err)

		By("missing a container")
		wrong = p
		wrong.location.Bucket = "nowhere"
		_, err = wrong.verify(ctx)
		Expect(kindOf(err)).To(Equal(storage.BucketNotFound), err.Error())
	})

	DescribeTable("needs a name and a key that can be Azure's", func(name, key string) {
		_, err := newVerifier(verify.Options{}).Verify(context.Background(), storage.Location{Vendor: 5, Bucket: "container"},
			storage.Credentials{AccessKey: name, SecretKey: key}, storage.Recording{SID: sid})
		Expect(kindOf(err)).To(Equal(storage.CredentialsRejected))
		Expect(err.Error()).NotTo(Or(ContainSubstring(key), ContainSubstring(name)))
	},
		Entry("a name that would be another host", "evil.example.com/x", "a2V5LWtleQ=="),
		Entry("a name with upper-case letters", "MyAccountX", "a2V5LWtleQ=="),
		Entry("a name that is too short", "zq", "a2V5LWtleQ=="),
		Entry("a key that is no base64 text", "recordingsx", "%%not-base64%%"),
	)
})

var _ = Describe("A bucket that cannot be read", func() {
	DescribeTable("ends in a problem that says why", func(ctx SpecContext, change func(*place), kind storage.Kind) {
		p := newPlace(ctx)
		change(&p)
		_, err := p.verify(ctx)
		Expect(kindOf(err)).To(Equal(kind), err.Error())
		Expect(err.Error()).NotTo(Or(ContainSubstring("top-secret"), ContainSubstring(p.server.SecretKey)))
		_, again := p.verify(ctx)
		Expect(again.Error()).To(Equal(err.Error()))
	},
		Entry("a wrong secret key", func(p *place) { p.credentials.SecretKey = "top-secret" }, storage.CredentialsRejected),
		Entry("an unknown access key", func(p *place) { p.credentials.AccessKey = "nobody" }, storage.CredentialsRejected),
		Entry("no key", func(p *place) { p.credentials = storage.Credentials{} }, storage.CredentialsRejected),
		Entry("no such bucket", func(p *place) { p.location.Bucket = "nowhere" }, storage.BucketNotFound),
		Entry("a bucket's name that is none", func(p *place) { p.location.Bucket = "../x" }, storage.BucketNotFound),
		Entry("a name like one of Amazon's resources", func(p *place) { p.location.Bucket = "arn:aws:s3:us-east-1:1:accesspoint/x" }, storage.BucketNotFound),
		Entry("an address that is not allowed", func(p *place) { p.location.Endpoint = "https://storage.example.com" }, storage.EndpointNotAllowed),
		Entry("no address", func(p *place) { p.location.Endpoint = "" }, storage.EndpointNotAllowed),
		Entry("an unknown vendor", func(p *place) { p.location.Vendor = 4 }, storage.EndpointNotAllowed),
		Entry("an unknown region", func(p *place) { p.location.Vendor, p.location.Region = 1, 26 }, storage.EndpointNotAllowed),
		Entry("nobody there", func(p *place) { p.location.Endpoint = "http://127.0.0.1:1" }, storage.Unavailable),
	)

	It("says so where the key may do nothing", func(ctx SpecContext) {
		p := newPlace(ctx)
		user, err := p.server.AddUser(ctx, p.location.Bucket)
		Expect(err).NotTo(HaveOccurred())
		p.credentials = storage.Credentials{AccessKey: user.AccessKey, SecretKey: user.SecretKey}
		_, err = p.verify(ctx)
		Expect(kindOf(err)).To(Equal(storage.AccessDenied), err.Error())
	})

	It("says so where the key may list but not read", func(ctx SpecContext) {
		p := newPlace(ctx)
		p.put(ctx, recorded("", sid+"_room1", 1))
		user, err := p.server.AddUser(ctx, p.location.Bucket, "s3:ListBucket")
		Expect(err).NotTo(HaveOccurred())
		p.credentials = storage.Credentials{AccessKey: user.AccessKey, SecretKey: user.SecretKey}
		_, err = p.verify(ctx)
		Expect(kindOf(err)).To(Equal(storage.AccessDenied), err.Error())
	})
})
