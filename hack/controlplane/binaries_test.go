// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

// writeBinaries writes placeholders of binaries. Nothing runs them.
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

	g.Expect(Binaries(t.Context(), "")).To(Equal(dir))
}

func TestBinariesNamesWhatTheGivenFolderLacks(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	writeBinaries(t, dir, etcdBinary)
	g.Expect(os.WriteFile(filepath.Join(dir, kubectlBinary), nil, 0o600)).To(Succeed())
	t.Setenv(AssetsVariable, dir)

	_, err := Binaries(t.Context(), "")

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
	for version, release := range map[string]string{"": Releases()[0], "1.32": "1.32.13", "1.32.13": "1.32.13"} {
		cache, err := cacheDir(release)
		g.Expect(err).NotTo(HaveOccurred())
		built := filepath.Join(cache, "built")
		writeBinaries(t, built, binaryNames()...)

		g.Expect(Binaries(t.Context(), version)).To(Equal(built))
	}
}

func TestBinariesOfAVersionAreOfThatVersion(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	writeBinaries(t, dir, binaryNames()...)
	g.Expect(os.WriteFile(filepath.Join(dir, apiServerBinary), []byte("#!/bin/sh\necho Kubernetes v1.32.5\n"), 0o700)).To(Succeed())
	t.Setenv(AssetsVariable, dir)

	g.Expect(Binaries(t.Context(), "")).To(Equal(dir))
	g.Expect(Binaries(t.Context(), "1.32")).To(Equal(dir))
	for _, other := range []string{"1.37", "1.32.13"} {
		_, err := Binaries(t.Context(), other)
		g.Expect(err).To(MatchError(ContainSubstring("holds Kubernetes 1.32.5 rather than "+other)), other)
	}
}

func TestBinariesNamesTheReleasesThereAre(t *testing.T) {
	g := NewWithT(t)
	for _, unknown := range []string{"1.3", "1.30", "1.32.1", "v1.32", "newest"} {
		_, err := Binaries(t.Context(), unknown)
		g.Expect(err).To(MatchError("there are no sources of Kubernetes "+unknown+": choose one of 1.37.2, 1.32.13"), unknown)
	}
}

func TestReleasesAreThoseOfThePinnedModules(t *testing.T) {
	g := NewWithT(t)
	modules, err := filepath.Glob(filepath.Join("kubernetes", "*", "go.mod"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(modules).To(HaveLen(len(Releases())))
	for _, release := range Releases() {
		content, err := os.ReadFile(filepath.Join("kubernetes", minorOf(release), "go.mod"))
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(string(content)).To(ContainSubstring("k8s.io/kubernetes v" + release + " "))
	}
}

func TestOldestReleaseIsWhatTheChartNeeds(t *testing.T) {
	g := NewWithT(t)
	oldest := minorOf(Releases()[len(Releases())-1])
	for file, line := range map[string]string{
		filepath.Join("..", "chart", "conversion", "files", "Chart.yaml"): `kubeVersion: ">=` + oldest + `.0-0"`,
		filepath.Join("..", "..", ".github", "workflows", "release.yaml"): "make test KUBERNETES=" + oldest,
	} {
		content, err := os.ReadFile(file)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(string(content)).To(ContainSubstring(line), file)
	}
}
