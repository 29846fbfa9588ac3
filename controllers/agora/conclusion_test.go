// SPDX-License-Identifier: Apache-2.0

package agora

import (
	"fmt"
	"slices"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/utils/ptr"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// documented is a row of Agora's documentation, or an answer that was seen in public.
type documented struct {
	name       string
	method     Method
	status     int
	body       string
	conclusion Conclusion
	code       int32
	reason     string
	report     Report
}

func (d documented) test(t *testing.T) {
	t.Parallel()
	NewWithT(t).Expect(concludeLesson(d.method, d.status, d.body)).To(Equal(Answer{
		Method:     d.method,
		Conclusion: d.conclusion,
		HTTPStatus: d.status,
		Code:       d.code,
		Reason:     d.reason,
		Report:     d.report,
	}))
}

func TestConcludeFromGateway(t *testing.T) {
	t.Parallel()
	gateway := []documented{
		{name: "app ID not enabled", status: 400, body: `{"message":"appid is invalid"}`,
			conclusion: InvalidRequest, reason: "appid is invalid"},
		{name: "no Authorization", status: 401, body: `{"message":"Unauthorized"}`,
			conclusion: CredentialsRejected, reason: "Unauthorized"},
		{name: "wrong credentials", status: 401, body: `{"message":"Invalid authentication credentials"}`,
			conclusion: CredentialsRejected, reason: "Invalid authentication credentials"},
		{name: "forbidden", status: 403, body: `{"message":"Forbidden"}`,
			conclusion: CredentialsRejected, reason: "Forbidden"},
		{name: "no such route", status: 404, body: `{"message":"no Route matched with those values"}`,
			conclusion: NoRoute, reason: "no Route matched with those values"},
		{name: "no such route, with another status", status: 500, body: `{"message":"no Route matched with those values"}`,
			conclusion: NotKnown, reason: "no Route matched with those values"},
		{name: "too many requests", status: 429, body: `{"message":"API rate limit exceeded"}`,
			conclusion: RateLimited, reason: "API rate limit exceeded"},
		{name: "bad gateway", status: 502, body: "page", conclusion: NotKnown, reason: "the answer is not valid JSON"},
		{name: "unavailable", status: 503, body: "", conclusion: NotKnown, reason: "the answer is empty"},
		{name: "gateway timeout", status: 504, body: "page", conclusion: NotKnown, reason: "the answer is not valid JSON"},
		{name: "credentials rejected by a page", status: 401, body: "page",
			conclusion: CredentialsRejected, reason: "the answer is not valid JSON"},
		{name: "too many requests, by a page", status: 429, body: "page",
			conclusion: RateLimited, reason: "the answer is not valid JSON"},
		{name: "not found, by a page", status: 404, body: "page", conclusion: NotKnown, reason: "the answer is not valid JSON"},
		{name: "refused by a page", status: 400, body: "page", conclusion: NotKnown, reason: "the answer is not valid JSON"},
	}
	for _, row := range gateway {
		for _, method := range startedMethods() {
			row.method = method
			if row.body == "page" {
				row.body = replyFile(t, "gateway.html")
			}
			t.Run(fmt.Sprintf("%s/%s", method, row.name), row.test)
		}
	}
}

func TestConcludeFromQuery(t *testing.T) {
	t.Parallel()
	running := `"serverResponse":{"status":5,"fileListMode":"string","fileList":"a.m3u8"}`
	reported := Report{ServiceStatus: ptr.To[int32](5), FileListMode: "string", Files: files("a.m3u8")}
	rows := []documented{
		{name: "200 is a success", status: 200, body: serviceSays(running), conclusion: Succeeded, report: reported},
		{name: "206 with 65 is not known", status: 206, body: `{"code":65,"reason":"request not completed"}`,
			conclusion: NotKnown, code: 65, reason: "request not completed"},
		{name: "206 with 65 keeps the report", status: 206, body: serviceSays(`"code":65,` + running),
			conclusion: NotKnown, code: 65, report: reported},
		{name: "400 with 2 is an invalid request", status: 400, body: `{"code":2,"reason":"invalid sid"}`,
			conclusion: InvalidRequest, code: 2, reason: "invalid sid"},
		{name: "404 with 404 of who knows whom", status: 404, body: `{"code":404,"message":"Not Found"}`,
			conclusion: NotKnown, code: 404, reason: "Not Found"},
		{name: "404 with 404 is not found", status: 404, body: `{"code":404,"reason":"failed to find worker"}`,
			conclusion: NotFound, code: 404, reason: "failed to find worker"},
		{name: "404 with 404, as seen in public", status: 404, body: replyFile(t, "404_find_worker.json"),
			conclusion: NotFound, code: 404, reason: "Failed to find worker."},
		{name: "404 without a code, with the text in message", status: 404, body: `{"message":"Failed to find worker."}`,
			conclusion: NotFound, reason: "Failed to find worker."},
		{name: "404 without a code, of the service", status: 404, body: `{` + lessonIdentity + `}`, conclusion: NotFound},
		{name: "504 with 62 is not known", status: 504, body: `{"code":62,"reason":"request timeout"}`,
			conclusion: NotKnown, code: 62, reason: "request timeout"},
		{name: "501 is exiting already", status: 500, body: `{"code":501}`, conclusion: AlreadyExiting, code: 501},
		{name: "109 with 400 is a rejected token", status: 400, body: `{"code":109,"reason":"token expired"}`,
			conclusion: TokenRejected, code: 109, reason: "token expired"},
		{name: "110 with 400 is a rejected token", status: 400, body: `{"code":110,"reason":"token invalid"}`,
			conclusion: TokenRejected, code: 110, reason: "token invalid"},
		{name: "109 with 200 is no success", status: 200, body: serviceSays(`"code":109,` + running),
			conclusion: TokenRejected, code: 109, report: reported},
		{name: "109 with 404 does not say that there is no recorder", status: 404, body: serviceSays(`"code":109`),
			conclusion: TokenRejected, code: 109},
		{name: "appid is invalid is no word about acquire", status: 400, body: `{"message":"appid is invalid"}`,
			conclusion: InvalidRequest, reason: "appid is invalid"},
		{name: "206 means nothing for query", status: 200, body: serviceSays(`"code":206,` + running),
			conclusion: NotKnown, code: 206, report: reported},
		{name: "435 means nothing for query", status: 206, body: serviceSays(`"code":435`), conclusion: NotKnown, code: 435},
		{name: "50 means nothing for query", status: 200, body: serviceSays(`"code":50,` + running),
			conclusion: NotKnown, code: 50, report: reported},
		{name: "200 without serverResponse is no success", status: 200, body: `{` + lessonIdentity + `}`, conclusion: NotKnown},
		{name: "R6, mix, running", status: 200, body: replyFile(t, "query_mix.json"), conclusion: Succeeded,
			report: Report{
				ServiceStatus: ptr.To[int32](5),
				FileListMode:  "string",
				Files:         files("zzzz.m3u8"),
				StartTime:     time.UnixMilli(1606357122528),
			}},
	}
	for _, row := range rows {
		row.method = MethodQuery
		t.Run(row.name, row.test)
	}
}

func TestConcludeFromUpdate(t *testing.T) {
	t.Parallel()
	rows := []documented{
		{name: "200 is a success", status: 200, body: `{` + lessonIdentity + `}`, conclusion: Succeeded},
		{name: "200 of older days is a success", status: 200,
			body: `{"resourceId":"` + lessonResourceID + `","sid":"` + lessonSID + `"}`, conclusion: Succeeded},
		{name: "200 with the code 0 is a success", status: 200, body: serviceSays(`"code":0`), conclusion: Succeeded},
		{name: "200 of who knows whom is no success", status: 200, body: `{"message":"ok"}`, conclusion: NotKnown, reason: "ok"},
		{name: "another 2xx is no success", status: 202, body: `{` + lessonIdentity + `}`, conclusion: NotKnown},
		{name: "206 without a code is no success", status: 206, body: `{` + lessonIdentity + `}`, conclusion: NotKnown},
		{name: "206 with 65 is not known", status: 206, body: serviceSays(`"code":65,"reason":"request not completed"`),
			conclusion: NotKnown, code: 65, reason: "request not completed"},
		{name: "400 with 2 is an invalid request", status: 400, body: `{"code":2,"reason":"invalid audioUidList"}`,
			conclusion: InvalidRequest, code: 2, reason: "invalid audioUidList"},
		{name: "400 with 1028 is an invalid request", status: 400, body: `{"code":1028,"reason":"invalid parameters"}`,
			conclusion: InvalidRequest, code: 1028, reason: "invalid parameters"},
		{name: "400 with 432 is an invalid request", status: 400, body: serviceSays(`"code":432`),
			conclusion: InvalidRequest, code: 432},
		{name: "400 with an unknown code is an invalid request", status: 400, body: `{"code":1045,"reason":"no"}`,
			conclusion: InvalidRequest, code: 1045, reason: "no"},
		{name: "400 with 49 is exiting already", status: 400, body: `{"code":49,"reason":"invalid operation"}`,
			conclusion: AlreadyExiting, code: 49, reason: "invalid operation"},
		{name: "501 is exiting already", status: 500, body: `{"code":501}`, conclusion: AlreadyExiting, code: 501},
		{name: "433 is expired", status: 400, body: serviceSays(`"code":433,"reason":"expired"`),
			conclusion: ResourceExpired, code: 433, reason: "expired"},
		{name: "404 with 404 is not found", status: 404, body: `{"code":404,"reason":"failed to find worker"}`,
			conclusion: NotFound, code: 404, reason: "failed to find worker"},
		{name: "404 with 404, as seen in public", status: 404, body: replyFile(t, "404_find_worker.json"),
			conclusion: NotFound, code: 404, reason: "Failed to find worker."},
		{name: "504 with 62 is not known", status: 504, body: `{"code":62,"reason":"request timeout"}`,
			conclusion: NotKnown, code: 62, reason: "request timeout"},
		{name: "50 means nothing for update", status: 200, body: serviceSays(`"code":50`), conclusion: NotKnown, code: 50},
		{name: "435 means nothing for update", status: 206, body: serviceSays(`"code":435`), conclusion: NotKnown, code: 435},
		{name: "7 means nothing for update", status: 201, body: serviceSays(`"code":7`), conclusion: NotKnown, code: 7},
	}
	for _, row := range rows {
		for _, method := range []Method{MethodUpdate, MethodUpdateLayout} {
			row.method = method
			t.Run(fmt.Sprintf("%s/%s", method, row.name), row.test)
		}
	}
}

func TestConcludeFromStop(t *testing.T) {
	t.Parallel()
	told := `"serverResponse":{"fileListMode":"string","fileList":"a.m3u8","uploadingStatus":"backuped"}`
	reported := Report{FileListMode: "string", Files: files("a.m3u8"), UploadingStatus: Backuped}
	rows := []documented{
		{name: "200 is a success", status: 200, body: serviceSays(told), conclusion: Succeeded, report: reported},
		{name: "200 with the code 200 is a success", status: 200, body: serviceSays(`"code":200,` + told),
			conclusion: Succeeded, code: 200, report: reported},
		{name: "200 with the code 0 is a success", status: 200, body: serviceSays(`"code":0,` + told),
			conclusion: Succeeded, report: reported},
		{name: "200 with the code null is a success", status: 200, body: serviceSays(`"code":null,` + told),
			conclusion: Succeeded, report: reported},
		{name: "200 with an empty code is a success", status: 200, body: serviceSays(`"code":"",` + told),
			conclusion: Succeeded, report: reported},
		{name: "200 without uploadingStatus is a success", status: 200, body: responding(`"fileList":"a.m3u8"`),
			conclusion: Succeeded, report: Report{Files: files("a.m3u8")}},
		{name: "206 with 65 is not known", status: 206, body: `{"code":65,"reason":"request not completed"}`,
			conclusion: NotKnown, code: 65, reason: "request not completed"},
		{name: "206 with 435 is nothing recorded", status: 206, body: `{"code":435,"reason":"no recorded data"}`,
			conclusion: NoRecordedData, code: 435, reason: "no recorded data"},
		{name: "206 without a code is a success", status: 206, body: serviceSays(told), conclusion: Succeeded, report: reported},
		{name: "400 with 2 is an invalid request", status: 400, body: `{"code":2,"reason":"missing clientRequest"}`,
			conclusion: InvalidRequest, code: 2, reason: "missing clientRequest"},
		{name: "400 with 49 is exiting already", status: 400, body: `{"code":49,"reason":"invalid operation"}`,
			conclusion: AlreadyExiting, code: 49, reason: "invalid operation"},
		{name: "404 with 404 is not found", status: 404, body: `{"code":404,"reason":"failed to find worker"}`,
			conclusion: NotFound, code: 404, reason: "failed to find worker"},
		{name: "404 with 404 keeps the report", status: 404, body: serviceSays(`"code":404,` + told),
			conclusion: NotFound, code: 404, report: reported},
		{name: "500 with 62 is not known", status: 500, body: `{"code":62,"reason":"request timeout"}`,
			conclusion: NotKnown, code: 62, reason: "request timeout"},
		{name: "504 with 62 is not known", status: 504, body: `{"code":62,"reason":"request timeout"}`,
			conclusion: NotKnown, code: 62, reason: "request timeout"},
		{name: "206 with 206 ended, and is still uploading", status: 206, body: serviceSays(`"code":206`),
			conclusion: UploadTimedOut, code: 206},
		{name: "206 without more than the code", status: 206, body: `{"code":206}`, conclusion: UploadTimedOut, code: 206},
		{name: "206 keeps the report", status: 200, body: serviceSays(`"code":206,` + told),
			conclusion: UploadTimedOut, code: 206, report: reported},
		{name: "206 with 65 is not known", status: 206, body: `{"code":65,"reason":"request not completed"}`,
			conclusion: NotKnown, code: 65, reason: "request not completed"},
		{name: "206 with 435 recorded nothing", status: 206, body: `{"code":435,"reason":"no recorded data"}`,
			conclusion: NoRecordedData, code: 435, reason: "no recorded data"},
		{name: "109 is no stop", status: 400, body: serviceSays(`"code":109,` + told),
			conclusion: TokenRejected, code: 109, report: reported},
		{name: "110 with 200 is no stop", status: 200, body: serviceSays(`"code":110,` + told),
			conclusion: TokenRejected, code: 110, report: reported},
		{name: "50 keeps the report", status: 200, body: serviceSays(`"code":50,` + told),
			conclusion: UploadTimedOut, code: 50, report: reported},
		{name: "433 keeps the report", status: 400, body: serviceSays(`"code":433,"reason":"expired",` + told),
			conclusion: ResourceExpired, code: 433, reason: "expired", report: reported},
		{name: "432 keeps the report", status: 400, body: serviceSays(`"code":432,` + told),
			conclusion: InvalidRequest, code: 432, report: reported},
		{name: "401 keeps the report", status: 401, body: serviceSays(told), conclusion: CredentialsRejected, report: reported},
		{name: "429 keeps the report", status: 429, body: serviceSays(told), conclusion: RateLimited, report: reported},
		{name: "503 without a code keeps the report", status: 503, body: serviceSays(told), conclusion: NotKnown, report: reported},
		{name: "an unknown code is no success", status: 200, body: serviceSays(`"code":1045,` + told),
			conclusion: NotKnown, code: 1045, report: reported},
		{name: "a code that is a word is no success", status: 200, body: serviceSays(`"code":"invalid appid",` + told),
			conclusion: NotKnown, reason: "invalid appid", report: reported},
		{name: "a code beyond all numbers is no success", status: 200, body: serviceSays(`"code":99999999999,` + told),
			conclusion: NotKnown, reason: "99999999999", report: reported},
		{name: "a code that makes no sense is no success", status: 200, body: serviceSays(`"code":{},` + told),
			conclusion: NotKnown, report: reported},
		{name: "400 with a code that is a word", status: 400, body: `{"code":"invalid appid"}`,
			conclusion: InvalidRequest, reason: "invalid appid"},
		{name: "an interim answer is no success", status: 102, body: serviceSays(told), conclusion: NotKnown, report: reported},
		{name: "a redirect is no success", status: 302, body: serviceSays(told), conclusion: NotKnown, report: reported},

		{name: "R1, 49 with a file", status: 400, body: replyFile(t, "stop_49_with_file.json"),
			conclusion: AlreadyExiting, code: 49, reason: "Failed",
			report: Report{FileListMode: "string", Files: files("quickstart/" + lessonBase + ".m3u8")}},
		{name: "R2, backuped with an empty list", status: 200, body: replyFile(t, "stop_backuped_without_files.json"),
			conclusion: Succeeded, report: Report{FileListMode: "json", UploadingStatus: Backuped}},
		{name: "R7, mix", status: 200, body: replyFile(t, "stop_mix.json"),
			conclusion: Succeeded,
			report:     Report{FileListMode: "string", Files: files("zzzz.m3u8"), UploadingStatus: Uploaded}},
		{name: "R8, failed to find worker", status: 404, body: replyFile(t, "404_find_worker.json"),
			conclusion: NotFound, code: 404, reason: "Failed to find worker."},
		{name: "R9, 432 with a text", status: 400, body: `{"code":432,"reason":"webResource is not allowed for this scene!"}`,
			conclusion: InvalidRequest, code: 432, reason: "webResource is not allowed for this scene!"},
		{name: "R10, 200 without serverResponse", status: 200, body: replyFile(t, "stop_without_response.json"),
			conclusion: Succeeded},
		{name: "R11, 435 without serverResponse", status: 206, body: replyFile(t, "stop_435.json"),
			conclusion: NoRecordedData, code: 435, reason: "no recorded data"},
		{name: "R12, web", status: 200, body: replyFile(t, "stop_web.json"), conclusion: Succeeded,
			report: Report{
				UploadingStatus: Backuped,
				Files: []v1alpha1.RecordedFile{
					{FileName: lessonBase + ".m3u8", SliceStartTime: ptr.To[int64](1562724971626)},
					{FileName: lessonBase + "_0.mp4", SliceStartTime: ptr.To[int64](1562724971626)},
				},
				ExtensionServices: []v1alpha1.ExtensionServiceState{
					{ServiceName: "web_recorder_service", Payload: v1alpha1.ExtensionServicePayload{
						State: "exit", Onhold: ptr.To(false),
					}},
					{ServiceName: "upload_service", Payload: v1alpha1.ExtensionServicePayload{UploadingStatus: Backuped}},
				},
			}},
		{name: "R13, strings for booleans and numbers", status: 200, body: replyFile(t, "stop_strings.json"),
			conclusion: Succeeded,
			report: Report{
				FileListMode: "json", UploadingStatus: Uploaded,
				Files: []v1alpha1.RecordedFile{mixedFile(lessonBase+".m3u8", 1562724971626)},
			}},
		{name: "R13, 2019", status: 200, body: replyFile(t, "stop_2019.json"), conclusion: Succeeded,
			report: Report{Files: files(lessonBase + ".m3u8"), UploadingStatus: Unknow}},
	}
	for _, row := range rows {
		row.method = MethodStop
		t.Run(row.name, row.test)
	}
}

// Agora's documentation names no HTTP status for many codes, and several for some.
func TestConcludeFromCodeWhateverTheStatus(t *testing.T) {
	t.Parallel()
	all := func(conclusion Conclusion) map[Method]Conclusion {
		meanings := map[Method]Conclusion{}
		for _, method := range startedMethods() {
			meanings[method] = conclusion
		}
		return meanings
	}
	codes := map[int32]map[Method]Conclusion{
		2:   all(InvalidRequest),
		8:   all(InvalidRequest),
		49:  all(AlreadyExiting),
		50:  {MethodStop: UploadTimedOut},
		109: all(TokenRejected),
		110: all(TokenRejected),
		206: {MethodStop: UploadTimedOut},
		62:  all(NotKnown),
		65:  all(NotKnown),
		400: all(InvalidRequest),
		401: all(InvalidRequest),
		404: all(NotFound),
		405: all(InvalidRequest),
		432: all(InvalidRequest),
		433: all(ResourceExpired),
		435: {MethodStop: NoRecordedData},
		501: {
			MethodQuery: AlreadyExiting, MethodUpdate: AlreadyExiting, MethodUpdateLayout: AlreadyExiting, MethodStop: NotKnown,
		},
		1001: all(ResourceExpired),
		1003: all(ResourceExpired),
		1013: all(InvalidRequest),
		1028: all(InvalidRequest),
	}
	for code, meanings := range codes {
		for method, meaning := range meanings {
			for _, status := range []int{200, 206, 400, 404, 422, 500, 504} {
				for _, text := range []string{`%d`, `"%d"`} {
					body := serviceSays(`"code":` + fmt.Sprintf(text, code) + `,"serverResponse":{"fileList":"a.m3u8"}`)
					t.Run(fmt.Sprintf("%s/%d/%s", method, status, fmt.Sprintf(text, code)), func(t *testing.T) {
						meaning := meaning
						t.Parallel()
						g := NewWithT(t)
						answer := concludeLesson(method, status, body)
						if status >= 500 && !slices.Contains([]int32{50, 109, 110, 206, 435, 501}, code) {
							meaning = NotKnown
						}
						g.Expect(answer.Conclusion).To(Equal(meaning))
						g.Expect(answer.Code).To(Equal(code))
						g.Expect(answer.Report.Files).To(Equal(files("a.m3u8")))
					})
				}
			}
		}
	}
}

func TestConcludeNothingFromOtherCodes(t *testing.T) {
	t.Parallel()
	for _, code := range []int{-1, 1, 7, 15, 53, 406, 500, 502, 504, 1045} {
		for _, method := range startedMethods() {
			for _, status := range []int{200, 201, 206, 500, 504} {
				t.Run(fmt.Sprintf("%s/%d/%d", method, status, code), func(t *testing.T) {
					t.Parallel()
					body := serviceSays(fmt.Sprintf(`"code":%d,"serverResponse":{"status":5}`, code))
					NewWithT(t).Expect(concludeLesson(method, status, body).Conclusion).To(Equal(NotKnown))
				})
			}
		}
	}
}

func TestConcludeNothingFromNonsense(t *testing.T) {
	t.Parallel()
	nonsense := map[string]struct{ body, reason string }{
		"an empty body":             {body: "", reason: "the answer is empty"},
		"blanks":                    {body: " \r\n\t", reason: "the answer is empty"},
		"null":                      {body: "null", reason: "the answer is not a JSON object"},
		"an array":                  {body: `[{"sid":"` + lessonSID + `"}]`, reason: "the answer is not a JSON object"},
		"a string":                  {body: `"ok"`, reason: "the answer is not a JSON object"},
		"a number":                  {body: "200", reason: "the answer is not a JSON object"},
		"an empty object":           {body: "{}"},
		"an object of others":       {body: `{"status":"ok"}`},
		"a page":                    {body: replyFile(t, "gateway.html"), reason: "the answer is not valid JSON"},
		"a word":                    {body: "OK", reason: "the answer is not valid JSON"},
		"a cut-off body":            {body: `{` + lessonIdentity + `,"serverResponse":{"status":5`, reason: "the answer is not valid JSON"},
		"two bodies":                {body: replyFile(t, "query_mix.json") + replyFile(t, "query_mix.json"), reason: "the answer is not valid JSON"},
		"single quotes":             {body: `{'sid':'` + lessonSID + `'}`, reason: "the answer is not valid JSON"},
		"names in another case":     {body: `{"SID":"` + lessonSID + `","ServerResponse":{"status":5}}`},
		"nulls in place of members": {body: `{"sid":null,"resourceId":null,"serverResponse":null}`},
		"a list for serverResponse": {body: `{"serverResponse":[{"status":5}]}`},
		"another sid": {
			body:   `{"sid":"00000000000000000000000000000000","serverResponse":{"status":5,"fileList":"theirs.m3u8","uploadingStatus":"uploaded"}}`,
			reason: "the answer is about another recording",
		},
		"another resourceId": {
			body:   `{"resourceId":"another","sid":"` + lessonSID + `","serverResponse":{"status":5,"fileList":"theirs.m3u8"}}`,
			reason: "the answer is about another recording",
		},
	}
	for name, test := range nonsense {
		for _, method := range startedMethods() {
			for _, status := range []int{200, 201, 204, 206, 500} {
				t.Run(fmt.Sprintf("%s/%s/%d", name, method, status), func(t *testing.T) {
					t.Parallel()
					NewWithT(t).Expect(concludeLesson(method, status, test.body)).
						To(Equal(Answer{Method: method, HTTPStatus: status, Reason: test.reason}))
				})
			}
		}
	}
}

// One page of Agora's documentation shows wrapped answers, with an HTTP status that looks
// like a code.
func TestConcludeFromWrappedAnswer(t *testing.T) {
	t.Parallel()
	told := `"serverResponse":{"fileListMode":"string","fileList":"a.m3u8","uploadingStatus":"backuped"}`
	reported := Report{FileListMode: "string", Files: files("a.m3u8"), UploadingStatus: Backuped}
	wrapped := func(code, body string) string { return `{"Code":` + code + `,"Body":` + body + `}` }
	rows := []documented{
		{name: "as the page shows it", status: 200, body: replyFile(t, "stop_wrapped.json"), conclusion: Succeeded,
			report: Report{FileListMode: "json", UploadingStatus: Uploaded, Files: []v1alpha1.RecordedFile{
				mixedFile(lessonBase+".m3u8", 1562724971626), mixedFile(lessonBase+"_0.mp4", 1562724971626),
			}}},
		{name: "200", status: 200, body: wrapped("200", serviceSays(told)), conclusion: Succeeded, report: reported},
		{name: "a status in a string", status: 200, body: wrapped(`"200"`, serviceSays(told)), conclusion: Succeeded, report: reported},
		{name: "a body in a string", status: 200, body: wrapped("200", quoted(serviceSays(told))), conclusion: Succeeded, report: reported},
		{name: "no status", status: 200, body: `{"Body":` + serviceSays(told) + `}`, conclusion: Succeeded, report: reported},
		{name: "a status that is none", status: 200, body: wrapped("7", serviceSays(told)), conclusion: NotKnown, report: reported},
		{name: "a status in words", status: 200, body: wrapped(`"OK"`, serviceSays(told)), conclusion: NotKnown, report: reported},
		{name: "the status counts", status: 200, body: wrapped("404", `{"code":404,"reason":"failed to find worker"}`),
			conclusion: NotFound, code: 404, reason: "failed to find worker"},
		{name: "the status is no code", status: 200, body: wrapped("206", serviceSays(told)), conclusion: Succeeded, report: reported},
		{name: "the code is within", status: 200, body: wrapped("206", `{"code":435,"reason":"no recorded data"}`),
			conclusion: NoRecordedData, code: 435, reason: "no recorded data"},
		{name: "too many requests", status: 200, body: wrapped("429", `{"message":"API rate limit exceeded"}`),
			conclusion: RateLimited, reason: "API rate limit exceeded"},
		{name: "an error whose body says that it is none", status: 503, body: wrapped("200", serviceSays(told)),
			conclusion: NotKnown, report: reported},
		{name: "a code beside it", status: 200, body: `{"code":65,"Code":200,"Body":` + serviceSays(told) + `}`, conclusion: NotKnown, code: 65},
		{name: "of another recording", status: 200, body: wrapped("200", `{"sid":"00000000000000000000000000000000","serverResponse":{"fileList":"theirs.m3u8"}}`),
			conclusion: NotKnown, reason: "the answer is about another recording"},
		{name: "a body that is cut off", status: 200, body: wrapped("200", quoted(serviceSays(told)[:100])), conclusion: NotKnown},
		{name: "no body", status: 200, body: `{"Code":200}`, conclusion: NotKnown},
		{name: "small letters", status: 200, body: `{"code":200,"body":` + serviceSays(told) + `}`, conclusion: NotKnown, code: 200},
	}
	for _, row := range rows {
		row.method = MethodStop
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			answer := concludeLesson(row.method, row.status, row.body)
			row.status = answer.HTTPStatus
			NewWithT(t).Expect(answer).To(Equal(Answer{
				Method: row.method, Conclusion: row.conclusion, HTTPStatus: row.status, Code: row.code, Reason: row.reason, Report: row.report,
			}))
		})
	}
}

func TestConcludeFromCodeOfAnotherRecording(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	answer := concludeLesson(MethodStop, 404, `{"sid":"00000000000000000000000000000000","code":404,"reason":"failed to find worker"}`)
	g.Expect(answer.Conclusion).To(Equal(NotKnown))
	g.Expect(answer.Presence()).To(Equal(PresenceUnknown))
}

func TestGatewayStatusOutranksCode(t *testing.T) {
	t.Parallel()
	ranks := map[int]Conclusion{
		401: CredentialsRejected,
		403: CredentialsRejected,
		429: RateLimited,
	}
	for status, conclusion := range ranks {
		for _, code := range []int{2, 49, 50, 65, 200, 404, 433, 435} {
			for _, method := range startedMethods() {
				t.Run(fmt.Sprintf("%s/%d/%d", method, status, code), func(t *testing.T) {
					t.Parallel()
					body := serviceSays(fmt.Sprintf(`"code":%d`, code))
					NewWithT(t).Expect(concludeLesson(method, status, body).Conclusion).To(Equal(conclusion))
				})
			}
		}
	}
}

func TestConclusionNames(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	var omitted Conclusion
	g.Expect(omitted).To(Equal(NotKnown))
	g.Expect(NotKnown.String()).To(Equal("NotKnown"))
	g.Expect(Succeeded.String()).To(Equal("Succeeded"))
	g.Expect(fmt.Sprint(RateLimited)).To(Equal("RateLimited"))
}

func TestPresence(t *testing.T) {
	t.Parallel()
	status := func(number int32) Report { return Report{ServiceStatus: &number} }
	tests := map[string]struct {
		answer   Answer
		presence Presence
	}{
		"nothing said":                  {answer: Answer{}, presence: PresenceUnknown},
		"not started":                   {answer: Answer{Method: MethodQuery, Conclusion: Succeeded, Report: status(0)}, presence: PresenceUnknown},
		"initialized":                   {answer: Answer{Method: MethodQuery, Conclusion: Succeeded, Report: status(1)}, presence: PresenceRunning},
		"starting":                      {answer: Answer{Method: MethodQuery, Conclusion: Succeeded, Report: status(2)}, presence: PresenceRunning},
		"partly ready":                  {answer: Answer{Method: MethodQuery, Conclusion: Succeeded, Report: status(3)}, presence: PresenceRunning},
		"ready":                         {answer: Answer{Method: MethodQuery, Conclusion: Succeeded, Report: status(4)}, presence: PresenceRunning},
		"in progress":                   {answer: Answer{Method: MethodQuery, Conclusion: Succeeded, Report: status(5)}, presence: PresenceRunning},
		"stop requested":                {answer: Answer{Method: MethodQuery, Conclusion: Succeeded, Report: status(6)}, presence: PresenceUnknown},
		"all stopped":                   {answer: Answer{Method: MethodQuery, Conclusion: Succeeded, Report: status(7)}, presence: PresenceGone},
		"exited":                        {answer: Answer{Method: MethodQuery, Conclusion: Succeeded, Report: status(8)}, presence: PresenceGone},
		"abnormal exit":                 {answer: Answer{Method: MethodQuery, Conclusion: Succeeded, Report: status(20)}, presence: PresenceGone},
		"a number not documented":       {answer: Answer{Method: MethodQuery, Conclusion: Succeeded, Report: status(9)}, presence: PresenceUnknown},
		"a negative number":             {answer: Answer{Method: MethodQuery, Conclusion: Succeeded, Report: status(-1)}, presence: PresenceUnknown},
		"no number":                     {answer: Answer{Method: MethodQuery, Conclusion: Succeeded}, presence: PresenceUnknown},
		"query finds none":              {answer: Answer{Method: MethodQuery, Conclusion: NotFound}, presence: PresenceGone},
		"stop finds none":               {answer: Answer{Method: MethodStop, Conclusion: NotFound}, presence: PresenceGone},
		"update finds none":             {answer: Answer{Method: MethodUpdate, Conclusion: NotFound}, presence: PresenceGone},
		"an update that succeeded":      {answer: Answer{Method: MethodUpdate, Conclusion: Succeeded}, presence: PresenceUnknown},
		"no such route":                 {answer: Answer{Method: MethodQuery, Conclusion: NoRoute}, presence: PresenceUnknown},
		"exiting":                       {answer: Answer{Method: MethodQuery, Conclusion: AlreadyExiting}, presence: PresenceUnknown},
		"a stop with a number":          {answer: Answer{Method: MethodStop, Conclusion: Succeeded, Report: status(5)}, presence: PresenceUnknown},
		"a failed query with a running": {answer: Answer{Method: MethodQuery, Conclusion: NotKnown, Report: status(5)}, presence: PresenceUnknown},
		"a failed query with an exit":   {answer: Answer{Method: MethodQuery, Conclusion: CredentialsRejected, Report: status(8)}, presence: PresenceUnknown},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			NewWithT(t).Expect(test.answer.Presence()).To(Equal(test.presence))
		})
	}
}
