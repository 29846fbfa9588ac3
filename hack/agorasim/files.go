// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"fmt"
	"strings"
	"time"
)

// File is an entry of a file list.
type File struct {
	FileName       string `json:"fileName"`
	TrackType      string `json:"trackType"`
	UID            string `json:"uid"`
	MixedAllUser   bool   `json:"mixedAllUser"`
	IsPlayable     bool   `json:"isPlayable"`
	SliceStartTime int64  `json:"sliceStartTime"`
}

// The time until the first slice is done, and with it the index.
const (
	firstSliceMix        = 15 * time.Second
	firstSliceIndividual = time.Minute
)

// webReplaced are the characters that stand as "-" in the file names of a web recording.
const webReplaced = "!@#$%^&*()+_.=[]{}~|,;:?<>"

// files returns the index and MP4 files that the recorder has made so far.
func (r *recorder) files(now time.Time) []File {
	if r.recordedNothing() || !r.hasSlice(now) {
		return nil
	}
	if r.mode == ModeIndividual {
		return r.individualFiles()
	}
	files := []File{r.file(r.baseName()+".m3u8", "audio_and_video", "0", true)}
	if r.has("mp4") && r.ended {
		files = append(files, r.file(r.baseName()+"_0.mp4", "audio_and_video", "0", true))
	}
	return files
}

func (r *recorder) individualFiles() []File {
	var files []File
	for _, publisher := range r.publishers {
		for _, track := range []string{"audio", "video"} {
			name := fmt.Sprintf("%s__uid_s_%s__uid_e_%s.m3u8", r.baseName(), publisher, track)
			files = append(files, r.file(name, track, publisher, false))
		}
	}
	return files
}

func (r *recorder) file(name, trackType, uid string, mixed bool) File {
	return File{
		FileName: r.prefix() + name, TrackType: trackType, UID: uid,
		MixedAllUser: mixed, IsPlayable: true, SliceStartTime: r.startedAt.UnixMilli(),
	}
}

// hasSlice says whether a slice is done. The end of a recording ends its
// slice, if it had come to record at all.
func (r *recorder) hasSlice(now time.Time) bool {
	if r.ended {
		return !r.endedAt.Before(r.startedAt.Add(r.startupDuration()))
	}
	return now.Sub(r.startedAt) >= r.firstSlice()
}

func (r *recorder) firstSlice() time.Duration {
	if r.mode == ModeIndividual {
		return firstSliceIndividual
	}
	return firstSliceMix
}

func (r *recorder) baseName() string {
	cname := r.cname
	if r.mode == ModeWeb {
		cname = strings.Map(func(c rune) rune {
			if strings.ContainsRune(webReplaced, c) {
				return '-'
			}
			return c
		}, cname)
	}
	return r.sid + "_" + cname
}

// prefix is fileNamePrefix as it stands before a name. In the answers about
// web recordings it is left out.
func (r *recorder) prefix() string {
	if len(r.fileNamePrefix) == 0 || r.mode == ModeWeb {
		return ""
	}
	return strings.Join(r.fileNamePrefix, "/") + "/"
}
