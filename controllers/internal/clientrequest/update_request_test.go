// SPDX-License-Identifier: Apache-2.0

package clientrequest

import (
	"fmt"
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
)

// pageToStart changes a spec to record a page and push it to a CDN.
func pageToStart(onhold *bool) func(*v1alpha1.CloudRecordingSpec) {
	return func(s *v1alpha1.CloudRecordingSpec) {
		s.Mode, s.Start.RecordingConfig = v1alpha1.WebMode, nil
		s.Start.ExtensionServiceConfig = &v1alpha1.ExtensionServiceConfig{ExtensionServices: []v1alpha1.ExtensionService{
			{ServiceName: "web_recorder_service", ServiceParam: v1alpha1.ExtensionServiceParam{URL: "https://example.com/", Onhold: onhold}},
			{ServiceName: "rtmp_publish_service", ServiceParam: v1alpha1.ExtensionServiceParam{
				Outputs: []v1alpha1.RTMPOutput{{RTMPURLSecretRef: v1alpha1.RTMPURLSecretReference{Name: "cdn"}}},
			}},
		}}
	}
}

func TestUpdateRequest(t *testing.T) {
	config := func(change func(*v1alpha1.RecordingConfig)) func(*v1alpha1.CloudRecordingSpec) {
		return func(s *v1alpha1.CloudRecordingSpec) { change(s.Start.RecordingConfig) }
	}
	everybody := []v1alpha1.UserID{"#allstream#"}
	for name, test := range map[string]struct {
		change   func(*v1alpha1.CloudRecordingSpec)
		Sections []Section
		want     string
	}{
		"records everybody where no list says otherwise": {nil, []Section{SectionSubscription},
			`{"streamSubscribe":{"audioUidList":{"subscribeAudioUids":["#allstream#"]},"videoUidList":{"subscribeVideoUids":["#allstream#"]}}}`},
		"records everybody's sound alone": {config(func(c *v1alpha1.RecordingConfig) { c.StreamTypes = 0 }), []Section{SectionSubscription},
			`{"streamSubscribe":{"audioUidList":{"subscribeAudioUids":["#allstream#"]}}}`},
		"records everybody's picture alone": {config(func(c *v1alpha1.RecordingConfig) { c.StreamTypes = 1 }), []Section{SectionSubscription},
			`{"streamSubscribe":{"videoUidList":{"subscribeVideoUids":["#allstream#"]}}}`},
		"records no video with a list for audio alone, as a start": {
			config(func(c *v1alpha1.RecordingConfig) { c.SubscribeAudioUIDs = []v1alpha1.UserID{"1", "2"} }), []Section{SectionSubscription},
			`{"streamSubscribe":{"audioUidList":{"subscribeAudioUids":["1","2"]}}}`},
		"leaves users out": {
			config(func(c *v1alpha1.RecordingConfig) {
				c.UnsubscribeAudioUIDs, c.SubscribeVideoUIDs = []v1alpha1.UserID{"7"}, everybody
			}), []Section{SectionSubscription},
			`{"streamSubscribe":{"audioUidList":{"unSubscribeAudioUids":["7"]},"videoUidList":{"subscribeVideoUids":["#allstream#"]}}}`},
		"gives a layout without a transcodingConfig Agora's default": {nil, []Section{SectionLayout}, `{"mixedVideoLayout":0}`},
		"gives a layout whole, and no size": {
			config(func(c *v1alpha1.RecordingConfig) {
				c.TranscodingConfig = &v1alpha1.TranscodingConfig{
					Width: 1280, Height: 720, FPS: 15, Bitrate: 2260, MixedVideoLayout: 3, BackgroundColor: "#102030",
					BackgroundImage: "https://example.com/a.jpg", DefaultUserBackgroundImage: "https://example.com/b.jpg",
					LayoutConfig:     []v1alpha1.LayoutConfig{{UID: "1", Width: 0.5, Height: 1, Alpha: ptr.To(1.0)}},
					BackgroundConfig: []v1alpha1.BackgroundConfig{{UID: "2", ImageURL: "https://example.com/c.jpg"}},
				}
			}), []Section{SectionLayout},
			`{"mixedVideoLayout":3,"backgroundColor":"#102030","backgroundImage":"https://example.com/a.jpg","defaultUserBackgroundImage":"https://example.com/b.jpg",
				"layoutConfig":[{"uid":"1","x_axis":0,"y_axis":0,"width":0.5,"height":1,"alpha":1,"render_mode":0}],
				"backgroundConfig":[{"uid":"2","image_url":"https://example.com/c.jpg","render_mode":0}]}`},
		"shows one user large": {
			config(func(c *v1alpha1.RecordingConfig) {
				c.TranscodingConfig = &v1alpha1.TranscodingConfig{MixedVideoLayout: 2, MaxResolutionUID: "7"}
			}), []Section{SectionLayout}, `{"mixedVideoLayout":2,"maxResolutionUid":"7"}`},
		"pauses a page":           {pageToStart(ptr.To(true)), []Section{SectionPage}, `{"webRecordingConfig":{"onhold":true}}`},
		"goes on with a page":     {pageToStart(nil), []Section{SectionPage}, `{"webRecordingConfig":{"onhold":false}}`},
		"pushes a page elsewhere": {pageToStart(nil), []Section{SectionPublishing}, `{"rtmpPublishConfig":{"outputs":[{"rtmpUrl":"rtmp://example.com/key"}]}}`},
		"pauses a page and pushes it elsewhere": {pageToStart(ptr.To(true)), []Section{SectionPage, SectionPublishing},
			`{"webRecordingConfig":{"onhold":true},"rtmpPublishConfig":{"outputs":[{"rtmpUrl":"rtmp://example.com/key"}]}}`},
		"gives the key for the bucket with all that a start gives": {nil, []Section{SectionStorage},
			`{"storageConfig":{"vendor":1,"region":3,"bucket":"recordings","accessKey":"a","secretKey":"k","stsToken":"s","stsExpiration":1800000000,"fileNamePrefix":["rec","room1"]}}`},
		"gives the storage its members that have no field": {func(s *v1alpha1.CloudRecordingSpec) {
			s.Start.RawParameters = []v1alpha1.RawParameter{
				{Name: "storageConfig.newMember", Value: "1"}, {Name: "newMember", Value: "2"},
				{Method: v1alpha1.RawParameterMethodAcquire, Name: "newMember", Value: "3"},
			}
		}, []Section{SectionStorage},
			`{"storageConfig":{"vendor":1,"region":3,"bucket":"recordings","accessKey":"a","secretKey":"k","stsToken":"s","stsExpiration":1800000000,"fileNamePrefix":["rec","room1"],"newMember":1}}`},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			secrets := secretsToStart()
			secrets.StsToken, secrets.StsExpiration, secrets.RTMPURL = "s", "1800000000", "rtmp://example.com/key"
			parameters, err := NewParameters(recordingtest.ToStart(test.change), secrets)
			g.Expect(err).NotTo(HaveOccurred())
			request := parameters.Request(test.Sections)
			g.Expect(request.JSON).To(MatchJSON(test.want))
			g.Expect(request.Secrets).To(ContainElements("k", "s", "rtmp://example.com/key"))
		})
	}
}

func TestParametersAreHidden(t *testing.T) {
	g := NewWithT(t)
	secrets := secretsToStart()
	const key = "s3cr3t-stream-key"
	secrets.RTMPURL = "rtmp://example.com/" + key
	parameters, err := NewParameters(recordingtest.ToStart(pageToStart(nil)), secrets)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(fmt.Sprintf("%v %+v %#v", parameters, parameters, parameters)).NotTo(ContainSubstring(key))
}

func TestFingerprints(t *testing.T) {
	made := func(change func(*v1alpha1.CloudRecordingSpec), uid, customerSecret string, modify func(*Secrets)) Fingerprints {
		secrets := secretsToStart()
		secrets.RTMPURL, secrets.StsToken = "rtmp://example.com/key", "s"
		if modify != nil {
			modify(&secrets)
		}
		recording := recordingtest.ToStart(change)
		recording.UID = types.UID(uid)
		parameters, err := NewParameters(recording, secrets)
		if err != nil {
			t.Fatal(err)
		}
		return NewFingerprints(recording.UID, customerSecret, parameters)
	}
	page := made(pageToStart(nil), "1", "c", nil)
	differ := func(other Fingerprints) []Section {
		var which []Section
		for p := range Section(Sections) {
			if page[p] != other[p] {
				which = append(which, p)
			}
		}
		return which
	}
	for name, test := range map[string]struct {
		other Fingerprints
		which []Section
	}{
		"are the same for the same":                     {made(pageToStart(ptr.To(false)), "1", "c", nil), nil},
		"differ where a page is paused":                 {made(pageToStart(ptr.To(true)), "1", "c", nil), []Section{SectionPage}},
		"differ by the CDN address":                     {made(pageToStart(nil), "1", "c", func(s *Secrets) { s.RTMPURL += "2" }), []Section{SectionPublishing}},
		"differ by the stsToken":                        {made(pageToStart(nil), "1", "c", func(s *Secrets) { s.StsToken = "t" }), []Section{SectionStorage}},
		"need the account's secret for the CDN address": {made(pageToStart(nil), "1", "d", nil), []Section{SectionPublishing}},
		"tell nobody that two objects have the same":    {made(pageToStart(nil), "2", "c", nil), []Section{SectionPage, SectionPublishing, SectionStorage}},
		"leave out a key that is valid for good":        {made(pageToStart(nil), "1", "c", func(s *Secrets) { s.StsToken = "" }), []Section{SectionStorage}},
	} {
		t.Run(name, func(t *testing.T) {
			NewWithT(t).Expect(differ(test.other)).To(Equal(test.which))
		})
	}
	g := NewWithT(t)
	g.Expect(page[SectionSubscription]).To(BeEmpty())
	g.Expect(page[SectionPage]).To(And(HavePrefix(fingerprintVersion), HaveLen(len(fingerprintVersion)+2*fingerprintBytes)))
}
