// SPDX-License-Identifier: Apache-2.0

package journal

import "cloudrecording.dev/operator/controllers/notifications"

// The memory that an event takes on every replica in addition to its text. A spec
// verifies that it takes no more.
const (
	bytesOfBatch     = 4 << 10
	bytesOfRecipient = 1 << 10
	bytesOfFile      = 160
)

// weigh returns how many bytes of memory an event takes, given the length of its text and
// the number of its recipients.
func weigh(text int, event notifications.Event, recipients int) int {
	return text + recipients*bytesOfRecipient + len(event.Files)*bytesOfFile
}

// weighAll returns how many bytes the entries of a ConfigMap take in memory.
func weighAll(text int, entries []entry) int {
	bytes := bytesOfBatch + text
	for _, held := range entries {
		bytes += weigh(0, held.Event, len(held.Recipients))
	}
	return bytes
}
