// SPDX-License-Identifier: Apache-2.0

package agora

import (
	"encoding/json"
	"fmt"
	"testing"

	. "github.com/onsi/gomega"
)

const (
	channelToken = "s3cr3t/channel+token=="
	newSID       = "99887766554433221100aabbccddeeff"
)

// toStart returns the recording before its start.
func toStart() Recording {
	recording := aRecording()
	recording.SID = ""
	return recording
}

// toAcquire returns the recording before acquire.
func toAcquire() Recording {
	recording := toStart()
	recording.ResourceID = ""
	return recording
}

func startRequest() ClientRequest {
	return ClientRequest{JSON: json.RawMessage(`{"token":"` + channelToken + `"}`), Secrets: []string{channelToken}}
}

func TestConcludeFromAcquire(t *testing.T) {
	t.Parallel()
	acquired := `{"cname":"lesson-42","uid":"527841","resourceId":"` + lessonResourceID + `"}`
	tests := []struct {
		name       string
		status     int
		body       string
		conclusion Conclusion
		resourceID string
	}{
		{"given out", 200, acquired, Succeeded, lessonResourceID},
		{"given out, as before 2023", 200, `{"resourceId":"` + lessonResourceID + `"}`, Succeeded, lessonResourceID},
		{"nothing given out", 200, `{"cname":"lesson-42","uid":"527841"}`, NotKnown, ""},
		{"what is no resource ID", 200, `{"resourceId":"../../x"}`, NotKnown, ""},
		{"for another channel", 200, `{"cname":"other","resourceId":"` + lessonResourceID + `"}`, NotKnown, ""},
		{"invalid parameter", 400, `{"code":2,"reason":"Acquire: invalid resourceExpiredHour value!"}`, InvalidRequest, ""},
		{"service not enabled", 400, `{"code":400,"reason":"invalid_appid"}`, NotEnabled, ""},
		{"service not enabled, without a reason", 400, `{"code":400}`, NotEnabled, ""},
		{"service not enabled, old", 400, `{"code":"invalid appid"}`, NotEnabled, ""},
		{"service not enabled, by 62", 400, `{"code":62}`, NotEnabled, ""},
		{"service not enabled, by 62 with 200", 200, `{"code":62}`, NotEnabled, ""},
		{"service not enabled, by 62 with 404", 404, `{"code":62,"reason":"request timeout"}`, NotEnabled, ""},
		{"service not enabled, by 62 with 500", 500, `{"code":62,"reason":"request timeout"}`, NotEnabled, ""},
		{"service not enabled, by 62 with 504", 504, `{"code":"62"}`, NotEnabled, ""},
		{"app ID not enabled, by the gateway", 400, `{"message":"appid is invalid"}`, NotEnabled, ""},
		{"a gateway that does not know the app ID, and fails", 502, `{"message":"appid is invalid"}`, NotKnown, ""},
		{"wrong credentials, with 62", 401, `{"code":62}`, CredentialsRejected, ""},
		{"too many requests, with 62", 429, `{"code":62}`, RateLimited, ""},
		{"too many requests, with 400", 400, `{"code":400,"reason":"too many requests"}`, RateLimited, ""},
		{"wrapped", 200, `{"Code":200,"Body":` + acquired + `}`, Succeeded, lessonResourceID},
		{"token expired", 400, `{"code":109}`, TokenRejected, ""},
		{"channel name", 400, `{"code":401,"reason":"invalid_channel_name"}`, InvalidRequest, ""},
		{"channel name, old", 400, `{"code":1013}`, InvalidRequest, ""},
		{"account inactive", 400, `{"code":405,"reason":"no_active_status"}`, AccountInactive, ""},
		{"too many recordings", 400, `{"code":406,"reason":"vendor_over_load"}`, Overloaded, ""},
		{"internal error", 500, `{"code":500,"reason":"internal_error"}`, NotKnown, ""},
		{"no capacity", 500, `{"code":501,"reason":"no_worker_manager_available"}`, Overloaded, ""},
		{"allocation timed out", 500, `{"code":504,"reason":"allocate_timeout"}`, Overloaded, ""},
		{"wrong credentials", 401, `{"message":"Invalid authentication credentials"}`, CredentialsRejected, ""},
		{"too many requests", 429, `{"message":"API rate limit exceeded"}`, RateLimited, ""},
		{"no such route", 404, `{"message":"no Route matched with those values"}`, NoRoute, ""},
		{"a gateway's page", 502, "<html>", NotKnown, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			answer := concludeBody(MethodAcquire, toAcquire(), test.status, []byte(test.body))
			g.Expect(answer.Conclusion).To(Equal(test.conclusion))
			g.Expect(answer.ResourceID).To(Equal(test.resourceID))
		})
	}
}

func TestConcludeFromStart(t *testing.T) {
	t.Parallel()
	started := `{"cname":"lesson-42","uid":"527841","resourceId":"` + lessonResourceID + `","sid":"` + newSID + `"}`
	tests := []struct {
		name       string
		status     int
		body       string
		conclusion Conclusion
		sid        string
	}{
		{"started", 200, started, Succeeded, newSID},
		{"started, without a sid", 200, `{"resourceId":"` + lessonResourceID + `"}`, NotKnown, ""},
		{"started, with what is no sid", 200, `{"resourceId":"` + lessonResourceID + `","sid":"a/b"}`, NotKnown, ""},
		{"started, with another resource ID", 200, `{"resourceId":"other","sid":"` + newSID + `"}`, NotKnown, ""},
		{"started before", 201, `{"code":7,"reason":"already started"}`, AlreadyStarted, ""},
		{"started before, with its sid", 201, `{"code":7,"reason":"already started","sid":"` + newSID + `"}`, Succeeded, newSID},
		{"not completed", 206, `{"code":65,"reason":"request not completed"}`, NotKnown, ""},
		{"invalid parameter", 400, `{"code":2,"reason":"invalid avFileType"}`, InvalidRequest, ""},
		{"request hash", 400, `{"code":2,"reason":"request_hash mismatch!"}`, InvalidRequest, ""},
		{"another runs", 400, `{"code":53,"reason":"task conflict"}`, TaskConflict, ""},
		{"another runs, old", 200, `{"code":53,"reason":"task conflict"}`, TaskConflict, ""},
		{"identity does not match", 400, `{"code":432,"reason":"webResource is not allowed for this scene!"}`, InvalidRequest, ""},
		{"resource ID expired", 400, `{"code":433}`, NeedsNewResource, ""},
		{"resource ID unknown", 400, `{"code":1001}`, NeedsNewResource, ""},
		{"token expired", 400, `{"code":109}`, TokenRejected, ""},
		{"token expired, with 500", 500, `{"code":109}`, TokenRejected, ""},
		{"token wrong", 400, `{"code":110,"reason":"invalid token"}`, TokenRejected, ""},
		{"token wrong, with an empty sid", 400, `{"code":110,"sid":"","resourceId":"` + lessonResourceID + `"}`, TokenRejected, ""},
		{"token wrong, with 200 and a sid", 200, started[:len(started)-1] + `,"code":110}`, NotKnown, newSID},
		{"wrapped", 200, `{"Code":200,"Body":` + started + `}`, Succeeded, newSID},
		{"wrapped, in a string", 200, `{"Code":200,"Body":` + quoted(started) + `}`, Succeeded, newSID},
		{"no worker", 500, `{"code":502,"reason":"Failed to allocate worker"}`, NeedsNewResource, ""},
		{"timed out", 500, `{"code":62,"reason":"request timeout"}`, NotKnown, ""},
		{"what was seen in public", 500, `{"code":15,"sid":"","resourceId":"` + lessonResourceID + `"}`, NeedsNewResource, ""},
		{"gateway timeout", 504, "<html>", NotKnown, ""},
		{"wrong credentials", 401, `{"message":"Invalid authentication credentials"}`, CredentialsRejected, ""},
		{"too many requests", 429, `{"message":"API rate limit exceeded"}`, RateLimited, ""},
		{"no such route", 404, `{"message":"no Route matched with those values"}`, NoRoute, ""},
		{"empty", 200, "", NotKnown, ""},
		{"cut off", 200, started[:len(started)-3], NotKnown, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			answer := concludeBody(MethodStart, toStart(), test.status, []byte(test.body))
			g.Expect(answer.Conclusion).To(Equal(test.conclusion))
			g.Expect(answer.SID).To(Equal(test.sid))
		})
	}
}

func TestClientRequestIsHiddenInEveryFormat(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		NewWithT(t).Expect(fmt.Sprintf(format, startRequest())).NotTo(ContainSubstring("s3cr3t"))
	}
}

func FuzzConcludeStart(f *testing.F) {
	for _, body := range oddBodies() {
		f.Add(200, []byte(body))
		f.Add(201, []byte(body))
	}
	f.Add(200, []byte(`{"resourceId":"`+lessonResourceID+`","sid":"`+newSID+`"}`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		acquired := concludeBody(MethodAcquire, toAcquire(), status, body)
		if acquired.Conclusion == Succeeded && !isResourceID(acquired.ResourceID) {
			t.Errorf("acquired the resource ID %q", acquired.ResourceID)
		}
		started := concludeBody(MethodStart, toStart(), status, body)
		if started.Conclusion == Succeeded && !isSID(started.SID) {
			t.Errorf("started with the sid %q", started.SID)
		}
		checkReason(t, acquired.Reason)
		checkReason(t, started.Reason)
	})
}
