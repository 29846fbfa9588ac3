// SPDX-License-Identifier: Apache-2.0

package objectstore

import (
	"context"
	"testing"

	. "github.com/onsi/gomega"
)

func TestProcessReportsAProgramThatEndsBeforeItIsReady(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	started, err := startProcess(t.Context(), program{
		name: "shell", binary: "/bin/sh", args: []string{"-c", "echo no room; exit 3"}, dir: t.TempDir(),
	})
	g.Expect(err).NotTo(HaveOccurred())

	err = started.awaitReady(t.Context(), func(context.Context) bool { return false })

	g.Expect(err).To(MatchError(errEnded))
	g.Expect(err).To(MatchError(And(ContainSubstring("exit status 3"), ContainSubstring("no room"))))
	g.Expect(started.stop()).To(Succeed())
}

func TestProcessRunsInItsFolderWithItsEnvironment(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	started, err := startProcess(t.Context(), program{
		name: "shell", binary: "/bin/sh", args: []string{"-c", `echo "$GREETING from $PWD"; exec sleep 600`},
		environment: []string{"GREETING=hello"}, dir: t.TempDir(),
	})
	g.Expect(err).NotTo(HaveOccurred())

	g.Eventually(func() string { return started.logs.Tail("shell") }).WithTimeout(startTimeout).Should(HavePrefix("hello from " + started.cmd.Dir))

	g.Expect(started.stop()).To(Succeed())
	g.Expect(started.ended).To(BeClosed())
}
