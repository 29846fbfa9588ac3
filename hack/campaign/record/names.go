// SPDX-License-Identifier: Apache-2.0

package record

import (
	"bufio"
	"bytes"
	"encoding/json"
	"slices"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/campaign/plan"
)

// FileNames returns the file names that a body from Agora contains, at any depth.
func FileNames(body []byte) []string {
	var value any
	if json.Unmarshal(body, &value) != nil {
		return nil
	}
	var names []string
	VisitTexts(value, func(key, text string) {
		if text != "" && slices.Contains([]string{"fileName", "filename", "fileListStr", "fileList"}, key) {
			names = append(names, text)
		}
	})
	slices.Sort(names)
	return slices.Compact(names)
}

// VisitTexts visits the string members of JSON objects, at any depth.
func VisitTexts(value any, visit func(key, text string)) {
	switch value := value.(type) {
	case []any:
		for _, element := range value {
			VisitTexts(element, visit)
		}
	case map[string]any:
		for key, member := range value {
			if text, isText := member.(string); isText {
				visit(key, text)
			}
			VisitTexts(member, visit)
		}
	}
}

// NamesIn returns the file names of all sessions in a status.
func NamesIn(status v1alpha1.CloudRecordingStatus) []string {
	var names []string
	for _, session := range sessionsIn(status) {
		for _, file := range session.FileList {
			names = append(names, file.FileName)
		}
	}
	return names
}

// Release is the last log record of a deleted object.
type Release struct {
	Object plan.Object
	At     time.Time
	// SIDs and Files are the sids and file names in the record.
	SIDs, Files []string
	// Late means that the log added names after the object was gone.
	Late bool
}

// Releases parses the last log records of objects from a log.
func Releases(content []byte) []Release {
	var found []Release
	lines := bufio.NewScanner(bytes.NewReader(content))
	const longestLine = 16 << 20
	lines.Buffer(nil, longestLine)
	for lines.Scan() {
		late := bytes.Contains(lines.Bytes(), []byte(`"Dropped notifications for an object that is gone"`))
		if !late && !bytes.Contains(lines.Bytes(), []byte(`"Releasing the object"`)) {
			continue
		}
		var line struct {
			Time      time.Time                     `json:"ts"`
			Namespace string                        `json:"namespace"`
			Name      string                        `json:"name"`
			Status    v1alpha1.CloudRecordingStatus `json:"status"`
			Files     []string                      `json:"files"`
		}
		// A line that a kill cut off is not a record.
		if json.Unmarshal(lines.Bytes(), &line) != nil {
			continue
		}
		found = append(found, Release{
			Object: plan.Object{Namespace: line.Namespace, Name: line.Name}, At: line.Time,
			SIDs: SIDsIn(&v1alpha1.CloudRecording{Status: line.Status}), Files: append(line.Files, NamesIn(line.Status)...), Late: late,
		})
	}
	return found
}
