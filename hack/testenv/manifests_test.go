// SPDX-License-Identifier: Apache-2.0

package testenv

import (
	"testing"

	. "github.com/onsi/gomega"
)

func TestManifests(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	objects, err := Manifests([]byte("---\n# Nothing.\n---\nkind: Secret\n---\nkind: Pod\n"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(objects).To(HaveLen(2))
	g.Expect(objects[1].GetKind()).To(Equal("Pod"))
	_, err = Manifests([]byte("kind: Secret\nkind: Pod\n"))
	g.Expect(err).To(MatchError(ContainSubstring("already set")))
}
