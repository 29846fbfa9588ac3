// SPDX-License-Identifier: Apache-2.0

package events

import (
	"strings"

	"cloudrecording.dev/operator/controllers/internal/bounds"
)

// Actions of events: what the operator was doing.
const (
	ActionReconcile = "Reconcile"
	ActionDelete    = "Delete"
)

// maxNoteBytes is the longest note of an event that the API server accepts.
const maxNoteBytes = 1024

// Note makes a text printable and short enough for an event.
func Note(text string) string {
	const more = " …"
	text = bounds.Printable(text)
	if len(text) <= maxNoteBytes {
		return text
	}
	return strings.ToValidUTF8(text[:maxNoteBytes-len(more)], "") + more
}
