// SPDX-License-Identifier: Apache-2.0

package redaction

import "regexp"

// form is a pattern of a secret, and its replacement.
type form struct {
	pattern *regexp.Regexp
	left    string
}

// quote matches a quotation mark, even within a quoted text. character matches a
// character of an address.
const (
	quote     = `(?:\\*["'])`
	character = `[^\s"'<>\\]`
)

// forms are applied in order. A later form must not change the result of an earlier one.
var forms = []form{
	{regexp.MustCompile(`(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)`), Redacted},
	// The user and the password in an address.
	{regexp.MustCompile(`(?i)([a-z][a-z0-9+.-]*://)[^\s/"'<>\\]*@`), "${1}" + Redacted + "@"},
	// The stream key in an address that a recording is pushed to.
	{regexp.MustCompile(`(?i)(rtmp[a-z]*://[^\s/"'<>\\]+/)` + character + `+`), "${1}" + Redacted},
	// The query of an address, which may contain a signature.
	{regexp.MustCompile(`(?i)([a-z][a-z0-9+.-]*://[^\s"'<>\\?]+\?)` + character + `+`), "${1}" + Redacted},
	{regexp.MustCompile(`(?i)\b(basic|bearer)(\s+)[A-Za-z0-9+/=._~-]{8,}`), "${1}${2}" + Redacted},
	// A JSON Web Token.
	{regexp.MustCompile(`\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?`), Redacted},
	// Agora's tokens, which begin with their version.
	{regexp.MustCompile(`\b00[5-9][A-Za-z0-9+/]{40,}={0,2}`), Redacted},
	// A quoted text after a name.
	{regexp.MustCompile(`(?i)(\b` + secretNames + quote + `?\s*[:=]\s*\\*")[^"\\]+`), "${1}" + Redacted},
	{regexp.MustCompile(`(?i)(\b` + secretNames + quote + `?\s*[:=]\s*\\*')[^'\\]+`), "${1}" + Redacted},
	// An unquoted text after a name. After a colon, a sentence may continue.
	{regexp.MustCompile(`(?i)(\b(?:proxy-)?authorization\s*[:=]\s*)[^\s"'\\,;]+(?:\s+[^\s"'\\,;]+)?`), "${1}" + Redacted},
	{regexp.MustCompile(`(?i)(\b` + secretNames + `=)[^\s"'\\,;&{\[]+`), "${1}" + Redacted},
	{regexp.MustCompile(`(?i)(\b` + secretNames + `:\s*)[^\s"'\\,;{\[]{8,}`), "${1}" + Redacted},
}

// redactForms removes texts that look like secrets.
func redactForms(text string) string {
	for _, form := range forms {
		text = form.pattern.ReplaceAllString(text, form.left)
	}
	return text
}
