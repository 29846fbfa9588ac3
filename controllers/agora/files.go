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

// Files reads a file list of Agora's: a single name, an array of entries, or
// nothing.
func Files(list json.RawMessage) []v1alpha1.RecordedFile { return appendFiles(nil, list) }

// appendFiles adds the files of a file list: a single name, an array of
// entries, or nothing. The shape alone decides, never the mode of the recording.
func appendFiles(files []v1alpha1.RecordedFile, list json.RawMessage) []v1alpha1.RecordedFile {
	var name string
	if json.Unmarshal(list, &name) == nil {
		if name != "" {
			files = append(files, v1alpha1.RecordedFile{FileName: name})
		}
		return files
	}
	for _, entry := range Objects(list) {
		name := entry.Text("fileName", "filename")
		if name == "" {
			continue
		}
		files = append(files, v1alpha1.RecordedFile{
			FileName:       name,
			TrackType:      entry.Text("trackType"),
			UID:            entry.Text("uid"),
			MixedAllUser:   entry.boolean("mixedAllUser"),
			IsPlayable:     entry.boolean("isPlayable"),
			SliceStartTime: sliceStartTime(entry),
		})
	}
	return files
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
