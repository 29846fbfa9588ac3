// SPDX-License-Identifier: Apache-2.0

package notifications

import (
	"reflect"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func oddBodies() []string {
	return []string{
		``, ` `, `null`, `0`, `"ok"`, `[]`, `{}`, `{`, `<html>`, "\xff\xfe", "\xef\xbb\xbf{}",
		`{"eventType":1e999,"payload":{"sid":"s"}}`,
		`{"eventType":3.1e1,"payload":{"sid":"s"}}`,
		`{"eventType":31,"eventType":32,"payload":{"sid":"s","sid":"t"}}`,
		`{"eventType":31,"payload":{"sid":"s","sendts":-1,"sequence":-9223372036854775808}}`,
		`{"eventType":31,"payload":{"sid":"s","sendts":253402300799999,"sequence":9223372036854775807}}`,
		`{"eventType":31,"notifyMs":253402300800000,"payload":{"sid":"s"}}`,
		`{"productId":1,"eventType":101,"payload":{"cname":"test_webhook","uid":"12121212"}}`,
		"{\"noticeId\":\"a\xffb\",\"eventType\":1,\"payload\":{\"sid\":\"\xff\",\"details\":{\"errorMsg\":\"\\ud800\\u0000<&>\"}}}",
		notify("n", Uploaded, `"fileList":["a.m3u8",7,null,{"fileName":7},{"filename":"b"},{"fileName":"<&>\u2028"}]`),
		notify("n", Uploaded, `"fileList":[{"fileName":"a","sliceStartTime":9223372036854775807,"uid":"`+strings.Repeat("9", 500)+`"}]`),
		notify("n", TranscoderCompleted, `"fileList":"a.mp4","uids":[{"uid":7,"fileList":"b.mp4"},{"fileList":[{"fileName":"c","uid":"8"}]},9]`),
		notify("n", Uploaded, `"fileList":"[{\"fileName\":\"a\"},[\"b\"],\"{\"]"`),
		notify("n", RecorderSnapshotFile, `"fileName":["{\"fileName\":\"a.jpg\"}"," [","\ufeff[]","null"]`),
		`{"eventType":81,"payload":"{\"sid\":\"s\",\"details\":\"{\\\"uids\\\":{\\\"uid\\\":7,\\\"fileList\\\":\\\"7.mp4\\\"}}\"}"}`,
		notify("n", RTMPPublishStatus, `"rtmpUrl":"rtmp:`+streamKey+`"`),
		notify("n", RTMPPublishStatus, `"rtmpUrl":"//u:p@h%2f/`+streamKey+`"`),
		notify("n", WebRecorderStarted, `"recorderStartTime":"1611566410000"`),
		notify("n", CloudRecordingWarning, `"module":"one","warnCode":99999999999`),
		strings.Repeat(`{"payload":`, 100),
		strings.Repeat(`[`, 20_000),
	}
}

func FuzzDecode(f *testing.F) {
	for eventType, details := range details() {
		f.Add([]byte(notify("2000001428:4330:107", eventType, details)))
	}
	for _, body := range oddBodies() {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		event, err := Decode(body)
		if again, _ := Decode(body); !reflect.DeepEqual(again, event) {
			t.Errorf("decoded %+v, and then %+v", event, again)
		}
		if err != nil {
			if !reflect.DeepEqual(event, Event{}) {
				t.Errorf("refused, and yet decoded: %+v", event)
			}
			return
		}
		checkBounds(t, event)
		checkPublish(t, event)
	})
}

// checkBounds checks that the event is suitable for a status.
func checkBounds(t *testing.T, event Event) {
	t.Helper()
	if event.NoticeID == "" {
		t.Error("the event has no ID")
	}
	texts := []string{event.NoticeID, event.SID, event.CName, event.UID, event.MsgName, event.NewUID, event.Cause, event.Result}
	if event.Failure != nil {
		texts = append(texts, event.Failure.Message)
	}
	if event.WebStop != nil {
		texts = append(texts, event.WebStop.Message, event.WebStop.Details)
	}
	if event.Publish != nil {
		texts = append(texts, event.Publish.RTMPURL, event.Publish.Status)
	}
	for _, text := range texts {
		if len(text) > maxTextBytes || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
			t.Errorf("the text %q is not fit for a status", text)
		}
	}
	if len(event.Files) > maxFiles {
		t.Errorf("the event has %d files", len(event.Files))
	}
	for _, file := range event.Files {
		if start := strings.TrimLeft(file.FileName, "\ufeff \t\r\n"); start != "" && strings.ContainsAny(start[:1], `[{"`) {
			t.Errorf("the name %q is JSON", file.FileName)
		}
		if file.FileName == "" || len(file.FileName) > maxTextBytes || !utf8.ValidString(file.FileName) ||
			len(file.UID) > maxWordBytes || len(file.TrackType) > maxWordBytes {
			t.Errorf("the file %+v is not fit for a status", file)
		}
	}
	if p := event.Progress; p != nil && (*p < 0 || *p > maxProgress) {
		t.Errorf("the progress is %d", *p)
	}
}

// checkPublish checks that an address contains no stream key.
func checkPublish(t *testing.T, event Event) {
	t.Helper()
	if event.Publish == nil {
		return
	}
	_, rest, _ := strings.Cut(event.Publish.RTMPURL, "//")
	if strings.ContainsAny(rest, "/?#@") {
		t.Errorf("the address %q has more than a host", event.Publish.RTMPURL)
	}
}
