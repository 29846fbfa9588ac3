// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io/fs"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"

	"cloudrecording.dev/operator/hack/release/artifact"
)

// imageLayout returns an archive of the OCI layout of an image. The annotations contain the
// name for an import. The first is for containerd, and the second is from OCI.
func imageLayout(index v1.ImageIndex, identity artifact.Identity) ([]byte, error) {
	folder, err := os.MkdirTemp("", "release-image-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the image: %w", err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	written, err := layout.Write(folder, empty.Index)
	if err != nil {
		return nil, fmt.Errorf("begin the layout of the image: %w", err)
	}
	if err := written.AppendIndex(index, layout.WithAnnotations(map[string]string{
		"io.containerd.image.name":          identity.Image(),
		"org.opencontainers.image.ref.name": identity.Version,
	})); err != nil {
		return nil, fmt.Errorf("write the layout of the image: %w", err)
	}
	files, err := readFiles(os.DirFS(folder))
	if err != nil {
		return nil, fmt.Errorf("read the layout of the image: %w", err)
	}
	return artifact.Uncompressed(files, identity.Time)
}

// readFiles returns all files in a folder.
func readFiles(folder fs.FS) ([]artifact.File, error) {
	var files []artifact.File
	err := fs.WalkDir(folder, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(folder, path)
		files = append(files, artifact.File{Path: path, Mode: artifact.Readable, Content: content})
		return err
	})
	return files, err
}
