// SPDX-License-Identifier: Apache-2.0

// Package redaction takes out of texts and objects what nobody must see who gets a report
// of a cluster: what Secrets hold, wherever it stands and however it is written, and what
// looks like a credential though no Secret is known that holds it. It is pure.
package redaction

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"

	"cloudrecording.dev/operator/controllers/agora"
)

// Redacted stands where something secret stood.
const Redacted = "[redacted]"

// shortestValue is how many bytes a value of a Secret has at least that is looked for: a
// shorter one stands in texts by chance.
const shortestValue = 5

// Redactor knows what Secrets hold.
type Redactor struct {
	values   []string
	redacter *strings.Replacer
}

// New returns a redactor of what is secret by its name or its form, and of what was learned
// by Learn.
func New() *Redactor { return &Redactor{redacter: agora.Redacter()} }

// Learn has the redactor look for what a Secret holds under its keys. What says nothing of
// use to a stranger, such as a limit, is not looked for.
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

// Text removes from a text what is secret: by its value, by its form, and behind its name.
func (r *Redactor) Text(text string) string {
	return redactForms(r.redacter.Replace(text))
}

// formsOf returns the ways in which a value is written in logs, addresses and objects.
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
		// A key of several lines may be printed indented.
		if line = strings.TrimSpace(line); line != value && len(line) >= len("-----BEGIN") {
			forms = append(forms, line)
		}
	}
	return forms
}
