// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"fmt"
	"strings"
)

// Block is what stands between fences in a document.
type Block struct {
	// Document is the path of the document, and Line that of the block's first line in it.
	Document string
	Line     int
	// Language is what the fence says, such as sh or yaml.
	Language string
	Text     string
}

// String says where the block stands.
func (b Block) String() string { return fmt.Sprintf("%s:%d", b.Document, b.Line) }

// fence is how a block begins, and has to end.
type fence struct {
	indentation, mark, language string
}

// Blocks returns the blocks of a document in their order. A block may be within a list, whose
// indentation is no part of it.
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

// fenceIn says whether a line is a fence. What stands behind one that closes a block is no
// language.
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

// outdent takes blanks off the beginning of a line, so many as there are at the most.
func outdent(line string, blanks int) string {
	for range blanks {
		if line == "" || !strings.Contains(" \t", line[:1]) {
			break
		}
		line = line[1:]
	}
	return line
}
