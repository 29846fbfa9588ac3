// SPDX-License-Identifier: Apache-2.0

package redaction

import "regexp"

// form is how something secret looks, and what is left of it.
type form struct {
	pattern *regexp.Regexp
	left    string
}

// quote is a quotation mark, also within a text that is quoted itself, and character is
// what can stand in an address.
const (
	quote     = `(?:\\*["'])`
	character = `[^\s"'<>\\]`
)

// forms are tried in their order: what an earlier one has left a later one must leave alone.
var forms = []form{
	{regexp.MustCompile(`(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)`), Redacted},
	// The user and the password of an address.
	{regexp.MustCompile(`(?i)([a-z][a-z0-9+.-]*://)[^\s/"'<>\\]*@`), "${1}" + Redacted + "@"},
	// The stream key of an address to push to.
	{regexp.MustCompile(`(?i)(rtmp[a-z]*://[^\s/"'<>\\]+/)` + character + `+`), "${1}" + Redacted},
	// What an address is asked for may hold a signature.
	{regexp.MustCompile(`(?i)([a-z][a-z0-9+.-]*://[^\s"'<>\\?]+\?)` + character + `+`), "${1}" + Redacted},
	{regexp.MustCompile(`(?i)\b(basic|bearer)(\s+)[A-Za-z0-9+/=._~-]{8,}`), "${1}${2}" + Redacted},
	// A JSON Web Token.
	{regexp.MustCompile(`\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?`), Redacted},
	// Agora's tokens begin with their version.
	{regexp.MustCompile(`\b00[5-9][A-Za-z0-9+/]{40,}={0,2}`), Redacted},
	// What is quoted behind a name.
	{regexp.MustCompile(`(?i)(\b` + secretNames + quote + `?\s*[:=]\s*\\*")[^"\\]+`), "${1}" + Redacted},
	{regexp.MustCompile(`(?i)(\b` + secretNames + quote + `?\s*[:=]\s*\\*')[^'\\]+`), "${1}" + Redacted},
	// What follows a name without quotes: a sentence may go on behind a colon.
	{regexp.MustCompile(`(?i)(\b(?:proxy-)?authorization\s*[:=]\s*)[^\s"'\\,;]+(?:\s+[^\s"'\\,;]+)?`), "${1}" + Redacted},
	{regexp.MustCompile(`(?i)(\b` + secretNames + `=)[^\s"'\\,;&{\[]+`), "${1}" + Redacted},
	{regexp.MustCompile(`(?i)(\b` + secretNames + `:\s*)[^\s"'\\,;{\[]{8,}`), "${1}" + Redacted},
}

// redactForms removes what looks secret.
func redactForms(text string) string {
	for _, form := range forms {
		text = form.pattern.ReplaceAllString(text, form.left)
	}
	return text
}
