// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"slices"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// fileNames returns the names of files that a body of Agora's names, wherever
// they stand.
func fileNames(body []byte) []string {
	var value any
	if json.Unmarshal(body, &value) != nil {
		return nil
	}
	var names []string
	visitTexts(value, func(key, text string) {
		if text != "" && slices.Contains([]string{"fileName", "filename", "fileListStr", "fileList"}, key) {
			names = append(names, text)
		}
	})
	slices.Sort(names)
	return slices.Compact(names)
}

// visitTexts visits the members of JSON objects that are texts, wherever they stand.
func visitTexts(value any, visit func(key, text string)) {
	switch value := value.(type) {
	case []any:
		for _, element := range value {
			visitTexts(element, visit)
		}
	case map[string]any:
		for key, member := range value {
			if text, isText := member.(string); isText {
				visit(key, text)
			}
			visitTexts(member, visit)
		}
	}
}

// namesIn returns the names that a status holds, of all sessions.
func namesIn(status v1alpha1.CloudRecordingStatus) []string {
	var names []string
	for _, session := range sessionsIn(status) {
		for _, file := range session.FileList {
			names = append(names, file.FileName)
		}
	}
	return names
}

// release is the last log record of an object that goes.
type release struct {
	object object
	at     time.Time
	files  []string
	// late says that the log added names after the object had gone.
	late bool
}

// releases reads the last words about objects in a log.
func releases(content []byte) []release {
	var found []release
	lines := bufio.NewScanner(bytes.NewReader(content))
	const longestLine = 16 << 20
	lines.Buffer(nil, longestLine)
	for lines.Scan() {
		late := bytes.Contains(lines.Bytes(), []byte(`"Notifications came too late for an object that is gone"`))
		if !late && !bytes.Contains(lines.Bytes(), []byte(`"The object goes"`)) {
			continue
		}
		var line struct {
			Time      time.Time                     `json:"ts"`
			Namespace string                        `json:"namespace"`
			Name      string                        `json:"name"`
			Status    v1alpha1.CloudRecordingStatus `json:"status"`
			Files     []string                      `json:"files"`
		}
		// A line that a kill cut off is no last word.
		if json.Unmarshal(lines.Bytes(), &line) != nil {
			continue
		}
		found = append(found, release{
			object: object{line.Namespace, line.Name}, at: line.Time, files: append(line.Files, namesIn(line.Status)...), late: late,
		})
	}
	return found
}
