// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"fmt"
	"strings"
)

// Block is a fenced code block in a document.
type Block struct {
	// Document is the path of the document. Line is the number of the block's first line.
	Document string
	Line     int
	// Language is the info string of the fence, such as sh or yaml.
	Language string
	Text     string
}

// String returns the position of the block.
func (b Block) String() string { return fmt.Sprintf("%s:%d", b.Document, b.Line) }

// fence is an opening fence, with which the closing one must agree.
type fence struct {
	indentation, mark, language string
}

// Blocks returns the code blocks of a document, in order. A block may be indented in a list.
// Its text does not contain that indentation.
func Blocks(document, text string) ([]Block, error) {
	var (
		blocks []Block
		open   *fence
	)
	for i, line := range strings.Split(text, "\n") {
		found, isFence := fenceIn(line)
		switch {
		case open == nil && isFence:
			open = &found
			blocks = append(blocks, Block{Document: document, Line: i + 2, Language: found.language})
		case open != nil && isFence && found.language == "" && strings.HasPrefix(found.mark, open.mark):
			open = nil
		case open != nil:
			block := &blocks[len(blocks)-1]
			block.Text += outdent(line, len(open.indentation)) + "\n"
		}
	}
	if open != nil {
		return nil, fmt.Errorf("%s: the block is not closed", blocks[len(blocks)-1])
	}
	return blocks, nil
}

// fenceIn reports whether a line is a fence, and returns it. A closing fence has no language.
func fenceIn(line string) (fence, bool) {
	rest := strings.TrimLeft(line, " \t")
	for _, character := range []string{"`", "~"} {
		words := strings.TrimLeft(rest, character)
		mark := rest[:len(rest)-len(words)]
		if len(mark) < 3 || strings.Contains(words, "`") {
			continue
		}
		language, _, _ := strings.Cut(strings.TrimSpace(words), " ")
		return fence{indentation: line[:len(line)-len(rest)], mark: mark, language: language}, true
	}
	return fence{}, false
}

// outdent removes up to the given number of blanks from the beginning of a line.
func outdent(line string, blanks int) string {
	for range blanks {
		if line == "" || !strings.Contains(" \t", line[:1]) {
			break
		}
		line = line[1:]
	}
	return line
}
