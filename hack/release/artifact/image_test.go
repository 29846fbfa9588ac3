// SPDX-License-Identifier: Apache-2.0

package artifact

import (
	"crypto/x509"
	"encoding/pem"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
	. "github.com/onsi/gomega"
)

// TestImage inspects an image as a client that pulls it does.
func TestImage(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	index := newIndex(t, released)
	manifest, err := index.IndexManifest()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(manifest.MediaType).To(Equal(types.OCIImageIndex))
	g.Expect(manifest.Annotations).To(HaveKeyWithValue("org.opencontainers.image.version", "v1.2.3"))
	var platforms []string
	for _, described := range manifest.Manifests {
		platforms = append(platforms, described.Platform.String())
		image, err := index.Image(described.Digest)
		g.Expect(err).NotTo(HaveOccurred())
		expectImage(t, image, described.Platform)
	}
	g.Expect(platforms).To(Equal([]string{"linux/amd64", "linux/arm64"}))
}

func expectImage(t *testing.T, image v1.Image, platform *v1.Platform) {
	t.Helper()
	g := NewWithT(t)
	g.Expect(image.MediaType()).To(Equal(types.OCIManifestSchema1))
	config, err := image.ConfigFile()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(config.Platform().Equals(*platform)).To(BeTrue())
	g.Expect(config.Created.UTC()).To(Equal(released.Time))
	g.Expect(config.Config.User).To(Equal("65532:65532"))
	g.Expect(config.Config.Entrypoint).To(Equal([]string{"/manager"}))
	g.Expect(config.Config.Labels).To(Equal(map[string]string{
		"org.opencontainers.image.title":       "operator",
		"org.opencontainers.image.description": "Kubernetes operator for Agora Cloud Recording",
		"org.opencontainers.image.licenses":    "Apache-2.0",
		"org.opencontainers.image.version":     "v1.2.3",
		"org.opencontainers.image.revision":    released.Commit,
		"org.opencontainers.image.created":     "2026-03-04T05:06:07Z",
		"org.opencontainers.image.source":      "https://example.com/source",
	}))
	files := mutate.Extract(image)
	t.Cleanup(func() { _ = files.Close() })
	var paths []string
	for _, file := range entries(t, files) {
		paths = append(paths, file.path)
		if file.path == "manager" {
			g.Expect(file.modified).To(Equal(released.Time))
			g.Expect(file.content).To(Equal("program for " + platform.String()))
			g.Expect(file.mode).To(BeEquivalentTo(Executable))
		}
	}
	g.Expect(paths).To(ConsistOf("etc", "etc/ssl", "etc/ssl/certs", rootsPath, "licenses", "licenses/LICENSE", "manager"))
}

func TestAnImageIsTheSameTwice(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	digest, err := newIndex(t, released).Digest()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(newIndex(t, released).Digest()).To(Equal(digest))
}

func TestTheNextReleaseHasTheSameLayerOfRoots(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	next := released
	next.Version, next.Time = "v1.2.4", released.Time.AddDate(0, 1, 0)
	first, second := layers(t, released), layers(t, next)
	g.Expect(second[0]).To(Equal(first[0]))
	g.Expect(second[1]).NotTo(Equal(first[1]))
}

// layers returns the digests of the layers for the first platform.
func layers(t *testing.T, identity Identity) []v1.Hash {
	t.Helper()
	g := NewWithT(t)
	index := newIndex(t, identity)
	manifest, err := index.IndexManifest()
	g.Expect(err).NotTo(HaveOccurred())
	image, err := index.Image(manifest.Manifests[0].Digest)
	g.Expect(err).NotTo(HaveOccurred())
	layers, err := image.Layers()
	g.Expect(err).NotTo(HaveOccurred())
	var digests []v1.Hash
	for _, layer := range layers {
		digest, err := layer.Digest()
		g.Expect(err).NotTo(HaveOccurred())
		digests = append(digests, digest)
	}
	return digests
}

func newIndex(t *testing.T, identity Identity) v1.ImageIndex {
	t.Helper()
	g := NewWithT(t)
	var programs []Program
	for _, platform := range []Platform{{"linux", "amd64"}, {"linux", "arm64"}} {
		programs = append(programs, Program{
			Platform: platform,
			Binary:   File{Path: "manager", Mode: Executable, Content: []byte("program for " + platform.String())},
			Notices:  []File{{Path: "licenses/LICENSE", Mode: Readable, Content: []byte("license")}},
		})
	}
	index, err := Index(identity, "operator", programs, File{Path: rootsPath, Mode: Readable, Content: []byte("roots")})
	g.Expect(err).NotTo(HaveOccurred())
	return index
}

// TestRoots checks that Go can decode the file, and that it contains roots that Agora's service
// and the storage services need.
func TestRoots(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	roots, err := Roots()
	g.Expect(err).NotTo(HaveOccurred())
	var names []string
	for block, rest := pem.Decode(roots.Content); block != nil; block, rest = pem.Decode(rest) {
		certificate, err := x509.ParseCertificate(block.Bytes)
		g.Expect(err).NotTo(HaveOccurred())
		names = append(names, certificate.Subject.CommonName)
	}
	g.Expect(names).To(ContainElements("DigiCert Global Root G2", "Amazon Root CA 1", "ISRG Root X1"))
}
