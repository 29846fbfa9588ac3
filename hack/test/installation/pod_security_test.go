// SPDX-License-Identifier: Apache-2.0

package installation

import (
	"context"
	"sync"
	"testing"

	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/hack/testenv"
)

// TestPodSecurity submits the pods to the API server's admission, as a Deployment would.
func TestPodSecurity(t *testing.T) {
	g := NewWithT(t)
	warnings := &warningLog{}
	config := rest.CopyConfig(installed.plane.Config)
	config.WarningHandlerWithContext = warnings
	admin, err := testenv.NewClient(config)
	g.Expect(err).NotTo(HaveOccurred())
	ns := &corev1.Namespace{}
	g.Expect(admin.Get(t.Context(), client.ObjectKey{Name: namespace}, ns)).To(Succeed())
	g.Expect(ns.Labels).To(HaveKeyWithValue("pod-security.kubernetes.io/enforce", "restricted"))
	deployment := find[appsv1.Deployment](t, render(t, configDir("default")), "Deployment")[0]
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "manager", Labels: deployment.Spec.Template.Labels},
		Spec:       deployment.Spec.Template.Spec,
	}

	g.Expect(admin.Create(t.Context(), pod.DeepCopy(), client.DryRunAll)).To(Succeed())
	g.Expect(warnings.texts).To(BeEmpty())

	for name, loosen := range map[string]func(*corev1.PodSpec){
		"root":         func(s *corev1.PodSpec) { s.SecurityContext.RunAsNonRoot = nil },
		"seccomp":      func(s *corev1.PodSpec) { s.SecurityContext.SeccompProfile = nil },
		"escalation":   func(s *corev1.PodSpec) { s.Containers[0].SecurityContext.AllowPrivilegeEscalation = ptr.To(true) },
		"capabilities": func(s *corev1.PodSpec) { s.Containers[0].SecurityContext.Capabilities = nil },
		"host network": func(s *corev1.PodSpec) { s.HostNetwork = true },
	} {
		loose := pod.DeepCopy()
		loosen(&loose.Spec)
		g.Expect(admin.Create(t.Context(), loose, client.DryRunAll)).
			To(MatchError(apierrors.IsForbidden, "forbidden"), "restricted is in force: %s", name)
	}
}

// warningLog collects the API server's warnings.
type warningLog struct {
	mu    sync.Mutex
	texts []string
}

func (w *warningLog) HandleWarningHeaderWithContext(_ context.Context, _ int, _, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.texts = append(w.texts, text)
}
