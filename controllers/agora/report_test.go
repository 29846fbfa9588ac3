// SPDX-License-Identifier: Apache-2.0

package agora

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/utils/ptr"

	"cloudrecording.dev/operator/api/v1alpha1"
)

func TestReportOfEveryMode(t *testing.T) {
	t.Parallel()
	track := func(name, kind string, playable bool, start int64) v1alpha1.RecordedFile {
		return v1alpha1.RecordedFile{
			FileName: name, TrackType: kind, UID: "123",
			MixedAllUser: ptr.To(false), IsPlayable: ptr.To(playable), SliceStartTime: ptr.To(start),
		}
	}
	tests := map[string]struct {
		method Method
		body   string
		report Report
	}{
		"individual, stopped": {
			method: MethodStop, body: "stop_individual.json",
			report: Report{
				FileListMode: "json", UploadingStatus: Uploaded,
				Files: []v1alpha1.RecordedFile{
					track("lessons/"+lessonBase+"__uid_s_123__uid_e_audio.m3u8", "audio", true, 1562724971626),
					track("lessons/"+lessonBase+"__uid_s_123__uid_e_video.m3u8", "video", false, 1562724971700),
				},
			},
		},
		"individual with screenshots, stopped": {
			method: MethodStop, body: "stop_individual_screenshots.json",
			report: Report{UploadingStatus: Uploaded},
		},
		"individual, running": {
			method: MethodQuery, body: "query_individual.json",
			report: Report{
				ServiceStatus: ptr.To[int32](4), FileListMode: "json", StartTime: time.UnixMilli(1562724971626),
				Files: []v1alpha1.RecordedFile{
					track(lessonBase+"__uid_s_123__uid_e_audio.m3u8", "audio", true, 1562724971626),
				},
			},
		},
		"mix with MP4, stopped": {
			method: MethodStop, body: "stop_mix_mp4.json",
			report: Report{
				FileListMode: "json", UploadingStatus: Backuped,
				Files: []v1alpha1.RecordedFile{
					mixedFile(lessonBase+".m3u8", 1562724971626), mixedFile(lessonBase+"_0.mp4", 1562724971626),
				},
			},
		},
		"web, running, with a CDN address": {
			method: MethodQuery, body: "query_web.json",
			report: Report{
				ServiceStatus: ptr.To[int32](5),
				ExtensionServices: []v1alpha1.ExtensionServiceState{
					{ServiceName: "web_recorder_service", Payload: v1alpha1.ExtensionServicePayload{
						State: "inProgress", Onhold: ptr.To(true),
					}},
					{ServiceName: "rtmp_publish_service", Payload: v1alpha1.ExtensionServicePayload{
						State: "inProgress",
						Outputs: []v1alpha1.ExtensionServiceOutput{
							{RTMPURL: "rtmp://live.example.com:1935", Status: "publishing"},
							{Status: "disconnected"},
						},
					}},
				},
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			answer := concludeLesson(test.method, 200, replyFile(t, test.body))
			g.Expect(answer.Conclusion).To(Equal(Succeeded))
			g.Expect(answer.Report).To(Equal(test.report))
		})
	}
}

func TestReportedFiles(t *testing.T) {
	t.Parallel()
	started := func(name string, start int64) []v1alpha1.RecordedFile {
		return []v1alpha1.RecordedFile{{FileName: name, SliceStartTime: &start}}
	}
	tests := map[string]struct {
		response string
		files    []v1alpha1.RecordedFile
	}{
		"absent":          {response: `"fileListMode":"json"`},
		"null":            {response: `"fileList":null`},
		"an empty string": {response: `"fileList":""`},
		"an empty array":  {response: `"fileList":[]`},
		"a number":        {response: `"fileList":7`},
		"an object":       {response: `"fileList":{"fileName":"a.m3u8"}`, files: files("a.m3u8")},
		"names":           {response: `"fileList":["a.m3u8","b.mp4"]`, files: files("a.m3u8", "b.mp4")},
		"names and entries": {response: `"fileList":["a.m3u8",{"fileName":"b.mp4","uid":"7"},""]`,
			files: []v1alpha1.RecordedFile{{FileName: "a.m3u8"}, {FileName: "b.mp4", UID: "7"}}},
		"JSON of entries":     {response: `"fileListMode":"json","fileList":"[{\"fileName\":\"a\",\"sliceStartTime\":1562724971626}]"`, files: started("a", 1562724971626)},
		"JSON of one entry":   {response: `"fileList":" {\"fileName\":\"a.m3u8\"}\n"`, files: files("a.m3u8")},
		"JSON of names":       {response: `"fileList":"[\"a.m3u8\",\"b.mp4\"]"`, files: files("a.m3u8", "b.mp4")},
		"JSON of a name":      {response: `"fileList":"\"a.m3u8\""`, files: files("a.m3u8")},
		"JSON of nothing":     {response: `"fileList":"[]"`},
		"JSON of null":        {response: `"fileList":"null"`},
		"JSON after a mark":   {response: `"fileList":"\ufeff[\"a.m3u8\"]"`, files: files("a.m3u8")},
		"JSON that is cut":    {response: `"fileList":"[{\"fileName\":\"a.m3u8\"},{\"fileNa"`},
		"JSON within a list":  {response: `"fileList":["{\"fileName\":\"a.m3u8\"}","b.mp4"]`, files: files("a.m3u8", "b.mp4")},
		"JSON for a name":     {response: `"fileList":[{"fileName":"[{\"fileName\":\"a.m3u8\"}]"}]`, files: files("a.m3u8")},
		"names for a name":    {response: `"fileList":[{"fileName":["a.m3u8","b.mp4"]}]`, files: files("a.m3u8", "b.mp4")},
		"a list in an object": {response: `"fileList":{"fileList":["a.m3u8"]}`, files: files("a.m3u8")},
		"a list in a list":    {response: `"fileList":[["a.m3u8"],[["b.mp4"]]]`, files: files("a.m3u8", "b.mp4")},
		"of a web recording, in a string": {
			response: `"extensionServiceState":"[{\"serviceName\":\"web_recorder_service\",\"payload\":{\"fileList\":[{\"filename\":\"a\"}]}}]"`,
			files:    files("a"),
		},
		"of a web recording, in a payload in a string": {
			response: `"extensionServiceState":[{"serviceName":"web_recorder_service","payload":"{\"fileList\":[\"a\"]}"}]`,
			files:    files("a"),
		},
		"of a web recording's one service": {
			response: `"extensionServiceState":{"serviceName":"web_recorder_service","payload":{"fileList":"a"}}`,
			files:    files("a"),
		},
		"a string":          {response: `"fileList":"a.m3u8"`, files: files("a.m3u8")},
		"fileListStr":       {response: `"fileListStr":"a.m3u8"`, files: files("a.m3u8")},
		"both":              {response: `"fileListStr":"b.m3u8","fileList":"a.m3u8"`, files: files("a.m3u8", "b.m3u8")},
		"fileName":          {response: `"fileList":[{"fileName":"a.m3u8"}]`, files: files("a.m3u8")},
		"filename":          {response: `"fileList":[{"filename":"a.m3u8"}]`, files: files("a.m3u8")},
		"fileName empty":    {response: `"fileList":[{"fileName":"","filename":"a.m3u8"}]`, files: files("a.m3u8")},
		"fileName null":     {response: `"fileList":[{"fileName":null,"filename":"a.m3u8"}]`, files: files("a.m3u8")},
		"no name":           {response: `"fileList":[{"trackType":"audio"},{"fileName":"a.m3u8"}]`, files: files("a.m3u8")},
		"an odd entry":      {response: `"fileList":[null,7,[],{"fileName":"a.m3u8"}]`, files: files("a.m3u8")},
		"an array in mix":   {response: `"fileListMode":"string","fileList":[{"fileName":"a.m3u8"}]`, files: files("a.m3u8")},
		"a string in json":  {response: `"fileListMode":"json","fileList":"a.m3u8"`, files: files("a.m3u8")},
		"escapes":           {response: `"fileList":"\u00e4\/b.m3u8"`, files: files("ä/b.m3u8")},
		"milliseconds":      {response: `"fileList":[{"fileName":"a","sliceStartTime":1562724971626}]`, files: started("a", 1562724971626)},
		"seconds":           {response: `"fileList":[{"fileName":"a","sliceStartTime":1562724971}]`, files: started("a", 1562724971000)},
		"seconds, a string": {response: `"fileList":[{"fileName":"a","sliceStartTime":"1562724971"}]`, files: started("a", 1562724971000)},
		"an exponent":       {response: `"fileList":[{"fileName":"a","sliceStartTime":1.562724971626e12}]`, files: started("a", 1562724971626)},
		"the first ms":      {response: `"fileList":[{"fileName":"a","sliceStartTime":100000000000}]`, files: started("a", 100000000000)},
		"the last seconds":  {response: `"fileList":[{"fileName":"a","sliceStartTime":99999999999}]`, files: started("a", 99999999999000)},
		"zero":              {response: `"fileList":[{"fileName":"a","sliceStartTime":0}]`, files: files("a")},
		"before 1970":       {response: `"fileList":[{"fileName":"a","sliceStartTime":-5}]`, files: files("a")},
		"a fraction":        {response: `"fileList":[{"fileName":"a","sliceStartTime":0.5}]`, files: files("a")},
		"no number":         {response: `"fileList":[{"fileName":"a","sliceStartTime":"soon"}]`, files: files("a")},
		"the last year":     {response: `"fileList":[{"fileName":"a","sliceStartTime":253402300799999}]`, files: started("a", 253402300799999)},
		"beyond all years":  {response: `"fileList":[{"fileName":"a","sliceStartTime":253402300800000}]`, files: files("a")},
		"microseconds":      {response: `"fileList":[{"fileName":"a","sliceStartTime":1562724971626000}]`, files: files("a")},
		"booleans as words": {
			response: `"fileList":[{"fileName":"a","mixedAllUser":"False","isPlayable":"true"}]`,
			files:    []v1alpha1.RecordedFile{{FileName: "a", MixedAllUser: ptr.To(false), IsPlayable: ptr.To(true)}},
		},
		"booleans that are none": {
			response: `"fileList":[{"fileName":"a","mixedAllUser":"perhaps","isPlayable":null}]`,
			files:    files("a"),
		},
		"a user as a number": {
			response: `"fileList":[{"fileName":"a","uid":123}]`,
			files:    []v1alpha1.RecordedFile{{FileName: "a", UID: "123"}},
		},
		"unknown members": {
			response: `"fileList":[{"fileName":"a","size":7,"md5":{"x":[]}}],"selectionBitmask":1,"output":{}`,
			files:    files("a"),
		},
		"of a web recording, in playload": {
			response: `"extensionServiceState":[{"serviceName":"web_recorder_service","playload":{"fileList":[{"filename":"a"}]}}]`,
			files:    files("a"),
		},
		"of a service without a name": {
			response: `"extensionServiceState":[{"payload":{"fileList":"a"}}]`,
			files:    files("a"),
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, method := range []Method{MethodQuery, MethodStop} {
				NewWithT(t).Expect(concludeLesson(method, 200, responding(test.response)).Report.Files).To(Equal(test.files))
			}
		})
	}
}

// TestNoNameIsLostInAnyForm nests names in every combination of forms.
func TestNoNameIsLostInAnyForm(t *testing.T) {
	t.Parallel()
	forms := map[string]func(...string) string{
		"array":          func(elements ...string) string { return `[` + strings.Join(elements, ",") + `]` },
		"array in text":  func(elements ...string) string { return quoted(`[` + strings.Join(elements, ", ") + `]`) },
		"object":         func(elements ...string) string { return `{"fileList":[` + strings.Join(elements, ",") + `]}` },
		"object in text": func(elements ...string) string { return quoted(`{"fileList":[` + strings.Join(elements, ",") + `]}`) },
	}
	entries := map[string]func(string) string{
		"name":          quoted,
		"name in text":  func(name string) string { return quoted(quoted(name)) },
		"entry":         func(name string) string { return `{"trackType":"audio","fileName":` + quoted(name) + `}` },
		"entry in text": func(name string) string { return quoted(`{"filename":` + quoted(name) + `}`) },
	}
	for outerName, outer := range forms {
		for innerName, inner := range forms {
			for entryName, entry := range entries {
				t.Run(outerName+"/"+innerName+"/"+entryName, func(t *testing.T) {
					t.Parallel()
					list := outer(entry("a.m3u8"), inner(entry(`b"[1]{}.mp4`), entry("ä/c.m3u8")), entry("d.mp4"))
					var names []string
					for _, file := range Files(json.RawMessage(list)) {
						names = append(names, file.FileName)
					}
					NewWithT(t).Expect(names).To(Equal([]string{"a.m3u8", `b"[1]{}.mp4`, "ä/c.m3u8", "d.mp4"}))
				})
			}
		}
	}
}

func TestListsWithinListsAreReadSoFarOnly(t *testing.T) {
	t.Parallel()
	begin := time.Now()
	deep := strings.Repeat(`[`, 9_000) + strings.Repeat(`]`, 9_000)
	g := NewWithT(t)
	g.Expect(Files(json.RawMessage(deep))).To(BeEmpty())
	g.Expect(time.Since(begin)).To(BeNumerically("<", 10*time.Second))
}

func TestResponseInAString(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	response := `{"fileListMode":"string","fileList":"a.m3u8","uploadingStatus":"uploaded"}`
	answer := concludeLesson(MethodStop, 200, serviceSays(`"serverResponse":`+quoted(response)))
	g.Expect(answer.Conclusion).To(Equal(Succeeded))
	g.Expect(answer.Report).To(Equal(Report{FileListMode: "string", Files: files("a.m3u8"), UploadingStatus: Uploaded}))
	answer = concludeLesson(MethodStop, 400, serviceSays(`"code":49,"serverResponse":`+quoted(`{"fileListStr":"a.m3u8","payload":"{\"message\":\"Failed\"}"}`)))
	g.Expect(answer.Conclusion).To(Equal(AlreadyExiting))
	g.Expect(answer.Reason).To(Equal("Failed"))
	g.Expect(answer.Report.Files).To(Equal(files("a.m3u8")))
}

func TestReportedUploadingStatus(t *testing.T) {
	t.Parallel()
	web := func(statuses ...string) string {
		var services []string
		for _, status := range statuses {
			services = append(services, `{"serviceName":"upload_service","payload":{"uploadingStatus":"`+status+`"}}`)
		}
		return `"extensionServiceState":[` + strings.Join(services, ",") + `]`
	}
	tests := map[string]struct{ response, status string }{
		"absent":                          {response: `"fileList":""`},
		"null":                            {response: `"uploadingStatus":null`},
		"empty":                           {response: `"uploadingStatus":""`},
		"uploaded":                        {response: `"uploadingStatus":"uploaded"`, status: "uploaded"},
		"backuped":                        {response: `"uploadingStatus":"backuped"`, status: "backuped"},
		"unknow":                          {response: `"uploadingStatus":"unknow"`, status: "unknow"},
		"unknown":                         {response: `"uploadingStatus":"unknown"`, status: "unknown"},
		"another word":                    {response: `"uploadingStatus":"backuping"`, status: "backuping"},
		"of a web recording":              {response: web("uploaded"), status: "uploaded"},
		"nowhere but there":               {response: `"uploadingStatus":"",` + web("uploaded"), status: "uploaded"},
		"there, but empty":                {response: `"uploadingStatus":"uploaded",` + web(""), status: "uploaded"},
		"in both, the worse one last":     {response: `"uploadingStatus":"uploaded",` + web("backuped"), status: "backuped"},
		"in both, the worse one first":    {response: `"uploadingStatus":"unknown",` + web("uploaded"), status: "unknown"},
		"in two services":                 {response: web("backuped", "uploaded"), status: "backuped"},
		"in two services, the other way":  {response: web("uploaded", "backuped"), status: "backuped"},
		"of a service that does not tell": {response: `"extensionServiceState":[{"serviceName":"web_recorder_service","payload":{"uploadingStatus":"uploaded"}}]`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			NewWithT(t).Expect(concludeLesson(MethodStop, 200, responding(test.response)).Report.UploadingStatus).To(Equal(test.status))
		})
	}
}

func TestReportedOrderOfServicesDoesNotMatter(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	recorder := `{"serviceName":"web_recorder_service","payload":{"state":"exit","fileList":[{"filename":"a.m3u8"}]}}`
	upload := `{"serviceName":"upload_service","payload":{"uploadingStatus":"uploaded"}}`
	one := concludeLesson(MethodStop, 200, responding(`"extensionServiceState":[`+recorder+`,`+upload+`]`)).Report
	other := concludeLesson(MethodStop, 200, responding(`"extensionServiceState":[`+upload+`,`+recorder+`]`)).Report
	g.Expect(one.Files).To(Equal(files("a.m3u8")))
	g.Expect(other.Files).To(Equal(one.Files))
	g.Expect(one.UploadingStatus).To(Equal(Uploaded))
	g.Expect(other.UploadingStatus).To(Equal(one.UploadingStatus))
	g.Expect(other.ExtensionServices).To(ConsistOf(one.ExtensionServices))
}

func TestReportedExtensionServicesThatMakeNoSense(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		services string
		want     []v1alpha1.ExtensionServiceState
	}{
		"null":        {services: `null`},
		"an object":   {services: `{"serviceName":"upload_service"}`, want: []v1alpha1.ExtensionServiceState{{ServiceName: "upload_service"}}},
		"no objects":  {services: `[null,"upload_service",7,[]]`},
		"no name":     {services: `[{"payload":{"state":"exit"}}]`},
		"no payload":  {services: `[{"serviceName":"x"}]`, want: []v1alpha1.ExtensionServiceState{{ServiceName: "x"}}},
		"odd payload": {services: `[{"serviceName":"x","payload":"exit"}]`, want: []v1alpha1.ExtensionServiceState{{ServiceName: "x"}}},
		"a status in the payload": {
			services: `[{"serviceName":"rtmp_publish_service","payload":{"status":"onhold","onhold":"true"}}]`,
			want: []v1alpha1.ExtensionServiceState{{
				ServiceName: "rtmp_publish_service",
				Payload:     v1alpha1.ExtensionServicePayload{Status: "onhold", Onhold: ptr.To(true)},
			}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := responding(`"extensionServiceState":` + test.services)
			NewWithT(t).Expect(concludeLesson(MethodQuery, 200, body).Report.ExtensionServices).To(Equal(test.want))
		})
	}
}

func TestReportedServiceStatus(t *testing.T) {
	t.Parallel()
	tests := map[string]*int32{
		`5`:          ptr.To[int32](5),
		`"5"`:        ptr.To[int32](5),
		`" 5 "`:      ptr.To[int32](5),
		`5.0`:        ptr.To[int32](5),
		`0`:          ptr.To[int32](0),
		`5.5`:        nil,
		`"running"`:  nil,
		`null`:       nil,
		`true`:       nil,
		`[5]`:        nil,
		`4294967301`: nil,
		`1e400`:      nil,
		`"NaN"`:      nil,
		`"Inf"`:      nil,
	}
	for status, want := range tests {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			NewWithT(t).Expect(concludeLesson(MethodQuery, 200, responding(`"status":`+status)).Report.ServiceStatus).To(Equal(want))
		})
	}
}

func TestReportedStartTime(t *testing.T) {
	t.Parallel()
	tests := map[string]time.Time{
		`1606357122528`:    time.UnixMilli(1606357122528),
		`1606357122`:       time.Unix(1606357122, 0),
		`"1606357122528"`:  time.UnixMilli(1606357122528),
		`1606357122528000`: {},
		`0`:                {},
		`null`:             {},
	}
	for start, want := range tests {
		t.Run(start, func(t *testing.T) {
			t.Parallel()
			NewWithT(t).Expect(concludeLesson(MethodQuery, 200, responding(`"sliceStartTime":`+start)).Report.StartTime).To(Equal(want))
		})
	}
}

func TestStreamKeysAreLeftOut(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"rtmp://live.example.com/app/7f3c-key":             "rtmp://live.example.com",
		"rtmps://live.example.com:443/app/7f3c-key":        "rtmps://live.example.com:443",
		"rtmp://live.example.com/app?key=7f3c-key":         "rtmp://live.example.com",
		"rtmp://live.example.com?key=7f3c-key":             "rtmp://live.example.com",
		"rtmp://live.example.com#7f3c-key":                 "rtmp://live.example.com",
		"rtmp://7f3c-key@live.example.com/app":             "rtmp://live.example.com",
		"rtmp://user:7f3c-key@live.example.com/app":        "rtmp://live.example.com",
		"rtmp://[2001:db8::7]:1935/app/7f3c-key":           "rtmp://[2001:db8::7]:1935",
		"//live.example.com/app/7f3c-key":                  "//live.example.com",
		"rtmp:7f3c-key":                                    "",
		"/app/7f3c-key":                                    "",
		"app/7f3c-key":                                     "",
		"7f3c-key":                                         "",
		"rtmp:///app/7f3c-key":                             "",
		"rtmp://live.example.com:7f3c-key":                 "",
		"rtmp://live.example.com\u0000/7f3c-key":           "",
		"rtmp://live.example.com/%zz/7f3c-key":             "",
		"":                                                 "",
		"rtmp://live.example.com/a rtmp://x/b c/7f3c-key":  "rtmp://live.example.com",
		"  rtmp://live.example.com/app/leading-7f3c-key  ": "",
	}
	for address, want := range tests {
		t.Run(address, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			quoted, err := json.Marshal(address)
			g.Expect(err).NotTo(HaveOccurred())
			for _, key := range []string{"payload", "playload"} {
				body := responding(`"extensionServiceState":[{"serviceName":"rtmp_publish_service","` + key +
					`":{"outputs":[{"rtmpUrl":` + string(quoted) + `,"status":"publishing"}]}}]`)
				answer := concludeLesson(MethodQuery, 200, body)
				g.Expect(answer.Report.ExtensionServices).To(HaveLen(1))
				g.Expect(answer.Report.ExtensionServices[0].Payload.Outputs).
					To(Equal([]v1alpha1.ExtensionServiceOutput{{RTMPURL: want, Status: "publishing"}}))
				told, err := json.Marshal(answer)
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(string(told)).NotTo(ContainSubstring("7f3c-key"))
			}
		})
	}
}
