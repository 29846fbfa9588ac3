// SPDX-License-Identifier: Apache-2.0

package bounds

import (
	"strings"
	"unicode/utf8"
)

// What the API server stores has texts as JSON, within the keys of managedFields twice
// escaped: so many bytes take the place of one that must be.
const escapedBytes = 7

// EncodedSize returns how many bytes a text takes in a stored object at the most.
func EncodedSize(text string) (size int) {
	for i := 0; i < len(text); {
		if isPlain(text[i]) {
			size++
			i++
			continue
		}
		character, length := utf8.DecodeRuneInString(text[i:])
		size += encodedCharacter(character, length)
		i += length
	}
	return size
}

// isPlain says whether a byte is a character that is stored as it is, which most are.
func isPlain(character byte) bool {
	return character >= ' ' && character < utf8.RuneSelf &&
		character != '"' && character != '\\' && character != '<' && character != '>' && character != '&'
}

// fits says whether a text takes so many bytes of a stored object at the most.
func fits(text string, maxBytes int) bool {
	return len(text)*escapedBytes <= maxBytes || EncodedSize(text) <= maxBytes
}

func encodedCharacter(character rune, length int) int {
	switch character {
	case '"', '\\', '<', '>', '&', '\u2028', '\u2029', utf8.RuneError:
		return escapedBytes
	}
	if character < ' ' {
		return escapedBytes
	}
	return length
}

// CutText returns as much of a text as fits so many bytes of a stored object. What is
// cut ends in a mark, and is not cut again.
func CutText(text string, maxBytes int) string {
	const more = "…"
	if fits(text, maxBytes) {
		return text
	}
	size, end := 0, 0
	for i := 0; i < len(text); {
		character, length := utf8.DecodeRuneInString(text[i:])
		size += encodedCharacter(character, length)
		i += length
		if size > maxBytes {
			return strings.TrimRight(text[:end], " ") + more
		}
		if size <= maxBytes-len(more) {
			end = i
		}
	}
	return text
}
