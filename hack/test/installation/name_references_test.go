// SPDX-License-Identifier: Apache-2.0

package installation

import (
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// nameReferences is kustomize's configuration of name references.
type nameReferences struct {
	NameReference []struct {
		Group      string `json:"group"`
		Kind       string `json:"kind"`
		Version    string `json:"version"`
		FieldSpecs []struct {
			Group string `json:"group"`
			Kind  string `json:"kind"`
			Path  string `json:"path"`
		} `json:"fieldSpecs"`
	} `json:"nameReference"`
}

// secretFields returns the paths of all fields of a type that name a Secret, in kustomize's
// notation.
func secretFields(path string, of reflect.Type) []string {
	switch of.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return secretFields(path, of.Elem())
	case reflect.Struct:
	default:
		return nil
	}
	if strings.HasSuffix(path, "SecretRef") || strings.HasSuffix(of.Name(), "SecretReference") {
		return []string{path + "/name"}
	}
	var found []string
	for field := range of.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "" && field.Anonymous {
			found = append(found, secretFields(path, field.Type)...)
			continue
		}
		found = append(found, secretFields(strings.TrimPrefix(path+"/"+name, "/"), field.Type)...)
	}
	return found
}

// TestEveryReferenceToASecretIsFollowed walks the types of all kinds.
func TestEveryReferenceToASecretIsFollowed(t *testing.T) {
	g := NewWithT(t)
	scheme := runtime.NewScheme()
	g.Expect(v1alpha1.AddToScheme(scheme)).To(Succeed())
	var expected []string
	for kind, of := range scheme.KnownTypes(v1alpha1.GroupVersion) {
		spec, ok := of.FieldByName("Spec")
		if !ok {
			continue
		}
		for _, field := range secretFields("spec", spec.Type) {
			expected = append(expected, kind+" "+field)
		}
	}
	g.Expect(expected).NotTo(BeEmpty())

	content, err := os.ReadFile(filepath.Join(configDir("kustomize"), "name-references.yaml"))
	g.Expect(err).NotTo(HaveOccurred())
	var file nameReferences
	g.Expect(yaml.UnmarshalStrict(content, &file)).To(Succeed())
	g.Expect(file.NameReference).To(HaveLen(2))
	g.Expect(file.NameReference[0].Kind).To(Equal("Secret"))
	g.Expect(file.NameReference[1].Kind).To(Equal("CloudRecordingProfile"))
	var listed []string
	for _, spec := range file.NameReference[0].FieldSpecs {
		g.Expect(spec.Group).To(Equal(v1alpha1.GroupVersion.Group))
		listed = append(listed, spec.Kind+" "+spec.Path)
	}
	g.Expect(listed).To(ConsistOf(expected), "config/kustomize/name-references.yaml lists each field that names a Secret")
}

// TestKustomizeFollowsSecrets makes kustomize generate and rename the Secrets of all samples,
// and looks for the new names in the recordings.
func TestKustomizeFollowsSecrets(t *testing.T) {
	g := NewWithT(t)
	samples, err := filepath.Glob(filepath.Join(configDir("samples"), "start-*.yaml"))
	g.Expect(err).NotTo(HaveOccurred())
	kustomization := "configurations: [name-references.yaml]\nnamePrefix: team-\nresources:\n- every-field.yaml\n"
	for _, sample := range samples {
		kustomization += "- " + filepath.Base(sample) + "\n"
	}
	samples = append(samples, filepath.Join(configDir("samples"), "profile.yaml"), filepath.Join(configDir("samples"), "lesson.yaml"), filepath.Join(configDir("samples"), "schedule.yaml"))
	kustomization += "- profile.yaml\n- lesson.yaml\n- schedule.yaml\n"
	secrets := map[string]bool{"every-field-decryption": true, "every-field-reader": true}
	kustomization += "secretGenerator:\n"
	overlay := newOverlay(t, "")
	for _, sample := range samples {
		content, err := os.ReadFile(sample)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(os.WriteFile(filepath.Join(overlay, filepath.Base(sample)), content, 0o600)).To(Succeed())
		for _, name := range secretNames(g, content) {
			secrets[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		kustomization += "- {name: " + name + ", literals: [key=value]}\n"
	}
	content, err := os.ReadFile(filepath.Join(configDir("kustomize"), "name-references.yaml"))
	g.Expect(err).NotTo(HaveOccurred())
	for name, text := range map[string]string{
		"name-references.yaml": string(content),
		"every-field.yaml":     everyField,
		"kustomization.yaml":   kustomization,
	} {
		g.Expect(os.WriteFile(filepath.Join(overlay, name), []byte(text), 0o600)).To(Succeed())
	}

	objects := render(t, overlay)

	generated := map[string]bool{}
	for _, object := range objects {
		if object.GetKind() == "Secret" {
			g.Expect(object.GetName()).To(MatchRegexp(`^team-.*-[a-z0-9]{10}$`))
			generated[object.GetName()] = true
		}
	}
	g.Expect(generated).To(HaveLen(len(secrets)))
	followed := map[string]bool{}
	for _, object := range objects {
		switch object.GetKind() {
		case "CloudRecording", "CloudRecordingProfile", "CloudRecordingSchedule":
			for _, name := range namedSecrets("", object.Object["spec"]) {
				g.Expect(generated).To(HaveKey(name), object.GetName())
				followed[name] = true
			}
		}
	}
	g.Expect(followed).To(Equal(generated))
	lesson := objects[slices.IndexFunc(objects, func(object *unstructured.Unstructured) bool { return object.GetName() == "team-lesson-42" })]
	profile, _, err := unstructured.NestedString(lesson.Object, "spec", "profileRef", "name")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(profile).To(Equal("team-lessons"))
	schedule := objects[slices.IndexFunc(objects, func(object *unstructured.Unstructured) bool { return object.GetName() == "team-math" })]
	profile, _, err = unstructured.NestedString(schedule.Object, "spec", "template", "spec", "profileRef", "name")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(profile).To(Equal("team-lessons"))
}

// everyField names the Secrets that no sample names. It need not make sense otherwise.
const everyField = `
apiVersion: cloudrecording.dev/v1alpha1
kind: CloudRecording
metadata:
  name: every-field
spec:
  start:
    recordingConfig:
      decryptionSecretRef:
        name: every-field-decryption
  storage:
    readCredentialsSecretRef:
      name: every-field-reader
`

func secretNames(g *WithT, content []byte) []string {
	object := &unstructured.Unstructured{}
	g.Expect(yaml.Unmarshal(content, &object.Object)).To(Succeed())
	return namedSecrets("", object.Object["spec"])
}

// namedSecrets returns the names in all fields of an object that name a Secret.
func namedSecrets(member string, value any) []string {
	var names []string
	switch value := value.(type) {
	case map[string]any:
		if name, ok := value["name"].(string); ok && strings.HasSuffix(member, "SecretRef") {
			return []string{name}
		}
		for member, value := range value {
			names = append(names, namedSecrets(member, value)...)
		}
	case []any:
		for _, item := range value {
			names = append(names, namedSecrets(member, item)...)
		}
	}
	return names
}
