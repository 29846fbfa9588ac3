// SPDX-License-Identifier: Apache-2.0

package agora

import (
	"encoding/json"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// earliestMilliseconds distinguishes the two units that Agora uses for sliceStartTime: as
// seconds, a number this large would be beyond the year 5000.
const earliestMilliseconds = 100_000_000_000

// latestMilliseconds is the end of the year 9999, the last year that a timestamp in the
// API server can have.
const latestMilliseconds = 253_402_300_799_999

// maxListDepth limits the nesting of file lists. Each level is parsed again, so a body of
// nothing but brackets would otherwise be expensive.
const maxListDepth = 8

// Files reads one of Agora's file lists: a name, an entry, a list of both, any of these
// as text in a string, or nothing.
func Files(list json.RawMessage) []v1alpha1.RecordedFile { return appendFiles(nil, list) }

// appendFiles adds the files in a file list. Only the shape of the list matters, never
// the recording mode.
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

// appendEntry adds the file of an entry. If the entry has a list in place of the name, it
// adds the files in that list.
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

// sliceStartTime returns the member in milliseconds since 1970, whichever unit Agora
// used.
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
