// SPDX-License-Identifier: Apache-2.0

package artifact

import (
	"bytes"
	"fmt"
	"io"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// user runs the program. It is numeric because a kubelet cannot tell from a name whether a user
// is root.
const user = "65532:65532"

// Program is the program of an image for one platform.
type Program struct {
	Platform Platform
	Binary   File
	// Notices are its license and the licenses of everything that is linked into it.
	Notices []File
}

// Index returns the image for all platforms. It contains only the program, its notices, and the
// root certificates.
func Index(identity Identity, title string, programs []Program, roots File) (v1.ImageIndex, error) {
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, program := range programs {
		image, err := image(identity, title, program, roots)
		if err != nil {
			return nil, fmt.Errorf("make the image for %s: %w", program.Platform, err)
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add:        image,
			Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: program.Platform.OS, Architecture: program.Platform.Architecture}},
		})
	}
	annotated, ok := mutate.Annotations(index, labels(identity, title)).(v1.ImageIndex)
	if !ok {
		return nil, fmt.Errorf("annotate the image: the library returned no index")
	}
	return annotated, nil
}

func image(identity Identity, title string, program Program, roots File) (v1.Image, error) {
	// The certificates are in a separate layer without the release's time, so that nodes keep
	// it from version to version.
	rootsLayer, err := addLayer(time.Unix(0, 0), "root certificates", roots)
	if err != nil {
		return nil, err
	}
	programLayer, err := addLayer(identity.Time, program.Binary.Path, append([]File{program.Binary}, program.Notices...)...)
	if err != nil {
		return nil, err
	}
	base := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image, err := mutate.ConfigFile(base, &v1.ConfigFile{
		OS: program.Platform.OS, Architecture: program.Platform.Architecture, Created: v1.Time{Time: identity.Time.UTC()},
		RootFS: v1.RootFS{Type: "layers"},
		Config: v1.Config{
			User: user, Entrypoint: []string{"/" + program.Binary.Path}, WorkingDir: "/",
			Env: []string{"PATH=/"}, Labels: labels(identity, title),
		},
	})
	if err != nil {
		return nil, fmt.Errorf("set the configuration: %w", err)
	}
	if image, err = mutate.Append(image, rootsLayer, programLayer); err != nil {
		return nil, fmt.Errorf("add the layers: %w", err)
	}
	return image, nil
}

func addLayer(modified time.Time, made string, files ...File) (mutate.Addendum, error) {
	content, err := layer(files, modified)
	if err != nil {
		return mutate.Addendum{}, err
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(content)), nil
	}, tarball.WithMediaType(types.OCILayer), tarball.WithCompressedCaching)
	if err != nil {
		return mutate.Addendum{}, fmt.Errorf("make the layer of %s: %w", made, err)
	}
	return mutate.Addendum{
		Layer: layer, MediaType: types.OCILayer,
		History: v1.History{Created: v1.Time{Time: modified.UTC()}, CreatedBy: "make release", Comment: made},
	}, nil
}

// labels are the annotations that the OCI image specification defines.
func labels(identity Identity, title string) map[string]string {
	labels := map[string]string{
		"org.opencontainers.image.title":       title,
		"org.opencontainers.image.description": "Kubernetes operator for Agora Cloud Recording",
		"org.opencontainers.image.licenses":    license,
		"org.opencontainers.image.version":     identity.Version,
		"org.opencontainers.image.revision":    identity.Commit,
		"org.opencontainers.image.created":     identity.Time.UTC().Format(time.RFC3339),
	}
	if identity.SourceURL != "" {
		labels["org.opencontainers.image.source"] = identity.SourceURL
	}
	return labels
}
