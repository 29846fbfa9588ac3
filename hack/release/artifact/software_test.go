// SPDX-License-Identifier: Apache-2.0

package artifact

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdx/v2/common"
	"github.com/spdx/tools-golang/spdx/v2/v2_3"
	"github.com/spdx/tools-golang/spdxlib"
)

// TestSoftwareBill lists the software in the release program, and compares it with the output
// of the go command.
func TestSoftwareBill(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	path := filepath.Join(t.TempDir(), "program")
	goCommand(t, "build", "-o", path, "..")
	content, err := os.ReadFile(path)
	g.Expect(err).NotTo(HaveOccurred())
	binary := File{Path: "manager", Content: content}
	platform := Platform{runtime.GOOS, runtime.GOARCH}
	beside := debug.Module{Path: "example.com/roots", Version: "v1.0.0"}
	bill, err := SoftwareBill(released, "operator", platform, binary, beside)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(SoftwareBill(released, "operator", platform, binary, beside)).To(Equal(bill))

	var document v2_3.Document
	g.Expect(spdxjson.ReadInto(bytes.NewReader(bill), &document)).To(Succeed())
	g.Expect(spdxlib.ValidateDocument(&document)).To(Succeed())
	g.Expect(document.CreationInfo.Created).To(Equal("2026-03-04T05:06:07Z"))
	g.Expect(spdxlib.GetDescribedPackageIDs(&document)).To(Equal([]common.ElementID{"Program"}))
	listed := map[string]string{}
	for _, p := range document.Packages {
		listed[p.PackageName] = p.PackageVersion
	}
	expected := map[string]string{
		"operator": "v1.2.3", "stdlib": strings.TrimPrefix(runtime.Version(), "go"), "example.com/roots": "v1.0.0",
	}
	for _, line := range strings.Fields(goCommand(t, "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}@{{.Version}}{{end}}{{end}}", "..")) {
		module, version, _ := strings.Cut(line, "@")
		expected[module] = version
	}
	g.Expect(expected).To(HaveKey("github.com/google/go-containerregistry"))
	g.Expect(listed).To(Equal(expected))
	g.Expect(document.Relationships).To(HaveLen(len(expected)), "each package is related to another one")
}

func goCommand(t *testing.T, arguments ...string) string {
	t.Helper()
	output, err := exec.CommandContext(t.Context(), "go", arguments...).Output()
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return string(output)
}

func TestSoftwareOfWhatGoHasNotBuilt(t *testing.T) {
	t.Parallel()
	_, err := SoftwareBill(released, "operator", Platform{"linux", "amd64"}, File{Content: []byte("#!/bin/sh\n")})
	NewWithT(t).Expect(err).To(MatchError(ContainSubstring("read what operator is built from")))
}

func TestReplacedModules(t *testing.T) {
	t.Parallel()
	modules := linkedModules(&debug.BuildInfo{GoVersion: "go1.26.8", Deps: []*debug.Module{
		{Path: "example.com/own", Version: "v0.0.0", Replace: &debug.Module{Path: "../.."}},
		{Path: "example.com/other", Version: "v1.0.0", Replace: &debug.Module{Path: "example.com/fork", Version: "v1.0.1"}},
	}}, "v1.2.3")
	NewWithT(t).Expect(modules).To(Equal([]debug.Module{
		{Path: "stdlib", Version: "1.26.8"},
		{Path: "example.com/own", Version: "v1.2.3"},
		{Path: "example.com/fork", Version: "v1.0.1"},
	}))
}

func TestPackageURL(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	g.Expect(packageURL(debug.Module{Path: "github.com/Azure/sdk/v2", Version: "v2.0.0+incompatible"})).
		To(Equal("pkg:golang/github.com/azure/sdk/v2@v2.0.0%2Bincompatible"))
	g.Expect(packageURL(debug.Module{Path: "example.com/module"})).To(Equal("pkg:golang/example.com/module"))
}
