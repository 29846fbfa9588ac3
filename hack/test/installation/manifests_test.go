// SPDX-License-Identifier: Apache-2.0

package installation

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"

	"cloudrecording.dev/operator/controllers"
	"cloudrecording.dev/operator/controllers/memory"
	"cloudrecording.dev/operator/hack/testenv"
)

// render returns the objects of a kustomization.
func render(t *testing.T, dir string) []*unstructured.Unstructured {
	t.Helper()
	g := NewWithT(t)
	text, err := kubectl(t.Context(), "kustomize", dir)
	g.Expect(err).NotTo(HaveOccurred())
	return decode(g, text)
}

// decode returns the objects in a stream of YAML documents.
func decode(g *WithT, text string) []*unstructured.Unstructured {
	objects, err := testenv.Manifests([]byte(text))
	g.Expect(err).NotTo(HaveOccurred())
	return objects
}

// find returns the objects of a kind, and fails if there are none.
func find[T any](t *testing.T, objects []*unstructured.Unstructured, kind string) []T {
	t.Helper()
	g := NewWithT(t)
	var found []T
	for _, object := range objects {
		if object.GetKind() != kind {
			continue
		}
		var typed T
		g.Expect(runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(object.Object, &typed, true)).To(Succeed())
		found = append(found, typed)
	}
	g.Expect(found).NotTo(BeEmpty(), kind)
	return found
}

func TestApplyIsIdempotent(t *testing.T) {
	g := NewWithT(t)
	objects := render(t, configDir("default"))
	g.Expect(strings.Fields(installed.applied)).To(HaveLen(2 * len(objects)))
	for line := range strings.Lines(installed.appliedAgain) {
		// kubectl sends the selector of a PodDisruptionBudget every time.
		g.Expect(line).To(Or(HaveSuffix(" unchanged\n"), HavePrefix("poddisruptionbudget.policy/")))
	}
}

func TestObjectsAreLabelled(t *testing.T) {
	for _, folder := range []string{"default", "notifications", "namespaced", "prometheus"} {
		for _, object := range render(t, configDir(folder)) {
			g := NewWithT(t)
			g.Expect(object.GetLabels()).To(HaveKeyWithValue("app.kubernetes.io/name", "cloudrecording-operator"), object.GetName())
			g.Expect(object.GetName()).To(HavePrefix("cloudrecording"))
		}
	}
}

func TestDeployment(t *testing.T) {
	g := NewWithT(t)
	objects := render(t, configDir("default"))
	deployment := find[appsv1.Deployment](t, objects, "Deployment")[0]
	pod := deployment.Spec.Template

	g.Expect(deployment.Spec.Replicas).To(HaveValue(BeEquivalentTo(2)))
	g.Expect(pod.Spec.TerminationGracePeriodSeconds).To(HaveValue(BeNumerically(">", controllers.ShutdownTimeout().Seconds())),
		"the manager hands over before it is killed")
	g.Expect(pod.Spec.Containers).To(HaveLen(1))
	manager := pod.Spec.Containers[0]
	g.Expect(manager.Image).To(Equal("cloudrecording-operator:dev"))
	g.Expect(manager.ImagePullPolicy).To(Equal(corev1.PullIfNotPresent))
	g.Expect(manager.LivenessProbe.HTTPGet.Path).To(Equal("/healthz"))
	g.Expect(manager.ReadinessProbe.HTTPGet.Path).To(Equal("/readyz"))
	g.Expect(manager.SecurityContext.ReadOnlyRootFilesystem).To(HaveValue(BeTrue()))
	g.Expect(manager.Resources.Requests).To(And(HaveKey(corev1.ResourceCPU), HaveKey(corev1.ResourceMemory)))
	g.Expect(manager.Resources.Limits).To(HaveKey(corev1.ResourceMemory))
	g.Expect(manager.Env).To(ContainElement(corev1.EnvVar{Name: memory.LimitVariable, ValueFrom: &corev1.EnvVarSource{
		ResourceFieldRef: &corev1.ResourceFieldSelector{Resource: "limits.memory"},
	}}))
	g.Expect(find[schedulingv1.PriorityClass](t, objects, "PriorityClass")).To(ConsistOf(And(
		HaveField("Name", pod.Spec.PriorityClassName), HaveField("GlobalDefault", false))))

	budget := find[policyv1.PodDisruptionBudget](t, objects, "PodDisruptionBudget")[0]
	g.Expect(budget.Spec.Selector).To(Equal(deployment.Spec.Selector))
	g.Expect(budget.Spec.MaxUnavailable.IntValue()).To(Equal(1))
	service := find[corev1.Service](t, objects, "Service")[0]
	g.Expect(labels.SelectorFromSet(service.Spec.Selector).Matches(labels.Set(pod.Labels))).To(BeTrue())
	g.Expect(service.Spec.Ports[0].TargetPort.String()).To(Equal(manager.Ports[0].Name))
}

// TestFlags compares the flags in the manifest with the manager's own help.
func TestFlags(t *testing.T) {
	g := NewWithT(t)
	args := find[appsv1.Deployment](t, render(t, configDir("default")), "Deployment")[0].Spec.Template.Spec.Containers[0].Args
	usage := managerUsage(t, args)

	inManifest := map[string]string{}
	for _, arg := range args {
		name, value, _ := strings.Cut(strings.TrimPrefix(arg, "--"), "=")
		inManifest[name] = value
	}
	// The manifest differs from these defaults, which are for running outside a cluster.
	differs := []string{"leader-elect", "metrics-bind-address"}
	var names []string
	for _, match := range flagUsage.FindAllStringSubmatch(usage, -1) {
		name, byDefault := match[1], strings.Trim(match[2], `"`)
		if name == "kubeconfig" || name == "version" || strings.HasPrefix(name, "zap-") {
			continue
		}
		names = append(names, name)
		if byDefault != "" && !slices.Contains(differs, name) {
			g.Expect(canonical(inManifest[name])).To(Equal(canonical(byDefault)), name)
		}
	}
	g.Expect(slices.Collect(maps.Keys(inManifest))).To(ConsistOf(names))
}

// flagUsage matches a flag's name and its default in the output of package flag.
var flagUsage = regexp.MustCompile(`(?m)^  -([a-z-]+).*\n    \t.*?(?:\(default (.*)\))?$`)

// managerUsage returns the manager's help. The manager only prints it if it accepts the
// arguments before it.
func managerUsage(t *testing.T, args []string) string {
	t.Helper()
	g := NewWithT(t)
	binary := filepath.Join(t.TempDir(), "manager")
	output, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, filepath.Join("..", "..", "..")).CombinedOutput()
	g.Expect(err).NotTo(HaveOccurred(), string(output))
	help, err := exec.CommandContext(t.Context(), binary, append(slices.Clone(args), "--help")...).CombinedOutput()
	g.Expect(err).NotTo(HaveOccurred(), string(help))
	g.Expect(string(help)).To(HavePrefix("Usage of "))
	return string(help)
}

// canonical returns the canonical form of a duration.
func canonical(value string) string {
	if duration, err := time.ParseDuration(value); err == nil {
		return duration.String()
	}
	return value
}

func TestServiceMonitorFindsTheService(t *testing.T) {
	g := NewWithT(t)
	service := find[corev1.Service](t, render(t, configDir("default")), "Service")[0]
	objects := render(t, configDir("prometheus"))
	i := slices.IndexFunc(objects, func(object *unstructured.Unstructured) bool { return object.GetKind() == "ServiceMonitor" })
	g.Expect(i).To(BeNumerically(">=", 0))
	monitor := objects[i]
	g.Expect(monitor.GetNamespace()).To(Equal(service.Namespace))
	selector, _, err := unstructured.NestedStringMap(monitor.Object, "spec", "selector", "matchLabels")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(labels.SelectorFromSet(selector).Matches(labels.Set(service.Labels))).To(BeTrue())
	endpoints, _, err := unstructured.NestedSlice(monitor.Object, "spec", "endpoints")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(endpoints).To(ConsistOf(And(
		HaveKeyWithValue("port", service.Spec.Ports[0].Name),
		HaveKeyWithValue("scheme", "https"),
		HaveKey("bearerTokenFile"),
	)))
}

// TestNotifications compares the installation with a receiver of notifications with the one
// without, and applies the example Ingress.
func TestNotifications(t *testing.T) {
	g := NewWithT(t)
	objects := render(t, configDir("notifications"))
	g.Expect(objects).To(HaveLen(len(render(t, configDir("default")))+2), "a Service and a NetworkPolicy come beside")
	deployment := find[appsv1.Deployment](t, objects, "Deployment")[0]
	manager := deployment.Spec.Template.Spec.Containers[0]
	g.Expect(managerUsage(t, manager.Args)).NotTo(BeEmpty())
	g.Expect(manager.Args).To(ContainElement("--notifications-bind-address=:8082"))
	g.Expect(manager.Ports).To(ContainElement(corev1.ContainerPort{Name: "notifications", ContainerPort: 8082}))

	services := find[corev1.Service](t, objects, "Service")
	i := slices.IndexFunc(services, func(s corev1.Service) bool { return s.Name == "cloudrecording-notifications" })
	g.Expect(i).To(BeNumerically(">=", 0))
	g.Expect(services[i].Namespace).To(Equal(deployment.Namespace))
	g.Expect(labels.SelectorFromSet(services[i].Spec.Selector).Matches(labels.Set(deployment.Spec.Template.Labels))).To(BeTrue())
	g.Expect(services[i].Spec.Ports[0].TargetPort.String()).To(Equal("notifications"))

	content, err := os.ReadFile(filepath.Join(configDir("notifications"), "ingress.yaml"))
	g.Expect(err).NotTo(HaveOccurred())
	var ingress networkingv1.Ingress
	g.Expect(yaml.UnmarshalStrict(content, &ingress)).To(Succeed())
	g.Expect(ingress.Namespace).To(Equal(services[i].Namespace))
	backend := ingress.Spec.Rules[0].HTTP.Paths[0].Backend.Service
	g.Expect(backend.Name).To(Equal(services[i].Name))
	g.Expect(backend.Port.Name).To(Equal(services[i].Spec.Ports[0].Name))
	_, err = kubectl(t.Context(), "apply", "--dry-run=server", "-f", filepath.Join(configDir("notifications"), "ingress.yaml"))
	g.Expect(err).NotTo(HaveOccurred())
}

// TestOtherNamespace changes the namespace as config/default describes.
func TestOtherNamespace(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	g.Expect(os.CopyFS(dir, os.DirFS(configDir(".")))).To(Succeed())
	file := filepath.Join(dir, "default", "kustomization.yaml")
	text, err := os.ReadFile(file)
	g.Expect(err).NotTo(HaveOccurred())
	text = regexp.MustCompile(`(?m)^namespace: .*$`).ReplaceAll(text, []byte("namespace: elsewhere"))
	g.Expect(os.WriteFile(file, text, 0o600)).To(Succeed())

	objects := render(t, filepath.Dir(file))

	for _, object := range objects {
		text, err := object.MarshalJSON()
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(string(text)).NotTo(ContainSubstring(namespace))
	}
}
