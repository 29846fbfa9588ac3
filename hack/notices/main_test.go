// SPDX-License-Identifier: Apache-2.0

package main

import (
	"debug/buildinfo"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

const operator = "cloudrecording.dev/operator"

// TestNotices writes the notices of the operator.
func TestNotices(t *testing.T) {
	g := NewWithT(t)
	var text strings.Builder
	g.Expect(write(t.Context(), &text, operator, "linux/arm64")).To(Succeed())
	g.Expect(text.String()).To(And(
		ContainSubstring("\nGo's standard library go1."),
		ContainSubstring("\nsigs.k8s.io/controller-runtime v"),
		ContainSubstring("\ngithub.com/aws/aws-sdk-go-v2 v"),
		ContainSubstring("NOTICE.txt:\n\nAWS SDK for Go"),
		ContainSubstring("third_party/forked/golang/LICENSE:\n"),
	))
	g.Expect(text.String()).NotTo(ContainSubstring(operator), "its own license stands beside")
}

// TestNoticesNameWhatIsLinked compares the notices with the build information in a program.
func TestNoticesNameWhatIsLinked(t *testing.T) {
	g := NewWithT(t)
	const program = "github.com/onsi/ginkgo/v2/ginkgo"
	path := filepath.Join(t.TempDir(), "program")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", path, program)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	g.Expect(build.Run()).To(Succeed())
	info, err := buildinfo.ReadFile(path)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(info.Deps).NotTo(BeEmpty())

	var text strings.Builder
	g.Expect(write(t.Context(), &text, program, runtime.GOOS+"/"+runtime.GOARCH)).To(Succeed())
	for _, module := range info.Deps {
		g.Expect(text.String()).To(ContainSubstring("\n" + module.Path + " " + module.Version + "\n"))
	}
}

func TestAModuleWithoutALicenseIsRefused(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	m := module{name: "example.com/module v1.0.0", dir: dir, packages: []string{filepath.Join(dir, "a", "b")}}
	g.Expect(os.MkdirAll(filepath.Join(dir, "a", "b"), 0o700)).To(Succeed())
	for _, name := range []string{"NOTICE", "license.go", "licensed.txt"} {
		g.Expect(os.WriteFile(filepath.Join(dir, name), nil, 0o600)).To(Succeed())
	}
	_, err := m.notices()
	g.Expect(err).To(MatchError(ContainSubstring("example.com/module v1.0.0 has no license")))

	g.Expect(os.WriteFile(filepath.Join(dir, "a", "LICENSE.md"), nil, 0o600)).To(Succeed())
	g.Expect(m.notices()).To(ConsistOf("NOTICE", filepath.Join("a", "LICENSE.md")))
}

func TestAWrongPlatformIsRefused(t *testing.T) {
	_, err := linkedModules(t.Context(), operator, "linux")
	NewWithT(t).Expect(err).To(MatchError(ContainSubstring("--platform must be such as linux/amd64")))
}
