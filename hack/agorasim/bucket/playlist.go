// SPDX-License-Identifier: Apache-2.0

package bucket

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// playlist returns an index as Agora writes it. Agora omits the comma that HLS requires
// after a duration, unless privateParams ask for it.
func (m Media) playlist(t Track, stage indexStage) []byte {
	if t.IsMerged() {
		return t.mergedPlaylist()
	}
	var index strings.Builder
	fmt.Fprintf(&index, "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-ALLOW-CACHE:YES\n"+
		"#EXT-X-TARGETDURATION:%d\n", int(math.Ceil(t.Interval.Seconds())))
	for _, media := range t.media() {
		fmt.Fprintf(&index, "#EXT-X-AGORA-TRACK-EVENT:EVENT=START,TRACK_TYPE=%s,TIME=%s\n", media, UTCDigits(t.Part.Begin))
		if media == "VIDEO" {
			fmt.Fprintf(&index, "#EXT-X-AGORA-ROTATE:WIDTH=640,HEIGHT=360,ROTATE=0,TIME=%s\n", UTCDigits(t.Part.Begin))
		}
	}
	comma := ""
	if m.CorrectEXTINF {
		comma = ","
	}
	for n := range stage.slices {
		fmt.Fprintf(&index, "#EXTINF:%s%s\n%s\n", seconds(m.sliceLength(t, n)), comma, t.SliceName(n))
	}
	if stage.ended {
		index.WriteString("#EXT-X-ENDLIST\n")
	}
	return []byte(index.String())
}

// mergedPlaylist returns the index of streamMode standard, which names other indexes.
// Agora does not document its format. This one has comments before blocks, and names both
// in tags and on lines, which readers must handle.
func (t Track) mergedPlaylist() []byte {
	audio, video := t.children[0]+".m3u8", t.children[1]+".m3u8"
	return fmt.Appendf(nil, "#EXTM3U\n#EXT-X-VERSION:3\n"+
		"# Audio\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",NAME=\"audio\",URI=\"%s\"\n"+
		"# Video\n#EXT-X-STREAM-INF:BANDWIDTH=500000,AUDIO=\"audio\"\n%s\n", audio, video)
}

// media returns the types of media in a track.
func (t Track) media() []string {
	switch t.Kind {
	case "audio":
		return []string{"AUDIO"}
	case "video":
		return []string{"VIDEO"}
	default:
		return []string{"AUDIO", "VIDEO"}
	}
}

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 6, 64) }
