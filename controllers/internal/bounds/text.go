// SPDX-License-Identifier: Apache-2.0

package bounds

import (
	"strings"
	"unicode/utf8"
)

// escapedBytes is how many bytes an escaped byte takes at most. The API server stores texts
// as JSON, and escapes them twice in the keys of managedFields.
const escapedBytes = 7

// EncodedSize returns how many bytes a text takes in a stored object at most.
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

// isPlain reports whether a byte is a character that is stored unescaped, as most are.
func isPlain(character byte) bool {
	return character >= ' ' && character < utf8.RuneSelf &&
		character != '"' && character != '\\' && character != '<' && character != '>' && character != '&'
}

// fits reports whether a text takes no more than maxBytes in a stored object.
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

// CutText returns as much of a text as fits into maxBytes of a stored object. A shortened
// text ends in a mark, and is not shortened again.
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
