// SPDX-License-Identifier: Apache-2.0

package artifact

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"time"
)

// The modes of files.
const (
	Readable   = 0o644
	Executable = 0o755
)

// File is a file of an archive or of a layer.
type File struct {
	// Path is a relative path with slashes.
	Path    string
	Mode    fs.FileMode
	Content []byte
}

// Archive returns a compressed tar archive.
func Archive(files []File, modified time.Time) ([]byte, error) {
	content, err := Uncompressed(files, modified)
	if err != nil {
		return nil, err
	}
	var compressed bytes.Buffer
	// By default, the gzip header contains neither a name nor a time.
	writer, err := gzip.NewWriterLevel(&compressed, gzip.BestCompression)
	if err != nil {
		return nil, fmt.Errorf("compress an archive: %w", err)
	}
	if _, err := writer.Write(content); err != nil {
		return nil, fmt.Errorf("compress an archive: %w", err)
	}
	if err := writer.Close(); err != nil {
		return nil, fmt.Errorf("compress an archive: %w", err)
	}
	return compressed.Bytes(), nil
}

// layer returns a tar archive of files and their parent folders, which a root file system
// needs.
func layer(files []File, modified time.Time) ([]byte, error) {
	var folders []File
	for _, file := range files {
		for folder := path.Dir(file.Path); folder != "."; folder = path.Dir(folder) {
			folders = append(folders, File{Path: folder + "/", Mode: Executable})
		}
	}
	slices.SortFunc(folders, byPath)
	folders = slices.CompactFunc(folders, func(a, b File) bool { return a.Path == b.Path })
	return Uncompressed(append(folders, files...), modified)
}

// Uncompressed returns a tar archive. It does not contain the local owners of the files.
func Uncompressed(files []File, modified time.Time) ([]byte, error) {
	var content bytes.Buffer
	writer := tar.NewWriter(&content)
	for _, file := range slices.SortedFunc(slices.Values(files), byPath) {
		header := &tar.Header{
			Typeflag: tar.TypeReg, Name: file.Path, Mode: int64(file.Mode), Size: int64(len(file.Content)),
			ModTime: modified.UTC().Truncate(time.Second), Format: tar.FormatUSTAR,
		}
		if path.Clean(file.Path) != file.Path {
			header.Typeflag = tar.TypeDir
		}
		if err := writer.WriteHeader(header); err != nil {
			return nil, fmt.Errorf("put %s into an archive: %w", file.Path, err)
		}
		if _, err := writer.Write(file.Content); err != nil {
			return nil, fmt.Errorf("put %s into an archive: %w", file.Path, err)
		}
	}
	if err := writer.Close(); err != nil {
		return nil, fmt.Errorf("end an archive: %w", err)
	}
	return content.Bytes(), nil
}

func byPath(a, b File) int { return cmp.Compare(a.Path, b.Path) }
