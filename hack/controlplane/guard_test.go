// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// sleepBinary returns a program that would outlive the test.
func sleepBinary(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("sleep")
	if err != nil {
		t.Skip("there is no sleep command")
	}
	return path
}

func TestGuardKillsWhatRunsWhenItsPipeCloses(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	// The quote checks that the shell receives paths unchanged.
	dir := filepath.Join(t.TempDir(), "it's")
	g.Expect(os.Mkdir(dir, 0o700)).To(Succeed())
	guard, err := NewGuard(dir)
	g.Expect(err).NotTo(HaveOccurred())
	script, err := guard.Wrap(sleepBinary(t))
	g.Expect(err).NotTo(HaveOccurred())
	cmd := exec.CommandContext(t.Context(), script, "600")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	g.Expect(cmd.Start()).To(Succeed())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	g.Consistently(ended, 50*time.Millisecond).ShouldNot(Receive())

	// The end of this process would close the pipe in the same way, without removing its name.
	g.Expect(guard.pipe.Close()).To(Succeed())

	g.Eventually(ended, 30*time.Second).Should(Receive(MatchError("signal: killed")))
	g.Expect(guard.Release()).To(Succeed())
}

func TestGuardStartsNothingOnceReleased(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	guard, err := NewGuard(t.TempDir())
	g.Expect(err).NotTo(HaveOccurred())
	script, err := guard.Wrap(sleepBinary(t))
	g.Expect(err).NotTo(HaveOccurred())

	g.Expect(guard.Release()).To(Succeed())
	g.Expect(guard.Release()).To(Succeed(), "releasing again does nothing")

	g.Expect(exec.CommandContext(t.Context(), script, "600").Run()).To(MatchError("exit status 1"))
}
