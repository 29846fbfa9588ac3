// SPDX-License-Identifier: Apache-2.0

package flux_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"

	kustomizev1 "github.com/fluxcd/kustomize-controller/api/v1"
	sourcev1 "github.com/fluxcd/source-controller/api/v1"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

var _ = Describe("The examples in config/flux", func() {
	It("are such as Flux's types have them", func() {
		files, err := filepath.Glob("../../config/flux/*.yaml")
		Expect(err).NotTo(HaveOccurred())
		Expect(files).NotTo(BeEmpty())
		for _, file := range files {
			for _, document := range documents(file) {
				var kind metav1.TypeMeta
				Expect(yaml.Unmarshal(document, &kind)).To(Succeed(), file)
				switch kind.Kind {
				case sourcev1.GitRepositoryKind:
					Expect(kind.APIVersion).To(Equal(sourcev1.GroupVersion.String()))
					Expect(yaml.UnmarshalStrict(document, &sourcev1.GitRepository{})).To(Succeed(), file)
				case kustomizev1.KustomizationKind:
					Expect(kind.APIVersion).To(Equal(kustomizev1.GroupVersion.String()))
					Expect(yaml.UnmarshalStrict(document, &kustomizev1.Kustomization{})).To(Succeed(), file)
				default:
					Fail(file + " has an unknown kind: " + kind.Kind)
				}
			}
		}
	})
})

// documents returns the YAML documents in a file.
func documents(file string) (documents [][]byte) {
	GinkgoHelper()
	text, err := os.ReadFile(file)
	Expect(err).NotTo(HaveOccurred())
	reader := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text)))
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return documents
		}
		Expect(err).NotTo(HaveOccurred())
		documents = append(documents, document)
	}
}
