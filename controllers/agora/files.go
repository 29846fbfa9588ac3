// SPDX-License-Identifier: Apache-2.0

package agora

import (
	"encoding/json"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// earliestMilliseconds tells the two units apart in which Agora states
// sliceStartTime: a number of seconds this large lies beyond the year 5000.
const earliestMilliseconds = 100_000_000_000

// latestMilliseconds is the end of the year 9999, the last that a timestamp in
// the API server can have.
const latestMilliseconds = 253_402_300_799_999

// maxListDepth bounds how deep lists of files lie in each other. Each depth is read
// anew, which a body of nothing but brackets must not make expensive.
const maxListDepth = 8

// Files reads a file list of Agora's: a name, an entry, a list of both, the text of
// any of them in a string, or nothing.
func Files(list json.RawMessage) []v1alpha1.RecordedFile { return appendFiles(nil, list) }

// appendFiles adds the files of a file list. The shape alone decides, never the mode
// of the recording.
func appendFiles(files []v1alpha1.RecordedFile, list json.RawMessage) []v1alpha1.RecordedFile {
	return appendFilesWithin(files, list, maxListDepth)
}

func appendFilesWithin(files []v1alpha1.RecordedFile, list json.RawMessage, depth int) []v1alpha1.RecordedFile {
	if depth == 0 {
		return files
	}
	var text string
	if json.Unmarshal(list, &text) == nil {
		if held, ok := jsonIn(text); ok {
			return appendFilesWithin(files, held, depth-1)
		}
		if text != "" {
			files = append(files, v1alpha1.RecordedFile{FileName: text})
		}
		return files
	}
	if entry := Object(list); entry != nil {
		return appendEntry(files, entry, depth)
	}
	var elements []json.RawMessage
	if json.Unmarshal(list, &elements) != nil {
		return files
	}
	for _, element := range elements {
		files = appendFilesWithin(files, element, depth-1)
	}
	return files
}

// appendEntry adds the file of an entry, or the files of the list that stands where
// its name should.
func appendEntry(files []v1alpha1.RecordedFile, entry Members, depth int) []v1alpha1.RecordedFile {
	name := entry.Text("fileName", "filename")
	if _, isJSON := jsonIn(name); isJSON || name == "" {
		for _, list := range []string{"fileName", "filename", "fileList"} {
			files = appendFilesWithin(files, entry[list], depth-1)
		}
		return files
	}
	return append(files, v1alpha1.RecordedFile{
		FileName:       name,
		TrackType:      entry.Text("trackType"),
		UID:            entry.Text("uid"),
		MixedAllUser:   entry.boolean("mixedAllUser"),
		IsPlayable:     entry.boolean("isPlayable"),
		SliceStartTime: sliceStartTime(entry),
	})
}

// sliceStartTime reads the member in milliseconds since 1970, whichever unit it has.
func sliceStartTime(entry Members) *int64 {
	start, ok := entry.Number("sliceStartTime")
	if !ok || start <= 0 {
		return nil
	}
	if start < earliestMilliseconds {
		start *= 1000
	}
	if start > latestMilliseconds {
		return nil
	}
	return &start
}
