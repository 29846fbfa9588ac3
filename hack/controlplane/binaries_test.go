// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

// writeBinaries stands in for a folder of binaries; nothing runs them.
func writeBinaries(t *testing.T, dir string, names ...string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
}

func TestBinariesUsesTheGivenFolder(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	writeBinaries(t, dir, binaryNames()...)
	t.Setenv(AssetsVariable, dir)

	g.Expect(Binaries(t.Context())).To(Equal(dir))
}

func TestBinariesNamesWhatTheGivenFolderLacks(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	writeBinaries(t, dir, etcdBinary)
	g.Expect(os.WriteFile(filepath.Join(dir, kubectlBinary), nil, 0o600)).To(Succeed())
	t.Setenv(AssetsVariable, dir)

	_, err := Binaries(t.Context())

	g.Expect(err).To(MatchError(And(
		ContainSubstring("KUBEBUILDER_ASSETS is set to "+dir),
		ContainSubstring("lacks kubectl, kube-apiserver:"),
	)), "kubectl is there and not executable")
}

func TestBinariesUsesTheCache(t *testing.T) {
	g := NewWithT(t)
	t.Setenv(AssetsVariable, "")
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CACHE_HOME", filepath.Join(os.Getenv("HOME"), ".cache"))
	cache, err := cacheDir()
	g.Expect(err).NotTo(HaveOccurred())
	built := filepath.Join(cache, "built")
	writeBinaries(t, built, binaryNames()...)

	g.Expect(Binaries(t.Context())).To(Equal(built))
}

func TestVersionMatchesThePinnedModule(t *testing.T) {
	g := NewWithT(t)
	content, err := os.ReadFile(filepath.Join("kubernetes", "go.mod"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(content)).To(ContainSubstring("k8s.io/kubernetes v" + KubernetesVersion + " "))
}
