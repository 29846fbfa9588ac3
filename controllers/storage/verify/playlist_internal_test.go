// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// read returns all files that a playlist names.
func read(text string) (references []reference, ended bool, err error) {
	p := newPlaylist(strings.NewReader(text), 4096)
	for {
		found, err := p.next()
		if errors.Is(err, io.EOF) {
			return references, p.hasEnd(), nil
		}
		if err != nil {
			return references, p.hasEnd(), err
		}
		references = append(references, found)
	}
}

func TestPlaylistNamesItsSlices(t *testing.T) {
	t.Parallel()
	seconds := func(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }
	for name, test := range map[string]struct {
		text       string
		references []reference
		ended      bool
	}{
		"as Agora writes it, without a comma": {
			text:       "#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:15.232\na.ts\n#EXT-X-DISCONTINUITY\n#EXTINF:3\nb.ts\n#EXT-X-ENDLIST\n",
			references: []reference{{"a.ts", seconds(15.232)}, {"b.ts", seconds(3)}},
			ended:      true,
		},
		"with a comma and a title":     {text: "#EXTM3U\n#EXTINF:15.5,title\na.ts\n", references: []reference{{"a.ts", seconds(15.5)}}},
		"with the ends of Windows":     {text: "\ufeff#EXTM3U\r\n#EXTINF:1\r\na.ts\r\n#EXT-X-ENDLIST\r\n", references: []reference{{"a.ts", seconds(1)}}, ended: true},
		"without an end of line":       {text: "#EXTM3U\n#EXTINF:1\na.ts", references: []reference{{"a.ts", seconds(1)}}},
		"with blank lines":             {text: "\n\n#EXTM3U\n\n#EXTINF:1\n\na.ts\n\n", references: []reference{{"a.ts", seconds(1)}}},
		"with a length that is none":   {text: "#EXTM3U\n#EXTINF:soon\na.ts\n", references: []reference{{"a.ts", 0}}},
		"with a length that is absurd": {text: "#EXTM3U\n#EXTINF:1e300\na.ts\n#EXTINF:-1\nb.ts\n#EXTINF:NaN\nc.ts\n", references: []reference{{"a.ts", 0}, {"b.ts", 0}, {"c.ts", 0}}},
		"a length counts once":         {text: "#EXTM3U\n#EXTINF:1\na.ts\nb.ts\n", references: []reference{{"a.ts", seconds(1)}, {"b.ts", 0}}},
		"with an index in a tag": {
			text:       "#EXTM3U\n# Audio\n#EXT-X-MEDIA:TYPE=AUDIO,URI=\"a.m3u8\",NAME=\"x\"\n#EXT-X-KEY:METHOD=NONE,URI=\"https://example.com/key\"\nb.m3u8\n",
			references: []reference{{"a.m3u8", 0}, {"b.m3u8", 0}},
		},
		"with no slices yet": {text: "#EXTM3U\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			references, ended, err := read(test.text)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(references).To(Equal(test.references))
			g.Expect(ended).To(Equal(test.ended))
		})
	}
}

func TestNamesTellWhatAFileIs(t *testing.T) {
	t.Parallel()
	const sid = "cb711ab5d643d4531efd86c18a8c131d"
	g := NewWithT(t)
	g.Expect(belongs(sid+"_room1.m3u8", sid)).To(BeTrue())
	g.Expect(belongs("bak0_"+sid+"_room1.m3u8", sid)).To(BeTrue())
	g.Expect(belongs("bak12_"+sid+"_room1.m3u8", sid)).To(BeTrue())
	g.Expect(belongs(sid+"0_room1.m3u8", sid)).To(BeFalse())
	g.Expect(belongs("x"+sid+"_room1.m3u8", sid)).To(BeFalse())
	g.Expect(belongs("bak_"+sid+"_room1.m3u8", sid)).To(BeFalse())

	of, ok := stemOfSlice(sid + "_room1_20190920125142485.ts")
	g.Expect(of).To(Equal(sid + "_room1"))
	g.Expect(ok).To(BeTrue())
	_, ok = stemOfSlice(sid + "_room1_2019092012514248.ts")
	g.Expect(ok).To(BeFalse())

	of, ok = stemOfSlice(sid + "_room1_1627613641393.ts")
	g.Expect(of).To(Equal(sid + "_room1"))
	g.Expect(ok).To(BeTrue())
	of, ok = stemOfSlice(sid + "_room1_1627613641393_20190920125142485.webm")
	g.Expect(of).To(Equal(sid + "_room1_1627613641393"))
	g.Expect(ok).To(BeTrue())

	of, number, ok := backupOf("rec/" + sid + "_room1_22194679897_3.m3u8")
	g.Expect(of).To(Equal("rec/" + sid + "_room1"))
	g.Expect(number).To(BeEquivalentTo(3))
	g.Expect(ok).To(BeTrue())
	_, _, ok = backupOf(sid + "_room1_2219467989799999999999_99999999999999999999999.m3u8")
	g.Expect(ok).To(BeFalse())
}
