// SPDX-License-Identifier: Apache-2.0

package bucket

import (
	"fmt"
	"strings"
	"time"

	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

// sliceCap limits the slices of a track unless the options set a number, so that a
// simulated recording does not fill the disk.
const sliceCap = 5

// Media contains the files that a recording has produced by a time, and their state in
// the bucket.
type Media struct {
	*recorder.Recorder
	At time.Time
}

// MediaOf returns the media of a recording at a time.
func MediaOf(r *recorder.Recorder, at time.Time) Media { return Media{r, at} }

// By returns the media at another time.
func (m Media) By(at time.Time) Media { return Media{m.Recorder, at} }

// Track is a sequence of files from a part of a recording: the slices of an index, or
// screenshots.
type Track struct {
	Part      recorder.Part
	Base      string // prefix of the file names, without fileNamePrefix and extension
	Publisher string
	Kind      string
	Mixed     bool
	Interval  time.Duration
	extension string
	Indexed   bool
	mp4       bool
	// unixNames is true if slices are named by milliseconds since 1970.
	unixNames bool
	// children are the base names of the tracks whose indexes this track's index names. A
	// track with children has no slices.
	children []string
}

// IsMerged reports whether the track combines other tracks.
func (t Track) IsMerged() bool { return len(t.children) > 0 }

// Tracks returns the tracks of the parts that have begun.
func (m Media) Tracks() []Track {
	if m.RecordedNothing() || m.Failure != "" {
		return nil
	}
	var tracks []Track
	for _, p := range m.Parts(m.At) {
		base := p.FilePrefix() + m.BaseName()
		if m.Mode != recorder.ModeIndividual {
			tracks = append(tracks, Track{
				Part: p, Base: base, Publisher: "0", Kind: m.mixedKind(), Mixed: true,
				Interval: recorder.SliceDuration, extension: ".ts", Indexed: true, mp4: m.MakesMP4() && !m.Upload.MissingMP4,
				unixNames: m.Mode == recorder.ModeWeb && m.UnixSliceNames,
			})
			continue
		}
		for _, publisher := range m.Publishers {
			tracks = append(tracks, m.individualTracks(p, base, publisher)...)
		}
	}
	return tracks
}

func (m Media) individualTracks(p recorder.Part, base, publisher string) []Track {
	var tracks []Track
	named := func(kind string) string { return fmt.Sprintf("%s__uid_s_%s__uid_e_%s", base, publisher, kind) }
	if len(m.AvFileType) > 0 {
		for _, kind := range m.kinds() {
			tracks = append(tracks, Track{
				Part: p, Base: named(kind), Publisher: publisher, Kind: kind,
				Interval: recorder.SliceDuration, extension: ".ts", Indexed: true,
			})
		}
	}
	if len(tracks) > 1 && m.StreamMode == recorder.StreamModeStandard {
		tracks = append(tracks, Track{
			Part: p, Base: named("av"), Publisher: publisher, Kind: "audio_and_video",
			Interval: recorder.SliceDuration, extension: ".ts", Indexed: true, children: []string{named("audio"), named("video")},
		})
	}
	if m.Snapshot {
		tracks = append(tracks, Track{
			Part: p, Base: named("video"), Publisher: publisher, Kind: "video",
			Interval: m.CaptureInterval, extension: ".jpg",
		})
	}
	return tracks
}

// kinds returns the recorded types of media.
func (m Media) kinds() []string {
	switch m.StreamTypes {
	case recorder.StreamTypeAudio:
		return []string{"audio"}
	case recorder.StreamTypeVideo:
		return []string{"video"}
	default:
		return []string{"audio", "video"}
	}
}

// mixedKind returns the media name of a track that contains all types.
func (m Media) mixedKind() string { return strings.Join(m.kinds(), "_and_") }

// Recorded returns how many slices or screenshots of a track are complete.
func (m Media) Recorded(t Track) int {
	if t.Part.OverAt(m.At) {
		if !m.CutOff || t.Part.Number < len(m.Moves) {
			return m.inAll(t)
		}
		m.At = t.Part.End
	}
	elapsed := t.Part.RecordedTime(m.At)
	if !t.Indexed {
		return min(int(elapsed/t.Interval), m.MostSlices())
	}
	if elapsed < m.FirstSlice() {
		return 0
	}
	return min(max(int(elapsed/t.Interval), 1), m.MostSlices())
}

// inAll returns the total number of slices or screenshots of a track whose part is over.
func (m Media) inAll(t Track) int {
	if !t.Part.AtLength {
		return 0
	}
	if m.Slices > 0 {
		return m.Slices
	}
	length := t.Part.RecordedTime(t.Part.End)
	n := int(length / t.Interval)
	if t.Indexed && (length%t.Interval > 0 || n == 0) {
		n++ // the end completes a slice
	}
	return min(n, m.MostSlices())
}

// MostSlices returns the maximum number of slices of a track.
func (m Media) MostSlices() int {
	if m.Slices > 0 {
		return m.Slices
	}
	return sliceCap
}

// sliceBegin returns when a slice begins or a screenshot is taken.
func (t Track) sliceBegin(n int) time.Time {
	if !t.Indexed {
		n++
	}
	return t.Part.Moment(time.Duration(n) * t.Interval)
}

// sliceLength returns the length of a slice. The last one may be shorter, unless the
// options set the number of slices.
func (m Media) sliceLength(t Track, n int) time.Duration {
	left := t.Part.RecordedTime(t.Part.End) - time.Duration(n)*t.Interval
	if m.Slices > 0 || !t.Part.OverAt(m.At) || left <= 0 {
		return t.Interval
	}
	return min(left, t.Interval)
}

// SliceName returns the name of a slice or a screenshot.
func (t Track) SliceName(n int) string {
	begin := t.sliceBegin(n)
	digits := UTCDigits(begin)
	if t.unixNames {
		digits = fmt.Sprint(begin.UnixMilli())
	}
	return t.Base + "_" + digits + t.extension
}

// UTCDigits formats a time as the 17 digits in file names.
func UTCDigits(at time.Time) string {
	at = at.UTC()
	return at.Format("20060102150405") + fmt.Sprintf("%03d", at.Nanosecond()/int(time.Millisecond))
}
