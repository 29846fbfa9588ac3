// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

func testOptions() Options {
	return Options{AppID: "3c1f5f6de0a4421c9e3c1f5f6de0a442", Name: "lesson", Credentials: "agora-credentials"}
}

// cases returns the paths of the test cases without their extensions. Each has a body of start,
// and some have a body of acquire.
func cases(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range files {
		if name := strings.TrimSuffix(file, ".json"); !strings.HasSuffix(name, ".acquire") {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		t.Fatal("no bodies")
	}
	return names
}

func bodiesOf(t *testing.T, name string) (bodies Bodies) {
	t.Helper()
	var err error
	if bodies.Start, err = os.ReadFile(name + ".json"); err != nil {
		t.Fatal(err)
	}
	if bodies.Acquire, err = os.ReadFile(name + ".acquire.json"); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return bodies
}

func convertCase(t *testing.T, name string) string {
	t.Helper()
	manifests, _, err := Convert(bodiesOf(t, name), testOptions())
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return string(manifests)
}

// TestManifests compares the output with golden files. UPDATE=1 writes them.
func TestManifests(t *testing.T) {
	t.Parallel()
	for _, name := range cases(t) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			manifests := convertCase(t, name)
			if os.Getenv("UPDATE") != "" {
				g.Expect(os.WriteFile(name+".yaml", []byte(manifests), 0o600)).To(Succeed())
			}
			content, err := os.ReadFile(name + ".yaml")
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(manifests).To(Equal(string(content)))
		})
	}
}

// Parts of the bodies in the tests below.
const (
	testStorage = `"storageConfig":{"vendor":1,"region":0,"bucket":"b","accessKey":"s3cr3t-a","secretKey":"s3cr3t-k"}`
	testPage    = `"url":"https://example.com/","audioProfile":0,"videoWidth":1280,"videoHeight":720,"maxRecordingHour":3`
)

// startBody is a body of start with the given members in its clientRequest.
func startBody(request string) string {
	return `{"cname":"a","uid":"1","clientRequest":{` + request + `}}`
}

// channelBody is a body of start with a recordingConfig.
func channelBody(config string) string {
	return startBody(`"recordingConfig":{` + config + `},` + testStorage)
}

// serviceBody is a body of start with a service.
func serviceBody(service string) string {
	return startBody(`"extensionServiceConfig":{"extensionServices":[` + service + `]},` + testStorage)
}

// vendorBody is a body of start with a storage service.
func vendorBody(vendor int, members string) string {
	return startBody(fmt.Sprintf(`"snapshotConfig":{},"storageConfig":{"vendor":%d,"bucket":"b","accessKey":"s3cr3t-a","secretKey":"s3cr3t-k",%s}`, vendor, members))
}

func pushBody(outputs string) string {
	return serviceBody(`{"serviceName":"web_recorder_service","serviceParam":{` + testPage + `}},
		{"serviceName":"rtmp_publish_service","serviceParam":{"outputs":` + outputs + `}}`)
}

// refusedBody is a body that cannot be converted, with the error.
type refusedBody struct{ body, message string }

func refusedBodies() map[string]refusedBody {
	many := strings.Builder{}
	for _, letter := range "abcdefghijklmnopq" {
		many.WriteString(`"` + string(letter) + `":1,`)
	}
	return map[string]refusedBody{
		"no JSON":                           {`{`, "the body of start is not JSON: it is empty, or ends too early"},
		"JSON with a comma too many":        {"{\n\"a\": 1,}", "the body of start is not JSON at line 2, column 8"},
		"a list":                            {`[]`, "the body of start is not a JSON object"},
		"a member twice":                    {startBody(`"storageConfig":{"bucket":"a","bucket":"b"}`), "the body of start has clientRequest.storageConfig.bucket twice"},
		"two bodies":                        {startBody(`"snapshotConfig":{},`+testStorage) + `{}`, "give one alone"},
		"no clientRequest":                  {`{"cname":"a","uid":"1"}`, "the body of start has no clientRequest"},
		"a list as clientRequest":           {`{"cname":"a","uid":"1","clientRequest":[]}`, "clientRequest is not an object"},
		"no channel":                        {`{"uid":"1","clientRequest":{}}`, "cname in the body of start is missing"},
		"a number as uid":                   {`{"cname":"a","uid":1,"clientRequest":{}}`, "uid in the body of start is missing, empty or no text"},
		"no storage":                        {startBody(`"recordingConfig":{"subscribeUidGroup":0}`), "no storageConfig: add it"},
		"no sign of the mode":               {channelBody(``), "give --mode"},
		"a config of another kind":          {startBody(`"recordingFileConfig":5,"snapshotConfig":{},` + testStorage), "recordingFileConfig is not an object"},
		"a list of another kind":            {channelBody(`"audioProfile":0,"subscribeAudioUids":5`), "recordingConfig.subscribeAudioUids is not a list"},
		"a number of another kind":          {channelBody(`"audioProfile":"0"`), "recordingConfig.audioProfile is of another type than Agora documents, which is a whole number"},
		"a fraction":                        {channelBody(`"audioProfile":0,"maxIdleTime":5.5`), "recordingConfig.maxIdleTime is of another type"},
		"a number beyond 32 bits":           {channelBody(`"audioProfile":0,"maxIdleTime":4294967296`), "recordingConfig.maxIdleTime is of another type"},
		"a text in place of a truth":        {serviceBody(`{"serviceName":"web_recorder_service","serviceParam":{"onhold":"true"}}`), "web_recorder_service.serviceParam.onhold is of another type than Agora documents, which is true or false"},
		"a number in place of a text":       {startBody(`"snapshotConfig":{},"storageConfig":{"vendor":1,"region":0,"bucket":5,"accessKey":"a","secretKey":"k"}`), "storageConfig.bucket is of another type than Agora documents, which is a text"},
		"a text in place of a place":        {channelBody(`"transcodingConfig":{"mixedVideoLayout":3,"layoutConfig":[{"x_axis":"0"}]}`), "layoutConfig[0].x_axis is of another type than Agora documents, which is a number"},
		"a token of another kind":           {startBody(`"token":5,"snapshotConfig":{},` + testStorage), "token is not a text"},
		"another case of letters":           {channelBody(`"audioProfile":0,"MaxIdleTime":5`), "recordingConfig.MaxIdleTime is spelled maxIdleTime"},
		"another case at the top":           {startBody(`"Token":"s3cr3t","snapshotConfig":{},` + testStorage), "Token is spelled token"},
		"both spellings":                    {channelBody(`"audioProfile":0,"unSubscribeAudioUids":["1"],"unsubscribeAudioUids":["2"]`), "has both unSubscribeAudioUids and unsubscribeAudioUids"},
		"encryption without secret":         {channelBody(`"audioProfile":0,"decryptionMode":1`), "add the password of the channel"},
		"a new secret":                      {channelBody(`"audioProfile":0,"newSecret":"s3cr3t"`), "recordingConfig.newSecret in spec.start.rawParameters looks secret"},
		"a new secret within":               {channelBody(`"audioProfile":0,"new":[{"accessKey":"s3cr3t"}]`), "recordingConfig.new in spec.start.rawParameters looks secret"},
		"a reference to a Secret":           {channelBody(`"audioProfile":0,"decryptionSecretRef":{"name":"x"}`), "looks secret"},
		"a new member of a place":           {channelBody(`"transcodingConfig":{"layoutConfig":[{"new":1}]}`), "recordingConfig.transcodingConfig.layoutConfig[0].new cannot be converted"},
		"a name that is no path":            {channelBody(`"audioProfile":0,"new member":1`), "cannot be converted"},
		"a value that is too long":          {channelBody(`"audioProfile":0,"new":"` + strings.Repeat("x", 5000) + `"`), "too long for spec.start.rawParameters"},
		"too many new members":              {channelBody(many.String() + `"audioProfile":0`), "spec.start.rawParameters: must have at most 16 items"},
		"legacy scene 2":                    {startBody(`"appsCollection":{"combinationPolicy":"postpone_transcoding"},"snapshotConfig":{},` + testStorage), "the scene 2 of acquire"},
		"legacy settings":                   {startBody(`"appsCollection":{"new":1},"snapshotConfig":{},` + testStorage), "appsCollection in spec.start.rawParameters needs the scene 2"},
		"legacy transcoding":                {startBody(`"transcodeOptions":{"transConfig":{"transMode":"audioMix"}},"snapshotConfig":{},` + testStorage), "transcodeOptions in spec.start.rawParameters needs the scene 2"},
		"no key of the bucket":              {startBody(`"snapshotConfig":{},"storageConfig":{"vendor":1,"region":0,"bucket":"b","accessKey":"s3cr3t"}`), "storageConfig.secretKey is missing"},
		"a new key of storage":              {startBody(`"snapshotConfig":{},"storageConfig":{"vendor":1,"region":0,"bucket":"b","accessKey":"a","secretKey":"k","newKey":"s3cr3t"}`), "storageConfig.newKey in spec.start.rawParameters looks secret"},
		"a new address with a user":         {startBody(`"snapshotConfig":{},"storageConfig":{"vendor":1,"region":0,"bucket":"b","accessKey":"a","secretKey":"k","new":"https://user:s3cr3t@example.com"}`), "storageConfig.new in spec.start.rawParameters looks secret"},
		"vendor 11 without an endpoint":     {startBody(`"snapshotConfig":{},"storageConfig":{"vendor":11,"region":0,"bucket":"b","accessKey":"a","secretKey":"k","endpoint":"https://example.com"}`), "spec.storage.endpoint must be set for vendor 11"},
		"no bucket":                         {startBody(`"snapshotConfig":{},"storageConfig":{"vendor":1,"region":0,"accessKey":"a","secretKey":"k"}`), "spec.storage.bucket is missing"},
		"a bucket of another region":        {startBody(`"snapshotConfig":{},"storageConfig":{"vendor":1,"region":27,"bucket":"b","accessKey":"a","secretKey":"k"}`), "must be one of Agora's numbers for a region of Amazon S3"},
		"an expiry that is no time":         {startBody(`"snapshotConfig":{},"storageConfig":{"accessKey":"a","secretKey":"k","stsToken":"s3cr3t","stsExpiration":"tomorrow"}`), "stsExpiration is not a whole number of seconds"},
		"encryption without salt":           {channelBody(`"audioProfile":0,"decryptionMode":7,"secret":"s3cr3t"`), "recordingConfig.decryptionMode is 7, and recordingConfig.salt is not set"},
		"a scene in start":                  {channelBody(`"audioProfile":0},"scene":0,"new":{"a":1`), "scene in spec.start.rawParameters has no effect in the clientRequest of start"},
		"a preference of a region in start": {channelBody(`"audioProfile":0},"regionAffinity":3,"new":{"a":1`), "regionAffinity in spec.start.rawParameters has no effect"},
		"a control window in start":         {channelBody(`"audioProfile":0},"resourceExpiredHour":3,"new":{"a":1`), "resourceExpiredHour in spec.start.rawParameters has no effect"},
		"places without their layout":       {channelBody(`"transcodingConfig":{"mixedVideoLayout":1,"layoutConfig":[{"x_axis":0,"y_axis":0,"width":1,"height":1}]}`), "layoutConfig goes together with mixedVideoLayout 3"},
		"an idle time that is too short":    {channelBody(`"audioProfile":0,"maxIdleTime":4`), "spec.start.recordingConfig.maxIdleTime in body should be greater than or equal to 5"},
		"a video that is too wide":          {channelBody(`"transcodingConfig":{"width":2512}`), "spec.start.recordingConfig.transcodingConfig.width in body should be less than or equal to 1920"},
		"a stream mode that is none":        {channelBody(`"subscribeUidGroup":0,"streamMode":"individual"`), `spec.start.recordingConfig.streamMode: supported values: "default", "standard", "original"`},
		"MP4 of screenshots":                {startBody(`"snapshotConfig":{},"recordingFileConfig":{"avFileType":["hls","mp4"]},` + testStorage), "can contain mp4 in the modes mix and web only"},
		"a user ID of 0":                    {`{"cname":"a","uid":"0","clientRequest":{"snapshotConfig":{},` + testStorage + `}}`, "spec.uid must be a whole number from 1"},
		"a user twice":                      {channelBody(`"audioProfile":0,"subscribeAudioUids":["1","1"]`), "spec.start.recordingConfig.subscribeAudioUids[1] is there twice"},
		"an endpoint of S3":                 {startBody(`"snapshotConfig":{},"storageConfig":{"vendor":1,"accessKey":"a","secretKey":"k","extensionParams":{"endpoint":"e"}}`), "endpoint is for vendor 11"},
		"no services":                       {startBody(`"extensionServiceConfig":{},` + testStorage), "extensionServices is missing"},
		"a service without params":          {serviceBody(`{"serviceName":"web_recorder_service"}`), "serviceParam is missing"},
		"a new member of a service":         {serviceBody(`{"serviceName":"web_recorder_service","serviceParam":{"new":1}}`), "serviceParam of web_recorder_service needs url"},
		"a client's misspelling":            {serviceBody(`{"serviceName":"web_recorder_service","serviceParam":{"VideoBitrate":1}}`), "VideoBitrate is spelled videoBitrate"},
		"a service of older days":           {serviceBody(`{"serviceName":"aliyun_vod_service","serviceParam":{"accessKey":"s3cr3t"}}`), "aliyun_vod_service, which Agora has removed"},
		"two addresses":                     {pushBody(`[{"rtmpUrl":"rtmp://s3cr3t/1"},{"rtmpUrl":"rtmp://s3cr3t/2"}]`), "Agora pushes to one address"},
		"an address with a member":          {pushBody(`[{"rtmpUrl":"rtmp://s3cr3t/1","new":1}]`), "must have rtmpUrl, and nothing else"},
	}
}

func TestWhatCannotBeConverted(t *testing.T) {
	t.Parallel()
	for name, test := range refusedBodies() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			manifests, _, err := Convert(Bodies{Start: []byte(test.body)}, testOptions())
			g.Expect(err).To(MatchError(ContainSubstring(test.message)))
			g.Expect(err.Error()).NotTo(ContainSubstring("s3cr3t"))
			g.Expect(manifests).To(BeEmpty())
		})
	}
}

func TestWhatOfAcquireCannotBeConverted(t *testing.T) {
	t.Parallel()
	start := []byte(channelBody(`"audioProfile":0`))
	for request, message := range map[string]string{
		`"scene":1`:                        "does not fit mode mix",
		`"scene":2`:                        "postponed transcoding",
		`"regionAffinity":3,"region":"EU"`: "set spec.start.region or regionAffinity",
		`"RegionAffinity":3`:               "RegionAffinity is spelled regionAffinity",
		`"newToken":"s3cr3t"`:              "newToken in spec.start.rawParameters looks secret",
		`"recordingConfig":{}`:             "recordingConfig in spec.start.rawParameters has no effect in the clientRequest of acquire",
		`"resourceExpiredHour":"3"`:        "resourceExpiredHour is of another type",
		`"resourceExpiredHour":721`:        "resourceExpiredHour in body should be less than or equal to 720",
		`"region":"US"`:                    `supported values: "CN", "AP", "EU", "NA"`,
		`"startParameter":{},"`:            "the body of acquire is not JSON",
	} {
		t.Run(request, func(t *testing.T) {
			t.Parallel()
			_, _, err := Convert(Bodies{Start: start, Acquire: []byte(startBody(request))}, testOptions())
			NewWithT(t).Expect(err).To(MatchError(ContainSubstring(message)))
		})
	}
	_, _, err := Convert(Bodies{Start: start, Acquire: []byte(`{"cname":"other","uid":"1","clientRequest":{}}`)}, testOptions())
	NewWithT(t).Expect(err).To(MatchError(ContainSubstring("another cname or uid")))
}

// reducedBody is a body of which a part is omitted or changed, with the note about it.
type reducedBody struct {
	body, acquire, mode string
	note, absent        string
}

func reducedBodies() map[string]reducedBody {
	return map[string]reducedBody{
		"another member of the body": {body: `{"extra":1,` + channelBody(`"audioProfile":0`)[1:], note: `"extra" beside clientRequest`, absent: "extra"},
		"the group in mode mix": {body: channelBody(`"audioProfile":0,"subscribeUidGroup":0`),
			note: "subscribeUidGroup was left out", absent: "subscribeUidGroup"},
		"a password without encryption": {body: channelBody(`"audioProfile":0,"decryptionMode":0,"secret":"s3cr3t","salt":"s3cr3t"`),
			note: "secret and salt in recordingConfig were left out", absent: "decryptionSecretRef"},
		"a token in mode web": {body: startBody(`"token":"s3cr3t","extensionServiceConfig":{"extensionServices":[{"serviceName":"web_recorder_service","serviceParam":{` +
			testPage + `}}]},` + testStorage), note: "token was left out: Agora documents it for the modes individual and mix", absent: "tokenSecretRef"},
		"the version of the services": {body: startBody(`"extensionServiceConfig":{"apiVersion":"v1beta","extensionServices":[{"serviceName":"web_recorder_service","serviceParam":{` +
			testPage + `}}]},` + testStorage), note: "apiVersion was left out", absent: "v1beta"},
		"what is for individual, in mode mix": {mode: "mix", body: channelBody(`"streamMode":"standard"`),
			note: "recordingConfig.streamMode was left out: Agora documents it for mode individual, and it says nothing in mode mix.", absent: "streamMode"},
		"screenshots in mode mix": {mode: "mix", body: startBody(`"snapshotConfig":{},"recordingConfig":{},` + testStorage),
			note: "snapshotConfig was left out", absent: "snapshotConfig"},
		"a sound in mode individual": {mode: "individual", body: channelBody(`"audioProfile":1`),
			note: "recordingConfig.audioProfile was left out: Agora documents it for mode mix", absent: "audioProfile"},
		"a layout in mode individual": {mode: "individual", body: channelBody(`"transcodingConfig":{"mixedVideoLayout":3}`),
			note: "recordingConfig.transcodingConfig was left out", absent: "transcodingConfig"},
		"a channel in mode web": {body: startBody(`"recordingConfig":{"maxIdleTime":120,"maxRecordingHour":2},"extensionServiceConfig":{"extensionServices":[{"serviceName":"web_recorder_service","serviceParam":{` +
			testPage + `}}]},` + testStorage), note: "recordingConfig was left out: Agora documents it for the modes individual and mix", absent: "maxIdleTime"},
		"a large user with another layout": {body: channelBody(`"transcodingConfig":{"mixedVideoLayout":1,"maxResolutionUid":"1"}`),
			note: "maxResolutionUid was left out: Agora documents it for mixedVideoLayout 2, and it says nothing with 1.", absent: "maxResolutionUid"},
		"a large user without a layout": {body: channelBody(`"transcodingConfig":{"maxResolutionUid":"1"}`),
			note: "and it says nothing with 0.", absent: "maxResolutionUid"},
		"a large user with places": {body: channelBody(`"transcodingConfig":{"mixedVideoLayout":3,"maxResolutionUid":"1","layoutConfig":[{"x_axis":0,"y_axis":0,"width":1,"height":1}]}`),
			note: "and it says nothing with 3.", absent: "maxResolutionUid"},
		"frames that Agora replaces": {body: channelBody(`"transcodingConfig":{"fps":25}`),
			note: "takes its default 15 in place of 25", absent: "fps"},
		"a region of Azure":  {body: vendorBody(5, `"region":1`), note: "storageConfig.region became 0 in place of 1", absent: "region: 1"},
		"a region of Google": {body: vendorBody(6, `"region":3`), note: "storageConfig.region became 0 in place of 3", absent: "region: 3"},
		"a region of an address": {body: vendorBody(11, `"region":2,"extensionParams":{"endpoint":"example.com"}`),
			note: "storageConfig.region became 0 in place of 2", absent: "region: 2"},
		"an encryption of another vendor": {body: vendorBody(2, `"region":0,"extensionParams":{"sse":"kms"}`),
			note: "storageConfig.extensionParams.sse was left out", absent: "sse"},
		"a tag of another vendor": {body: vendorBody(3, `"region":0,"extensionParams":{"tag":"x"}`),
			note: "storageConfig.extensionParams.tag was left out", absent: "tag"},
		"an address that is misplaced": {body: vendorBody(2, `"region":0,"endpoint":"https://example.com"`),
			note: "storageConfig.endpoint was left out: Agora documents storageConfig.extensionParams.endpoint", absent: "example.com"},
		"a scheme of an address": {body: vendorBody(11, `"region":0,"extensionParams":{"endpoint":"https://example.com/a/"}`),
			note: "storageConfig.extensionParams.endpoint is sent to Agora without https://", absent: "left out"},
		"a slash of an address": {body: vendorBody(11, `"region":0,"extensionParams":{"endpoint":"example.com/a/"}`),
			note: "without the slash at its end", absent: "left out"},
		"an expiry without its token": {body: vendorBody(1, `"region":0,"stsExpiration":1767225600`),
			note: "stsExpiration was left out", absent: "1767225600"},
		"a layout that is misplaced": {mode: "mix", body: startBody(`"transcodingConfig":{"width":640},"recordingConfig":{},` + testStorage),
			note: "transcodingConfig was left out: Agora documents recordingConfig.transcodingConfig", absent: "640"},
		"users that are misplaced": {body: channelBody(`"transcodingConfig":{"subscribeVideoUids":["123"]}`),
			note: "transcodingConfig.subscribeVideoUids was left out: Agora documents recordingConfig.subscribeVideoUids", absent: "123"},
		"a token that is misplaced": {body: channelBody(`"audioProfile":0,"token":"s3cr3t"`),
			note: "recordingConfig.token was left out: Agora documents token", absent: "token"},
		"applications that say nothing": {body: startBody(`"appsCollection":{"combinationPolicy":"default"},"snapshotConfig":{},` + testStorage),
			note: "appsCollection was left out", absent: "appsCollection"},
		"a recordingConfig that is not there": {mode: "mix", body: startBody(testStorage),
			note: "recordingConfig was absent, and the defaults that Agora documents stand in its place.", absent: "rawParameters"},
		"the other spelling of users": {body: channelBody(`"audioProfile":0,"unsubscribeAudioUids":["7"]`),
			note: "recordingConfig.unsubscribeAudioUids is sent as unSubscribeAudioUids", absent: "rawParameters"},
		"white space around a key": {body: startBody(`"token":" t ","snapshotConfig":{},` + testStorage), note: "the white space around token is not sent", absent: "rawParameters"},
		"what is empty": {body: startBody(`"token":"","recordingConfig":{"secret":null,"unSubscribeAudioUids":[],"privateParams":""},"snapshotConfig":{},` + testStorage),
			note:   "says no more than what is absent: recordingConfig.unSubscribeAudioUids, recordingConfig.secret, recordingConfig.privateParams, token.",
			absent: "privateParams"},
		"a preference of a region that is none": {body: channelBody(`"audioProfile":0`), acquire: startBody(`"regionAffinity":0,"region":"NA"`),
			note: "regionAffinity of acquire was left out", absent: "regionAffinity"},
		"the parameters of start in acquire": {body: channelBody(`"audioProfile":0`), acquire: startBody(`"scene":0,"startParameter":{"token":"s3cr3t-twice"}`),
			note: "startParameter of acquire was left out", absent: "s3cr3t-twice"},
	}
}

// Members without effect at Agora are omitted with a note.
func TestWhatIsLeftOut(t *testing.T) {
	t.Parallel()
	for name, test := range reducedBodies() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			options := testOptions()
			options.Mode = test.mode
			manifests, notes, err := Convert(Bodies{Start: []byte(test.body), Acquire: []byte(test.acquire)}, options)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(notes).To(ContainElement(ContainSubstring(test.note)))
			g.Expect(string(manifests)).NotTo(ContainSubstring(test.absent))
		})
	}
}

// Scripts send empty texts and lists for settings that they do not use.
func TestEmptyMembersAreLeftOut(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	full, _, err := Convert(Bodies{Start: []byte(startBody(`"token":"","recordingConfig":{"audioProfile":0,"secret":"","salt":"","privateParams":"","subscribeAudioUids":[],
		"unSubscribeVideoUids":null,"transcodingConfig":{"backgroundImage":"","layoutConfig":[]}},"snapshotConfig":null,"extensionServiceConfig":null,
		"storageConfig":{"vendor":1,"region":0,"bucket":"b","accessKey":"s3cr3t-a","secretKey":"s3cr3t-k","stsToken":"","fileNamePrefix":[],"extensionParams":{"sse":"","tag":""}}`))}, testOptions())
	g.Expect(err).NotTo(HaveOccurred())
	bare, _, err := Convert(Bodies{Start: []byte(startBody(`"recordingConfig":{"audioProfile":0,"transcodingConfig":{}},
		"storageConfig":{"vendor":1,"region":0,"bucket":"b","accessKey":"s3cr3t-a","secretKey":"s3cr3t-k","extensionParams":{}}`))}, testOptions())
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(full)).To(MatchYAML(bare))
}

func TestBothSpellingsOfTheUsersWhoAreLeftOut(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	camel, _, err := Convert(Bodies{Start: []byte(channelBody(`"audioProfile":0,"unSubscribeAudioUids":["7"],"unSubscribeVideoUids":["8"]`))}, testOptions())
	g.Expect(err).NotTo(HaveOccurred())
	plain, _, err := Convert(Bodies{Start: []byte(channelBody(`"audioProfile":0,"unsubscribeAudioUids":["7"],"unsubscribeVideoUids":["8"]`))}, testOptions())
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(camel).To(Equal(plain))
	g.Expect(string(plain)).To(And(ContainSubstring("unsubscribeAudioUids:\n      - \"7\""), ContainSubstring("unsubscribeVideoUids:\n      - \"8\"")))
}

func TestMode(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ given, config, mode string }{
		"of a layout":                  {"", `"transcodingConfig":{}`, "mix"},
		"of a layout with a group":     {"", `"transcodingConfig":{},"subscribeUidGroup":0`, "mix"},
		"of a sound":                   {"", `"audioProfile":0`, "mix"},
		"of a group":                   {"", `"subscribeUidGroup":0`, "individual"},
		"of a kind of stream":          {"", `"streamMode":"standard"`, "individual"},
		"of MP4":                       {"", `"streamMode":"default","subscribeUidGroup":0},"recordingFileConfig":{"avFileType":["hls","mp4"]`, "mix"},
		"given":                        {"mix", ``, "mix"},
		"given against the signs":      {"mix", `"subscribeUidGroup":0`, "mix"},
		"given with a capital letter":  {"Individual", `"subscribeUidGroup":0`, "individual"},
		"of a group that is null, mix": {"mix", `"subscribeUidGroup":null`, "mix"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			options := testOptions()
			options.Mode = test.given
			manifests, _, err := Convert(Bodies{Start: []byte(channelBody(test.config))}, options)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(string(manifests)).To(ContainSubstring("\n  mode: " + test.mode + "\n"))
		})
	}
	options := testOptions()
	options.Mode = "composite"
	_, _, err := Convert(Bodies{Start: []byte(channelBody(``))}, options)
	NewWithT(t).Expect(err).To(MatchError(ContainSubstring(`there is no mode "composite"`)))
}

func TestNamespaceIsThatOfAllObjects(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	options := testOptions()
	options.Namespace = "platform"
	manifests, _, err := Convert(Bodies{Start: []byte(startBody(`"token":"s3cr3t","recordingConfig":{"audioProfile":0},` + testStorage))}, options)
	g.Expect(err).NotTo(HaveOccurred())
	documents := bytes.Split(manifests, []byte("---\n"))
	g.Expect(documents).To(HaveLen(3))
	g.Expect(documents).To(HaveEach(ContainSubstring("\n  namespace: platform\n")))
}
