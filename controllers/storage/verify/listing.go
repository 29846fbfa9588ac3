// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
)

const (
	// maxTags limits the tags of a listing. No service uses as many as a hundred to
	// describe a file.
	maxTags = 100 * pageSize

	// maxTagDistance limits the text between two tags. The longest is a key of 1,024
	// bytes, all of which may be escaped.
	maxTagDistance = 16 << 10

	// longestTagName is longer than any tag that is looked for.
	longestTagName = 32
)

// listingBody fails if the answer is not a listing, because the libraries would treat it
// as an empty one. It also fails if the listing has more entries than requested, because
// a decoded listing takes many times the memory.
type listingBody struct {
	reader *bufio.Reader
	io.Closer
	begin   string
	checked bool
	markup  markup
	failed  bool
}

func newListingBody(body io.ReadCloser, begin string) *listingBody {
	return &listingBody{reader: bufio.NewReader(body), Closer: body, begin: begin}
}

// Read implements io.Reader.
func (b *listingBody) Read(buffer []byte) (int, error) {
	if b.failed || !b.beginsAsListing() {
		b.failed = true
		return 0, errNonsense
	}
	count, err := b.reader.Read(buffer)
	if !b.markup.take(buffer[:count]) {
		b.failed = true
		return 0, errNonsense
	}
	return count, err
}

func (b *listingBody) beginsAsListing() bool {
	if b.checked {
		return true
	}
	b.checked = true
	begin, err := b.reader.Peek(512)
	return (err != nil && !errors.Is(err, io.EOF)) || bytes.Contains(begin, []byte(b.begin))
}

// markup counts what the decoder of a listing would keep, without decoding it.
type markup struct {
	tags     int
	entries  int
	distance int
	inName   bool
	name     []byte
}

// take reports whether the listing is within the limits after this piece.
func (m *markup) take(piece []byte) bool {
	for _, character := range piece {
		m.next(character)
		if m.tags > maxTags || m.entries > pageSize || m.distance > maxTagDistance {
			return false
		}
	}
	return true
}

func (m *markup) next(character byte) {
	m.distance++
	switch {
	case character == '<':
		m.tags++
		m.distance = 0
		m.inName, m.name = true, m.name[:0]
	case !m.inName:
	case character == ':':
		// The text before the colon is the namespace.
		m.name = m.name[:0]
	case strings.IndexByte("/> \t\r\n", character) >= 0:
		m.inName = false
		if isEntry(string(m.name)) {
			m.entries++
		}
	case len(m.name) < longestTagName:
		m.name = append(m.name, character)
	}
}

// isEntry reports whether a tag of this name begins a file or a folder. The S3 library
// ignores case.
func isEntry(name string) bool {
	return slices.ContainsFunc([]string{"Contents", "CommonPrefixes", "Blob", "BlobPrefix"}, func(entry string) bool {
		return strings.EqualFold(name, entry)
	})
}
