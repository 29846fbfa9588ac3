// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"fmt"
	"strings"
	"time"
)

const (
	// sliceCap is how many slices a track has at the most, unless the options
	// name a number: a simulated recording shall not fill a disk.
	sliceCap = 5

	defaultSliceDuration = 15 * time.Second
)

// track is a sequence of files which a part of a recording is made into: the
// slices of an index, or screenshots.
type track struct {
	part      part
	base      string // of the names, without fileNamePrefix and extension
	publisher string
	kind      string
	mixed     bool
	interval  time.Duration
	extension string
	indexed   bool
	mp4       bool
	// unixNames has its slices named by milliseconds since 1970.
	unixNames bool
	// children are the base names of the tracks whose indexes its own names. Such a
	// track has no slices.
	children []string
}

// isMerged says whether the track is made of others.
func (t track) isMerged() bool { return len(t.children) > 0 }

// tracks returns the tracks of the parts that have begun by then.
func (r *recorder) tracks(at time.Time) []track {
	if r.recordedNothing() || r.failure != "" {
		return nil
	}
	var tracks []track
	for _, p := range r.parts(at) {
		base := p.filePrefix() + r.baseName()
		if r.mode != ModeIndividual {
			tracks = append(tracks, track{
				part: p, base: base, publisher: "0", kind: r.mixedKind(), mixed: true,
				interval: r.sliceDuration, extension: ".ts", indexed: true, mp4: r.makesMP4() && !r.upload.MissingMP4,
				unixNames: r.mode == ModeWeb && r.unixSliceNames,
			})
			continue
		}
		for _, publisher := range r.publishers {
			tracks = append(tracks, r.individualTracks(p, base, publisher)...)
		}
	}
	return tracks
}

func (r *recorder) individualTracks(p part, base, publisher string) []track {
	var tracks []track
	named := func(kind string) string { return fmt.Sprintf("%s__uid_s_%s__uid_e_%s", base, publisher, kind) }
	if len(r.avFileType) > 0 {
		for _, kind := range r.kinds() {
			tracks = append(tracks, track{
				part: p, base: named(kind), publisher: publisher, kind: kind,
				interval: r.sliceDuration, extension: ".ts", indexed: true,
			})
		}
	}
	if len(tracks) > 1 && r.streamMode == streamModeStandard {
		tracks = append(tracks, track{
			part: p, base: named("av"), publisher: publisher, kind: "audio_and_video",
			interval: r.sliceDuration, extension: ".ts", indexed: true, children: []string{named("audio"), named("video")},
		})
	}
	if r.snapshot {
		tracks = append(tracks, track{
			part: p, base: named("video"), publisher: publisher, kind: "video",
			interval: r.captureInterval, extension: ".jpg",
		})
	}
	return tracks
}

// kinds are the media that are recorded.
func (r *recorder) kinds() []string {
	switch r.streamTypes {
	case streamTypeAudio:
		return []string{"audio"}
	case streamTypeVideo:
		return []string{"video"}
	default:
		return []string{"audio", "video"}
	}
}

// mixedKind names the media of a track that has all of them.
func (r *recorder) mixedKind() string { return strings.Join(r.kinds(), "_and_") }

// recorded returns how many slices or screenshots of a track are done.
func (r *recorder) recorded(t track, at time.Time) int {
	if t.part.overAt(at) {
		if !r.cutOff || t.part.number < len(r.moves) {
			return r.inAll(t)
		}
		at = t.part.end
	}
	elapsed := t.part.recordedTime(at)
	if !t.indexed {
		return min(int(elapsed/t.interval), r.mostSlices())
	}
	if elapsed < r.firstSlice() {
		return 0
	}
	return min(max(int(elapsed/t.interval), 1), r.mostSlices())
}

// inAll returns how many slices or screenshots a track has whose part is over.
func (r *recorder) inAll(t track) int {
	if !t.part.atLength {
		return 0
	}
	if r.slices > 0 {
		return r.slices
	}
	length := t.part.recordedTime(t.part.end)
	n := int(length / t.interval)
	if t.indexed && (length%t.interval > 0 || n == 0) {
		n++ // the end ends a slice
	}
	return min(n, r.mostSlices())
}

// mostSlices bounds the slices of a track.
func (r *recorder) mostSlices() int {
	if r.slices > 0 {
		return r.slices
	}
	return sliceCap
}

// sliceBegin is when a slice begins, or a screenshot is taken.
func (t track) sliceBegin(n int) time.Time {
	if !t.indexed {
		n++
	}
	return t.part.moment(time.Duration(n) * t.interval)
}

// sliceLength is how long a slice is. The last may be shorter, unless the
// options name the number.
func (r *recorder) sliceLength(t track, n int, at time.Time) time.Duration {
	left := t.part.recordedTime(t.part.end) - time.Duration(n)*t.interval
	if r.slices > 0 || !t.part.overAt(at) || left <= 0 {
		return t.interval
	}
	return min(left, t.interval)
}

// sliceName is the name of a slice or a screenshot.
func (t track) sliceName(n int) string {
	begin := t.sliceBegin(n)
	digits := utcDigits(begin)
	if t.unixNames {
		digits = fmt.Sprint(begin.UnixMilli())
	}
	return t.base + "_" + digits + t.extension
}

// utcDigits writes a time in the 17 digits that stand in names.
func utcDigits(at time.Time) string {
	at = at.UTC()
	return at.Format("20060102150405") + fmt.Sprintf("%03d", at.Nanosecond()/int(time.Millisecond))
}
