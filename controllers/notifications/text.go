// SPDX-License-Identifier: Apache-2.0

package notifications

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxTextBytes limits a text from a notification. No key in a bucket is longer.
const maxTextBytes = 1024

// clean makes a text from outside suitable for a status.
func clean(text string) string { return cut(text, maxTextBytes) }

// cut makes a text from outside suitable for a status, with at most this many bytes.
func cut(text string, length int) string {
	text = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD")))
	if len(text) <= length {
		return text
	}
	for !utf8.RuneStart(text[length]) {
		length--
	}
	return strings.TrimSpace(text[:length])
}

// withoutSecrets removes the parts of an address that can contain a stream key.
func withoutSecrets(address string) string {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Host == "" {
		return ""
	}
	return clean((&url.URL{Scheme: parsed.Scheme, Host: parsed.Host}).String())
}
