// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"strings"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// printed is the output by the names of objects.
type printed struct {
	profiles, recordings map[string]members
	secrets              map[string]map[string]string
	secretNames          []string
}

// readPrinted decodes manifests as strictly as an API server does.
func readPrinted(t rapid.TB, manifests []byte) printed {
	t.Helper()
	g := NewWithT(t)
	all := printed{map[string]members{}, map[string]members{}, map[string]map[string]string{}, nil}
	for _, manifest := range strings.Split(string(manifests), "---\n") {
		var object struct {
			Kind     string                `json:"kind"`
			Metadata struct{ Name string } `json:"metadata"`
			Spec     members               `json:"spec"`
		}
		g.Expect(yaml.Unmarshal([]byte(manifest), &object)).To(Succeed(), manifest)
		switch object.Kind {
		case "Secret":
			var secret corev1.Secret
			g.Expect(yaml.UnmarshalStrict([]byte(manifest), &secret)).To(Succeed(), manifest)
			g.Expect(all.secrets).NotTo(HaveKey(secret.Name))
			all.secrets[secret.Name] = secret.StringData
			all.secretNames = append(all.secretNames, secret.Name)
		case "CloudRecordingProfile":
			g.Expect(yaml.UnmarshalStrict([]byte(manifest), &v1alpha1.CloudRecordingProfile{})).To(Succeed(), manifest)
			g.Expect(all.profiles).NotTo(HaveKey(object.Metadata.Name))
			all.profiles[object.Metadata.Name] = object.Spec
		case "CloudRecording":
			g.Expect(yaml.UnmarshalStrict([]byte(manifest), &v1alpha1.CloudRecording{})).To(Succeed(), manifest)
			g.Expect(all.recordings).NotTo(HaveKey(object.Metadata.Name))
			all.recordings[object.Metadata.Name] = object.Spec
		default:
			t.Fatalf("printed an object of the kind %q:\n%s", object.Kind, manifest)
		}
	}
	return all
}
