// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/release/artifact"
)

const root = "../.."

// TestRelease releases a commit of a repository with the project's chart, manifests and
// scripts, and with small programs in place of the project's. It builds twice, the second time
// in another folder and with an empty build cache.
func TestRelease(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	output := filepath.Join(t.TempDir(), "released")
	r := newRelease(t)
	g.Expect(r.run(t.Context(), output, true)).To(Succeed())

	files, err := readFiles(os.DirFS(output))
	g.Expect(err).NotTo(HaveOccurred())
	names := paths(files)
	g.Expect(names).To(ConsistOf(
		"cloudrecording-operator_v1.2.3_image.tar",
		"cloudrecording-operator_v1.2.3_linux_amd64.spdx.json",
		"cloudrecording-operator_v1.2.3_linux_arm64.spdx.json",
		"cloudrecording-operator-1.2.3.tgz",
		"kubectl-crec_v1.2.3_linux_amd64.tar.gz",
		"kubectl-crec_v1.2.3_linux_amd64.spdx.json",
		"install.yaml",
		"checksums.txt",
	))
	expectChecksums(t, output, len(names)-1)
	expectImage(t, output)
	for name, withRoots := range map[string]bool{"cloudrecording-operator": true, "kubectl-crec": false} {
		bill, err := os.ReadFile(filepath.Join(output, name+"_v1.2.3_linux_amd64.spdx.json"))
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(strings.Contains(string(bill), "pkg:golang/golang.org/x/crypto/x509roots/fallback@v0")).To(Equal(withRoots), name)
	}
	expectChart(t, output)
	files = archived(t, filepath.Join(output, "kubectl-crec_v1.2.3_linux_amd64.tar.gz"))
	g.Expect(files).To(HaveExactElements(
		HaveField("Path", "LICENSE"), HaveField("Path", "THIRD_PARTY_NOTICES"), HaveField("Path", "kubectl-crec")))
	program := filepath.Join(t.TempDir(), "kubectl-crec")
	g.Expect(os.WriteFile(program, files[2].Content, files[2].Mode)).To(Succeed())
	said, err := exec.CommandContext(t.Context(), program).CombinedOutput()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(said)).To(Equal("v1.2.3"))
}

// expectChecksums compares the checksums with the files.
func expectChecksums(t *testing.T, output string, files int) {
	t.Helper()
	g := NewWithT(t)
	text, err := os.ReadFile(filepath.Join(output, "checksums.txt"))
	g.Expect(err).NotTo(HaveOccurred())
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	g.Expect(lines).To(HaveLen(files))
	for _, line := range lines {
		sum, name, _ := strings.Cut(line, "  ")
		content, err := os.ReadFile(filepath.Join(output, name))
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(fmt.Sprintf("%x", sha256.Sum256(content))).To(Equal(sum), name)
	}
}

// expectImage checks that the layout contains a single image, which is the one in the
// manifests.
func expectImage(t *testing.T, output string) {
	t.Helper()
	g := NewWithT(t)
	folder := t.TempDir()
	extract := exec.CommandContext(t.Context(), "tar", "-xf", filepath.Join(output, "cloudrecording-operator_v1.2.3_image.tar"), "-C", folder)
	_, err := run(extract)
	g.Expect(err).NotTo(HaveOccurred())
	outer, err := layout.ImageIndexFromPath(folder)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(validate.Index(outer)).To(Succeed())
	manifest, err := outer.IndexManifest()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(manifest.Manifests).To(HaveLen(1))
	g.Expect(manifest.Manifests[0].Annotations).To(HaveKeyWithValue("io.containerd.image.name", "registry.example.com/operator:v1.2.3"))

	manifests, err := os.ReadFile(filepath.Join(output, "install.yaml"))
	g.Expect(err).NotTo(HaveOccurred())
	image := "image: registry.example.com/operator:v1.2.3@" + manifest.Manifests[0].Digest.String()
	g.Expect(strings.Count(string(manifests), image+"\n")).To(Equal(1))
}

// expectChart checks that Helm accepts the chart, that the chart installs the image of the
// release, and that it contains the same files as a package from Helm.
func expectChart(t *testing.T, output string) {
	t.Helper()
	g := NewWithT(t)
	helm, archive, own := tool(t, "helm"), filepath.Join(output, "cloudrecording-operator-1.2.3.tgz"), t.TempDir()
	_, err := run(exec.CommandContext(t.Context(), helm, "package", filepath.Join(root, "config", "chart"), "--version=1.2.3", "--destination="+own))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(paths(archived(t, archive))).To(ConsistOf(paths(archived(t, filepath.Join(own, filepath.Base(archive))))))

	render := exec.CommandContext(t.Context(), helm, "template", "cloudrecording", archive, "--kube-version=1.37.2")
	manifests, err := run(render)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(manifests)).To(And(
		ContainSubstring(`image: "registry.example.com/operator:v1.2.3"`), ContainSubstring(`helm.sh/chart: "cloudrecording-operator-1.2.3"`)))
}

func TestAnotherReleaseIsNotOverwritten(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	output := t.TempDir()
	g.Expect(os.WriteFile(filepath.Join(output, "checksums.txt"), nil, 0o600)).To(Succeed())
	g.Expect(release{}.run(t.Context(), output, false)).To(MatchError(ContainSubstring("is not empty")))
	g.Expect(release{}.run(t.Context(), "", false)).To(MatchError(ContainSubstring("--output must name a folder")))
}

func TestDifferences(t *testing.T) {
	t.Parallel()
	file := func(path, content string, mode os.FileMode) artifact.File {
		return artifact.File{Path: path, Content: []byte(content), Mode: mode}
	}
	first := []artifact.File{file("same", "a", 0o644), file("content", "a", 0o644), file("mode", "a", 0o644), file("first", "a", 0o644)}
	second := []artifact.File{file("same", "a", 0o644), file("content", "b", 0o644), file("mode", "a", 0o755), file("second", "a", 0o644)}
	g := NewWithT(t)
	g.Expect(differences(first, second)).To(Equal([]string{"content", "first", "mode", "second"}))
	g.Expect(differences(first, first)).To(BeEmpty())
}

// newRelease returns a release of a repository with small programs, which link only the
// runtime.
func newRelease(t *testing.T) release {
	t.Helper()
	g := NewWithT(t)
	repository := t.TempDir()
	for _, path := range []string{"config", "hack/installer.sh", "hack/notices", "LICENSE"} {
		from, to := filepath.Join(root, path), filepath.Join(repository, path)
		g.Expect(os.MkdirAll(filepath.Dir(to), 0o700)).To(Succeed())
		_, err := run(exec.CommandContext(t.Context(), "cp", "-R", from, to))
		g.Expect(err).NotTo(HaveOccurred())
	}
	write(t, repository, "go.mod", "module cloudrecording.dev/operator\n\ngo 1.26.0\n")
	write(t, repository, "hack/kubectl-crec/go.mod", "module cloudrecording.dev/operator/hack/kubectl-crec\n\ngo 1.26.0\n\n"+
		"require cloudrecording.dev/operator v0.0.0\n\nreplace cloudrecording.dev/operator => ../..\n")
	for _, folder := range []string{"", "hack/kubectl-crec"} {
		write(t, repository, filepath.Join(folder, "main.go"), "package main\n\nvar version = \"dev\"\n\nfunc main() { print(version) }\n")
	}
	for _, arguments := range [][]string{
		{"init", "--quiet"}, {"add", "."},
		{"-c", "user.name=Test", "-c", "user.email=test@example.com", "commit", "--quiet", "--message=All"},
	} {
		_, err := run(exec.CommandContext(t.Context(), "git", append([]string{"-C", repository}, arguments...)...))
		g.Expect(err).NotTo(HaveOccurred())
	}
	write(t, repository, "hack/kubectl-crec/main.go", "what is not committed is in no release")
	r := release{repository: repository, kustomize: tool(t, "kustomize"), log: io.Discard, programs: []program{
		{name: "cloudrecording-operator", folder: ".", binary: "manager", inImage: true, platforms: programs[0].platforms},
		{name: "kubectl-crec", folder: "hack/kubectl-crec", binary: "kubectl-crec", platforms: []artifact.Platform{
			{OS: "linux", Architecture: "amd64"},
		}},
	}}
	g.Expect(r.identify(t.Context(), "HEAD")).To(Succeed())
	r.identity.Version, r.identity.Repository = "v1.2.3", "registry.example.com/operator"
	return r
}

func write(t *testing.T, folder, path, content string) {
	t.Helper()
	g := NewWithT(t)
	path = filepath.Join(folder, path)
	g.Expect(os.MkdirAll(filepath.Dir(path), 0o700)).To(Succeed())
	g.Expect(os.WriteFile(path, []byte(content), 0o600)).To(Succeed())
}

// tool returns the path of a pinned tool, which the go command builds once.
func tool(t *testing.T, name string) string {
	t.Helper()
	find := exec.CommandContext(t.Context(), "go", "tool", "-n", name)
	find.Dir = filepath.Join(root, "hack", "helm")
	// The same setting as in the Makefile.
	find.Env = append(os.Environ(), "CGO_ENABLED=0")
	path, err := run(find)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return strings.TrimSpace(string(path))
}

func paths(files []artifact.File) []string {
	var paths []string
	for _, file := range files {
		paths = append(paths, file.Path)
	}
	return paths
}

// archived returns the files in an archive.
func archived(t *testing.T, path string) []artifact.File {
	t.Helper()
	g := NewWithT(t)
	archive, err := os.ReadFile(path)
	g.Expect(err).NotTo(HaveOccurred())
	content, err := gzip.NewReader(bytes.NewReader(archive))
	g.Expect(err).NotTo(HaveOccurred())
	var files []artifact.File
	for reader := tar.NewReader(content); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		g.Expect(err).NotTo(HaveOccurred())
		content, err := io.ReadAll(reader)
		g.Expect(err).NotTo(HaveOccurred())
		files = append(files, artifact.File{Path: header.Name, Mode: header.FileInfo().Mode(), Content: content})
	}
}
