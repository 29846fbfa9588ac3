// SPDX-License-Identifier: Apache-2.0

package agora

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// streamKey takes the place of a stream key in seeds.
const streamKey = "7f3c-stream-key"

func oddBodies() []string {
	return []string{
		``, ` `, `null`, `true`, `0`, `"ok"`, `[]`, `{}`, `{`, `{"`, `<html>`, "\xff\xfe", "\xef\xbb\xbf{}",
		`{"message":"no Route matched with those values"}`,
		`{"message":"API rate limit exceeded"}`,
		`{"message":"Invalid authentication credentials"}`,
		`{"message":"appid is invalid"}`,
		`{"code":65,"reason":"request not completed"}`,
		`{"code":62,"reason":"request timeout"}`,
		`{"code":"49"}`, `{"code":4.9e1}`, `{"code":1e999}`, `{"code":"invalid appid"}`, `{"code":{}}`, `{"code":null}`,
		`{"code":99999999999,"sid":"` + lessonSID + `"}`,
		`{"code":49,"code":0,"sid":"` + lessonSID + `"}`,
		`{"sid":"` + lessonSID + `"}`, `{"sid":"another"}`, `{"sid":7}`, `{"resourceId":null,"serverResponse":{}}`,
		`{"reason":"a\u0000b\u001b[31m\ud800"}`, `{"reason":"` + strings.Repeat("错", 200) + `"}`,
		responding(`"fileList":"a.m3u8"`), responding(`"fileList":["a.m3u8"]`), responding(`"fileList":""`),
		responding(`"fileList":[]`), responding(`"fileList":null`), responding(`"fileList":{"fileName":"a"}`),
		responding(`"fileList":[{"fileName":7},{"filename":"b"},{"fileName":null}]`),
		responding(`"fileListStr":"a.m3u8","fileList":"b.m3u8"`),
		responding(`"fileList":[{"fileName":"a","sliceStartTime":9223372036854775807}]`),
		responding(`"fileList":"[{\"fileName\":\"a.m3u8\"}]"`), responding(`"fileList":"{\"fileName\":\"[\"}"`),
		responding(`"fileList":["[\"a.m3u8\"","\"b.mp4\""," [","null","\ufeff[]"]`), responding(`"fileList":[{"fileName":["a",{"fileList":"[\"b\"]"}]}]`),
		serviceSays(`"serverResponse":"{\"fileList\":\"a.m3u8\",\"status\":5,\"extensionServiceState\":\"[{}]\"}"`),
		`{"Code":200,"Body":` + responding(`"status":5,"fileList":"a.m3u8"`) + `}`, `{"Code":"200","Body":` + quoted(responding(`"status":5`)) + `}`,
		`{"Code":503,"Body":{"code":0,"sid":"` + lessonSID + `"}}`, `{"Code":-1,"Body":"{}"}`, `{"Body":{"Body":{}}}`,
		`{"message":"too many requests"}`, `{"code":2,"reason":"frame rate limit"}`, `{"code":206}`, `{"code":109}`,
		responding(`"sliceStartTime":1606357122528000`), responding(`"status":"5"`), responding(`"status":1e1`),
		responding(`"uploadingStatus":"unknow"`), responding(`"uploadingStatus":"unknown"`), responding(`"uploadingStatus":7`),
		responding(`"extensionServiceState":[{"serviceName":"upload_service","playload":{"uploadingStatus":"uploaded"}}]`),
		responding(`"extensionServiceState":[{"serviceName":"x","payload":{"outputs":[{"rtmpUrl":"rtmp://u:` + streamKey + `@h/a/` + streamKey + `?` + streamKey + `"}]}}]`),
		responding(`"extensionServiceState":[{"serviceName":"x","payload":{"outputs":[{"rtmpUrl":"rtmp:` + streamKey + `"}]}}]`),
		responding(`"extensionServiceState":[{"serviceName":"x","payload":{"outputs":[{"rtmpUrl":"//h%2f` + streamKey + `"}]}}]`),
		strings.Repeat(`{"serverResponse":`, 100),
		strings.Repeat(`[`, 20_000),
	}
}

func FuzzConclude(f *testing.F) {
	samples, err := filepath.Glob(filepath.Join("testdata", "replies", "*"))
	if err != nil || len(samples) == 0 {
		f.Fatalf("no sample replies: %v", err)
	}
	for _, name := range samples {
		content, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, status := range []int{200, 206, 400, 404, 500} {
			f.Add(status, content)
		}
	}
	for _, body := range oddBodies() {
		f.Add(200, []byte(body))
		f.Add(404, []byte(body))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		for _, method := range startedMethods() {
			answer := concludeBody(method, aRecording(), status, body)
			if again := concludeBody(method, aRecording(), status, body); !reflect.DeepEqual(again, answer) {
				t.Errorf("concluded %+v, and then %+v", answer, again)
			}
			checkSuccess(t, answer, body)
			checkCutOff(t, answer, body)
			checkReason(t, answer.Reason)
			checkFiles(t, answer.Report.Files, body)
			checkTimes(t, answer.Report)
			checkOutputs(t, answer.Report.ExtensionServices)
		}
	})
}

// checkSuccess checks that only an answer of the service itself counts as success.
func checkSuccess(t *testing.T, answer Answer, body []byte) {
	t.Helper()
	if answer.Conclusion != Succeeded {
		return
	}
	if answer.HTTPStatus < 200 || answer.HTTPStatus > 299 {
		t.Errorf("succeeded with HTTP status %d", answer.HTTPStatus)
	}
	members := membersOf(body)
	if members == nil {
		t.Fatal("succeeded with a body that is no object")
	}
	if wrapped := wrappedIn(members); wrapped != nil {
		members = wrapped
	}
	switch code := strings.Trim(string(members["code"]), `" `); code {
	case "", "null":
	default:
		if !isNumber(code, 0) && !isNumber(code, 200) {
			t.Errorf("succeeded with the code %s", code)
		}
	}
	if members["sid"] == nil && members["resourceId"] == nil && members["serverResponse"] == nil {
		t.Error("succeeded without a word of the service")
	}
}

func membersOf(body []byte) map[string]json.RawMessage {
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil {
		return nil
	}
	return members
}

// wrappedIn returns the answer in a wrapped one, or nil if there is none.
func wrappedIn(members map[string]json.RawMessage) map[string]json.RawMessage {
	var text string
	if json.Unmarshal(members["Body"], &text) == nil {
		return membersOf([]byte(text))
	}
	return membersOf(members["Body"])
}

func isNumber(text string, want float64) bool {
	number, err := strconv.ParseFloat(text, 64)
	return err == nil && number == want
}

// checkCutOff checks that no truncated answer counts as success.
func checkCutOff(t *testing.T, answer Answer, body []byte) {
	t.Helper()
	if answer.Conclusion != Succeeded {
		return
	}
	whole := bytes.TrimSpace(body)
	step := 1 + len(whole)/200
	for length := len(whole) - 1; length >= 0; length -= step {
		cut := concludeBody(answer.Method, aRecording(), answer.HTTPStatus, whole[:length])
		if cut.Conclusion == Succeeded {
			t.Errorf("succeeded with %d of %d bytes", length, len(whole))
		}
		if !reflect.DeepEqual(cut.Report, Report{}) {
			t.Errorf("took a report from %d of %d bytes", length, len(whole))
		}
	}
}

// checkReason checks that the reason is suitable for a status.
func checkReason(t *testing.T, reason string) {
	t.Helper()
	if !utf8.ValidString(reason) {
		t.Errorf("the reason %q is not valid UTF-8", reason)
	}
	if len(reason) > 256 {
		t.Errorf("the reason has %d bytes", len(reason))
	}
	if strings.ContainsFunc(reason, unicode.IsControl) {
		t.Errorf("the reason %q has control characters", reason)
	}
}

// checkFiles checks that the body names every file.
func checkFiles(t *testing.T, files []v1alpha1.RecordedFile, body []byte) {
	t.Helper()
	said := scalars(body)
	for _, file := range files {
		if file.FileName == "" || !said[file.FileName] {
			t.Errorf("the body does not name the file %q", file.FileName)
		}
		if strings.ContainsAny(strings.TrimSpace(file.FileName)[:min(1, len(strings.TrimSpace(file.FileName)))], `[{"`) {
			t.Errorf("the name %q is JSON", file.FileName)
		}
		for _, text := range []string{file.UID, file.TrackType} {
			if text != "" && !said[text] {
				t.Errorf("the body does not say %q", text)
			}
		}
	}
}

// scalars returns the strings and numbers in a body, including those in JSON inside
// strings.
func scalars(body []byte) map[string]bool {
	found := map[string]bool{}
	addScalars(found, body, 0)
	return found
}

func addScalars(found map[string]bool, body []byte, depth int) {
	if depth > 16 {
		return
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	for {
		token, err := decoder.Token()
		if err != nil {
			return
		}
		switch scalar := token.(type) {
		case string:
			found[scalar] = true
			if json.Valid([]byte(scalar)) {
				addScalars(found, []byte(scalar), depth+1)
			}
		case json.Number:
			found[scalar.String()] = true
		}
	}
}

// checkTimes checks that the API server can store every time.
func checkTimes(t *testing.T, report Report) {
	t.Helper()
	if year := report.StartTime.UTC().Year(); year < 1 || year > 9999 {
		t.Errorf("the start lies in the year %d", year)
	}
	for _, file := range report.Files {
		if start := file.SliceStartTime; start != nil && (*start <= 0 || time.UnixMilli(*start).UTC().Year() > 9999) {
			t.Errorf("a slice starts at %d", *start)
		}
	}
}

// checkOutputs checks that only the host of an address is left.
func checkOutputs(t *testing.T, services []v1alpha1.ExtensionServiceState) {
	t.Helper()
	for _, service := range services {
		for _, output := range service.Payload.Outputs {
			address, err := url.Parse(output.RTMPURL)
			if err != nil {
				t.Errorf("%q is not an address: %v", output.RTMPURL, err)
				continue
			}
			if output.RTMPURL != "" && *address != (url.URL{Scheme: address.Scheme, Host: address.Host}) {
				t.Errorf("%q has more than a scheme and a host", output.RTMPURL)
			}
			if strings.Contains(output.RTMPURL, streamKey) {
				t.Errorf("%q has the stream key", output.RTMPURL)
			}
		}
	}
}
