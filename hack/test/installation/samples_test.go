// SPDX-License-Identifier: Apache-2.0

package installation

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// startSamples returns the paths of the samples that are applied one by one.
func startSamples(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(configDir("samples"), "start-*.yaml"))
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	NewWithT(t).Expect(files).NotTo(BeEmpty())
	return files
}

// TestSamples applies each sample as a person does.
func TestSamples(t *testing.T) {
	ns := newNamespace(t)
	for _, file := range startSamples(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			applied, err := kubectl(t.Context(), "apply", "--warnings-as-errors", "-n", ns, "-f", file)
			NewWithT(t).Expect(err).NotTo(HaveOccurred())
			NewWithT(t).Expect(applied).To(MatchRegexp(`^cloudrecording\.cloudrecording\.dev/\S+ created\n$`))
		})
	}
	t.Run("schedule.yaml", func(t *testing.T) {
		applied, err := kubectl(t.Context(), "apply", "--warnings-as-errors", "-n", ns, "-f", filepath.Join(configDir("samples"), "schedule.yaml"))
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		NewWithT(t).Expect(applied).To(Equal("cloudrecordingschedule.cloudrecording.dev/math created\n"))
	})
	t.Run("those that are adopted", func(t *testing.T) {
		applied, err := kubectl(t.Context(), "apply", "--warnings-as-errors", "-n", ns, "-k", configDir("samples"))
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		NewWithT(t).Expect(applied).To(ContainSubstring("cloudrecording.cloudrecording.dev/lesson-recording created\n"))
	})
}

// TestSamplesLeaveSecretsAlone stores real keys, and applies all samples after that.
func TestSamplesLeaveSecretsAlone(t *testing.T) {
	g := NewWithT(t)
	ns := newNamespace(t)
	named := map[string]bool{}
	for _, file := range startSamples(t) {
		content, err := os.ReadFile(file)
		g.Expect(err).NotTo(HaveOccurred())
		for _, name := range secretNames(g, content) {
			named[name] = true
		}
	}
	for _, file := range []string{"secrets.yaml", "adopted/secrets.yaml"} {
		_, err := kubectl(t.Context(), "create", "--warnings-as-errors", "-n", ns, "-f", filepath.Join(configDir("samples"), file))
		g.Expect(err).NotTo(HaveOccurred())
	}
	secrets := &corev1.SecretList{}
	g.Expect(installed.admin.List(t.Context(), secrets, client.InNamespace(ns))).To(Succeed())
	for i := range secrets.Items {
		secret := &secrets.Items[i]
		delete(named, secret.Name)
		for key := range secret.Data {
			secret.Data[key] = []byte("real")
		}
		g.Expect(installed.admin.Update(t.Context(), secret)).To(Succeed())
	}
	g.Expect(named).To(BeEmpty(), "secrets.yaml has a Secret for each that a sample names")

	for _, file := range startSamples(t) {
		_, err := kubectl(t.Context(), "apply", "-n", ns, "-f", file)
		g.Expect(err).NotTo(HaveOccurred())
	}
	_, err := kubectl(t.Context(), "apply", "-n", ns, "-k", configDir("samples"))
	g.Expect(err).NotTo(HaveOccurred())

	for i := range secrets.Items {
		secret := &corev1.Secret{}
		g.Expect(installed.admin.Get(t.Context(), client.ObjectKeyFromObject(&secrets.Items[i]), secret)).To(Succeed())
		g.Expect(secret.Data).To(HaveEach(BeEquivalentTo("real")), secret.Name)
	}
}

// TestTheOperatorMayKeepTheSamplesSecrets tests each Secret that a recording needs until it is
// stopped.
func TestTheOperatorMayKeepTheSamplesSecrets(t *testing.T) {
	g := NewWithT(t)
	operator, err := newClientAs(operatorUser)
	g.Expect(err).NotTo(HaveOccurred())
	ns := newNamespace(t)
	content, err := os.ReadFile(filepath.Join(configDir("samples"), "secrets.yaml"))
	g.Expect(err).NotTo(HaveOccurred())
	kept := 0
	for document := range strings.SplitSeq(string(content), "\n---\n") {
		secret := &corev1.Secret{}
		g.Expect(yaml.Unmarshal([]byte(document), secret)).To(Succeed())
		secret.Namespace = ns
		g.Expect(installed.admin.Create(t.Context(), secret)).To(Succeed())
		err := patchMetadata(t, operator, secret, func(m *metav1.PartialObjectMetadata) {
			m.Finalizers = append(m.Finalizers, v1alpha1.InUseFinalizer)
		})
		if _, ok := secret.Data[v1alpha1.RTMPURLKey]; ok {
			g.Expect(err).To(denied("keep a Secret without keys that recordings use"), "an address to push to is not kept")
			continue
		}
		g.Expect(err).NotTo(HaveOccurred(), secret.Name)
		kept++
	}
	g.Expect(kept).To(BeNumerically(">", 2))
}
