// SPDX-License-Identifier: Apache-2.0

package agorasim_test

import (
	"encoding/json"
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

type members = map[string]any

func envelope(request any) members {
	return members{"cname": cname, "uid": uid, "clientRequest": request}
}

func encode(body any) string {
	GinkgoHelper()
	text, err := json.Marshal(body)
	Expect(err).NotTo(HaveOccurred())
	return string(text)
}

func storage() members {
	return members{
		"vendor": 1, "region": 0, "bucket": "b", "accessKey": "k", "secretKey": "s",
		"fileNamePrefix": []string{"rec", "room1"},
	}
}

// startRequest returns a clientRequest that start accepts in a mode.
func startRequest(mode string) members {
	request := members{"storageConfig": storage()}
	if mode == recorder.ModeWeb {
		request["extensionServiceConfig"] = members{"extensionServices": []any{members{
			"serviceName": "web_recorder_service",
			"serviceParam": members{
				"url": "https://example.com", "audioProfile": 0, "videoWidth": 1280, "videoHeight": 720,
				"maxRecordingHour": 3,
			},
		}}}
		return request
	}
	request["recordingConfig"] = members{"channelType": 1, "maxIdleTime": 300}
	return request
}

func object(of members, key string) members {
	GinkgoHelper()
	found, ok := of[key].(members)
	Expect(ok).To(BeTrue())
	return found
}

func webParameters(request members) members {
	GinkgoHelper()
	services, ok := object(request, "extensionServiceConfig")["extensionServices"].([]any)
	Expect(ok).To(BeTrue())
	service, ok := services[0].(members)
	Expect(ok).To(BeTrue())
	return object(service, "serviceParam")
}

func (s *service) acquire(request members) answer {
	GinkgoHelper()
	return s.call(http.MethodPost, basePath+"/acquire", encode(envelope(request)))
}

func (s *service) acquired(request members) string {
	GinkgoHelper()
	got := s.acquire(request)
	Expect(got.Status).To(Equal(http.StatusOK), got.Body)
	return got.text("resourceId")
}

func acquireRequest(mode string) members {
	if mode == recorder.ModeWeb {
		return members{"scene": 1}
	}
	return members{}
}

func startPath(resourceID, mode string) string {
	return basePath + "/resourceid/" + resourceID + "/mode/" + mode + "/start"
}

func (s *service) start(resourceID, mode string, request members) answer {
	GinkgoHelper()
	return s.call(http.MethodPost, startPath(resourceID, mode), encode(envelope(request)))
}

// started acquires a resource and starts a recording.
func (s *service) started(mode string, changes ...func(request members)) agorasim.Recording {
	GinkgoHelper()
	request := startRequest(mode)
	for _, change := range changes {
		change(request)
	}
	got := s.start(s.acquired(acquireRequest(mode)), mode, request)
	Expect(got.Status).To(Equal(http.StatusOK), got.Body)
	recording, ok := s.Recording(got.text("sid"))
	Expect(ok).To(BeTrue())
	return recording
}
