// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
)

const (
	lessonResourceID = "Vx7nQ2-kd_0aLw9RzT4uPbYc1EoGh5sJmW8tKq"
	lessonSID        = "5e0c1f7a9b3d4862a1c4e7f0b2d59683"
	lessonBase       = lessonSID + "_lesson-42"

	// lessonIdentity contains the members of a request that Agora repeats.
	lessonIdentity = `"cname":"lesson-42","uid":"527841","resourceId":"` + lessonResourceID + `","sid":"` + lessonSID + `"`

	channelToken = "s3cr3t/channel+token=="
)

func aRecording() agora.Recording {
	return agora.Recording{
		AppID:      "4c8d2a91e07b4f53b6d1c0e9f7a83b25",
		CName:      "lesson-42",
		UID:        "527841",
		Mode:       v1alpha1.MixMode,
		ResourceID: lessonResourceID,
		SID:        lessonSID,
	}
}

// toStart returns the recording before its start.
func toStart() agora.Recording {
	recording := aRecording()
	recording.SID = ""
	return recording
}

// toAcquire returns the recording before acquire.
func toAcquire() agora.Recording {
	recording := toStart()
	recording.ResourceID = ""
	return recording
}

func startRequest() agora.ClientRequest {
	return agora.ClientRequest{JSON: json.RawMessage(`{"token":"` + channelToken + `"}`), Secrets: []string{channelToken}}
}

func testCredentials() agora.Credentials {
	return agora.Credentials{CustomerID: "b1946ac92492d234", CustomerSecret: "7c6a180b36896a0a8c02787eeafb0e4c"}
}

// responding returns a body of the recording service about the recording.
func responding(serverResponse string) string {
	return `{` + lessonIdentity + `,"serverResponse":{` + serverResponse + `}}`
}

// replyFile returns one of the answers that the tests of package agora use, too.
func replyFile(t testing.TB, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "testdata", "replies", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
