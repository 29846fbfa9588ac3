// SPDX-License-Identifier: Apache-2.0

package artifact

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

func TestArchive(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	files := []File{
		{Path: "program", Mode: Executable, Content: []byte("binary")},
		{Path: "LICENSE", Mode: Readable, Content: []byte("license")},
	}
	archive, err := Archive(files, released.Time)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(unpacked(t, archive)).To(Equal([]entry{
		{"LICENSE", Readable, "license", released.Time},
		{"program", Executable, "binary", released.Time},
	}))

	slices.Reverse(files)
	elsewhere := released.Time.In(time.FixedZone("elsewhere", 3600)).Add(time.Millisecond)
	g.Expect(Archive(files, elsewhere)).To(Equal(archive), "neither the order nor the time zone shows")
}

func TestALayerHasItsFolders(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	content, err := layer([]File{{Path: "etc/ssl/a", Mode: Readable}, {Path: "etc/ssl/b", Mode: Readable}, {Path: "program", Mode: Executable}}, released.Time)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(entries(t, bytes.NewReader(content))).To(Equal([]entry{
		{"etc/", Executable, "", released.Time},
		{"etc/ssl/", Executable, "", released.Time},
		{"etc/ssl/a", Readable, "", released.Time},
		{"etc/ssl/b", Readable, "", released.Time},
		{"program", Executable, "", released.Time},
	}))
}

// entry is a file in an archive.
type entry struct {
	path     string
	mode     int64
	content  string
	modified time.Time
}

func unpacked(t *testing.T, archive []byte) []entry {
	t.Helper()
	g := NewWithT(t)
	reader, err := gzip.NewReader(bytes.NewReader(archive))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(reader.Name).To(BeEmpty())
	g.Expect(reader.ModTime.IsZero()).To(BeTrue())
	return entries(t, reader)
}

func entries(t *testing.T, archive io.Reader) []entry {
	t.Helper()
	g := NewWithT(t)
	var found []entry
	for reader := tar.NewReader(archive); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return found
		}
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect([]any{header.Uid, header.Gid, header.Uname, header.Gname}).To(Equal([]any{0, 0, "", ""}))
		content, err := io.ReadAll(reader)
		g.Expect(err).NotTo(HaveOccurred())
		found = append(found, entry{header.Name, header.Mode, string(content), header.ModTime.UTC()})
	}
}
