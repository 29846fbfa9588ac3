// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"context"
	"io"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

func TestLockFileExcludesAnother(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	path := filepath.Join(t.TempDir(), "lock")
	unlock, err := LockFile(t.Context(), path, io.Discard)
	g.Expect(err).NotTo(HaveOccurred())

	short, cancel := context.WithTimeout(t.Context(), 2*lockPollInterval)
	defer cancel()
	_, err = LockFile(short, path, io.Discard)
	g.Expect(err).To(MatchError(context.DeadlineExceeded))

	acquired := make(chan error, 1)
	go func() {
		release, err := LockFile(t.Context(), path, io.Discard)
		if err == nil {
			err = release()
		}
		acquired <- err
	}()
	g.Consistently(acquired, 2*lockPollInterval).ShouldNot(Receive())
	g.Expect(unlock()).To(Succeed())
	g.Eventually(acquired, 30*time.Second).Should(Receive(BeNil()))
}
