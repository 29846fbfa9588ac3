// SPDX-License-Identifier: Apache-2.0

package argocd

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/yaml"
)

// TestApplications decodes the examples with Argo CD's types.
func TestApplications(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	files, err := filepath.Glob(config + "/*.yaml")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(files).NotTo(BeEmpty())
	for _, file := range files {
		text, err := os.ReadFile(file)
		g.Expect(err).NotTo(HaveOccurred())
		application := &v1alpha1.Application{}
		g.Expect(yaml.UnmarshalStrict(text, application)).To(Succeed(), file)
		g.Expect(application.Spec.SyncPolicy.SyncOptions.HasOption("ServerSideApply=true")).To(BeTrue(), file)
	}
}
