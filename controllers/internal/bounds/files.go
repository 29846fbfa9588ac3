// SPDX-License-Identifier: Apache-2.0

package bounds

import (
	"encoding/json"
	"slices"
	"strings"

	"cloudrecording.dev/operator/api/v1alpha1"
)

const (
	// MaxFileBytes bounds the lists of files in the status, for all sessions together.
	MaxFileBytes = 600 << 10

	// MaxScreenshotBytes is the share of screenshots. They are named one by one for as long as
	// a recording goes on, and must leave room for other files.
	MaxScreenshotBytes = MaxFileBytes / 2

	// fileBytes is what an entry takes in addition to its name and its optional fields.
	fileBytes = 68
)

// AddFiles adds files to a list, which shares the room of a status with the lists of other
// sessions. It also returns the names of the files that do not fit. surplus returns by how
// much the rest of the object exceeds its own room, which leaves less room for files.
func AddFiles(
	known, reported []v1alpha1.RecordedFile, others FileSizes, surplus func() int,
) (files []v1alpha1.RecordedFile, unlisted []string) {
	reported, unlisted = boundFiles(reported)
	merged := mergeFiles(known, reported)
	listed := len(known)
	size := SizeOfFiles(merged[:listed])
	all, screenshots := size.All+others.All, size.Screenshots+others.Screenshots
	if len(merged) > listed && all > MaxFileBytes/2 {
		// Measuring the rest is worthwhile only if there may be too little room.
		all += surplus()
	}
	files = merged[:listed:listed]
	for _, file := range merged[listed:] {
		size := sizeOfFile(file)
		if isScreenshot(file) {
			screenshots += size
		}
		all += size
		if all > MaxFileBytes || (isScreenshot(file) && screenshots > MaxScreenshotBytes) {
			all -= size
			if isScreenshot(file) {
				screenshots -= size
			}
			unlisted = append(unlisted, file.FileName)
			continue
		}
		files = append(files, file)
	}
	return files, unlisted
}

// Surplus returns by how much metadata and spec exceed the room that is left for them.
func Surplus(recording *v1alpha1.CloudRecording) int {
	own := v1alpha1.CloudRecording{ObjectMeta: recording.ObjectMeta, Spec: recording.Spec}
	own.ManagedFields = nil
	encoded, err := json.Marshal(own)
	if err != nil {
		return maxUserBytes
	}
	return max(len(encoded)-maxUserBytes, 0)
}

// boundFiles leaves out names that no file in a bucket can have, since a shortened name
// would be another file's. It returns them separately.
func boundFiles(files []v1alpha1.RecordedFile) (bounded []v1alpha1.RecordedFile, tooLong []string) {
	for _, file := range files {
		if len(file.FileName) > MaxNameBytes {
			tooLong = append(tooLong, CutText(file.FileName, MaxNameBytes))
			continue
		}
		file.TrackType, file.UID = cutWord(file.TrackType), cutWord(file.UID)
		bounded = append(bounded, file)
	}
	return bounded, tooLong
}

// FileSizes is the room that files take in a status, in bytes.
type FileSizes struct {
	All         int
	Screenshots int
}

// SizeOfFiles returns the room that files take in a status.
func SizeOfFiles(files []v1alpha1.RecordedFile) (sizes FileSizes) {
	for _, file := range files {
		sizes.All += sizeOfFile(file)
		if isScreenshot(file) {
			sizes.Screenshots += sizeOfFile(file)
		}
	}
	return sizes
}

// SizeOfOthers returns the room that the files of all other sessions take.
func SizeOfOthers(status *v1alpha1.CloudRecordingStatus, session *v1alpha1.SessionStatus) FileSizes {
	all, own := SizeOfSessions(status.Sessions), SizeOfFiles(session.FileList)
	inForce := SizeOfFiles(status.FileList)
	return FileSizes{All: all.All + inForce.All - own.All, Screenshots: all.Screenshots + inForce.Screenshots - own.Screenshots}
}

// SizeOfSessions returns the room that the files of sessions take in a status.
func SizeOfSessions(sessions []v1alpha1.SessionStatus) (sizes FileSizes) {
	for _, session := range sessions {
		size := SizeOfFiles(session.FileList)
		sizes.All += size.All
		sizes.Screenshots += size.Screenshots
	}
	return sizes
}

// FileNames returns the names of files.
func FileNames(files []v1alpha1.RecordedFile) (names []string) {
	for _, file := range files {
		names = append(names, file.FileName)
	}
	return names
}

// sizeOfFile returns the room that an entry takes. An object holds the name twice: the API
// server notes who has set it.
func sizeOfFile(file v1alpha1.RecordedFile) int {
	size := fileBytes + 2*EncodedSize(file.FileName) + EncodedSize(file.TrackType) + EncodedSize(file.UID)
	for _, member := range []struct {
		isSet bool
		bytes int
	}{
		{file.TrackType != "", 32}, {file.UID != "", 20}, {file.MixedAllUser != nil, 41},
		{file.IsPlayable != nil, 38}, {file.SliceStartTime != nil, 55}, {file.Discovered, 36},
	} {
		if member.isSet {
			size += member.bytes
		}
	}
	return size
}

func isScreenshot(file v1alpha1.RecordedFile) bool { return strings.HasSuffix(file.FileName, ".jpg") }

// mergeFiles adds files to a list that only ever grows. What is known about a file is
// completed, and never removed.
func mergeFiles(known, reported []v1alpha1.RecordedFile) []v1alpha1.RecordedFile {
	index := make(map[string]int, len(known))
	for i, file := range known {
		index[file.FileName] = i
	}
	merged := slices.Clone(known)
	for _, file := range reported {
		i, ok := index[file.FileName]
		if !ok {
			index[file.FileName] = len(merged)
			merged = append(merged, file)
			continue
		}
		merged[i] = completeFile(merged[i], file)
	}
	return merged
}

func completeFile(known, reported v1alpha1.RecordedFile) v1alpha1.RecordedFile {
	known.Discovered = known.Discovered && reported.Discovered
	if reported.TrackType != "" {
		known.TrackType = reported.TrackType
	}
	if reported.UID != "" {
		known.UID = reported.UID
	}
	if reported.MixedAllUser != nil {
		known.MixedAllUser = reported.MixedAllUser
	}
	if reported.IsPlayable != nil {
		known.IsPlayable = reported.IsPlayable
	}
	if reported.SliceStartTime != nil {
		known.SliceStartTime = reported.SliceStartTime
	}
	return known
}
