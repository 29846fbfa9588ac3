// SPDX-License-Identifier: Apache-2.0

package installation

import (
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

// TestSamples applies each sample as a person does.
func TestSamples(t *testing.T) {
	g := NewWithT(t)
	files, err := filepath.Glob(filepath.Join(configDir("samples"), "start-*.yaml"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(files).NotTo(BeEmpty())
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			applied, err := kubectl(t.Context(), "apply", "--warnings-as-errors", "-f", file)
			NewWithT(t).Expect(err).NotTo(HaveOccurred())
			NewWithT(t).Expect(applied).To(MatchRegexp(`(?m)^cloudrecording\.cloudrecording\.dev/\S+ created$`))
		})
	}
	t.Run("those that are adopted", func(t *testing.T) {
		applied, err := kubectl(t.Context(), "apply", "--warnings-as-errors", "-k", configDir("samples"))
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		NewWithT(t).Expect(applied).To(ContainSubstring("cloudrecording.cloudrecording.dev/lesson-recording created\n"))
	})
}
