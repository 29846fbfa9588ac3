// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"cloudrecording.dev/operator/hack/testenv"
)

// place is a place for a part of a manifest: a path in a sample.
type place struct {
	sample string
	path   []string
}

// places returns the places that are tried for a part that does not name its own place.
// Together, the samples cover all ways to start a recording.
func places() (all []place) {
	paths := [][]string{nil, {"spec"}, {"spec", "start"}, {"spec", "storage"}}
	for _, sample := range []string{"start-restart.yaml", "start-web.yaml", "start-minted-token.yaml", "profile.yaml", "schedule.yaml"} {
		for _, path := range paths {
			all = append(all, place{sample, path})
		}
	}
	return all
}

// TestManifests submits each manifest to an API server, and each part of one within a sample.
func TestManifests(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	environment, err := testenv.Start(t.Context(), testenv.Options{WithoutOperator: true})
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { g.Expect(environment.Run()).To(Succeed()) })
	kubectl := environment.ControlPlane.Kubectl
	manifests := 0
	for _, document := range readDocuments(t) {
		for _, block := range document.of("yaml") {
			for _, text := range strings.Split(block.Text, "\n---\n") {
				manifests++
				var content map[string]any
				if err := yaml.UnmarshalStrict([]byte(text), &content); err != nil {
					t.Errorf("%s: %v", block, err)
					continue
				}
				for _, content := range entries(block, content) {
					if err := tryManifest(t, environment.Client, kubectl, content); err != nil {
						t.Errorf("%s:\n%s\n%v", block, text, err)
					}
				}
			}
		}
	}
	g.Expect(manifests).To(BeNumerically(">", 5))
}

// entries returns the variants of a manifest. Usually it is the whole manifest. If it contains
// a list of alternatives, there is one variant for each.
func entries(block Block, content map[string]any) (all []map[string]any) {
	for _, alternative := range alternatives() {
		if !strings.Contains(block.Text, alternative.contains) {
			continue
		}
		for name, value := range content {
			list, _ := value.([]any)
			for _, entry := range list {
				all = append(all, map[string]any{name: []any{entry}})
			}
		}
		if len(all) > 0 {
			return all
		}
	}
	return []map[string]any{content}
}

// tryManifest tries a manifest as an object, a kustomization, or a part.
func tryManifest(t *testing.T, admin client.Client, kubectl string, content map[string]any) error {
	t.Helper()
	object := &unstructured.Unstructured{Object: content}
	switch {
	case object.GetKind() == "Kustomization" && strings.HasPrefix(object.GetAPIVersion(), "kustomize.config.k8s.io/"):
		return tryKustomization(t, kubectl, content)
	case object.GetKind() != "" && object.GetAPIVersion() != "":
		return tryObject(t, admin, object)
	default:
		return tryPart(t, admin, content)
	}
}

// tryObject submits an object to the API server as a dry run.
func tryObject(t *testing.T, admin client.Client, object *unstructured.Unstructured) error {
	t.Helper()
	object = object.DeepCopy()
	if object.GetNamespace() == "" {
		object.SetNamespace(metav1.NamespaceDefault)
	}
	return admin.Create(t.Context(), object, client.DryRunAll, client.FieldValidation(metav1.FieldValidationStrict))
}

// tryKustomization builds an overlay next to config.
func tryKustomization(t *testing.T, kubectl string, content map[string]any) error {
	t.Helper()
	g := NewWithT(t)
	folder := t.TempDir()
	g.Expect(os.CopyFS(filepath.Join(folder, "config"), os.DirFS(filepath.Join(root, "config")))).To(Succeed())
	overlay := filepath.Join(folder, "overlay")
	g.Expect(os.Mkdir(overlay, 0o700)).To(Succeed())
	text, err := yaml.Marshal(content)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(os.WriteFile(filepath.Join(overlay, "kustomization.yaml"), text, 0o600)).To(Succeed())
	if said, err := exec.CommandContext(t.Context(), kubectl, "kustomize", overlay).CombinedOutput(); err != nil {
		return fmt.Errorf("build the overlay: %w: %s", err, said)
	}
	return nil
}

// tryPart tries the places for a part until the API server accepts one.
func tryPart(t *testing.T, admin client.Client, part map[string]any) error {
	t.Helper()
	var refusals []error
	for _, place := range places() {
		whole := place.with(t, part)
		if whole == nil {
			continue
		}
		err := tryObject(t, admin, whole)
		if err == nil {
			return nil
		}
		refusals = append(refusals, fmt.Errorf("in %s of %s: %w", strings.Join(place.path, "."), place.sample, err))
	}
	return errors.Join(refusals...)
}

// with returns the sample with a part in its place, or nil if the sample has no such place.
func (p place) with(t *testing.T, part map[string]any) *unstructured.Unstructured {
	t.Helper()
	g := NewWithT(t)
	text, err := os.ReadFile(filepath.Join(root, "config", "samples", p.sample))
	g.Expect(err).NotTo(HaveOccurred())
	whole := &unstructured.Unstructured{}
	g.Expect(yaml.Unmarshal(text, &whole.Object)).To(Succeed())
	parent := whole.Object
	for _, name := range p.path {
		next, ok := parent[name].(map[string]any)
		if !ok {
			return nil
		}
		parent = next
	}
	merge(parent, part)
	// Numbers must have the types of decoded JSON.
	encoded, err := json.Marshal(whole.Object)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(whole.UnmarshalJSON(bytes.TrimSpace(encoded))).To(Succeed())
	return whole
}

// merge merges a part into a whole, field by field.
func merge(whole, part map[string]any) {
	for name, value := range part {
		inner, isObject := value.(map[string]any)
		outer, wasObject := whole[name].(map[string]any)
		if isObject && wasObject {
			outer = maps.Clone(outer)
			merge(outer, inner)
			whole[name] = outer
			continue
		}
		whole[name] = value
	}
}
