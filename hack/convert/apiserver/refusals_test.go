// SPDX-License-Identifier: Apache-2.0

package apiserver

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// adopting is the manifest of an adopted recording with an additional field.
func adopting(field string) []byte {
	return []byte(`{"apiVersion":"cloudrecording.dev/v1alpha1","kind":"CloudRecording","metadata":{"name":"a"},"spec":{
		"appId":"a","cname":"c","uid":"1","mode":"mix","resourceId":"r","sid":"s","credentialsSecretRef":{"name":"agora"}` + field + `}}`)
}

func TestRefusalsOfCloudRecording(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		field    string
		refusals []string
	}{
		"none":                  {"", nil},
		"a field that is not":   {`,"new":1`, []string{"there is no field spec.new"}},
		"a field of a type":     {`,"storage":[]`, []string{`spec.storage in body must be of type object: "array"`}},
		"a rule":                {`,"restartPolicy":"Always"`, []string{"spec.restartPolicy can be Always or OnFailure with spec.start only: a recording that was adopted cannot be started again"}},
		"a value of several":    {`,"deletionPolicy":"secret"`, []string{`spec.deletionPolicy: supported values: "Stop", "Orphan"`}},
		"a field that is vital": {`,"storage":{"vendor":1,"region":0,"credentialsSecretRef":{"name":"s"}}`, []string{"spec.storage.bucket is missing"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			refusals, err := RefusalsOfCloudRecording(adopting(test.field))
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(refusals).To(Equal(test.refusals))
		})
	}
}

func TestRefusalsOfCloudRecordingProfile(t *testing.T) {
	t.Parallel()
	for spec, refusals := range map[string][]string{
		`{"mode":"mix"}`: nil,
		`{"cname":"c"}`:  {"spec.cname is one recording's own: give it in the CloudRecording, not in a profile"},
		`{"new":1}`:      {"there is no field spec.new"},
	} {
		t.Run(spec, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			found, err := RefusalsOfCloudRecordingProfile([]byte(`{"apiVersion":"cloudrecording.dev/v1alpha1","kind":"CloudRecordingProfile","metadata":{"name":"a"},"spec":` + spec + `}`))
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(found).To(Equal(refusals))
		})
	}
}

func TestWhatIsNoManifest(t *testing.T) {
	t.Parallel()
	for _, manifest := range []string{"", "a: [", "a: 1\na: 2", "[]"} {
		_, err := RefusalsOfCloudRecording([]byte(manifest))
		NewWithT(t).Expect(err).To(MatchError(ContainSubstring("read the manifest")), manifest)
	}
}

func TestRefusalsOfSecret(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "a"}, StringData: map[string]string{"key": strings.Repeat("x", corev1.MaxSecretSize)}}
	g.Expect(RefusalsOfSecret(secret)).To(BeEmpty())
	secret.StringData["other"] = "x"
	g.Expect(RefusalsOfSecret(secret)).To(Equal([]string{"the Secret a has 1048577 bytes, and may have 1048576"}))
	secret.StringData, secret.Name = nil, "A"
	g.Expect(RefusalsOfSecret(secret)).To(ConsistOf(HavePrefix("metadata.name: a lowercase RFC 1123 subdomain")))
}
