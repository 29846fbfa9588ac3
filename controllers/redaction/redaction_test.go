// SPDX-License-Identifier: Apache-2.0

package redaction_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/yaml"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/redaction"
)

// canary must never be visible. It contains characters that addresses and JSON escape.
const canary = `c4n4ry/"&+=\x`

// canaries returns the data of a Secret with a different canary under every key.
func canaries() map[string][]byte {
	data := map[string][]byte{}
	for i, key := range append(redaction.Keys(), "foreign") {
		data[key] = fmt.Appendf(nil, "%s-%s-%d", canary, key, i)
	}
	return data
}

// written returns a value in the encodings of logs, addresses and objects.
func written(value string) []string {
	quoted, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return []string{
		value, "before " + value + " behind", string(quoted), url.QueryEscape(value), url.PathEscape(value),
		base64.StdEncoding.EncodeToString([]byte(value)), base64.RawURLEncoding.EncodeToString([]byte(value)),
	}
}

func TestWhatSecretsHoldIsTakenOutHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	redactor, data := redaction.New(), canaries()
	redactor.Learn(data)
	for key, value := range data {
		for _, text := range written(string(value)) {
			redacted := redactor.Text(text)
			g.Expect(redacted).To(ContainSubstring(redaction.Redacted), "%s: %s", key, text)
			for _, form := range written(string(value))[2:] {
				g.Expect(redacted).NotTo(ContainSubstring(strings.Trim(form, `"`)), key)
			}
			g.Expect(redacted).NotTo(ContainSubstring("c4n4ry"), key)
		}
	}
	pair := string(data[v1alpha1.CustomerIDKey]) + ":" + string(data[v1alpha1.CustomerSecretKey])
	g.Expect(redactor.Text("sent " + base64.StdEncoding.EncodeToString([]byte(pair)))).To(Equal("sent " + redaction.Redacted))
}

func TestWhatNeedNotBeHiddenStays(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	redactor := redaction.New()
	redactor.Learn(map[string][]byte{v1alpha1.AccountKey: []byte("school"), v1alpha1.MaxRecordingsKey: []byte("10000"), "short": []byte("abcd")})
	for _, text := range []string{
		"the account school may run 10000 recordings abcd",
		`Secret "agora" lacks customerSecret, or it is empty: put the customer ID and customer secret in.`,
		"Check the token, which must be valid for the channel and the uid",
		"lessons/lesson42/38f8e3cfdc474cd56fc1ceba380d7e1a_lesson-42.m3u8",
		"https://api.agora.io/v1/apps/3c1f5f6de0a4421c9e3c1f5f6de0a442/cloud_recording/resourceid/abc/sid/def/mode/mix/stop",
		`{"level":"info","secret":{"name":"agora","namespace":"school"},"token":""}`,
		"tokenExpirationTime: 2026-12-01T09:00:00Z",
		"status.uploadingStatus is backuped",
	} {
		g.Expect(redactor.Text(text)).To(Equal(text))
	}
}

// TestWhatLooksSecretIsTakenOut uses a redactor that knows no Secret.
func TestWhatLooksSecretIsTakenOut(t *testing.T) {
	t.Parallel()
	const secret = "s3cr3t0123456789"
	long := strings.Repeat("Ab3/", 20)
	texts := map[string]string{
		"authorization":         "Authorization: Basic " + secret,
		"authorization, quoted": `"Authorization":"Basic ` + secret + `"`,
		"authorization of Go":   "map[Authorization:[Basic " + secret + "]]",
		"bearer":                "sent bearer " + secret,
		"user of an address":    "https://someone:" + secret + "@proxy.example.com:3128/path",
		"user with a slash":     "http://" + secret + "@10.0.0.1",
		"signature in a query":  "https://bucket.example.com/a.m3u8?X-Amz-Signature=" + secret,
		"stream key":            "rtmp://live.example.com/app/" + secret,
		"stream key by TLS":     "rtmps://live.example.com/" + secret,
		"RTC token":             "token 007" + long + secret,
		"older RTC token":       "token 0063c1f5f6de0a4421c9e3c1f5f6de0a442" + long + secret,
		"JSON Web Token":        "eyJhbGciOiJSUzI1NiJ9." + secret + "." + secret,
		"private key":           "-----BEGIN RSA PRIVATE KEY-----\n" + secret + "\n-----END RSA PRIVATE KEY-----",
		"private key, cut":      "-----BEGIN PRIVATE KEY-----\\n" + secret,
		"flag":                  "--storage-password=" + secret,
		"variable":              "AWS_SECRET_ACCESS_KEY=" + secret,
		"YAML":                  "clientSecret: " + secret,
		"JSON":                  `{"password": "` + secret + `"}`,
		"JSON within JSON":      `{"body":"{\"api_key\":\"` + secret + `\"}"}`,
		"single quotes":         "{'apiKey': '" + secret + "'}",
		"cookie":                "Set-Cookie: " + secret,
		"token of one user ID":  `"token-527842":"` + secret + `"`,
	}
	for _, key := range redaction.Keys() {
		texts["key "+key] = `{"` + key + `":"` + secret + `"}`
		texts["key "+key+" as a flag"] = key + "=" + secret
	}
	for name, text := range texts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			redacted := redaction.New().Text(text)
			g.Expect(redacted).To(ContainSubstring(redaction.Redacted))
			g.Expect(redacted).NotTo(ContainSubstring(secret))
			g.Expect(redaction.New().Text(redacted)).To(Equal(redacted), "it is taken out once")
		})
	}
}

func TestObjects(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	object := map[string]any{}
	g.Expect(yaml.Unmarshal([]byte(`
kind: Deployment
metadata:
  name: operator
  managedFields: [{manager: kubectl}]
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: s3cr3t
    note: stays
spec:
  env:
  - {name: HTTPS_PROXY, value: "http://u:s3cr3t@proxy:3128"}
  - {name: SOME_TOKEN, value: s3cr3t}
  - {name: LEVEL, value: debug}
  token: [s3cr3t, {password: 42}]
  tokenSecretRef: {name: lesson-token}
`), &object)).To(Succeed())
	redaction.New().Object(object)
	left, err := yaml.Marshal(object)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(left)).To(MatchYAML(`
kind: Deployment
metadata:
  name: operator
  annotations: {note: stays}
spec:
  env:
  - {name: HTTPS_PROXY, value: "http://[redacted]@proxy:3128"}
  - {name: SOME_TOKEN, value: "[redacted]"}
  - {name: LEVEL, value: debug}
  token: ["[redacted]", {password: "[redacted]"}]
  tokenSecretRef: {name: lesson-token}
`))
}

func TestOfASecretItsKeysAreLeft(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	object := map[string]any{"kind": "Secret", "data": map[string]any{"any": "dmFsdWU="}, "stringData": "of another form"}
	redaction.New().Object(object)
	g.Expect(object).To(Equal(map[string]any{"kind": "Secret", "data": map[string]any{"any": redaction.Redacted}}))
}

// FuzzText checks that no value of a Secret remains in a text, whatever the text around
// it.
func FuzzText(f *testing.F) {
	f.Add("before ", " behind", "s3cr3t-value")
	f.Add("https://", "@host/?a=b", "p@ss:word")
	f.Fuzz(func(t *testing.T, before, behind, value string) {
		value = strings.TrimSpace(value)
		if len(value) < 5 || strings.Contains(redaction.Redacted, value) {
			t.Skip()
		}
		redactor := redaction.New()
		redactor.Learn(map[string][]byte{"any": []byte(value)})
		if left := redactor.Text(before + value + behind); strings.Contains(strings.ReplaceAll(left, redaction.Redacted, "\x00"), value) {
			t.Errorf("%q is left in %q", value, left)
		}
	})
}
