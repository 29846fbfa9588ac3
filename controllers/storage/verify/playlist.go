// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"bufio"
	"errors"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	// maxKey is the longest key that storage services accept.
	maxKey = 1024

	// longestSlice limits how much one slice adds to the length of a recording.
	longestSlice = 7 * 24 * time.Hour
)

// Reasons why an index is not one that Agora writes.
var (
	errNoPlaylist   = errors.New("does not begin as a playlist does")
	errLongLine     = errors.New("has a line that is too long")
	errBinary       = errors.New("is not a text")
	errElsewhere    = errors.New("refers to a file outside its own folder")
	errLongFileName = errors.New("refers to a file whose name is too long")
)

// childTag matches a tag that names another playlist.
var childTag = regexp.MustCompile(`^#EXT[A-Z0-9-]*:(?:.*,)?URI="([^"]+\.(?:m3u8|mpd))"`)

// reference is a file that a playlist names: a slice, or another playlist.
type reference struct {
	name     string
	duration time.Duration
}

// playlist reads an index (M3U8) line by line and keeps nothing of it in memory. Agora's
// indexes have tags of their own, and lack parts that strict parsers require.
type playlist struct {
	lines    *bufio.Scanner
	begun    bool
	ended    bool
	duration time.Duration
}

// newPlaylist returns a playlist that reads from the reader. It does not close the
// reader.
func newPlaylist(reader io.Reader, longestLine int) *playlist {
	lines := bufio.NewScanner(reader)
	lines.Buffer(make([]byte, 0, min(4096, longestLine)), longestLine)
	return &playlist{lines: lines}
}

// hasEnd reports whether the end tag of a finished recording has been read.
func (p *playlist) hasEnd() bool { return p.ended }

// next returns the next file that the playlist names, or io.EOF after the last one.
func (p *playlist) next() (reference, error) {
	for p.lines.Scan() {
		found, ok, err := p.line(p.lines.Bytes())
		if err != nil || ok {
			return found, err
		}
	}
	err := p.lines.Err()
	tooLong := errors.Is(err, bufio.ErrTooLong)
	switch {
	case !p.begun && (tooLong || err == nil):
		return reference{}, errNoPlaylist
	case tooLong:
		return reference{}, errLongLine
	case err != nil:
		return reference{}, err
	}
	return reference{}, io.EOF
}

// line parses a line, and returns the file if the line names one.
func (p *playlist) line(bytes []byte) (reference, bool, error) {
	if !utf8.Valid(bytes) {
		return reference{}, false, errBinary
	}
	text := strings.TrimRightFunc(string(bytes), unicode.IsSpace)
	if !p.begun {
		text = strings.TrimPrefix(text, "\ufeff")
	}
	switch {
	case strings.ContainsFunc(text, isControl):
		return reference{}, false, errBinary
	case text == "":
		return reference{}, false, nil
	case !p.begun:
		p.begun = true
		if text != "#EXTM3U" {
			return reference{}, false, errNoPlaylist
		}
	case strings.HasPrefix(text, "#"):
		if child := childTag.FindStringSubmatch(text); child != nil {
			return reference{name: child[1]}, true, checkName(child[1])
		}
		p.tag(text)
	default:
		duration := p.duration
		p.duration = 0
		return reference{name: text, duration: duration}, true, checkName(text)
	}
	return reference{}, false, nil
}

func isControl(char rune) bool {
	return unicode.IsControl(char) && char != '\t'
}

func (p *playlist) tag(text string) {
	if text == "#EXT-X-ENDLIST" {
		p.ended = true
		return
	}
	if seconds, found := strings.CutPrefix(text, "#EXTINF:"); found {
		seconds, _, _ = strings.Cut(seconds, ",")
		p.duration = parseSeconds(strings.TrimSpace(seconds))
	}
}

// parseSeconds returns zero for an invalid length. The slice still counts.
func parseSeconds(text string) time.Duration {
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(seconds) || seconds < 0 || seconds > longestSlice.Seconds() {
		return 0
	}
	return time.Duration(math.Round(seconds*1e6)) * time.Microsecond
}

// checkName rejects names that lead out of the folder.
func checkName(name string) error {
	switch {
	case strings.ContainsAny(name, `/\`) || name == "." || name == "..":
		return errElsewhere
	case len(name) > maxKey:
		return errLongFileName
	}
	return nil
}
