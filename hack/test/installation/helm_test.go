// SPDX-License-Identifier: Apache-2.0

package installation

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"cloudrecording.dev/operator/hack/controlplane"
	"cloudrecording.dev/operator/hack/testenv"
)

const release = "cloudrecording"

// helmPath returns the path of the pinned Helm, which the go command builds once.
var helmPath = sync.OnceValues(func() (string, error) {
	root, err := controlplane.ModuleRoot()
	if err != nil {
		return "", err
	}
	command := controlplane.GoCommand(context.Background(), filepath.Join(root, "hack", "helm"), "tool", "-n", "helm")
	command.Env = append(command.Env, "CGO_ENABLED=0")
	output, err := command.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build helm: %w: %s", err, output)
	}
	return strings.TrimSpace(string(output)), nil
})

// helm runs Helm with separate settings, and returns its standard output.
func helm(ctx context.Context, t *testing.T, arguments ...string) (string, error) {
	t.Helper()
	path, err := helmPath()
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	command := exec.CommandContext(ctx, path, arguments...)
	command.Env = append(os.Environ(), "HELM_CONFIG_HOME="+t.TempDir(), "HELM_CACHE_HOME="+t.TempDir(), "HELM_DATA_HOME="+t.TempDir())
	var stderr strings.Builder
	command.Stderr = &stderr
	output, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("helm %s: %w: %s", strings.Join(arguments, " "), err, stderr.String())
	}
	return string(output), nil
}

// values are the values of a release, as in a values file.
type values map[string]any

func (v values) file(t *testing.T) string {
	t.Helper()
	g := NewWithT(t)
	text, err := json.Marshal(v)
	g.Expect(err).NotTo(HaveOccurred())
	file := filepath.Join(t.TempDir(), "values.json")
	g.Expect(os.WriteFile(file, text, 0o600)).To(Succeed())
	return file
}

// template returns the rendered chart as text.
func (v values) template(t *testing.T, ns string) (string, error) {
	t.Helper()
	return helm(t.Context(), t, "template", release, configDir("chart"), "--namespace="+ns, "--kube-version=1.37.2", "--values="+v.file(t))
}

// render returns the objects of the rendered chart: those of the release, and those of its
// hooks.
func (v values) render(t *testing.T, ns string) (objects, hooks []*unstructured.Unstructured) {
	t.Helper()
	g := NewWithT(t)
	text, err := v.template(t, ns)
	g.Expect(err).NotTo(HaveOccurred())
	for _, object := range decode(g, text) {
		if _, isHook := object.GetAnnotations()["helm.sh/hook"]; isHook {
			hooks = append(hooks, object)
		} else {
			objects = append(objects, object)
		}
	}
	return objects, hooks
}

// on runs Helm on a control plane. No controllers run there, so Helm does not wait.
func on(t *testing.T, plane *controlplane.ControlPlane, arguments ...string) (string, error) {
	t.Helper()
	return helm(t.Context(), t, append(arguments, "--kubeconfig="+plane.Kubeconfig, "--namespace="+namespace)...)
}

// installChart installs the chart on a separate control plane.
func installChart(t *testing.T, v values) *overlayInstallation {
	t.Helper()
	g := NewWithT(t)
	plane, err := controlplane.Start(t.Context(), controlplane.Options{})
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { g.Expect(plane.Stop()).To(Succeed()) })
	i := &overlayInstallation{plane: plane}
	i.admin, err = testenv.NewClient(plane.Config)
	g.Expect(err).NotTo(HaveOccurred())
	_, err = kubectlOn(t.Context(), plane, "create", "namespace", recordingsNamespace)
	g.Expect(err).NotTo(HaveOccurred())
	_, err = on(t, plane, "install", release, configDir("chart"), "--create-namespace", "--values="+v.file(t))
	g.Expect(err).NotTo(HaveOccurred())
	objects, _ := v.render(t, namespace)
	i.user = operatorOf(t, objects)
	return i
}
