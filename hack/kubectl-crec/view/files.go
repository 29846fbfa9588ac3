// SPDX-License-Identifier: Apache-2.0

package view

import (
	"cmp"
	"io"
	"strconv"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/progress"
)

// File is a file of a recording with its session. Programs may read it as JSON.
type File struct {
	v1alpha1.RecordedFile `json:",inline"`

	SID string `json:"sid,omitempty"`

	// Uploaded is true if there is evidence that the files of its session are in the
	// bucket.
	Uploaded bool `json:"uploaded"`
}

// FilesOf returns the files of all sessions, the oldest session first.
func FilesOf(recording *v1alpha1.CloudRecording) []File {
	files := []File{}
	for _, session := range progress.Sessions(recording) {
		for _, file := range session.FileList {
			files = append(files, File{RecordedFile: file, SID: session.SID, Uploaded: progress.EvidenceOf(session) != ""})
		}
	}
	return files
}

// PrintFiles writes a table of files. The width limits the table; 0 means no limit.
func PrintFiles(out io.Writer, files []File, width int) {
	table := Table{Columns: []string{"FILE", "TRACK", "UID", "BEGAN", "UPLOADED"}}
	for _, file := range files {
		table.Rows = append(table.Rows, []string{
			file.FileName, trackOf(file), cmp.Or(file.UID, "-"), began(file), strconv.FormatBool(file.Uploaded),
		})
	}
	table.Print(out, width)
}

// trackOf returns a short form of Agora's track type. A file without a track type may be
// one that was found in the bucket.
func trackOf(file File) string {
	switch {
	case file.TrackType == "audio_and_video":
		return "both"
	case file.TrackType == "" && file.Discovered:
		return "found"
	default:
		return cmp.Or(file.TrackType, "-")
	}
}

func began(file File) string {
	if file.SliceStartTime == nil {
		return "-"
	}
	return time.UnixMilli(*file.SliceStartTime).UTC().Format("2006-01-02 15:04")
}
