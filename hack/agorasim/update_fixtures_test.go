// SPDX-License-Identifier: Apache-2.0

package agorasim_test

import (
	"fmt"
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/faults"
)

func changePath(r agorasim.Recording, method string) string {
	return fmt.Sprintf("%s/resourceid/%s/sid/%s/mode/%s/%s", basePath, r.ResourceID, r.SID, r.Mode, method)
}

func changeBody(r agorasim.Recording, request any) string {
	GinkgoHelper()
	return encode(members{"cname": r.CName, "uid": r.UID, "clientRequest": request})
}

func (s *service) update(r agorasim.Recording, request any) answer {
	GinkgoHelper()
	return s.call(http.MethodPost, changePath(r, faults.MethodUpdate), changeBody(r, request))
}

func (s *service) updateLayout(r agorasim.Recording, request any) answer {
	GinkgoHelper()
	return s.call(http.MethodPost, changePath(r, faults.MethodUpdateLayout), changeBody(r, request))
}

// updated changes a recording, and returns its new state.
func (s *service) updated(r agorasim.Recording, request any) agorasim.Recording {
	GinkgoHelper()
	Expect(s.update(r, request)).To(HaveField("Status", http.StatusOK))
	return s.now(r)
}

// beginUpdate sends an update whose answer arrives later.
func (s *service) beginUpdate(r agorasim.Recording, request any) <-chan answer {
	body := changeBody(r, request)
	return begin(func() answer { return s.attempt(http.MethodPost, changePath(r, faults.MethodUpdate), body) })
}

func onhold(value any) members { return members{"webRecordingConfig": members{"onhold": value}} }

func subscribeTo(audio, video any) members {
	return members{"streamSubscribe": members{
		"audioUidList": members{"subscribeAudioUids": audio}, "videoUidList": members{"subscribeVideoUids": video},
	}}
}

func pushTo(urls ...string) members {
	outputs := []any{}
	for _, url := range urls {
		outputs = append(outputs, members{"rtmpUrl": url})
	}
	return members{"outputs": outputs}
}

// pushed makes start push the web page.
func pushed(urls ...string) func(members) {
	return func(request members) {
		config := object(request, "extensionServiceConfig")
		services, ok := config["extensionServices"].([]any)
		Expect(ok).To(BeTrue())
		config["extensionServices"] = append(services, members{"serviceName": "rtmp_publish_service", "serviceParam": pushTo(urls...)})
	}
}

// numbered returns this many user IDs.
func numbered(n int) []string {
	uids := []string{}
	for i := range n {
		uids = append(uids, fmt.Sprint(i+1))
	}
	return uids
}

// service returns the payload of an extension service in an answer.
func (a answer) service(name string) members {
	GinkgoHelper()
	services, ok := a.serverResponse()["extensionServiceState"].([]any)
	Expect(ok).To(BeTrue())
	for _, one := range services {
		service, ok := one.(members)
		Expect(ok).To(BeTrue())
		if service["serviceName"] == name {
			return object(service, "payload")
		}
	}
	Fail("there is no service " + name)
	return nil
}
