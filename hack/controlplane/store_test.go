// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	. "github.com/onsi/gomega"
)

// filling returns a source that succeeds and counts its calls.
func filling(t *testing.T, name string, calls *atomic.Int32) source {
	return source{name: name, fill: func(_ context.Context, dir string) error {
		calls.Add(1)
		writeBinaries(t, dir, binaryNames()...)
		return nil
	}}
}

func failing(name string, err error) source {
	return source{name: name, fill: func(context.Context, string) error { return err }}
}

func TestStoreAsksTheSourcesInOrder(t *testing.T) {
	t.Parallel()
	errNoWayOut, errNoCompiler := errors.New("no way out"), errors.New("no compiler")
	var calls atomic.Int32
	tests := map[string]struct {
		sources []source
		folder  string
		errs    []error
	}{
		"the first suffices": {
			sources: []source{filling(t, "downloaded", &calls), failing("built", errNoCompiler)},
			folder:  "downloaded",
		},
		"the second after the first failed": {
			sources: []source{failing("downloaded", errNoWayOut), filling(t, "built", &calls)},
			folder:  "built",
		},
		"every failure is reported": {
			sources: []source{failing("downloaded", errNoWayOut), failing("built", errNoCompiler)},
			errs:    []error{errNoWayOut, errNoCompiler},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			s := store{dir: filepath.Join(t.TempDir(), "cache"), progress: io.Discard, sources: test.sources}

			dir, err := s.ensure(t.Context())

			for _, want := range test.errs {
				g.Expect(err).To(MatchError(want))
			}
			if len(test.errs) == 0 {
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(dir).To(Equal(filepath.Join(s.dir, test.folder)))
			}
		})
	}
}

func TestStoreFetchesOnceForConcurrentCallers(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	var calls atomic.Int32
	s := store{dir: t.TempDir(), progress: io.Discard, sources: []source{filling(t, "built", &calls)}}

	var callers sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		callers.Go(func() { _, errs[i] = s.ensure(t.Context()) })
	}
	callers.Wait()

	g.Expect(errs).To(HaveEach(BeNil()))
	g.Expect(calls.Load()).To(BeEquivalentTo(1))
}

func TestStoreStopsAskingWhenCancelled(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	var calls atomic.Int32
	ctx, cancel := context.WithCancel(t.Context())
	canceling := source{name: "downloaded", fill: func(ctx context.Context, _ string) error {
		cancel()
		return ctx.Err()
	}}
	s := store{dir: t.TempDir(), progress: io.Discard, sources: []source{canceling, filling(t, "built", &calls)}}

	_, err := s.ensure(ctx)

	g.Expect(err).To(MatchError(context.Canceled))
	g.Expect(calls.Load()).To(BeZero())
}

func TestBuilderGoesOnAfterAnInterruption(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	errInterrupted := errors.New("interrupted")
	dir := filepath.Join(t.TempDir(), "built")
	var compiled []string
	compile := func(_ context.Context, release, name, output string) error {
		g.Expect(release).To(Equal("1.32.13"))
		if err := os.WriteFile(output, []byte("half"), 0o700); err != nil {
			return err
		}
		if name == apiServerBinary && len(compiled) == 2 {
			compiled = append(compiled, "interrupted")
			return errInterrupted
		}
		compiled = append(compiled, name)
		return nil
	}
	var progress bytes.Buffer
	b := builder{release: "1.32.13", progress: &progress, compile: compile}

	g.Expect(b.fill(t.Context(), dir)).To(MatchError(errInterrupted))
	g.Expect(progress.String()).To(And(
		ContainSubstring("building etcd, kubectl, kube-apiserver once; all three take about ten minutes"),
		ContainSubstring("1 of 3: building etcd"), ContainSubstring("3 of 3: building kube-apiserver")))
	progress.Reset()
	g.Expect(missingBinaries(dir)).To(ConsistOf(apiServerBinary), "an unfinished file is never at its place")
	g.Expect(b.fill(t.Context(), dir)).To(Succeed())

	g.Expect(progress.String()).To(ContainSubstring("1 of 1: building kube-apiserver"))
	g.Expect(compiled).To(Equal([]string{etcdBinary, kubectlBinary, "interrupted", apiServerBinary}))
	g.Expect(filepath.Glob(dir + ".part-*")).To(BeEmpty())
}

func TestStageRemovesLeftovers(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	dir := filepath.Join(t.TempDir(), "built")
	abandoned, _, err := stagingFolder(dir)
	g.Expect(err).NotTo(HaveOccurred())

	staging, remove, err := stagingFolder(dir)

	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(abandoned).NotTo(BeADirectory())
	g.Expect(staging).To(BeADirectory())
	remove()
	g.Expect(staging).NotTo(BeADirectory())
}
