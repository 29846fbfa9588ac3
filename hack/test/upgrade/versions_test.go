// SPDX-License-Identifier: Apache-2.0

//go:build upgrade

package upgrade

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/hack/controlplane"
	"cloudrecording.dev/operator/hack/testenv"
)

// version is the operator of a commit, or of the working tree.
type version struct {
	name string
	// installation is the folder of its kustomization.
	installation string
	// operator is the path of its binary.
	operator string
	// arguments are the flags in its Deployment.
	arguments []string
}

// present returns the version in the working tree.
func present(ctx context.Context) version {
	GinkgoHelper()
	root, err := controlplane.ModuleRoot()
	Expect(err).NotTo(HaveOccurred())
	return build(ctx, "the present version", root)
}

// committed returns the version in a commit.
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
	// The flags are those of a release. They also make the build cache independent of the
	// folder.
	command := controlplane.GoCommand(ctx, source, "build", "-trimpath", "-buildvcs=false", "-o", v.operator, ".")
	command.Env = append(command.Env, "CGO_ENABLED=0")
	output, err := command.CombinedOutput()
	Expect(err).NotTo(HaveOccurred(), "building %s: %s", name, output)
	v.arguments = v.argumentsOfDeployment(ctx)
	return v
}

// manifests returns the objects that kustomize builds for a version.
func (v version) manifests(ctx context.Context) []*unstructured.Unstructured {
	GinkgoHelper()
	objects, err := testenv.Manifests(kubectl(ctx, "kustomize", v.installation))
	Expect(err).NotTo(HaveOccurred())
	return objects
}

// knows reports whether the manifests of a version contain a word.
func (v version) knows(ctx context.Context, word string) bool {
	GinkgoHelper()
	return bytes.Contains(kubectl(ctx, "kustomize", v.installation), []byte(word))
}

// argumentsOfDeployment returns the flags in a version's Deployment.
func (v version) argumentsOfDeployment(ctx context.Context) []string {
	GinkgoHelper()
	for _, object := range v.manifests(ctx) {
		if object.GetKind() == "Deployment" {
			deployment := &appsv1.Deployment{}
			Expect(runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, deployment)).To(Succeed())
			return deployment.Spec.Template.Spec.Containers[0].Args
		}
	}
	Fail(v.name + " has no Deployment")
	return nil
}

// install applies the manifests of a version, as users do. It removes nothing.
func (v version) install(ctx context.Context) {
	GinkgoHelper()
	By("installing the definitions, roles and policies of " + v.name)
	kubectl(ctx, "apply", "--server-side", "-k", v.installation)
}

// prune removes objects of another version that this version does not have, as GitOps tools do.
// Removing a CRD removes all of its objects.
func (v version) prune(ctx context.Context, other version) {
	GinkgoHelper()
	By("removing what " + v.name + " does not have")
	own := v.manifests(ctx)
	for _, object := range other.manifests(ctx) {
		if slices.ContainsFunc(own, func(o *unstructured.Unstructured) bool { return nameOf(o) == nameOf(object) }) {
			continue
		}
		Expect(k8sClient.Delete(ctx, object)).To(Succeed(), nameOf(object))
		Eventually(func() error { return k8sClient.Get(ctx, client.ObjectKeyFromObject(object), object) }).
			Should(Satisfy(apierrors.IsNotFound), nameOf(object))
	}
}

// nameOf returns the identity of an object, independent of its API version.
func nameOf(object *unstructured.Unstructured) string {
	return strings.Join([]string{object.GroupVersionKind().GroupKind().String(), object.GetNamespace(), object.GetName()}, "/")
}

func kubectl(ctx context.Context, arguments ...string) []byte {
	GinkgoHelper()
	return run(ctx, "", nil, plane.Kubectl, append([]string{"--kubeconfig", plane.Kubeconfig}, arguments...)...)
}

// run runs a program and returns its output.
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
