// SPDX-License-Identifier: Apache-2.0

package fixturetest

import (
	"flag"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// Folder holds the fixtures, by kind and by health.
const Folder = "config/argocd/testdata"

const extension = ".yaml"

// update is set by `make fixtures`.
var update = flag.Bool("update-fixtures", false, "write the fixtures instead of comparing them")

// Object is one of the operator's kinds.
type Object interface {
	metav1.Object
	runtime.Object
}

// Compare fails if the fixtures of a kind are not the given objects, by health and name.
// With -update-fixtures, it first writes them.
func Compare(t *testing.T, root string, objects map[string]Object) {
	t.Helper()
	g := NewWithT(t)
	g.Expect(objects).NotTo(BeEmpty())
	texts := map[string]string{}
	var folder string
	for name, object := range objects {
		kind := kindOf(g, object)
		folder = filepath.Join(root, Folder, strings.ToLower(kind.Kind))
		texts[name+extension] = textOf(g, object, kind)
	}
	if *update {
		write(g, folder, texts)
	}
	g.Expect(read(g, folder)).To(Equal(texts), "run 'make fixtures'")
}

func kindOf(g *WithT, object Object) schema.GroupVersionKind {
	scheme := runtime.NewScheme()
	g.Expect(v1alpha1.AddToScheme(scheme)).To(Succeed())
	kinds, _, err := scheme.ObjectKinds(object)
	g.Expect(err).NotTo(HaveOccurred())
	return kinds[0]
}

func textOf(g *WithT, object Object, kind schema.GroupVersionKind) string {
	object.GetObjectKind().SetGroupVersionKind(kind)
	text, err := yaml.Marshal(object)
	g.Expect(err).NotTo(HaveOccurred())
	return string(text)
}

func read(g *WithT, folder string) map[string]string {
	texts := map[string]string{}
	files := os.DirFS(folder)
	err := fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, path)
		texts[path] = string(text)
		return err
	})
	g.Expect(err).NotTo(HaveOccurred())
	return texts
}

func write(g *WithT, folder string, texts map[string]string) {
	g.Expect(os.RemoveAll(folder)).To(Succeed())
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		path := filepath.Join(folder, filepath.FromSlash(name))
		g.Expect(os.MkdirAll(filepath.Dir(path), 0o750)).To(Succeed())
		g.Expect(os.WriteFile(path, []byte(texts[name]), 0o600)).To(Succeed())
	}
}
