// SPDX-License-Identifier: Apache-2.0

package agora

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"k8s.io/utils/ptr"

	"cloudrecording.dev/operator/api/v1alpha1"
)

const (
	lessonResourceID = "Vx7nQ2-kd_0aLw9RzT4uPbYc1EoGh5sJmW8tKq"
	lessonSID        = "5e0c1f7a9b3d4862a1c4e7f0b2d59683"
	lessonBase       = lessonSID + "_lesson-42"

	// lessonIdentity contains the members of a request that Agora repeats.
	lessonIdentity = `"cname":"lesson-42","uid":"527841","resourceId":"` + lessonResourceID + `","sid":"` + lessonSID + `"`
)

func aRecording() Recording {
	return Recording{
		AppID:      "4c8d2a91e07b4f53b6d1c0e9f7a83b25",
		CName:      "lesson-42",
		UID:        "527841",
		Mode:       v1alpha1.MixMode,
		ResourceID: lessonResourceID,
		SID:        lessonSID,
	}
}

func testCredentials() Credentials {
	return Credentials{CustomerID: "b1946ac92492d234", CustomerSecret: "7c6a180b36896a0a8c02787eeafb0e4c"}
}

// serviceSays returns a body of the recording service about the recording.
func serviceSays(moreMembers string) string {
	return `{` + lessonIdentity + `,` + moreMembers + `}`
}

func responding(serverResponse string) string {
	return serviceSays(`"serverResponse":{` + serverResponse + `}`)
}

// quoted returns JSON as a JSON string.
func quoted(text string) string {
	encoded, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(encoded)
}

func replyFile(t testing.TB, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", "replies", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// startedMethods are the methods for a recording that has a sid.
func startedMethods() []Method {
	return []Method{MethodQuery, MethodUpdate, MethodUpdateLayout, MethodStop}
}

func concludeLesson(method Method, status int, body string) Answer {
	return concludeBody(method, aRecording(), status, []byte(body))
}

func concludeBody(method Method, recording Recording, status int, body []byte) Answer {
	return Conclude(method, testCredentials(), recording, DecodeReply(status, body))
}

func files(names ...string) []v1alpha1.RecordedFile {
	var named []v1alpha1.RecordedFile
	for _, name := range names {
		named = append(named, v1alpha1.RecordedFile{FileName: name})
	}
	return named
}

func mixedFile(name string, sliceStartTime int64) v1alpha1.RecordedFile {
	return v1alpha1.RecordedFile{
		FileName:       name,
		TrackType:      "audio_and_video",
		UID:            "0",
		MixedAllUser:   ptr.To(true),
		IsPlayable:     ptr.To(true),
		SliceStartTime: ptr.To(sliceStartTime),
	}
}
