// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/controlplane"
)

func testOptions() Options {
	return Options{AppID: "3c1f5f6de0a4421c9e3c1f5f6de0a442", Name: "lesson", Credentials: "agora-credentials"}
}

// cases returns the names of the bodies of start that are tried, without their
// ends. Some have a body of acquire beside them.
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

// TestManifests compares with what was looked through once. UPDATE=1 writes it.
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

// TestManifestsAreAccepted applies them to a real API server.
func TestManifestsAreAccepted(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	root, err := controlplane.ModuleRoot()
	g.Expect(err).NotTo(HaveOccurred())
	cluster, err := controlplane.Start(ctx, controlplane.Options{CRDPaths: []string{filepath.Join(root, "config", "crd", "bases")}})
	g.Expect(err).NotTo(HaveOccurred())
	defer func() { g.Expect(cluster.Stop()).To(Succeed()) }()
	scheme := runtime.NewScheme()
	g.Expect(corev1.AddToScheme(scheme)).To(Succeed())
	g.Expect(v1alpha1.AddToScheme(scheme)).To(Succeed())
	api, err := client.New(cluster.Config, client.Options{Scheme: scheme})
	g.Expect(err).NotTo(HaveOccurred())
	strict := client.WithFieldValidation(api, "Strict")
	for _, name := range cases(t) {
		for _, document := range strings.Split(convertCase(t, name), "---\n") {
			object := &unstructured.Unstructured{}
			g.Expect(yaml.Unmarshal([]byte(document), object)).To(Succeed())
			object.SetName(filepath.Base(name) + "-" + object.GetName())
			object.SetNamespace("default")
			g.Expect(strict.Create(ctx, object)).To(Succeed(), name)
		}
	}
}

// The parts that the bodies of the tests below are made of.
const (
	testStorage = `"storageConfig":{"vendor":1,"region":0,"bucket":"b","accessKey":"s3cr3t-a","secretKey":"s3cr3t-k"}`
	testPage    = `"url":"https://example.com/","audioProfile":0,"videoWidth":1280,"videoHeight":720,"maxRecordingHour":3`
)

// startBody is a body of start with further members of its clientRequest.
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

func pushBody(outputs string) string {
	return serviceBody(`{"serviceName":"web_recorder_service","serviceParam":{` + testPage + `}},
		{"serviceName":"rtmp_publish_service","serviceParam":{"outputs":` + outputs + `}}`)
}

func TestWhatCannotBeConverted(t *testing.T) {
	t.Parallel()
	many := strings.Builder{}
	for _, letter := range "abcdefghijklmnopq" {
		many.WriteString(`"` + string(letter) + `":1,`)
	}
	for name, test := range map[string]struct{ body, message string }{
		"no JSON":                   {`{`, "read the body of start as JSON"},
		"two bodies":                {startBody(`"snapshotConfig":{},`+testStorage) + `{}`, "give one alone"},
		"no clientRequest":          {`{"cname":"a","uid":"1"}`, "the body of start has no clientRequest"},
		"a list as clientRequest":   {`{"cname":"a","uid":"1","clientRequest":[]}`, "clientRequest is not an object"},
		"no channel":                {`{"uid":"1","clientRequest":{}}`, "cname in the body of start is missing"},
		"a number as uid":           {`{"cname":"a","uid":1,"clientRequest":{}}`, "uid in the body of start is missing, empty or no text"},
		"no storage":                {startBody(`"recordingConfig":{"subscribeUidGroup":0}`), "no storageConfig: add it"},
		"no sign of the mode":       {channelBody(``), "give --mode"},
		"a config of another kind":  {startBody(`"recordingFileConfig":5,"snapshotConfig":{},` + testStorage), "recordingFileConfig is not an object"},
		"a list of another kind":    {channelBody(`"audioProfile":0,"subscribeAudioUids":5`), "recordingConfig.subscribeAudioUids is not a list"},
		"a number of another kind":  {channelBody(`"audioProfile":"0"`), "of another type than Agora documents"},
		"a token of another kind":   {startBody(`"token":5,"snapshotConfig":{},` + testStorage), "token is not a text"},
		"another case of letters":   {channelBody(`"audioProfile":0,"MaxIdleTime":5`), "recordingConfig.MaxIdleTime is spelled maxIdleTime"},
		"another case at the top":   {startBody(`"Token":"s3cr3t","snapshotConfig":{},` + testStorage), "Token is spelled token"},
		"both spellings":            {channelBody(`"audioProfile":0,"unSubscribeAudioUids":["1"],"unsubscribeAudioUids":["2"]`), "has both unSubscribeAudioUids and unsubscribeAudioUids"},
		"encryption without secret": {channelBody(`"audioProfile":0,"decryptionMode":1`), "add the password of the channel"},
		"a new secret":              {channelBody(`"audioProfile":0,"newSecret":"s3cr3t"`), "recordingConfig.newSecret may hold a secret"},
		"a new secret within":       {channelBody(`"audioProfile":0,"new":[{"accessKey":"s3cr3t"}]`), "recordingConfig.new may hold a secret"},
		"a reference to a Secret":   {channelBody(`"audioProfile":0,"decryptionSecretRef":{"name":"x"}`), "may hold a secret"},
		"a new member of a place":   {channelBody(`"transcodingConfig":{"layoutConfig":[{"new":1}]}`), "recordingConfig.transcodingConfig.layoutConfig[0].new cannot be converted"},
		"a name that is no path":    {channelBody(`"audioProfile":0,"new member":1`), "cannot be converted"},
		"a value that is too long":  {channelBody(`"audioProfile":0,"new":"` + strings.Repeat("x", 5000) + `"`), "too long for spec.start.rawParameters"},
		"too many new members":      {channelBody(many.String() + `"audioProfile":0`), "more than 16 members without a field"},
		"legacy scene 2":            {startBody(`"appsCollection":{"combinationPolicy":"postpone_transcoding"},"snapshotConfig":{},` + testStorage), "the scene 2 of acquire"},
		"legacy transcoding":        {startBody(`"transcodeOptions":{"transConfig":{"transMode":"audioMix"}},"snapshotConfig":{},` + testStorage), "transcodeOptions needs the scene 2"},
		"no key of the bucket":      {startBody(`"snapshotConfig":{},"storageConfig":{"vendor":1,"region":0,"bucket":"b","accessKey":"s3cr3t"}`), "storageConfig.secretKey is missing"},
		"a new member of storage":   {startBody(`"snapshotConfig":{},"storageConfig":{"accessKey":"a","secretKey":"k","new":1}`), "storageConfig.new cannot be converted"},
		"an endpoint of S3":         {startBody(`"snapshotConfig":{},"storageConfig":{"vendor":1,"accessKey":"a","secretKey":"k","extensionParams":{"endpoint":"e"}}`), "endpoint is for vendor 11"},
		"no services":               {startBody(`"extensionServiceConfig":{},` + testStorage), "extensionServices is missing"},
		"a service without params":  {serviceBody(`{"serviceName":"web_recorder_service"}`), "serviceParam is missing"},
		"a new member of a service": {serviceBody(`{"serviceName":"web_recorder_service","serviceParam":{"new":1}}`), "extensionServices[0].serviceParam.new cannot be converted"},
		"a client's misspelling":    {serviceBody(`{"serviceName":"web_recorder_service","serviceParam":{"VideoBitrate":1}}`), "VideoBitrate is spelled videoBitrate"},
		"a service of older days":   {serviceBody(`{"serviceName":"aliyun_vod_service","serviceParam":{"accessKey":"s3cr3t"}}`), "aliyun_vod_service, which Agora has removed"},
		"two addresses":             {pushBody(`[{"rtmpUrl":"rtmp://s3cr3t/1"},{"rtmpUrl":"rtmp://s3cr3t/2"}]`), "Agora pushes to one address"},
		"an address with a member":  {pushBody(`[{"rtmpUrl":"rtmp://s3cr3t/1","new":1}]`), "must have rtmpUrl, and nothing else"},
	} {
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
		`"scene":1`:             "does not fit mode mix",
		`"scene":2`:             "postponed transcoding",
		`"regionAffinity":3`:    "put region with CN, AP, EU or NA in its place",
		`"new":1`:               "new of acquire cannot be converted",
		`"startParameter":{},"`: "read the body of acquire as JSON",
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

// What says nothing to Agora is left out, and people are told of it.
func TestWhatIsLeftOut(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		body, acquire, mode string
		note, absent        string
	}{
		"another member of the body": {body: `{"extra":1,` + channelBody(`"audioProfile":0`)[1:], note: `"extra" beside clientRequest`, absent: "extra"},
		"the group in mode mix": {body: channelBody(`"audioProfile":0,"subscribeUidGroup":0`),
			note: "subscribeUidGroup was left out", absent: "subscribeUidGroup"},
		"a password without encryption": {body: channelBody(`"audioProfile":0,"decryptionMode":0,"secret":"s3cr3t","salt":"s3cr3t"`),
			note: "secret and salt in recordingConfig were left out", absent: "decryptionSecretRef"},
		"a token in mode web": {body: startBody(`"token":"s3cr3t","extensionServiceConfig":{"extensionServices":[{"serviceName":"web_recorder_service","serviceParam":{` +
			testPage + `}}]},` + testStorage), note: "token was left out", absent: "tokenSecretRef"},
		"the version of the services": {body: startBody(`"extensionServiceConfig":{"apiVersion":"v1beta","extensionServices":[{"serviceName":"web_recorder_service","serviceParam":{` +
			testPage + `}}]},` + testStorage), note: "apiVersion was left out", absent: "v1beta"},
		"the parameters of start in acquire": {body: channelBody(`"audioProfile":0`), acquire: startBody(`"scene":0,"startParameter":{"token":"s3cr3t-twice"}`),
			note: "startParameter of acquire was left out", absent: "s3cr3t-twice"},
	} {
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

// Scripts fill in texts and lists that they have nothing for.
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
	options.Namespace = "school"
	manifests, _, err := Convert(Bodies{Start: []byte(startBody(`"token":"s3cr3t","recordingConfig":{"audioProfile":0},` + testStorage))}, options)
	g.Expect(err).NotTo(HaveOccurred())
	documents := bytes.Split(manifests, []byte("---\n"))
	g.Expect(documents).To(HaveLen(3))
	g.Expect(documents).To(HaveEach(ContainSubstring("\n  namespace: school\n")))
}
