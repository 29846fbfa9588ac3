// SPDX-License-Identifier: Apache-2.0

package argocd

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/health"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/lua"
	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

const (
	config   = "../../config/argocd"
	fixtures = config + "/testdata"

	// healthKey is the prefix of the keys in argocd-cm with health scripts.
	healthKey = "resource.customizations.health."
)

// verdict is the expected assessment of the objects in a folder of fixtures.
type verdict struct {
	health  health.HealthStatusCode
	kstatus status.Status
}

// verdicts are the expected assessments by folder name.
var verdicts = map[string]verdict{
	"healthy":     {health.HealthStatusHealthy, status.CurrentStatus},
	"suspended":   {health.HealthStatusSuspended, status.CurrentStatus},
	"progressing": {health.HealthStatusProgressing, status.InProgressStatus},
	"degraded":    {health.HealthStatusDegraded, status.FailedStatus},
	"deleting":    {health.HealthStatusProgressing, status.TerminatingStatus},
}

// TestHealth checks the assessments of each fixture by Argo CD with the script, and by kstatus.
func TestHealth(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	overrides, seen := scripts(g), map[string]int{}
	for path, object := range objects(g) {
		folder := filepath.Base(filepath.Dir(path))
		g.Expect(verdicts).To(HaveKey(folder), path)
		seen[object.GetKind()+" "+folder]++
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			found, err := health.GetResourceHealth(object, overrides)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(found).NotTo(BeNil(), "there is no script for the kind")
			g.Expect(found.Status).To(Equal(verdicts[folder].health), found.Message)
			g.Expect(found.Message).NotTo(BeEmpty())
			computed, err := status.Compute(object)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(computed.Status).To(Equal(verdicts[folder].kstatus), computed.Message)
		})
	}
	for _, kind := range []string{"CloudRecording", "CloudRecordingProfile", "CloudRecordingSchedule"} {
		for _, folder := range []string{"healthy", "progressing", "degraded", "deleting"} {
			g.Expect(seen).To(HaveKey(kind + " " + folder))
		}
	}
}

// TestHealthOfAnObjectThatNothingIsKnownOf checks that such an object does not count as
// healthy.
func TestHealthOfAnObjectThatNothingIsKnownOf(t *testing.T) {
	t.Parallel()
	for name, known := range map[string]any{
		"no status":             nil,
		"an empty status":       map[string]any{},
		"no conditions":         map[string]any{"observedGeneration": int64(1)},
		"empty conditions":      map[string]any{"observedGeneration": int64(1), "conditions": []any{}},
		"a generation to come":  map[string]any{"observedGeneration": int64(-1)},
		"a condition of others": map[string]any{"observedGeneration": int64(1), "conditions": []any{map[string]any{"type": "Other", "status": "True"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			object := &unstructured.Unstructured{Object: map[string]any{
				"apiVersion": "cloudrecording.dev/v1alpha1", "kind": "CloudRecording", "metadata": map[string]any{"name": "lesson", "generation": int64(1)},
			}}
			if known != nil {
				object.Object["status"] = known
			}
			found, err := health.GetResourceHealth(object, scripts(g))
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(found.Status).To(Equal(health.HealthStatusProgressing))
		})
	}
}

// scripts returns the scripts that the kustomization adds to argocd-cm.
func scripts(g *WithT) lua.ResourceHealthOverrides {
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), config+"/health")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(built.Resources()).To(HaveLen(1))
	settings := built.Resources()[0]
	g.Expect(settings.GetName()).To(Equal("argocd-cm"))
	g.Expect(settings.GetLabels()).To(HaveKeyWithValue("app.kubernetes.io/part-of", "argocd"))
	overrides := lua.ResourceHealthOverrides{}
	for key, script := range settings.GetDataMap() {
		groupKind, isHealth := strings.CutPrefix(key, healthKey)
		g.Expect(isHealth).To(BeTrue(), key)
		group, kind, _ := strings.Cut(groupKind, "_")
		overrides[group+"/"+kind] = v1alpha1.ResourceOverride{HealthLua: script}
	}
	return overrides
}

// objects returns the fixtures by path.
func objects(g *WithT) map[string]*unstructured.Unstructured {
	found := map[string]*unstructured.Unstructured{}
	files := os.DirFS(fixtures)
	err := fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, path)
		if err != nil {
			return err
		}
		text, err = yaml.YAMLToJSON(text)
		if err != nil {
			return err
		}
		found[path] = &unstructured.Unstructured{}
		return found[path].UnmarshalJSON(text)
	})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(len(found)).To(BeNumerically(">", 50))
	return found
}
