// SPDX-License-Identifier: Apache-2.0

package bucket

import (
	"slices"
	"strings"
	"time"

	"cloudrecording.dev/operator/hack/agorasim/recorder"
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

// The time until the first slice, and with it the index, is complete.
const (
	firstSliceMix        = 15 * time.Second
	firstSliceIndividual = time.Minute
)

// webReplaced are the characters that file names of a web recording replace with "-".
const webReplaced = "!@#$%^&*()+_.=[]{}~|,;:?<>"

// Files returns the index and MP4 files that the recorder has made so far. Those of its
// last server come last.
func (m Media) Files() []File {
	var files []File
	for _, t := range m.Tracks() {
		if !t.Indexed || !m.hasSlice(t.Part) {
			continue
		}
		files = append(files, m.file(t.Base+".m3u8", t))
		if t.mp4 && t.Part.OverAt(m.At) {
			files = append(files, m.file(t.Base+"_0.mp4", t))
		}
	}
	return files
}

func (m Media) file(name string, t Track) File {
	return File{
		FileName: m.Prefix() + name, TrackType: t.Kind, UID: t.Publisher,
		MixedAllUser: t.Mixed, IsPlayable: true, SliceStartTime: t.Part.Begin.UnixMilli(),
	}
}

// LatestIndex returns the index to use if only one is named: the one from the last
// server.
func LatestIndex(files []File) string {
	for _, file := range slices.Backward(files) {
		if strings.HasSuffix(file.FileName, ".m3u8") {
			return file.FileName
		}
	}
	return ""
}

// hasSlice reports whether a slice of a part is complete. The end of a part completes its
// slice if anything was recorded.
func (m Media) hasSlice(p recorder.Part) bool {
	if p.OverAt(m.At) {
		return p.AtLength
	}
	return p.RecordedTime(m.At) >= m.FirstSlice()
}

// FirstSlice returns the time until the first slice of a part is complete.
func (m Media) FirstSlice() time.Duration {
	if m.Mode == recorder.ModeIndividual {
		return firstSliceIndividual
	}
	return firstSliceMix
}

// BaseName returns the common prefix of all file names, except those from further
// servers.
func (m Media) BaseName() string {
	cname := m.CName
	if m.Mode == recorder.ModeWeb {
		cname = strings.Map(func(c rune) rune {
			if strings.ContainsRune(webReplaced, c) {
				return '-'
			}
			return c
		}, cname)
	}
	return m.SID + "_" + cname
}

// Prefix returns fileNamePrefix as it precedes file names in answers and notifications.
// Those about web recordings omit it.
func (m Media) Prefix() string {
	if m.Mode == recorder.ModeWeb {
		return ""
	}
	return m.keyPrefix()
}

// keyPrefix returns fileNamePrefix as it precedes keys in the bucket.
func (m Media) keyPrefix() string {
	if len(m.FileNamePrefix) == 0 {
		return ""
	}
	return strings.Join(m.FileNamePrefix, "/") + "/"
}
