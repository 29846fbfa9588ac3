// SPDX-License-Identifier: Apache-2.0

// Package bundle collects the data that is needed to support a cluster, without secrets.
package bundle

import (
	"archive/tar"
	"compress/gzip"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/yaml"

	"cloudrecording.dev/operator/controllers/redaction"
)

const readme = `What this is
  The state of the cloud recording operator and of its objects in a cluster:
  recordings, profiles, schedules and events; the operator's Deployment, pods,
  logs, metrics, leases, definitions and policies; and the recordings that Agora
  has notified of and that have no object.

What was removed
  The content of all Secrets that could be read, wherever it occurs and however
  it is written. Of each Secret, its name and its keys are kept. Whatever looks
  like a credential: a token, a key, an Authorization header, the user or the
  query of an address, or the stream key of an address to push to. It is
  replaced by %s.
  Look through the files before you send them: they name channels, files,
  buckets and users.
`

// Bundle is the collected data by file name. All of it has been redacted.
type Bundle struct {
	redactor *redaction.Redactor
	files    map[string][]byte
	problems []string
}

func newBundle() *Bundle {
	return &Bundle{redactor: redaction.New(), files: map[string][]byte{}}
}

// addText adds a text file.
func (b *Bundle) addText(name string, text []byte) {
	b.files[b.redactor.Text(name)] = []byte(b.redactor.Text(string(text)))
}

// addObjects adds objects in JSON form to one file. It changes the objects.
func (b *Bundle) addObjects(name string, objects ...map[string]any) error {
	var documents []string
	for _, object := range objects {
		b.redactor.Object(object)
		document, err := yaml.Marshal(object)
		if err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
		documents = append(documents, string(document))
	}
	b.files[b.redactor.Text(name)] = []byte(strings.Join(documents, "---\n"))
	return nil
}

// lack records something that could not be collected.
func (b *Bundle) lack(what string, err error) {
	b.problems = append(b.problems, b.redactor.Text(fmt.Sprintf("%s: %v", what, err)))
}

// Problems returns what could not be collected.
func (b *Bundle) Problems() []string { return b.problems }

// Write writes all files to a compressed archive, below a folder.
func (b *Bundle) Write(out io.Writer, folder string, now time.Time) error {
	b.files["README.txt"] = fmt.Appendf(nil, readme, redaction.Redacted)
	if len(b.problems) > 0 {
		b.files["missing.txt"] = []byte(strings.Join(b.problems, "\n") + "\n")
	}
	compressed := gzip.NewWriter(out)
	archive := tar.NewWriter(compressed)
	for _, name := range slices.Sorted(maps.Keys(b.files)) {
		content := b.files[name]
		header := &tar.Header{Name: path.Join(folder, name), Mode: 0o600, Size: int64(len(content)), ModTime: now}
		if err := archive.WriteHeader(header); err != nil {
			return fmt.Errorf("write the archive: %w", err)
		}
		if _, err := archive.Write(content); err != nil {
			return fmt.Errorf("write the archive: %w", err)
		}
	}
	if err := archive.Close(); err != nil {
		return fmt.Errorf("write the archive: %w", err)
	}
	if err := compressed.Close(); err != nil {
		return fmt.Errorf("write the archive: %w", err)
	}
	return nil
}
