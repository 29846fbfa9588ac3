// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// marker replaces every secret in a body.
const marker = "s3cr3t-mark"

// FuzzConvert checks that secrets are only in Secrets, whatever the bodies are, and that the
// output can be decoded.
func FuzzConvert(f *testing.F) {
	for _, request := range []string{
		`"snapshotConfig":{},"storageConfig":{"accessKey":"a","secretKey":"k","stsToken":"t","stsExpiration":1}`,
		`"token":"a","recordingConfig":{"decryptionMode":8,"secret":"b","salt":"c","audioProfile":0},` + testStorage,
		`"recordingConfig":{"audioProfile":0,"new":{"a":[{"Token":"x"}]}},` + testStorage,
		`"recordingConfig":{"audioProfile":0,"privateParams":{"secret":"x"}},` + testStorage,
		`"recordingConfig":{"transcodingConfig":{"layoutConfig":[{"uid":"1","secret":"x"}]}},` + testStorage,
		`"snapshotConfig":{"captureInterval":1e400,"fileType":["jpg"]},` + testStorage,
		`"snapshotConfig":{},"a.b":{"c":1},"a":"\u0000\u2028---\n",` + testStorage,
		`"extensionServiceConfig":{"extensionServices":[{"serviceParam":{"outputs":[5]}}]},` + testStorage,
		`"extensionServiceConfig":{"extensionServices":[{"serviceParam":{"outputs":[{"rtmpUrl":"x"}]}}]},` + testStorage,
		`"extensionServiceConfig":{"extensionServices":[{"serviceParam":{"url":{"token":"x"}}}]},` + testStorage,
		`"appsCollection":{"secret":{"a":"x"}},"snapshotConfig":{},` + testStorage,
	} {
		f.Add([]byte(startBody(request)), []byte(nil))
		f.Add([]byte(startBody(request)), []byte(startBody(`"scene":0,"region":"EU","excludeResourceIds":["a"],"startParameter":{`+request+`}`)))
	}
	f.Add([]byte(`{"cname":"a","uid":"1","token":"x","clientRequest":{}}`), []byte(`[]`))
	f.Fuzz(func(t *testing.T, start, acquire []byte) {
		manifests, notes, err := Convert(Bodies{Start: mark(start), Acquire: mark(acquire)}, testOptions())
		for _, text := range append(notes, fmt.Sprint(err)) {
			if strings.Contains(text, marker) {
				t.Errorf("people are told a secret: %q", text)
			}
		}
		if err != nil {
			if len(manifests) > 0 {
				t.Errorf("printed something in spite of %v", err)
			}
			return
		}
		for _, document := range bytes.Split(manifests, []byte("\n---\n")) {
			checkDocument(t, document)
		}
	})
}

// FuzzConvertTogether checks the same for bodies that get a profile, and that they have the
// same meaning with it.
func FuzzConvertTogether(f *testing.F) {
	f.Add([]byte(togetherBody("a", "1", "t", "", `["x"]`)), []byte(togetherBody("b", "1", "u", "", `["x","y"]`)))
	f.Add([]byte(channelBody(`"audioProfile":0,"new":{"a":1}`)), []byte(channelBody(`"audioProfile":0.0,"decryptionMode":8,"secret":"b","salt":"c"`)))
	f.Add([]byte(startBody(`"snapshotConfig":{},`+testStorage)), []byte(pushBody(`[{"rtmpUrl":"x"}]`)))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		sources := sourcesOf(string(mark(first)), string(mark(second)))
		manifests, notes, err := ConvertTogether(sources, "together", mintingOptions())
		for _, text := range append(notes, fmt.Sprint(err)) {
			if strings.Contains(text, marker) {
				t.Errorf("people are told a secret: %q", text)
			}
		}
		if err != nil {
			return
		}
		for _, document := range bytes.Split(manifests, []byte("\n---\n")) {
			checkDocument(t, document)
		}
		checkMeaning(t, sources, mintingOptions())
	})
}

// checkDocument checks that a document is of one of the three kinds, and that only Secrets
// contain secrets.
func checkDocument(t *testing.T, document []byte) {
	t.Helper()
	var kind struct {
		Kind string `json:"kind"`
	}
	if err := yaml.Unmarshal(document, &kind); err != nil {
		t.Fatalf("printed what is no YAML: %v\n%s", err, document)
	}
	switch kind.Kind {
	case "Secret":
	case "CloudRecording", "CloudRecordingProfile":
		if bytes.Contains(document, []byte(marker)) {
			t.Errorf("a secret stands outside of a Secret:\n%s", document)
		}
		var object any = &v1alpha1.CloudRecording{}
		if kind.Kind == "CloudRecordingProfile" {
			object = &v1alpha1.CloudRecordingProfile{}
		}
		if err := yaml.UnmarshalStrict(document, object); err != nil {
			t.Errorf("printed what is no %s: %v", kind.Kind, err)
		}
	default:
		t.Errorf("printed an object of the kind %q", kind.Kind)
	}
}

// mark replaces every secret in a body by the marker. It returns a body that is not JSON
// unchanged.
func mark(body []byte) []byte {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil || decoder.More() {
		return body
	}
	marked, err := json.Marshal(markWithin(value))
	if err != nil {
		return body
	}
	return marked
}

func markWithin(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for name, inner := range value {
			value[name] = markWithin(inner)
			if _, isObject := inner.(map[string]any); !isObject && isSecret(name) {
				value[name] = marker
			}
		}
	case []any:
		for i, inner := range value {
			value[i] = markWithin(inner)
		}
	}
	return value
}

// isSecret reports whether a name is the name of a secret in Agora's documentation, ignoring
// case.
func isSecret(name string) bool {
	switch strings.ToLower(name) {
	case "token", "secret", "salt", "accesskey", "secretkey", "ststoken", "rtmpurl":
		return true
	default:
		return false
	}
}
