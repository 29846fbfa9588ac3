// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"

	"cloudrecording.dev/operator/hack/command"
)

func TestExecuteHelp(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"help"}, {"--help"}, {"-h"}} {
		g := NewWithT(t)
		var stdout bytes.Buffer
		g.Expect(execute(t.Context(), args, &stdout, io.Discard)).To(Succeed())
		g.Expect(stdout.String()).To(And(ContainSubstring("controlplane assets"), ContainSubstring("-crds")))
	}
}

func TestExecuteRefusesAWrongCommandLine(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{}, {"start"}, {"assets", "more"}, {"assets", "--verbose"}, {"assets", "--kubernetes=1.32", "--verbose"}, {"run", "--unknown"}} {
		g := NewWithT(t)
		var stderr bytes.Buffer
		g.Expect(execute(t.Context(), args, io.Discard, &stderr)).To(MatchError(command.ErrUsage))
		g.Expect(stderr.String()).To(ContainSubstring("Usage:"))
	}
}

func TestAssetsPrintsTheFolder(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	for _, name := range []string{"etcd", "kube-apiserver", "kubectl"} {
		g.Expect(os.WriteFile(filepath.Join(dir, name), nil, 0o700)).To(Succeed())
	}
	g.Expect(os.WriteFile(filepath.Join(dir, "kube-apiserver"), []byte("#!/bin/sh\necho Kubernetes v1.32.13\n"), 0o700)).To(Succeed())
	t.Setenv("KUBEBUILDER_ASSETS", dir)
	for _, args := range [][]string{{"assets"}, {"assets", "--kubernetes="}, {"assets", "--kubernetes=1.32"}} {
		var stdout bytes.Buffer

		g.Expect(execute(t.Context(), args, &stdout, io.Discard)).To(Succeed())

		g.Expect(stdout.String()).To(Equal(dir + "\n"))
	}
}

func TestAssetsRefusesAFolderOfAnotherVersion(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	for _, name := range []string{"etcd", "kube-apiserver", "kubectl"} {
		g.Expect(os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\necho Kubernetes v1.37.2\n"), 0o700)).To(Succeed())
	}
	t.Setenv("KUBEBUILDER_ASSETS", dir)

	err := execute(t.Context(), []string{"assets", "--kubernetes=1.32"}, io.Discard, io.Discard)

	g.Expect(err).To(MatchError(ContainSubstring("holds Kubernetes 1.37.2 rather than 1.32")))
}

func TestRunPrintsTheKubeconfigUntilInterrupted(t *testing.T) {
	g := NewWithT(t)
	ctx, interrupt := context.WithCancel(t.Context())
	stdout := gbytes.NewBuffer()
	ended := make(chan error, 1)
	go func() { ended <- execute(ctx, []string{"run", "--dir", t.TempDir()}, stdout, io.Discard) }()

	g.Eventually(func(g Gomega) {
		select {
		case err := <-ended:
			StopTrying("run ended").Wrap(err).Now()
		default:
		}
		g.Expect(stdout).To(gbytes.Say(`export KUBECONFIG='.+'\nexport KUBECTL='.+'\n`))
	}, 10*time.Minute).Should(Succeed())
	g.Consistently(ended, 50*time.Millisecond).ShouldNot(Receive())
	interrupt()

	g.Eventually(ended, time.Minute).Should(Receive(BeNil()))
}
