// SPDX-License-Identifier: Apache-2.0

package journal

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/types"

	"cloudrecording.dev/operator/controllers/notifications"
)

func oddContents() []string {
	return []string{
		``, ` `, `null`, `0`, `"ok"`, `[]`, `{}`, `{`, `<html>`, "\xff\xfe", "\xef\xbb\xbf{}",
		strings.Repeat(`{"entries":`, 100), strings.Repeat(`[`, 20_000),
	}
}

func FuzzAcceptedEvent(f *testing.F) {
	for _, body := range []string{
		`{"noticeId":"n","eventType":31,"payload":{"sid":"s","sendts":253402300799999,"sequence":9223372036854775807}}`,
		"{\"noticeId\":\"a\xffb\",\"eventType\":1,\"payload\":{\"sid\":\"\xff\",\"details\":{\"errorMsg\":\"\\ud800\\u0000<&>\"}}}",
		`{"eventType":31,"payload":{"sid":"s","details":{"fileList":["a.m3u8",7,null,{"filename":"b"},{"fileName":"<&>\u2028"}]}}}`,
		`{"eventType":70,"payload":{"sid":"s","details":{"recorderStartTime":1611566410000}}}`,
		`{"eventType":71,"payload":{"sid":"s","details":{"code":4,"message":"page_load_timeout"}}}`,
		`{"eventType":100,"payload":{"sid":"s","details":{"rtmpUrl":"rtmp://cdn.example.com/live","status":"publishing"}}}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if event, err := notifications.Decode(body); err == nil {
			checkKept(t, event)
		}
	})
}

// checkKept checks that the journal returns what was accepted.
func checkKept(t *testing.T, event notifications.Event) {
	t.Helper()
	recipient := notifications.Recipient{Name: types.NamespacedName{Namespace: "school", Name: "lesson"}, UID: "u", Secret: []byte("s")}
	written := newEntry(event, []notifications.Recipient{recipient})
	encoded, err := encode(written)
	if err != nil {
		t.Fatal(err)
	}
	configMap, err := newBatch("batch", "operator", "", "school", []json.RawMessage{encoded}, 1)
	if err != nil {
		t.Fatal(err)
	}
	entries, unreadable, err := readBatch(configMap)
	if err != nil || unreadable > 0 || len(entries) != 1 || !reflect.DeepEqual(entries[0], written) {
		t.Errorf("wrote %+v and read %+v: %v", written, entries, err)
	}
	if size := configMap.Size(); size > 1<<20 {
		t.Errorf("the ConfigMap has %d bytes", size)
	}
}

func FuzzReadBatch(f *testing.F) {
	for _, content := range append(oddContents(), `{"version":1}`, `{"version":2,"entries":[]}`,
		`{"version":1,"entries":[1,{},{"event":{"noticeId":"n"},"recipients":[]},{"event":{"noticeId":"n"},"recipients":[{"uid":"u"}]}]}`) {
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content string) {
		configMap, err := newBatch("batch", "operator", "", "school", nil, 1)
		if err != nil {
			t.Fatal(err)
		}
		configMap.Data[batchKey] = content
		entries, unreadable, err := readBatch(configMap)
		if (err == nil) != (len(entries) > 0) || unreadable < 0 {
			t.Errorf("read %d entries, %d unreadable: %v", len(entries), unreadable, err)
		}
		for _, entry := range entries {
			if len(entry.Recipients) == 0 {
				t.Error("read an event that is for nobody")
			}
		}
	})
}
