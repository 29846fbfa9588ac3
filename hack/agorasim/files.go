// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"slices"
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

// files returns the index and MP4 files that the recorder has made so far,
// those of its last server last.
func (r *recorder) files(now time.Time) []File {
	var files []File
	for _, t := range r.tracks(now) {
		if !t.indexed || !r.hasSlice(t.part, now) {
			continue
		}
		files = append(files, r.file(t.base+".m3u8", t))
		if t.mp4 && t.part.overAt(now) {
			files = append(files, r.file(t.base+"_0.mp4", t))
		}
	}
	return files
}

func (r *recorder) file(name string, t track) File {
	return File{
		FileName: r.prefix() + name, TrackType: t.kind, UID: t.publisher,
		MixedAllUser: t.mixed, IsPlayable: true, SliceStartTime: t.part.begin.UnixMilli(),
	}
}

// latestIndex returns the index that stands for a recording where only one is
// named: that of its last server.
func latestIndex(files []File) string {
	for _, file := range slices.Backward(files) {
		if strings.HasSuffix(file.FileName, ".m3u8") {
			return file.FileName
		}
	}
	return ""
}

// hasSlice says whether a slice of a part is done. The end of a part ends its
// slice, if it had come to record at all.
func (r *recorder) hasSlice(p part, now time.Time) bool {
	if p.overAt(now) {
		return p.atLength
	}
	return p.recordedTime(now) >= r.firstSlice()
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

// prefix is fileNamePrefix as it stands before a name in answers and
// notifications. About web recordings it is left out.
func (r *recorder) prefix() string {
	if r.mode == ModeWeb {
		return ""
	}
	return r.keyPrefix()
}

// keyPrefix is fileNamePrefix as it stands before a key in the bucket.
func (r *recorder) keyPrefix() string {
	if len(r.fileNamePrefix) == 0 {
		return ""
	}
	return strings.Join(r.fileNamePrefix, "/") + "/"
}
