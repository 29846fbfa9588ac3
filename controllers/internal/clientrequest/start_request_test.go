// SPDX-License-Identifier: Apache-2.0

package clientrequest

import (
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/utils/ptr"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
	"cloudrecording.dev/operator/controllers/internal/usererror"
)

func secretsToStart() Secrets {
	return Secrets{Token: "t", AccessKey: "a", SecretKey: "k"}
}

func TestAcquireRequest(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*v1alpha1.CloudRecordingSpec)
		want   string
	}{
		"of a channel": {nil, `{"scene":0,"resourceExpiredHour":72}`},
		"of a page":    {func(s *v1alpha1.CloudRecordingSpec) { s.Mode = v1alpha1.WebMode }, `{"scene":1,"resourceExpiredHour":72}`},
		"within a region, away from another": {func(s *v1alpha1.CloudRecordingSpec) {
			s.Start.Region, s.Start.ExcludeResourceIDs, s.Storage.Region = "EU", []string{"r"}, 7
		}, `{"scene":0,"resourceExpiredHour":72,"region":"EU","excludeResourceIds":["r"]}`},
		"with a member that has no field": {func(s *v1alpha1.CloudRecordingSpec) {
			s.Start.RawParameters = []v1alpha1.RawParameter{
				{Method: v1alpha1.RawParameterMethodAcquire, Name: "regionAffinity", Value: "3"},
				{Method: v1alpha1.RawParameterMethodStart, Name: "newMember", Value: "1"},
			}
		}, `{"scene":0,"resourceExpiredHour":72,"regionAffinity":3}`},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			request, err := Acquire(recordingtest.ToStart(test.change))
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(request.JSON).To(MatchJSON(test.want))
		})
	}
}

func TestStartRequest(t *testing.T) {
	const (
		storage   = `"storageConfig":{"vendor":1,"region":3,"bucket":"recordings","accessKey":"a","secretKey":"k","fileNamePrefix":["rec","room1"]}`
		recording = `"channelType":1,"streamTypes":2,"videoStreamType":0,"maxIdleTime":300,"decryptionMode":0`
	)
	for name, test := range map[string]struct {
		change  func(*v1alpha1.CloudRecordingSpec)
		secrets func(*Secrets)
		want    string
	}{
		"of a channel": {want: `{"token":"t","recordingConfig":{` + recording + `},` + storage + `}`},
		"of an encrypted channel": {
			change: func(s *v1alpha1.CloudRecordingSpec) {
				s.Start.RecordingConfig.DecryptionMode = 7
				s.Start.RecordingConfig.DecryptionSecretRef = &v1alpha1.DecryptionSecretReference{Name: "channel"}
			},
			secrets: func(s *Secrets) { s.DecryptionSecret, s.DecryptionSalt = "p", "c2FsdA==" },
			want: `{"token":"t","recordingConfig":{"channelType":1,"streamTypes":2,"videoStreamType":0,"maxIdleTime":300,
				"decryptionMode":7,"secret":"p","salt":"c2FsdA=="},` + storage + `}`,
		},
		"without some users": {
			change: func(s *v1alpha1.CloudRecordingSpec) {
				s.Start.RecordingConfig.UnsubscribeAudioUIDs = []v1alpha1.UserID{"7"}
				s.Start.RecordingConfig.SubscribeVideoUIDs = []v1alpha1.UserID{"#allstream#"}
			},
			want: `{"token":"t","recordingConfig":{` + recording + `,"unSubscribeAudioUids":["7"],"subscribeVideoUids":["#allstream#"]},` + storage + `}`,
		},
		"with a layout of its own": {
			change: func(s *v1alpha1.CloudRecordingSpec) {
				s.Start.RecordingConfig.TranscodingConfig = &v1alpha1.TranscodingConfig{
					Width: 1280, Height: 720, FPS: 15, Bitrate: 2260, MixedVideoLayout: 3,
					LayoutConfig: []v1alpha1.LayoutConfig{{UID: "1", Width: 0.333333, Height: 1, Alpha: ptr.To(1.0)}},
				}
			},
			want: `{"token":"t","recordingConfig":{` + recording + `,"transcodingConfig":{"width":1280,"height":720,"fps":15,"bitrate":2260,"mixedVideoLayout":3,
				"layoutConfig":[{"uid":"1","x_axis":0,"y_axis":0,"width":0.333333,"height":1,"alpha":1,"render_mode":0}]}},` + storage + `}`,
		},
		"of a page, pushed to a CDN": {
			change: func(s *v1alpha1.CloudRecordingSpec) {
				s.Mode, s.Start.RecordingConfig = v1alpha1.WebMode, nil
				s.Start.RecordingFileConfig = &v1alpha1.RecordingFileConfig{AVFileType: []v1alpha1.AVFileType{"hls", "mp4"}}
				s.Start.ExtensionServiceConfig = &v1alpha1.ExtensionServiceConfig{ExtensionServices: []v1alpha1.ExtensionService{
					{ServiceName: "web_recorder_service", ServiceParam: v1alpha1.ExtensionServiceParam{
						URL: "https://example.com/", AudioProfile: ptr.To[int32](0), VideoWidth: 1280, VideoHeight: 720, MaxRecordingHour: 3,
						ReadyTimeout: ptr.To[int32](0), Onhold: ptr.To(false),
					}},
					{ServiceName: "rtmp_publish_service", ServiceParam: v1alpha1.ExtensionServiceParam{
						Outputs: []v1alpha1.RTMPOutput{{RTMPURLSecretRef: v1alpha1.RTMPURLSecretReference{Name: "cdn"}}},
					}},
				}}
			},
			secrets: func(s *Secrets) { s.Token, s.RTMPURL = "", "rtmp://example.com/key" },
			want: `{"recordingFileConfig":{"avFileType":["hls","mp4"]},"extensionServiceConfig":{"errorHandlePolicy":"error_abort","extensionServices":[
				{"serviceName":"web_recorder_service","errorHandlePolicy":"error_abort","serviceParam":{"url":"https://example.com/","audioProfile":0,
				"videoWidth":1280,"videoHeight":720,"maxRecordingHour":3,"readyTimeout":0,"onhold":false}},
				{"serviceName":"rtmp_publish_service","errorHandlePolicy":"error_ignore","serviceParam":{"outputs":[{"rtmpUrl":"rtmp://example.com/key"}]}}]},` + storage + `}`,
		},
		"into a service that speaks S3": {
			change: func(s *v1alpha1.CloudRecordingSpec) {
				s.Storage = &v1alpha1.StorageSpec{Vendor: 11, Bucket: "b", Endpoint: "https://storage.example.com/"}
			},
			secrets: func(s *Secrets) { s.StsToken, s.StsExpiration = "s", "1767225600" },
			want: `{"token":"t","recordingConfig":{` + recording + `},"storageConfig":{"vendor":11,"region":0,"bucket":"b","accessKey":"a","secretKey":"k",
				"stsToken":"s","stsExpiration":1767225600,"extensionParams":{"endpoint":"storage.example.com"}}}`,
		},
		"encrypted in the bucket": {
			change: func(s *v1alpha1.CloudRecordingSpec) {
				s.Storage = &v1alpha1.StorageSpec{Vendor: 1, Bucket: "b", ExtensionParams: &v1alpha1.StorageExtensionParams{SSE: "kms", Tag: "x"}}
			},
			want: `{"token":"t","recordingConfig":{` + recording + `},"storageConfig":{"vendor":1,"region":0,"bucket":"b","accessKey":"a","secretKey":"k",
				"extensionParams":{"sse":"kms","tag":"x"}}}`,
		},
		"of single users": {
			change: func(s *v1alpha1.CloudRecordingSpec) { s.Mode = v1alpha1.IndividualMode },
			want:   `{"token":"t","recordingConfig":{` + recording + `},` + storage + `}`,
		},
		"of a page, with members of its services that have no field": {
			change: func(s *v1alpha1.CloudRecordingSpec) {
				s.Mode, s.Start.RecordingConfig = v1alpha1.WebMode, nil
				s.Start.ExtensionServiceConfig = &v1alpha1.ExtensionServiceConfig{ExtensionServices: []v1alpha1.ExtensionService{
					{ServiceName: "web_recorder_service", ServiceParam: v1alpha1.ExtensionServiceParam{URL: "https://example.com/"}},
				}}
				s.Start.RawParameters = []v1alpha1.RawParameter{
					{Name: "extensionServiceConfig.newMember", Value: `1`},
					{Name: "extensionServiceConfig.extensionServices.web_recorder_service.newMember", Value: `2`},
					{Name: "extensionServiceConfig.extensionServices.web_recorder_service.serviceParam.newMember", Value: `3`},
				}
			},
			secrets: func(s *Secrets) { s.Token = "" },
			want: `{"extensionServiceConfig":{"errorHandlePolicy":"error_abort","newMember":1,"extensionServices":[
				{"serviceName":"web_recorder_service","errorHandlePolicy":"error_abort","newMember":2,
				"serviceParam":{"url":"https://example.com/","newMember":3}}]},` + storage + `}`,
		},
		"with members of the storage that have no field": {
			change: func(s *v1alpha1.CloudRecordingSpec) {
				s.Start.RawParameters = []v1alpha1.RawParameter{
					{Name: "storageConfig.newMember", Value: `1`},
					{Name: "storageConfig.extensionParams.newMember", Value: `2`},
					{Method: v1alpha1.RawParameterMethodAcquire, Name: "newMember", Value: `3`},
				}
			},
			want: `{"token":"t","recordingConfig":{` + recording + `},"storageConfig":{"vendor":1,"region":3,"bucket":"recordings",
				"accessKey":"a","secretKey":"k","fileNamePrefix":["rec","room1"],"newMember":1,"extensionParams":{"newMember":2}}}`,
		},
		"with members that have no field": {
			change: func(s *v1alpha1.CloudRecordingSpec) {
				s.Start.RawParameters = []v1alpha1.RawParameter{
					{Name: "recordingConfig.newMember", Value: `{"a": 1}`},
					{Name: "recordingFileConfig.newMember", Value: `true`},
					{Name: "newConfig.member", Value: `"x"`},
					{Name: "nothing", Value: `null`},
					{Name: "nothing.but", Value: `[]`},
				}
			},
			want: `{"token":"t","recordingConfig":{` + recording + `,"newMember":{"a":1}},"recordingFileConfig":{"newMember":true},"newConfig":{"member":"x"},
				"nothing":{"but":[]},` + storage + `}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			secrets := secretsToStart()
			if test.secrets != nil {
				test.secrets(&secrets)
			}
			recording := recordingtest.ToStart(test.change)
			request, err := Start(recording, secrets)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(request.JSON).To(MatchJSON(test.want))
			again, err := Start(recording.DeepCopy(), secrets)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(again.JSON).To(Equal(request.JSON), "Agora tells a repeated start by its bytes")
			g.Expect(request.Secrets).To(ConsistOf(secrets.All()))
		})
	}
}

func TestStartRequestKeepsTheDigitsOfARawParameter(t *testing.T) {
	g := NewWithT(t)
	request, err := Start(recordingtest.ToStart(func(s *v1alpha1.CloudRecordingSpec) {
		s.Start.RawParameters = []v1alpha1.RawParameter{{Name: "newMember", Value: ` {"id": 12345678901234567890} `}}
	}), secretsToStart())
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(request.JSON)).To(ContainSubstring(`"newMember":{"id":12345678901234567890}`))
}

func TestStartRequestSaysWhatIsWrongWithARawParameter(t *testing.T) {
	for value, name := range map[string]string{`{"a":`: "newMember", `1 2`: "newMember", `1`: "recordingConfig.channelType.member",
		`2`: "extensionServiceConfig.extensionServices.web_recorder_service.newMember"} {
		g := NewWithT(t)
		_, err := Start(recordingtest.ToStart(func(s *v1alpha1.CloudRecordingSpec) {
			s.Start.RawParameters = []v1alpha1.RawParameter{{Name: name, Value: value}}
			s.Start.ExtensionServiceConfig = &v1alpha1.ExtensionServiceConfig{}
		}), secretsToStart())
		g.Expect(err).To(MatchError(ContainSubstring("spec.start.rawParameters")))
		g.Expect(err).To(BeAssignableToTypeOf(usererror.SpecError("")))
	}
}

func TestStartRequestTakesNoPrivateParamsThatAreNoJSON(t *testing.T) {
	t.Parallel()
	for params, isWrong := range map[string]bool{
		`{}`: false, ` {"correctEXTINF": true}`: false, `{"a":{"b":[1]}}`: false,
		`{a: 1}`: true, `{"a": 1,}`: true, `{"a": 1}}`: true, `{"a": "x" "b": 1}`: true, `[1]`: true, `null`: true, `{`: true,
	} {
		g := NewWithT(t)
		recording := recordingtest.Adopted(recordingtest.Noon)
		recording.Spec.Storage = recordingtest.Storage()
		recording.Spec.Start = &v1alpha1.StartSpec{RecordingConfig: &v1alpha1.RecordingConfig{PrivateParams: params}}
		_, err := Start(recording, Secrets{})
		if isWrong {
			g.Expect(err).To(MatchError(usererror.SpecError(MessagePrivateParams)), params)
		} else {
			g.Expect(err).NotTo(HaveOccurred(), params)
		}
	}
}
