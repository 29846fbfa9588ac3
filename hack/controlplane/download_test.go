// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// fetching returns a fetch function that writes the named files to a read-only folder, as
// setup-envtest does.
func fetching(t *testing.T, names ...string) func(context.Context, string, string, string) (string, error) {
	return func(_ context.Context, _, _, dir string) (string, error) {
		fetched := filepath.Join(dir, "k8s", "version")
		writeBinaries(t, fetched, names...)
		return fetched, os.Chmod(fetched, 0o500)
	}
}

func newIndex(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

func TestDownloadGivesUpOnASilentNetwork(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	index := newIndex(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	d := downloader{index: index, timeout: 50 * time.Millisecond, fetch: fetching(t)}

	start := time.Now()
	err := d.fill(t.Context(), filepath.Join(t.TempDir(), "downloaded"))

	g.Expect(err).To(MatchError(context.DeadlineExceeded))
	g.Expect(time.Since(start)).To(BeNumerically("<", 10*time.Second))
}

func TestDownloadGivesUpOnAnError(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	d := downloader{index: newIndex(t, http.NotFound), timeout: time.Minute, fetch: fetching(t)}

	err := d.fill(t.Context(), filepath.Join(t.TempDir(), "downloaded"))

	g.Expect(err).To(MatchError(ContainSubstring("404 Not Found")))
}

func TestDownloadIsNotBoundByTheProbe(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	d := downloader{index: newIndex(t, func(http.ResponseWriter, *http.Request) {}), timeout: time.Minute}
	d.release = "1.32.13"
	d.fetch = func(ctx context.Context, release, index, dir string) (string, error) {
		_, bounded := ctx.Deadline()
		g.Expect(bounded).To(BeFalse())
		g.Expect(index).To(Equal(d.index))
		g.Expect(release).To(Equal(d.release))
		return fetching(t, binaryNames()...)(ctx, release, index, dir)
	}
	dir := filepath.Join(t.TempDir(), "downloaded")

	g.Expect(d.fill(context.WithoutCancel(t.Context()), dir)).To(Succeed())

	g.Expect(missingBinaries(dir)).To(BeEmpty())
	g.Expect(filepath.Glob(dir + ".part-*")).To(BeEmpty())
}

func TestDownloadThatLacksABinaryIsNotKept(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	d := downloader{
		index:   newIndex(t, func(http.ResponseWriter, *http.Request) {}),
		timeout: time.Minute,
		fetch:   fetching(t, etcdBinary, apiServerBinary),
	}
	dir := filepath.Join(t.TempDir(), "downloaded")

	g.Expect(d.fill(t.Context(), dir)).To(MatchError(ContainSubstring("lacks kubectl")))
	g.Expect(dir).NotTo(BeADirectory())
}
