// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"slices"
	"strings"

	"cloudrecording.dev/operator/api/v1alpha1"
)

const (
	// maxFileBytes bounds the files that a status lists: an object that is too
	// large for the API server could not be written at all, and its recording not
	// be stopped.
	maxFileBytes = 700 << 10

	// maxScreenshotBytes is the share of screenshots, which are named one by one
	// for as long as a recording goes on: other files must find room.
	maxScreenshotBytes = maxFileBytes / 2

	// fileBytes is what an entry takes beside its name, which an object holds
	// twice: the API server notes who has set it.
	fileBytes = 160
)

// learnFiles adds files to the status. What has no room there goes to the log.
func (d *decider) learnFiles(reported []v1alpha1.RecordedFile) {
	merged := mergeFiles(d.status.FileList, reported)
	known := len(d.status.FileList)
	size := sizeOfFiles(merged[:known])
	all, screenshots := size.all+d.observed.otherFiles.all, size.screenshots+d.observed.otherFiles.screenshots
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

func sizeOfFile(file v1alpha1.RecordedFile) int { return 2*len(file.FileName) + fileBytes }

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
