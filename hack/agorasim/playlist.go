// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// playlist writes an index as Agora does, which leaves out the comma that HLS
// demands after a duration, unless privateParams ask for it.
func (r *recorder) playlist(t track, stage indexStage, at time.Time) []byte {
	if t.isMerged() {
		return t.mergedPlaylist()
	}
	var index strings.Builder
	fmt.Fprintf(&index, "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-ALLOW-CACHE:YES\n"+
		"#EXT-X-TARGETDURATION:%d\n", int(math.Ceil(t.interval.Seconds())))
	for _, media := range t.media() {
		fmt.Fprintf(&index, "#EXT-X-AGORA-TRACK-EVENT:EVENT=START,TRACK_TYPE=%s,TIME=%s\n", media, utcDigits(t.part.begin))
		if media == "VIDEO" {
			fmt.Fprintf(&index, "#EXT-X-AGORA-ROTATE:WIDTH=640,HEIGHT=360,ROTATE=0,TIME=%s\n", utcDigits(t.part.begin))
		}
	}
	comma := ""
	if r.correctEXTINF {
		comma = ","
	}
	for n := range stage.slices {
		fmt.Fprintf(&index, "#EXTINF:%s%s\n%s\n", seconds(r.sliceLength(t, n, at)), comma, t.sliceName(n))
	}
	if stage.ended {
		index.WriteString("#EXT-X-ENDLIST\n")
	}
	return []byte(index.String())
}

// mergedPlaylist writes the index of the streamMode standard, which names other indexes.
// Agora does not document what it looks like: readers know blocks with a comment
// before them, and names in tags and in lines.
func (t track) mergedPlaylist() []byte {
	audio, video := t.children[0]+".m3u8", t.children[1]+".m3u8"
	return fmt.Appendf(nil, "#EXTM3U\n#EXT-X-VERSION:3\n"+
		"# Audio\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",NAME=\"audio\",URI=\"%s\"\n"+
		"# Video\n#EXT-X-STREAM-INF:BANDWIDTH=500000,AUDIO=\"audio\"\n%s\n", audio, video)
}

// media are the kinds of media in a track.
func (t track) media() []string {
	switch t.kind {
	case "audio":
		return []string{"AUDIO"}
	case "video":
		return []string{"VIDEO"}
	default:
		return []string{"AUDIO", "VIDEO"}
	}
}

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 6, 64) }
