// SPDX-License-Identifier: Apache-2.0

//go:build upgrade

package upgrade

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/util/yaml"

	"cloudrecording.dev/operator/hack/controlplane"
)

// version is a commit of the operator, or what is in the working tree.
type version struct {
	name string
	// installation is the folder that kustomize builds it from.
	installation string
	// operator is the path of its program.
	operator string
	// arguments are the flags in its Deployment.
	arguments []string
}

// present returns what is in the working tree.
func present(ctx context.Context) version {
	GinkgoHelper()
	root, err := controlplane.ModuleRoot()
	Expect(err).NotTo(HaveOccurred())
	return build(ctx, "the present version", root)
}

// committed returns what is in a commit.
func committed(ctx context.Context, commit string) version {
	GinkgoHelper()
	root, err := controlplane.ModuleRoot()
	Expect(err).NotTo(HaveOccurred())
	source := GinkgoT().TempDir()
	archive := run(ctx, root, nil, "git", "archive", "--format=tar", commit)
	run(ctx, source, archive, "tar", "-x")
	return build(ctx, commit, source)
}

// build builds the operator in a folder, and reads its Deployment.
func build(ctx context.Context, name, source string) version {
	GinkgoHelper()
	v := version{
		name:         name,
		installation: filepath.Join(source, "config", "notifications"),
		operator:     filepath.Join(GinkgoT().TempDir(), "manager"),
	}
	// As a release is built, and so that the build cache is of use whatever the folder's name.
	command := controlplane.GoCommand(ctx, source, "build", "-trimpath", "-buildvcs=false", "-o", v.operator, ".")
	command.Env = append(command.Env, "CGO_ENABLED=0")
	output, err := command.CombinedOutput()
	Expect(err).NotTo(HaveOccurred(), "building %s: %s", name, output)
	v.arguments = v.deployment(ctx).Spec.Template.Spec.Containers[0].Args
	return v
}

// deployment returns the Deployment in the manifests of a version.
func (v version) deployment(ctx context.Context) *appsv1.Deployment {
	GinkgoHelper()
	manifests := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(kubectl(ctx, "kustomize", v.installation))))
	for {
		document, err := manifests.Read()
		if errors.Is(err, io.EOF) {
			Fail(v.name + " has no Deployment")
		}
		Expect(err).NotTo(HaveOccurred())
		deployment := &appsv1.Deployment{}
		Expect(yaml.Unmarshal(document, deployment)).To(Succeed())
		if deployment.Kind == "Deployment" {
			return deployment
		}
	}
}

// install applies the manifests of a version, as users do: what it has not stays.
func (v version) install(ctx context.Context) {
	GinkgoHelper()
	By("installing the definitions, roles and policies of " + v.name)
	kubectl(ctx, "apply", "--server-side", "-k", v.installation)
}

func kubectl(ctx context.Context, arguments ...string) []byte {
	GinkgoHelper()
	return run(ctx, "", nil, plane.Kubectl, append([]string{"--kubeconfig", plane.Kubeconfig}, arguments...)...)
}

// run runs a program, and returns what it printed.
func run(ctx context.Context, folder string, input []byte, name string, arguments ...string) []byte {
	GinkgoHelper()
	command := exec.CommandContext(ctx, name, arguments...)
	command.Dir, command.Env, command.Stdin = folder, os.Environ(), bytes.NewReader(input)
	var diagnostics strings.Builder
	command.Stderr = &diagnostics
	output, err := command.Output()
	Expect(err).NotTo(HaveOccurred(), "%s %s: %s", name, strings.Join(arguments, " "), diagnostics.String())
	return output
}
