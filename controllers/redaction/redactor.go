// SPDX-License-Identifier: Apache-2.0

// Package redaction removes secrets from texts and objects, for readers of a report about
// a cluster. It removes the values of Secrets, wherever and in whatever encoding they
// appear, and texts that look like credentials even if no known Secret contains them. It
// is pure.
package redaction

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"

	"cloudrecording.dev/operator/controllers/agora"
)

// Redacted replaces a secret.
const Redacted = "[redacted]"

// shortestValue is the minimum length in bytes of a Secret's value to look for. A shorter
// one can appear in texts by chance.
const shortestValue = 5

// Redactor removes secrets that it recognizes by value, name or form.
type Redactor struct {
	values   []string
	redacter *strings.Replacer
}

// New returns a redactor that recognizes secrets by their name or form. Learn adds the
// values of Secrets.
func New() *Redactor { return &Redactor{redacter: agora.Redacter()} }

// Learn makes the redactor look for the values of a Secret. Public values, such as a
// limit, are not looked for.
func (r *Redactor) Learn(data map[string][]byte) {
	for key, content := range data {
		if value := strings.TrimSpace(string(content)); len(value) >= shortestValue && !isPublic(key) {
			r.values = append(r.values, formsOf(value)...)
		}
	}
	if pair := pairOf(data); pair != "" {
		r.values = append(r.values, formsOf(pair)...)
	}
	r.redacter = agora.Redacter(r.values...)
}

// Text removes the secrets from a text: known values, texts that look like secrets, and
// texts after a secret name.
func (r *Redactor) Text(text string) string {
	return redactForms(r.redacter.Replace(text))
}

// formsOf returns the ways in which logs, addresses and objects encode a value.
func formsOf(value string) []string {
	forms := []string{
		value, url.QueryEscape(value), url.PathEscape(value), hex.EncodeToString([]byte(value)),
		base64.StdEncoding.EncodeToString([]byte(value)), base64.URLEncoding.EncodeToString([]byte(value)),
		base64.RawStdEncoding.EncodeToString([]byte(value)), base64.RawURLEncoding.EncodeToString([]byte(value)),
	}
	if quoted, err := json.Marshal(value); err == nil {
		forms = append(forms, strings.Trim(string(quoted), `"`))
	}
	for line := range strings.Lines(value) {
		// A multi-line key may be printed with indentation.
		if line = strings.TrimSpace(line); line != value && len(line) >= len("-----BEGIN") {
			forms = append(forms, line)
		}
	}
	return forms
}
