// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"encoding/json"
	"slices"
	"strings"

	"cloudrecording.dev/operator/api/v1alpha1"
)

const (
	// maxFileBytes bounds the files that the status lists, those of all sessions.
	maxFileBytes = 600 << 10

	// maxScreenshotBytes is the share of screenshots, which are named one by one
	// for as long as a recording goes on: other files must find room.
	maxScreenshotBytes = maxFileBytes / 2

	// fileBytes is what an entry takes that has nothing but its name.
	fileBytes = 68
)

// learnFiles adds files to the status. What has no room there goes to the log.
func (d *decider) learnFiles(reported []v1alpha1.RecordedFile) {
	reported, tooLong := boundFiles(reported)
	d.unlisted = append(d.unlisted, tooLong...)
	merged := mergeFiles(d.status.FileList, reported)
	known := len(d.status.FileList)
	size := sizeOfFiles(merged[:known])
	all, screenshots := size.all+d.observed.otherFiles.all, size.screenshots+d.observed.otherFiles.screenshots
	if len(merged) > known && all > maxFileBytes/2 {
		// Measuring it is worth it only where there may be too little room.
		all += d.sizeOfSurplus()
	}
	d.status.FileList = merged[:known:known]
	for _, file := range merged[known:] {
		size := sizeOfFile(file)
		if isScreenshot(file) {
			screenshots += size
		}
		all += size
		if all > maxFileBytes || (isScreenshot(file) && screenshots > maxScreenshotBytes) {
			all -= size
			if isScreenshot(file) {
				screenshots -= size
			}
			d.unlisted = append(d.unlisted, file.FileName)
			continue
		}
		d.status.FileList = append(d.status.FileList, file)
	}
}

// sizeOfSurplus returns by how much metadata and spec exceed what is left for them:
// the files have the less room.
func (d *decider) sizeOfSurplus() int {
	own := v1alpha1.CloudRecording{ObjectMeta: d.recording.ObjectMeta, Spec: d.recording.Spec}
	own.ManagedFields = nil
	encoded, err := json.Marshal(own)
	if err != nil {
		return maxUserBytes
	}
	return max(len(encoded)-maxUserBytes, 0)
}

// boundFiles leaves out names that no file in a bucket can have: one that was cut would
// be another file's. It returns them too.
func boundFiles(files []v1alpha1.RecordedFile) (bounded []v1alpha1.RecordedFile, tooLong []string) {
	for _, file := range files {
		if len(file.FileName) > maxNameBytes {
			tooLong = append(tooLong, cutText(file.FileName, maxNameBytes))
			continue
		}
		file.TrackType, file.UID = cutWord(file.TrackType), cutWord(file.UID)
		bounded = append(bounded, file)
	}
	return bounded, tooLong
}

// fileSizes is the room that files take in a status, in bytes.
type fileSizes struct {
	all         int
	screenshots int
}

func sizeOfFiles(files []v1alpha1.RecordedFile) (sizes fileSizes) {
	for _, file := range files {
		sizes.all += sizeOfFile(file)
		if isScreenshot(file) {
			sizes.screenshots += sizeOfFile(file)
		}
	}
	return sizes
}

// sizeOfOthers returns the room that the files of all sessions but one take.
func (d *decider) sizeOfOthers(session *v1alpha1.SessionStatus) fileSizes {
	all, own := sizeOfSessions(d.status.Sessions), sizeOfFiles(session.FileList)
	inForce := sizeOfFiles(d.status.FileList)
	return fileSizes{all: all.all + inForce.all - own.all, screenshots: all.screenshots + inForce.screenshots - own.screenshots}
}

func sizeOfSessions(sessions []v1alpha1.SessionStatus) (sizes fileSizes) {
	for _, session := range sessions {
		size := sizeOfFiles(session.FileList)
		sizes.all += size.all
		sizes.screenshots += size.screenshots
	}
	return sizes
}

func fileNamesOf(files []v1alpha1.RecordedFile) (names []string) {
	for _, file := range files {
		names = append(names, file.FileName)
	}
	return names
}

// sizeOfFile returns what an entry takes. An object holds its names twice: the API
// server notes who has set them.
func sizeOfFile(file v1alpha1.RecordedFile) int {
	size := fileBytes + 2*encodedSize(file.FileName) + encodedSize(file.TrackType) + encodedSize(file.UID)
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

// mergeFiles adds files to a list that only ever grows. What is known of a file
// is completed, and never taken back.
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
